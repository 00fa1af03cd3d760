r"""
The command line

``sage -python -m sage_conslaw.cli reproduce`` replays the experiments of the papers,
writes a certificate for each number that is proved, and has them checked by a Python
that has no Sage;
``sage -python -m sage_conslaw.cli notebooks`` executes the notebooks again.

The exit status is 0 when all is well, 1 when a claim fails, a certificate is refused
or a computation cannot be done, 2 when the command is not understood, 130 after
Ctrl-C, 141 when no one reads the output any more.

EXAMPLES::

    sage: from sage_conslaw.cli import main
    sage: main(["reproduce", "--only", "none"])
    error: only: got 'none', expected names among linear_momentum, relu_momentum,
    nmf_gradient, nmf_momentum, icnn_gradient, icnn_momentum, linear_lie, linear_poly, relu_lie,
    relu_poly, random_fields, monomial
    2
"""
import argparse
import importlib.util
import logging
import os
import sys

from sage_conslaw import __version__

# The statuses that a shell gives to programs ended by SIGINT and by SIGPIPE.
INTERRUPTED = 130
BROKEN_PIPE = 141


class _UsageError(Exception):
    """The command cannot be carried out as given."""


class _Parser(argparse.ArgumentParser):
    # argparse would print its usage first and leave the interpreter; one line
    # that says what is wrong is what a person reads.
    def error(self, message):
        raise _UsageError(f"{message} (see: {self.prog} --help)")


def _integer_of_at_least(least):
    def integer(text):
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"got {text!r}, expected an integer") from None
        if least is not None and value < least:
            raise argparse.ArgumentTypeError(
                f"got {value}, expected an integer that is at least {least}")
        return value
    return integer


def _parser():
    parser = _Parser(prog="sage_conslaw", description="Count, find and prove conservation laws "
                     "of the training of neural networks, in exact arithmetic.")
    parser.add_argument("--version", action="version", version=f"sage_conslaw {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    reproduce = commands.add_parser(
        "reproduce", help="replay the experiments of the papers",
        description="Replay the experiments of the papers, print their tables, and write "
        "PAPER.json and PAPER.md with what was run, and certificates of what is proved.  A part of "
        "a paper is written to a directory of its own, only-PART.  The exit status is 1 if a claim "
        "fails or a certificate is refused.")
    reproduce.add_argument("--paper", help="icml2024 or neurips2023; default: both")
    reproduce.add_argument("--variant", default="all",
                           help="published (as the paper's notebook evaluated it), intended "
                           "(with the drawn bias, under damping 0, 1 and 3/t), or all (default)")
    reproduce.add_argument("--output", default="results", metavar="DIRECTORY",
                           help="where the files go; default: results")
    reproduce.add_argument("--seed", type=_integer_of_at_least(None), default=0,
                           help="default: 0")
    reproduce.add_argument("--processes", type=_integer_of_at_least(1), metavar="N",
                           help="default: the processors there are")
    reproduce.add_argument("--only", nargs="+", metavar="NAME",
                           help="names of experiments; default: all of them")
    reproduce.add_argument("--picture", action="store_true", help="write PAPER.png as well")
    reproduce.add_argument("--no-certificates", dest="certificates", action="store_false",
                           help="write and check no certificates, and remove those of an earlier "
                                "run")
    reproduce.set_defaults(run=_reproduce)

    notebooks = commands.add_parser(
        "notebooks", help="execute the notebooks in the Sage kernel",
        description="Execute the notebooks in the Sage kernel and write their outputs into them.")
    notebooks.add_argument("--check", action="store_true",
                           help="execute them and leave the files as they are")
    notebooks.add_argument("--directory", default="notebooks",
                           help="where they are; default: notebooks")
    notebooks.set_defaults(run=_notebooks)
    return parser


def _need(*modules):
    if importlib.util.find_spec("sage") is None:
        raise _UsageError("this Python has no Sage; run `sage -python -m sage_conslaw.cli ...`, "
                          "or `make reproduce`, which sets Sage up where it is missing")
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise _UsageError(f"this Sage has no {', '.join(missing)}; install what is missing")


def _chosen_papers(arguments):
    # the names of the papers to run, with the names of the experiments of each
    from sage_conslaw.papers import PAPERS, load_paper
    from sage_conslaw.papers.cases import NothingToRun
    names = list(PAPERS) if arguments.paper is None else [arguments.paper]
    try:
        papers = [load_paper(name) for name in names]
        known = [name for paper in papers for name in paper.names()]
        for name in arguments.only or ():
            if name not in known:
                raise ValueError(f"only: got {name!r}, expected names among {', '.join(known)}")
        chosen, left_out = [], None
        for name, paper in zip(names, papers):
            # a paper without an experiment of the given names and variant is left out,
            # unless there is no other
            only = None if arguments.only is None else [
                each for each in arguments.only if each in paper.names()]
            try:
                paper.select(arguments.variant, only)
            except NothingToRun as problem:
                left_out = problem
                continue
            chosen.append((name, only))
        if not chosen:
            raise left_out
        return chosen
    except ValueError as problem:
        raise _UsageError(str(problem)) from None


def _reproduce(arguments):
    _need("numpy", "scipy", "tabulate", "threadpoolctl")
    papers = _chosen_papers(arguments)
    from sage_conslaw.system.files import make_directory
    try:
        # a run that cannot be written down is refused before it starts
        make_directory(arguments.output, "output")
    except OSError as problem:
        raise _UsageError(str(problem)) from None
    # all are run, whatever comes out of the first
    return max([_reproduce_paper(name, only, arguments) for name, only in papers])


def _reproduce_paper(paper, only, arguments):
    from sage_conslaw.show import text
    from sage_conslaw.papers.certificates import check_all
    from sage_conslaw.papers.records import replay_into
    from sage_conslaw.system import WorkerError
    try:
        record = replay_into(arguments.output, paper, arguments.variant, only,
                             seed=arguments.seed, processes=arguments.processes, progress=True,
                             certificates=arguments.certificates, picture=arguments.picture)
        notes, accepted = [f"Written: {', '.join(record.paths)}"], True
        if record.certificates is not None:
            check = check_all(record.certificates, record.reproduction.certificates,
                              arguments.processes)
            accepted = check.passed
            notes += [f"{record.certificates}: {check!r}", *check.problems]
    except WorkerError as failure:
        print(f"error: {failure.input!r}: {failure.reason}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"error: the results could not be written to {arguments.output}: "
              f"{problem.strerror or problem}", file=sys.stderr)
        return 1
    print(text.text(record.reproduction, *notes), flush=True)
    return 0 if record.reproduction.passed and accepted else 1


def _notebooks(arguments):
    if not os.path.isdir(arguments.directory):
        raise _UsageError(f"directory: got {arguments.directory!r}, expected a directory "
                          "of notebooks")
    _need("nbconvert")
    from sage_conslaw.papers import notebook_runner
    return notebook_runner.execute_all(arguments.directory, write=not arguments.check)


def main(arguments=None):
    r"""
    Run a command and return its exit status.

    INPUT:

    - ``arguments`` -- list of strings (default: those of the command line)

    OUTPUT:

    0, 1, 2, 130 or 141, as the module says.  What is wrong is said in one line on the
    error stream.

    EXAMPLES::

        sage: from sage_conslaw.cli import main
        sage: main(["reproduce", "--processes", "0"])
        error: argument --processes: got 0, expected an integer that is at least 1
        (see: sage_conslaw reproduce --help)
        2
    """
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        chosen = _parser().parse_args(arguments)
        return chosen.run(chosen)
    except _UsageError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output, as `head` does, has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("\ninterrupted: the run is not complete, and every file is whole",
              file=sys.stderr)
        return INTERRUPTED


def run():
    r"""
    Run the command of the command line and leave Python with its exit status.
    """
    status = main()
    if status == INTERRUPTED:
        # An interrupt can leave Sage half loaded, which then cannot be shut down in order.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    run()

r"""
The command line of the checker

``python3 -m sage_conslaw.certificate check FILE [FILE ...]`` verifies certificates. What a
certificate proves is printed; what is wrong with one is a line on the standard error.

The exit status is 0 when all certificates are verified, 1 when one is refused, 2 when the
command is not understood, 130 after Ctrl-C.

EXAMPLES::

    sage: from sage_conslaw.certificate.__main__ import main
    sage: main(["check", "/dev/null"])
    /dev/null: refused: not an ordinary file
    1
    sage: main(["verify"])
    error: argument command: invalid choice: 'verify' (choose from ...check...) (see: ... --help)
    2
"""
import argparse
import os
import sys

from sage_conslaw.certificate.checker import check_certificate
from sage_conslaw.certificate.reader import CertificateError

INTERRUPTED = 130
BROKEN_PIPE = 141


class _UsageError(Exception):
    """The command cannot be carried out as given."""


class _Parser(argparse.ArgumentParser):
    # one line that says what is wrong instead of the usage and an exit
    def error(self, message):
        raise _UsageError(f"{message} (see: {self.prog} --help)")


def _parser(single_file):
    description = ("Verify certificates and say what they prove. The exit status is 1 if one of "
                   "them is refused.")
    if single_file:
        check = parser = _Parser(prog=f"python3 {single_file}", description=description)
    else:
        parser = _Parser(prog="python3 -m sage_conslaw.certificate", description="Verify "
                         "certificates of the number of conservation laws of vector fields.")
        commands = parser.add_subparsers(dest="command", metavar="command", required=True)
        check = commands.add_parser("check", help="verify certificates and say what they prove",
                                    description=description)
    check.add_argument("files", nargs="+", metavar="FILE")
    return parser


def main(arguments=None, single_file=None):
    r"""
    Run the command and return the exit status.

    INPUT:

    - ``arguments`` -- list of strings; by default those of the command line
    - ``single_file`` -- the name of the file that the whole checker is, if it is one: there is
      no other command then than to check
    """
    try:
        files = _parser(single_file).parse_args(arguments).files
        return max([_check(path) for path in files])
    except _UsageError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has read enough; Python must not try to write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("\ninterrupted: not all certificates were checked", file=sys.stderr)
        return INTERRUPTED


def _check(path):
    # names of files may hold what no terminal should be sent
    name = path if path.isprintable() and path.isascii() else ascii(path)
    try:
        report = check_certificate(path)
    except CertificateError as problem:
        sys.stdout.flush()
        print(f"{name}: refused: {problem}", file=sys.stderr, flush=True)
        return 1
    print(f"{name}: {report}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

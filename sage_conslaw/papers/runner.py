r"""
Run the experiments of a paper

EXAMPLES::

    sage: from sage_conslaw.papers.runner import reproduce
    sage: result = reproduce("icml2024", "published", only=["relu_momentum"], seed=3)
    sage: result.passed
    True
    sage: [each.laws for each in result.experiments[0].cases] == [0] * 20
    True
"""
from contextlib import nullcontext
from dataclasses import dataclass
import datetime
import importlib
import logging
import os
import platform
import time
from typing import Optional

import sage_conslaw
from sage_conslaw.papers.cases import Case, Experiment, Paper
from sage_conslaw.papers.certificates import file_name, file_names
from sage_conslaw.papers.results import CaseResult, ExperimentResult, Reproduction
from sage_conslaw.system import WorkerError, parallel_map
from sage_conslaw.system.checks import checked_flag, checked_integer, checked_seed
from sage_conslaw.system.files import drafts_for, make_directory
from sage_conslaw.system.messages import shown
from sage_conslaw.system.parallel.maps import available_processors
from sage_conslaw.system.progress import progress_bar

logger = logging.getLogger(__name__)

#: The papers that can be replayed, with the module of each.
PAPERS = {"icml2024": "sage_conslaw.papers.icml2024",
          "neurips2023": "sage_conslaw.papers.neurips2023"}


def load_paper(name):
    r"""
    Return a paper with its experiments.

    INPUT:

    - ``name`` -- string; one of ``PAPERS``

    OUTPUT: a :class:`~sage_conslaw.papers.cases.Paper`

    EXAMPLES::

        sage: from sage_conslaw.papers import load_paper
        sage: len(load_paper("icml2024").experiments)
        18

    TESTS::

        sage: load_paper("icml2025")
        Traceback (most recent call last):
        ...
        ValueError: paper: got 'icml2025', expected one of icml2024, neurips2023
    """
    if not isinstance(name, str) or name not in PAPERS:
        raise ValueError(f"paper: got {shown(name)}, expected one of {', '.join(PAPERS)}")
    return importlib.import_module(PAPERS[name]).PAPER


def reproduce(paper="icml2024", variant="all", only=None, *, seed=0, processes=None,
              progress=False, certificates=None):
    r"""
    Run the experiments of a paper and compare them with its claims.

    INPUT:

    - ``paper`` -- string (default: ``"icml2024"``), or a
      :class:`~sage_conslaw.papers.cases.Paper` of your own

    - ``variant`` -- ``"published"``, ``"intended"`` or ``"all"`` (default)

    - ``only`` -- name or list of names of experiments (default: all of them)

    - ``seed`` -- integer (default: 0); each case is computed from
      this seed, so that no result depends on what ran before it

    - ``processes`` -- positive integer (default: the processors this process may
      use)

    - ``progress`` -- boolean (default: ``False``); show a progress bar on a
      terminal

    - ``certificates`` -- path of a directory (default: ``None``); where to write a
      certificate for each case that is proved

    OUTPUT:

    A :class:`~sage_conslaw.papers.results.Reproduction`.  A claim that
    fails is no error: see its ``passed`` and ``failures``.

    EXAMPLES::

        sage: from sage_conslaw.papers import reproduce
        sage: result = reproduce("icml2024", "published", only="icnn_gradient")
        sage: result.passed, result.number_of_cases
        (True, 20)

    TESTS::

        sage: reproduce("icml2024", seed="now")
        Traceback (most recent call last):
        ...
        TypeError: seed: got 'now', expected an integer
        sage: reproduce("icml2024", processes=0)
        Traceback (most recent call last):
        ...
        ValueError: processes: got 0, expected a positive integer
    """
    if not isinstance(paper, Paper):
        paper = load_paper(paper)
    experiments = paper.select(variant, only)
    seed = checked_seed(seed)
    if processes is not None:
        processes = checked_integer(processes, "processes", "a positive integer", 1)
    progress = checked_flag(progress, "progress")
    start = time.perf_counter()
    if certificates is None:
        place = nullcontext()
    else:
        directory = make_directory(certificates, "certificates")
        place = drafts_for(directory, file_names(experiments))
    with place as drafts:
        results = _run(experiments, seed, processes, progress, drafts)
    seconds = time.perf_counter() - start
    return Reproduction(paper.name, paper.reference, results, _environment(seed), seconds)


def compute_case(experiment, case, seed=0, certificate=None):
    r"""
    Compute the numbers of one case.

    INPUT:

    - ``experiment`` -- an :class:`~sage_conslaw.papers.cases.Experiment`

    - ``case`` -- a :class:`~sage_conslaw.papers.cases.Case`

    - ``seed`` -- integer (default: 0)

    - ``certificate`` -- path (default: ``None``); the file to write the certificate to,
      if the number of laws is proved

    OUTPUT: a :class:`~sage_conslaw.papers.results.CaseResult`

    EXAMPLES::

        sage: from sage_conslaw.papers.runner import compute_case, load_paper
        sage: experiment = load_paper("icml2024").experiments[0]
        sage: result = compute_case(experiment, experiment.cases[3])
        sage: result.variables, result.lie_dimension, result.laws, result.polynomial_laws
        (9, 7, 2, 2)
    """
    start = time.perf_counter()
    flow = experiment.flow(case)
    verdict = sage_conslaw.conservation_laws(flow, experiment.degree, seed=seed)
    polynomial = known = name = None
    if experiment.polynomial_laws is not None:
        polynomial = int(experiment.polynomial_laws(case, flow, verdict, seed))
    if experiment.known_laws is not None:
        known = int(experiment.known_laws(case))
    seconds = time.perf_counter() - start
    if certificate is not None and verdict.is_proved:
        try:
            verdict.save(certificate)
        except OSError as problem:
            # a full disk is found out by a call that knows of no path
            raise OSError(problem.errno, problem.strerror, certificate) from None
        name = os.path.basename(certificate)
    return CaseResult(case, int(verdict.number_of_variables), int(verdict.lie_dimension),
                      int(verdict.upper_bound), polynomial, seconds, bool(verdict.is_proved),
                      known, name)


def _run(experiments, seed, processes, progress, drafts):
    # What Sage loads at first use is not the time of the first case, and is loaded
    # once for all processes.
    small = sage_conslaw.GradientFlow(sage_conslaw.LinearNetwork([1, 1, 1]))
    sage_conslaw.conservation_laws(small, 2).certificate()
    sage_conslaw.trace_dimension(small, engine="trajectory")

    def path(experiment, number):
        return None if drafts is None else os.path.join(drafts, file_name(experiment, number))
    tasks = [_Task(experiment, case, seed, path(experiment, number)) for experiment in experiments
             for number, case in enumerate(experiment.cases, 1)]
    with progress_bar(len(tasks), "cases", progress) as bar:
        try:
            results = iter(parallel_map(_Task.run, tasks, processes=processes, report=bar.update))
        except WorkerError as failure:
            problem = failure.exception
            if isinstance(problem, OSError) and problem.filename == failure.input.certificate:
                raise problem from None  # what is wrong is the disk, and not the case
            raise
    return tuple(ExperimentResult(experiment, tuple(next(results) for _ in experiment.cases))
                 for experiment in experiments)


@dataclass(frozen=True)
class _Task:
    experiment: Experiment
    case: Case
    seed: int
    certificate: Optional[str]

    def run(self):
        return compute_case(self.experiment, self.case, self.seed, self.certificate)

    def __repr__(self):
        return f"{self.experiment.label}, {self.case.describe()}"


def _environment(seed):
    import numpy
    from sage.version import version as sage_version
    return {
        "python": platform.python_version(),
        "sage": sage_version,
        "numpy": numpy.__version__,
        "sage_conslaw": sage_conslaw.__version__,
        "platform": platform.platform(),
        "processors": available_processors(),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "seed": seed,
    }

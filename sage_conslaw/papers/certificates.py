r"""
The certificates of a reproduction: written, and checked by a Python without Sage

Each proved case gets a file; the files take the place of older ones when the run is
complete, see :func:`~sage_conslaw.system.files.drafts_for`. They are checked by
processes that run the Python of this session without its site packages: they can load
neither Sage nor NumPy.

EXAMPLES::

    sage: import tempfile
    sage: from sage_conslaw.papers import reproduce
    sage: from sage_conslaw.papers.certificates import check_all
    sage: with tempfile.TemporaryDirectory() as directory:
    ....:     result = reproduce("icml2024", "published", only="icnn_gradient",
    ....:                        certificates=directory)
    ....:     check_all(directory, result.certificates, processes=1)
    20 certificates checked in a Python without Sage: 20 accepted
"""
from dataclasses import dataclass
import os
from pathlib import Path
import subprocess
import sys
import tempfile

import sage_conslaw


def file_name(experiment, number):
    r"""
    Return the name of the certificate of a case.

    INPUT:

    - ``experiment`` -- an :class:`~sage_conslaw.papers.cases.Experiment`

    - ``number`` -- integer; the place of the case, counted from 1

    EXAMPLES::

        sage: from sage_conslaw.papers import load_paper
        sage: from sage_conslaw.papers.certificates import file_name
        sage: paper = load_paper("icml2024")
        sage: file_name(paper.select("published", ["nmf_gradient"])[0], 7)
        'nmf_gradient_published_07.json'
        sage: file_name(paper.select("intended", ["nmf_momentum"])[2], 20)
        'nmf_momentum_intended_damping_3_over_t_20.json'
    """
    words = [experiment.name, experiment.variant]
    if experiment.variant == "intended" and experiment.damping is not None:
        words += ["damping", experiment.damping.replace("/", "_over_")]
    return "_".join(words) + f"_{number:02d}.json"


def file_names(experiments):
    r"""
    Return the names of the certificates of all cases of some experiments.

    INPUT:

    - ``experiments`` -- list of :class:`~sage_conslaw.papers.cases.Experiment`

    EXAMPLES::

        sage: from sage_conslaw.papers import load_paper
        sage: from sage_conslaw.papers.certificates import file_names
        sage: len(file_names(load_paper("icml2024").experiments))
        360
    """
    return [file_name(experiment, number) for experiment in experiments
            for number in range(1, len(experiment.cases) + 1)]


@dataclass(frozen=True)
class CheckReport:
    r"""
    Hold how many certificates were accepted, and what is wrong with the others.

    INPUT:

    - ``checked``, ``accepted`` -- integers

    - ``problems`` -- tuple of strings, in words of the checker
    """
    checked: int
    accepted: int
    problems: tuple

    @property
    def passed(self):
        r"""
        Whether every certificate was accepted.
        """
        return self.accepted == self.checked and not self.problems

    def __repr__(self):
        text = (f"{self.checked} certificate{'' if self.checked == 1 else 's'} checked in a "
                f"Python without Sage: {self.accepted} accepted")
        if not self.passed:
            text += f", {self.checked - self.accepted} REFUSED"
        return text


def check_all(directory, names, processes=None):
    r"""
    Check certificates in Pythons that have neither Sage nor NumPy.

    INPUT:

    - ``directory`` -- path

    - ``names`` -- names of files in the directory

    - ``processes`` -- positive integer (default: the processors there are)

    OUTPUT: a :class:`CheckReport`
    """
    from sage_conslaw.system.parallel.maps import available_processors
    names = sorted(names, key=lambda name: os.path.getsize(os.path.join(directory, name)))
    number = max(1, min(processes or available_processors(), len(names)))
    # large and small files in equal shares
    shares = [names[k::number] for k in range(number) if names]
    started = []
    try:
        for share in shares:
            started.append(_Checker(directory, share))
        for checker in started:
            checker.wait()
    finally:
        for checker in started:
            checker.close()
    return CheckReport(len(names), sum(checker.accepted for checker in started),
                       tuple(line for checker in started for line in checker.problems))


class _Checker:
    # a process that checks some certificates
    def __init__(self, directory, names):
        self._names = names
        self.accepted, self.problems = 0, []
        home = str(Path(sage_conslaw.__file__).resolve().parents[1])
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("PYTHON")}
        # files, because a pipe that no one reads would stop the process
        self._output, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        # -S leaves the site packages out, with Sage and NumPy among them
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-S", "-m", "sage_conslaw.certificate", "check", *names],
            cwd=directory, env={**environment, "PYTHONPATH": home},
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._errors)

    def wait(self):
        status = self._process.wait()
        lines = self._lines(self._output)
        self.accepted = sum(any(line.startswith(f"{name}: Proved: ") for line in lines)
                            for name in self._names)
        self.problems = self._lines(self._errors)
        if status and not self.problems:
            self.problems = [f"the checker ended with status {status}"]

    @staticmethod
    def _lines(file):
        file.seek(0)
        return file.read().decode("utf-8", "replace").splitlines()

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._errors.close()

r"""
What came out: the numbers of each case, the verdict of each experiment

The classes hold numbers and compare them with the claims.  How they are shown
is the business of :mod:`sage_conslaw.show`, which their methods call.

EXAMPLES::

    sage: from sage_conslaw.papers import reproduce
    sage: result = reproduce("icml2024", "published", only="icnn_gradient")
    sage: result
    icml2024: 1 experiment, 20 cases, all proved: every claim holds
    sage: result.experiments[0].cases[0].laws
    1
"""
from dataclasses import dataclass
from typing import Optional

from sage_conslaw.papers.cases import Case, Experiment
from sage_conslaw.show import markdown, pictures, tables, text


@dataclass(frozen=True)
class CaseResult:
    r"""
    Hold the numbers computed for one case.

    INPUT:

    - ``case`` -- the :class:`~sage_conslaw.papers.cases.Case`

    - ``variables`` -- integer; the number `D` of variables of the state

    - ``lie_dimension`` -- integer; the dimension of the trace of the generated
      Lie algebra

    - ``laws`` -- integer; `D` less that dimension

    - ``polynomial_laws`` -- integer; the number of independent polynomial laws,
      ``None`` where it was not asked for

    - ``seconds`` -- float; the time that the case took, its certificate apart

    - ``proved`` -- boolean; whether ``laws`` is proved to be the number of independent
      laws, by as many laws that were found

    - ``known_laws`` -- integer; the number of laws known before, ``None`` where there is
      no formula

    - ``certificate`` -- string; the name of the file of its certificate, ``None`` where
      there is none
    """
    case: Case
    variables: int
    lie_dimension: int
    laws: int
    polynomial_laws: int
    seconds: float
    proved: bool
    known_laws: Optional[int] = None
    certificate: Optional[str] = None

    def to_dict(self):
        r"""
        Return the case and its numbers as the results file has them.
        """
        entries = {"dims": list(self.case.dims), "bias": self.case.bias,
                   "damping": self.case.damping, "variables": self.variables,
                   "lie_dimension": self.lie_dimension, "laws": self.laws,
                   "polynomial_laws": self.polynomial_laws, "proved": self.proved,
                   "seconds": round(self.seconds, 4)}
        if self.known_laws is not None:
            entries["known_laws"] = self.known_laws
        return entries


@dataclass(frozen=True)
class ExperimentResult:
    r"""
    Hold an experiment with what was computed, and compare it with the claims.

    INPUT:

    - ``experiment`` -- the :class:`~sage_conslaw.papers.cases.Experiment`

    - ``cases`` -- tuple of :class:`CaseResult`, one for each case, in order
    """
    experiment: Experiment
    cases: tuple

    def holds(self, claim):
        r"""
        Return whether a claim holds for every case.

        INPUT:

        - ``claim`` -- a :class:`~sage_conslaw.papers.cases.Claim`
        """
        return all(claim.holds(result) for result in self.cases)

    @property
    def failures(self):
        r"""
        The claims that fail, one sentence for each claim and case.
        """
        return tuple(
            f"{self.experiment.label}, {result.case.describe()}: {_numbers(result)}; "
            f"the claim was: {claim.text}"
            for claim in self.experiment.claims for result in self.cases
            if not claim.holds(result))

    @property
    def passed(self):
        r"""
        Whether every claim holds for every case.
        """
        return bool(self.cases) and not self.failures

    @property
    def seconds(self):
        r"""
        The sum of the times of the cases.
        """
        return sum(result.seconds for result in self.cases)

    def to_dict(self):
        r"""
        Return the experiment as the results file has it.
        """
        return {"name": self.experiment.name, "variant": self.experiment.variant,
                "damping": self.experiment.damping, "claim": self.experiment.claim,
                "passed": self.passed, "cases": [result.to_dict() for result in self.cases]}

    def __repr__(self):
        return f"{self.experiment.label}: {len(self.cases)} cases, {tables.verdict(self.passed)}"

    def __str__(self):
        return text.section_text([self])

    def _repr_markdown_(self):
        return markdown.section_markdown([self])


def _numbers(result):
    numbers = [f"D = {result.variables}", f"dim Lie = {result.lie_dimension}"]
    if result.polynomial_laws is not None:
        numbers.append(f"polynomial laws = {result.polynomial_laws}")
    numbers.append("proved" if result.proved else "not proved")
    if result.known_laws is not None:
        numbers.append(f"known laws = {result.known_laws}")
    if result.case.recorded_laws is not None:
        numbers.append(f"recorded: D = {result.case.recorded_variables}, "
                       f"laws = {result.case.recorded_laws}")
    return ", ".join(numbers)


@dataclass(frozen=True)
class Reproduction:
    r"""
    Hold the results of several experiments of a paper.

    It shows itself as one line, as tables when printed, and as Markdown tables
    in a notebook.

    INPUT:

    - ``paper`` -- string; the paper's key

    - ``reference`` -- string; the paper

    - ``experiments`` -- tuple of :class:`ExperimentResult`

    - ``environment`` -- dictionary; where and when it was run

    - ``seconds`` -- float; the wall time of the whole
    """
    paper: str
    reference: str
    experiments: tuple
    environment: dict
    seconds: float

    @property
    def passed(self):
        r"""
        Whether every claim of every experiment holds.
        """
        return bool(self.experiments) and all(each.passed for each in self.experiments)

    @property
    def failures(self):
        r"""
        The claims that fail, one sentence for each claim and case.
        """
        return tuple(line for each in self.experiments for line in each.failures)

    @property
    def number_of_cases(self):
        r"""
        The number of cases of all experiments.
        """
        return sum(len(each.cases) for each in self.experiments)

    @property
    def number_of_proved(self):
        r"""
        The number of cases whose number of laws is proved.
        """
        return sum(case.proved for each in self.experiments for case in each.cases)

    @property
    def certificates(self):
        r"""
        The names of the files of the certificates that were written.
        """
        return tuple(case.certificate for each in self.experiments for case in each.cases
                     if case.certificate is not None)

    def sections(self):
        r"""
        Return the results of each section of the paper's notebook.

        OUTPUT: a list of lists of :class:`ExperimentResult`, one list a name
        """
        sections = {}
        for each in self.experiments:
            sections.setdefault(each.experiment.name, []).append(each)
        return list(sections.values())

    def to_dict(self):
        r"""
        Return the results as the results file has them.

        EXAMPLES::

            sage: from sage_conslaw.papers import reproduce
            sage: list(reproduce("icml2024", "published", only="icnn_gradient").to_dict())
            ['paper', 'environment', 'experiments']
        """
        return {"paper": self.paper, "environment": self.environment,
                "experiments": [each.to_dict() for each in self.experiments]}

    def picture(self):
        r"""
        Return the picture of the laws and of the times of the published cases.

        OUTPUT: a :class:`sage_conslaw.show.pictures.Picture`
        """
        return pictures.picture(self)

    def __repr__(self):
        return tables.one_line(self)

    def __str__(self):
        return text.text(self)

    def _repr_markdown_(self):
        return markdown.tables_markdown(self)

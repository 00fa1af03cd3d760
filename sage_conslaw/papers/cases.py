r"""
What an experiment is: its cases, the question asked of each, and what is claimed

A :class:`Paper` is a collection of :class:`Experiment`, an experiment is a
list of :class:`Case` with the flow that a case stands for and the claims that
the computed numbers have to meet.  Nothing here computes anything: see
:mod:`sage_conslaw.papers.runner` for that, and
:mod:`sage_conslaw.papers.icml2024` for a paper written in these words.

EXAMPLES::

    sage: from sage_conslaw.papers import load_paper
    sage: paper = load_paper("icml2024")
    sage: experiment = paper.select("published", only=["nmf_gradient"])[0]
    sage: experiment
    nmf_gradient (published): 20 cases
    sage: experiment.cases[0]
    Case(dims=(5, 6, 1), bias=None, damping=None, draw=None,
         recorded_variables=36, recorded_laws=6)
"""
from dataclasses import dataclass
from importlib import resources
import json
from typing import Callable, Optional

from sage_conslaw.system.checks import bounded_list
from sage_conslaw.system.messages import shown

VARIANTS = ("published", "intended")


class NothingToRun(ValueError):
    r"""
    A selection of experiments is empty.
    """


@dataclass(frozen=True)
class Case:
    r"""
    Hold one case: the sizes of a network and the flow's options.

    INPUT:

    - ``dims`` -- tuple of integers; the widths, in the order of the paper

    - ``bias`` -- boolean, or ``None`` where the architecture has no bias

    - ``damping`` -- ``"0"``, ``"1"`` or ``"3/t"``; ``None`` for a gradient flow

    - ``draw`` -- integer, the seed that random fields are drawn from; ``None`` where
      there is nothing random

    - ``recorded_variables``, ``recorded_laws`` -- integers (default: ``None``);
      what the source of the case records; compared with, never answered with
    """
    dims: tuple
    bias: Optional[bool] = None
    damping: Optional[str] = None
    draw: Optional[int] = None
    recorded_variables: Optional[int] = None
    recorded_laws: Optional[int] = None

    def describe(self):
        r"""
        Return the case in words.

        EXAMPLES::

            sage: from sage_conslaw.papers.cases import Case
            sage: Case((2, 2, 1), bias=True, damping="3/t").describe()
            'sizes (2, 2, 1), with bias, damping 3/t'
        """
        words = [f"sizes {self.dims}"]
        if self.bias is not None:
            words.append("with bias" if self.bias else "without bias")
        if self.damping is not None:
            words.append(f"damping {self.damping}")
        if self.draw is not None:
            words.append(f"draw {self.draw}")
        return ", ".join(words)


@dataclass(frozen=True)
class Formula:
    r"""
    Hold a number that is known of each case by a formula; it is drawn, and claims nothing.

    INPUT:

    - ``text`` -- string; what it is, in words or signs

    - ``value`` -- function of a :class:`Case`

    EXAMPLES::

        sage: from sage_conslaw.papers.cases import HIDDEN_NEURONS, Case
        sage: HIDDEN_NEURONS.text, HIDDEN_NEURONS.value(Case((3, 2, 5, 1)))
        ('hidden neurons', 7)
    """
    text: str
    value: Callable


#: The widths are those of all layers, the first and the last included.
HIDDEN_NEURONS = Formula("hidden neurons", lambda case: sum(case.dims[1:-1]))


@dataclass(frozen=True)
class Claim:
    r"""
    Hold what is claimed of every case of an experiment.

    INPUT:

    - ``text`` -- string; the claim in words

    - ``holds`` -- function of the computed
      :class:`~sage_conslaw.papers.results.CaseResult` that returns whether
      the claim holds for it

    EXAMPLES::

        sage: from sage_conslaw.papers.cases import NO_LAWS
        sage: NO_LAWS.text
        'there is no conservation law: D - dim Lie = 0'
    """
    text: str
    holds: Callable


def laws_are_polynomial(kind):
    r"""
    Return the claim that all laws are polynomial laws of a kind.

    INPUT:

    - ``kind`` -- string; the polynomials that were asked for, in words

    OUTPUT: a :class:`Claim`

    EXAMPLES::

        sage: from sage_conslaw.papers.cases import laws_are_polynomial
        sage: laws_are_polynomial("of degree at most 2").text
        'D - dim Lie = number of independent polynomial laws of degree at most 2'
    """
    return Claim(f"D - dim Lie = number of independent polynomial laws {kind}",
                 lambda result: result.laws == result.polynomial_laws)


#: The rank is full.
NO_LAWS = Claim(
    "there is no conservation law: D - dim Lie = 0",
    lambda result: result.laws == 0)

#: A comparison with the replayed run, made apart from the paper's claim.
AS_RECORDED = Claim(
    "D and D - dim Lie are those recorded of the published run",
    lambda result: (result.variables == result.case.recorded_variables
                    and result.laws == result.case.recorded_laws))

#: A comparison with the number of laws that were known before, where it has a formula.
AS_KNOWN = Claim(
    "D - dim Lie = number of independent laws known before",
    lambda result: result.laws == result.known_laws)

#: The upper and the lower bound of the number of laws meet.
ALL_PROVED = Claim(
    "the number of laws is proved in every case",
    lambda result: result.proved)


@dataclass(frozen=True)
class Experiment:
    r"""
    Hold the cases of one experiment with the question and the claims.

    INPUT:

    - ``name`` -- string; the name in the data file

    - ``part`` -- string; the section of the published notebook

    - ``title`` -- string; a heading

    - ``variant`` -- ``"published"`` or ``"intended"``

    - ``damping`` -- string; the damping that all cases share, ``None`` where
      there is none or they differ

    - ``cases`` -- tuple of :class:`Case`

    - ``flow`` -- function of a case that returns its flow, or its vector fields

    - ``degree`` -- integer; the degree up to which the verdict searches laws, ``None``
      to let it rise until the number is proved

    - ``polynomial_laws`` -- function of a case, its flow, its verdict, which is a
      :class:`sage_conslaw.ConservationLaws`, and a seed that returns the number of
      independent polynomial laws asked for; ``None`` where they are not

    - ``claims`` -- tuple of :class:`Claim`

    - ``known_laws`` -- function of a case that returns the number of independent laws
      that were known before (default: ``None``, where there is no formula)

    - ``size`` -- a :class:`Formula`; what pictures show the laws against (default: the
      number of hidden neurons)

    - ``closed_form`` -- a :class:`Formula` for the number of laws, which pictures show beside
      what was counted (default: ``None``)
    """
    name: str
    part: str
    title: str
    variant: str
    damping: Optional[str]
    cases: tuple
    flow: Callable
    degree: Optional[int]
    polynomial_laws: Optional[Callable]
    claims: tuple
    known_laws: Optional[Callable] = None
    size: Formula = HIDDEN_NEURONS
    closed_form: Optional[Formula] = None

    @property
    def claim(self):
        r"""
        The claims in one sentence.
        """
        return "; ".join(claim.text for claim in self.claims)

    @property
    def label(self):
        r"""
        The name with the variant and the damping of the intended ones.
        """
        words = [self.variant]
        if self.variant == "intended" and self.damping is not None:
            words.append(f"damping {self.damping}")
        return f"{self.name} ({', '.join(words)})"

    def __repr__(self):
        return f"{self.label}: {len(self.cases)} cases"


@dataclass(frozen=True)
class Paper:
    r"""
    Hold a paper and its experiments.

    INPUT:

    - ``name`` -- string; the key, as in ``"icml2024"``

    - ``reference`` -- string; authors, title, where it appeared

    - ``experiments`` -- tuple of :class:`Experiment`
    """
    name: str
    reference: str
    experiments: tuple

    def __repr__(self):
        return f"{self.name}: {len(self.experiments)} experiments of {self.reference}"

    def names(self):
        r"""
        Return the names of the experiments, each once, in the paper's order.

        EXAMPLES::

            sage: from sage_conslaw.papers import load_paper
            sage: load_paper("icml2024").names()
            ('linear_momentum', 'relu_momentum', 'nmf_gradient', 'nmf_momentum',
             'icnn_gradient', 'icnn_momentum')
        """
        return tuple(dict.fromkeys(each.name for each in self.experiments))

    def select(self, variant="all", only=None):
        r"""
        Return the experiments of a variant and of given names.

        INPUT:

        - ``variant`` -- ``"published"``, ``"intended"`` or ``"all"`` (default)

        - ``only`` -- list of names (default: ``None``, which stands for all)

        OUTPUT: a tuple of :class:`Experiment` that is not empty

        EXAMPLES::

            sage: from sage_conslaw.papers import load_paper
            sage: load_paper("icml2024").select("intended", ["relu_momentum"])
            (relu_momentum (intended, damping 0): 20 cases,
             relu_momentum (intended, damping 1): 20 cases,
             relu_momentum (intended, damping 3/t): 20 cases)

        TESTS::

            sage: load_paper("icml2024").select("both")
            Traceback (most recent call last):
            ...
            ValueError: variant: got 'both', expected one of published, intended, all
            sage: load_paper("icml2024").select("all", ["relu"])
            Traceback (most recent call last):
            ...
            ValueError: only: got 'relu', expected names among linear_momentum, relu_momentum,
            nmf_gradient, nmf_momentum, icnn_gradient, icnn_momentum
        """
        if variant not in VARIANTS + ("all",):
            raise ValueError(f"variant: got {variant!r}, "
                             f"expected one of {', '.join(VARIANTS + ('all',))}")
        accepted = f"names among {', '.join(self.names())}"
        if isinstance(only, str):
            only = [only]
        if only is not None:
            only = bounded_list(only, "only", accepted)
        for name in only or ():
            if not isinstance(name, str) or name not in self.names():
                raise ValueError(f"only: got {shown(name)}, expected {accepted}")
        chosen = tuple(each for each in self.experiments
                       if variant in ("all", each.variant)
                       and (only is None or each.name in only))
        if not chosen:
            if only is None:
                raise NothingToRun(f"variant: got {variant!r}, of which {self.name} has no "
                                   "experiment; nothing is left to run")
            if not only:
                raise NothingToRun(f"only: got no name, expected {accepted}; nothing is left to "
                                   "run")
            raise NothingToRun(f"only: got {', '.join(only)}, of which there is no {variant} "
                               "variant; nothing is left to run")
        return chosen


def load_data(filename):
    r"""
    Return a data file of the package.

    INPUT:

    - ``filename`` -- string; the name of a file in ``experiments/data``

    OUTPUT: the dictionary in the file

    EXAMPLES::

        sage: from sage_conslaw.papers.cases import load_data
        sage: load_data("icml2024_cases.json")["paper"]["arxiv"]
        '2405.12888'
    """
    file = resources.files(__package__).joinpath("data", filename)
    return json.loads(file.read_text(encoding="utf-8"))

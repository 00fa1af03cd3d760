r"""
How many conservation laws there are, which they are, and whether that is all

The dimension of the trace of the Lie algebra, found modulo a prime, is a rigorous
lower bound; so `D` minus it is a rigorous **upper bound** for the number of
independent laws. Laws that were checked over `\QQ`, and whose gradients are
independent at a point modulo a prime, are a rigorous **lower bound**. Where the
two meet, the number is proved, with no probability in the statement, and there are
no other laws. Where they do not, both are reported: there may be laws that are not
polynomial, or not of the degrees that were searched.

Laws of networks with functions that are not rational are tested at points. Where as many pass as
there can be, the number is *certain* but for the chance that one of them is none.
"""
from __future__ import annotations

import time
from typing import Any

from sage_conslaw.counting.trace_dimension import trace_dimension
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.vector_fields import as_vector_fields
from sage_conslaw.laws.basis import table_of_laws
from sage_conslaw.laws.polynomial import (ansatz_size, checked_time_degree, laws_by_structure,
                                          polynomial_laws)
from sage_conslaw.laws.sampled import has_functions
from sage_conslaw.system import limits
from sage_conslaw.system.checks import (checked_flag, checked_integer, checked_probability,
                                        checked_seed)
from sage_conslaw.system.memory import TooLarge
from sage_conslaw.system.progress import progress_bar
from sage_conslaw.system.rationals import ExactRational
from sage_conslaw.verdict.result import ConservationLaws


def conservation_laws(flow_or_fields: Any, degree: int | None = None, *,
                      time_degree: int | None = None, probability: Any = 1 - 1e-9,
                      seed: int = 0, progress: bool = False) -> ConservationLaws:
    r"""
    Count the independent conservation laws, find them, and prove that these are all.

    INPUT:

    - ``flow_or_fields`` -- a flow, :class:`VectorFields`, a dictionary from variables to
      entries or a list of such fields, or an array of polynomials of shape `D \times d`,
      variables x fields
    - ``degree`` -- a non-negative integer: the degree of the laws in the parameters
      and velocities, the time having a bound of its own; ``None`` lets it rise from 1
      until the number is proved, 12 is reached, or the next ansatz does not fit into
      memory or, beyond degree 2, has more than 200,000 monomials or 20,000,000 entries
    - ``time_degree`` -- a non-negative integer, the degree in the time; by default as for
      :func:`~sage_conslaw.laws.polynomial.polynomial_laws`
    - ``probability`` -- a number strictly between 0 and 1: where the number is not
      proved, the upper bound is to be attained with at least this probability
    - ``seed`` -- an integer; equal seeds give equal results
    - ``progress`` -- whether to show a progress bar, in a terminal

    OUTPUT: a :class:`ConservationLaws`.

    ALGORITHM: :func:`~sage_conslaw.counting.trace_dimension.trace_dimension` gives the upper
    bound and :func:`~sage_conslaw.laws.polynomial.polynomial_laws` the lower one. How the
    probability is bounded for numbers that are not proved is derived in
    :mod:`sage_conslaw.counting.brackets` and :mod:`sage_conslaw.counting.trajectory`.

    REFERENCES: arXiv 2307.00144, Sections 2 and 3; arXiv 2405.12888, Section 3.

    EXAMPLES:

        sage: from sage_conslaw import (LinearNetwork, MomentumFlow, VectorFields,
        ....:                           conservation_laws)
        sage: flow = MomentumFlow(LinearNetwork([3, 1, 2, 2]))
        sage: conservation_laws(flow, degree=2)
        Exactly 1 independent conservation law in 19 variables, proved: there are no others.

    The law `y / x` of this field is no polynomial, and so it stays open::

        sage: R.<x, y> = ZZ[]
        sage: result = conservation_laws(VectorFields([[x, y]]), degree=2)
        sage: result.is_proved, result.unexplained
        (False, 1)

    TESTS::

        sage: conservation_laws(flow, degree=-1)
        Traceback (most recent call last):
        ...
        ValueError: degree: got -1, expected a non-negative integer or None
    """
    if degree is not None:
        degree = checked_integer(degree, "degree", "a non-negative integer or None", 0)
    checked_probability(probability)
    seed = checked_seed(seed)
    progress = checked_flag(progress, "progress")
    problem = (flow_or_fields if isinstance(flow_or_fields, Flow)
               else as_vector_fields(flow_or_fields))
    checked_time_degree(time_degree, problem)  # by default it rises with the degree
    try:
        # of networks with functions that are not rational laws are found from values
        # (variables are counted without tracing, and too many are refused first)
        sampled = (isinstance(problem, Flow) and has_functions(problem)
                   if problem.number_of_variables <= limits.EXPANDED_VARIABLES else False)
        fields = problem if sampled else as_vector_fields(problem)
    except TooLarge:
        if degree is not None:
            raise
        fields = None  # the laws are counted all the same
    if degree is not None:
        ansatz_size(fields, degree, time_degree, check=True)
    with progress_bar(2, "dimension", progress) as bar:
        start = time.perf_counter()
        dimension = trace_dimension(problem, probability=probability, seed=seed)
        took = time.perf_counter() - start
        bar.update()
        search = _Search(problem, fields, time_degree, probability, seed, bar)
        search.run(degree, dimension.number_of_laws)
        bar.update()
    upper, laws = dimension.number_of_laws, search.laws
    found = laws.independent() if laws is not None else ()
    _check_consistent(dimension, found)
    explained = len(found) == upper
    law_error = laws.law_error_bound if found else ExactRational(0)
    return ConservationLaws(
        problem, number_of_variables=problem.number_of_variables, lie_dimension=int(dimension),
        upper_bound=upper, lower_bound=len(found), laws=found,
        error_bound=ExactRational(0) if explained else dimension.error_bound,
        degree=None if laws is None or laws.structured else laws.degree,
        time_degree=None if laws is None else laws.time_degree,
        stopped=search.stopped if not explained else "certain" if law_error else "proved",
        involutive=dimension.involutive, probability=probability, seed=seed,
        primes=dimension.primes + (() if laws is None else laws.primes),
        seconds={"dimension": took, "laws": search.seconds},
        words=None if dimension.evidence is None else dimension.evidence.words,
        law_error_bound=law_error, structured=laws is not None and laws.structured)


class Contradiction(RuntimeError):
    r"""
    Laws and trace contradict each other: an error of this package, never of its input.
    """


def _check_consistent(dimension, laws):
    # Vectors of a trace are annihilated by the gradients of all laws. They are found by other
    # means than laws are, so that an error in either shows here, and not in a verdict.
    if len(laws) > dimension.number_of_laws:
        raise Contradiction(f"{len(laws)} independent laws were found where there are at most "
                            f"{dimension.number_of_laws}; please report this")
    evidence = dimension.evidence
    if not laws or evidence is None:
        return
    prime = evidence.space.prime
    table = table_of_laws(laws, dimension.number_of_variables).modulo(prime)
    gradients = table.gradients(evidence.point, prime, len(laws))
    if not evidence.space.is_orthogonal_to(gradients):
        raise Contradiction("a law is not constant along a vector of the trace; please report this")


class _Search:
    # the search for laws: of one degree, or of rising degrees until there are enough

    def __init__(self, problem, fields, time_degree, probability, seed, bar):
        self._problem, self._fields, self._time_degree = problem, fields, time_degree
        self._options, self._bar = {"probability": probability, "seed": seed}, bar
        self.laws, self.seconds, self.stopped = None, 0.0, "degree"

    def run(self, degree, upper):
        if degree is not None:
            self._take(degree)
            return
        if not upper:
            return
        if isinstance(self._problem, Flow) and (self._fields is None
                                                or has_functions(self._problem)):
            self._try(laws_by_structure, self._problem)
            if self.laws is not None and self.laws.number_of_independent >= upper:
                return
        if self._fields is None:
            self.stopped = "fields"
            return
        for rising in range(1, limits.RISING_DEGREE + 1):
            if not self._may_rise_to(rising):
                self.stopped = "size"
                return
            try:
                self._take(rising)
            except (TooLarge, MemoryError) as reason:
                # what was found before stays
                self.stopped = "size" if isinstance(reason, TooLarge) else "memory"
                return
            if self.laws.number_of_independent >= upper:
                return
        self.stopped = "limit"

    def _take(self, degree):
        self._bar.set_description(f"laws of degree {degree}")
        self._try(polynomial_laws, self._fields, degree)

    def _try(self, search, *of):
        start = time.perf_counter()
        found = search(*of, self._time_degree, **self._options)
        if self.laws is None or found.number_of_independent >= self.laws.number_of_independent:
            self.laws = found
        self.seconds += time.perf_counter() - start

    def _may_rise_to(self, degree):
        try:
            monomials, entries = ansatz_size(self._fields, degree, self._time_degree, check=True)
        except TooLarge:
            return False
        return degree <= limits.ALWAYS_TRIED_DEGREE or (monomials <= limits.RISING_MONOMIALS
                                          and entries <= limits.RISING_ENTRIES)

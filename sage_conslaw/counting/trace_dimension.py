r"""
The dimension of the trace of a generated Lie algebra

Let `\mathrm{Lie}(\chi)` be the Lie algebra that vector fields `\chi_i` generate
and `\mathrm{Lie}(\chi)(x)` its trace, the space of its values at `x`.  Around a
generic point the fields have `D - \dim \mathrm{Lie}(\chi)(x)` independent
conservation laws, by Frobenius.

The dimension is found modulo a prime at a random point.  A minor that does not
vanish there does not vanish over `\QQ`, so what is found is never too large.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.arithmetic.term_table import BracketTooLarge
from sage_conslaw.counting.brackets import BracketTrial, Words, bracket_failure_chance
from sage_conslaw.counting.program_systems import ProgramSystem
from sage_conslaw.counting.function_points import NoRoot
from sage_conslaw.counting.sizes import FieldSize, size_of_programs, size_of_table
from sage_conslaw.counting.table_systems import TableSystem
from sage_conslaw.counting.trajectory import TrajectoryTrial, trajectory_failure_chance
from sage_conslaw.flows.field_programs import needs_values
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.vector_fields import as_vector_fields
from sage_conslaw.system import limits
from sage_conslaw.system.checks import checked_probability, checked_seed
from sage_conslaw.system.memory import TooLarge, check_memory, memory_for
from sage_conslaw.system.messages import shown, shown_chance
from sage_conslaw.system.rationals import ExactRational
from sage_conslaw.system.threads import threads_for


@dataclass(frozen=True)
class Evidence:
    r"""
    The trace that a trial found: vectors at a point modulo a prime.

    ATTRIBUTES:

    - ``point`` -- array of residues
    - ``space`` -- the :class:`~sage_conslaw.arithmetic.echelon.Echelon` form of the vectors,
      which knows the prime
    - ``words`` -- :class:`~sage_conslaw.counting.brackets.Words` of these vectors, where they
      were found as brackets
    """

    point: np.ndarray
    space: Echelon
    words: Words | None = None


@dataclass(frozen=True, eq=False, repr=False)
class TraceDimension(int):
    r"""
    A dimension of the trace of a Lie algebra, with what is known about it.

    It is an integer like any other. It is never too large; the probability
    that it is too small is at most ``error_bound``.

    ATTRIBUTES:

    - ``dimension`` -- the same as a plain integer
    - ``number_of_variables`` -- the number `D`
    - ``number_of_laws`` -- `D` minus the dimension: there are no more
      independent laws than that
    - ``is_proved`` -- whether nothing is left to chance: the dimension is `D`, or all
      fields are zero
    - ``error_bound`` -- an exact rational, a :class:`~fractions.Fraction`; 0 when proved
    - ``probability``, ``seed`` -- as asked for
    - ``primes`` -- the primes used, one a trial
    - ``involutive`` -- whether no bracket left the span of the fields
    - ``depth`` -- the number of brackets in the deepest one that was needed; along a
      trajectory, the last order that added something, which is at least this
    - ``engine`` -- ``"brackets"`` or ``"trajectory"``, how it was found
    - ``evidence`` -- :class:`Evidence`, the trace itself; it is not pickled

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork, trace_dimension
        sage: dimension = trace_dimension(GradientFlow(LinearNetwork([2, 2, 2])))
        sage: dimension
        5 of 8 (too small with probability at most 4.5e-15)
        sage: dimension == 5, dimension.number_of_laws, dimension.is_proved
        (True, 3, False)
    """

    dimension: int
    number_of_variables: int
    number_of_laws: int
    is_proved: bool
    error_bound: ExactRational
    probability: Any
    seed: int
    primes: tuple[int, ...]
    involutive: bool
    depth: int
    engine: str
    evidence: Evidence | None = None

    def __new__(cls, dimension: int, *arguments: Any, **facts: Any) -> TraceDimension:
        # an integer is made here, and knows the rest from __init__
        return super().__new__(cls, dimension)

    def __reduce_ex__(self, protocol: Any) -> Any:
        facts = {**vars(self), "evidence": None}
        return _restored, (facts.pop("dimension"), facts)

    def __repr__(self) -> str:
        certainty = ("proved" if self.is_proved else
                     "how often it is too small is not known" if self.error_bound >= 1 else
                     f"too small with probability at most {shown_chance(self.error_bound)}")
        return f"{int(self)} of {self.number_of_variables} ({certainty})"

    def __str__(self) -> str:
        return str(int(self))


def _restored(dimension, facts):
    return TraceDimension(dimension, **facts)


def trace_dimension(flow_or_fields: Any, *, probability: Any = 1 - 1e-9, seed: int = 0,
                    engine: str | None = None) -> TraceDimension:
    r"""
    Compute the dimension of the trace of the generated Lie algebra.

    INPUT:

    - ``flow_or_fields`` -- a flow, :class:`VectorFields`, a dictionary from variables to
      entries or a list of such fields, or an array of polynomials of shape `D \times d`,
      variables x fields
    - ``probability`` -- a number strictly between 0 and 1: the dimension is to be
      right with at least this probability
    - ``seed`` -- an integer; equal seeds give equal results
    - ``engine`` -- ``"brackets"``, ``"trajectory"``, or ``None`` to choose by size

    OUTPUT: a :class:`TraceDimension`, an integer that knows how sure it is.

    ALGORITHM: All is done at a random point modulo a random prime, by one of two
    engines: :mod:`sage_conslaw.counting.brackets` expands those Lie brackets that enlarge
    the span; :mod:`sage_conslaw.counting.trajectory` follows a random trajectory in power
    series and expands nothing. A flow is never expanded by the latter, so that
    networks with thousands of parameters are in reach.

    Either result can only be too small, with a chance that is bounded from the
    degrees and the coefficients of the fields; trials are repeated with other
    primes and points until the product of their chances is small enough.

    REFERENCES: arXiv 2307.00144, Section 3 (the number of laws, the brackets).

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow, trace_dimension
        sage: flow = MomentumFlow(LinearNetwork([2, 1, 2]))
        sage: trace_dimension(flow)
        9 of 9 (proved)

    TESTS::

        sage: trace_dimension(flow, probability=1)
        Traceback (most recent call last):
        ...
        ValueError: probability: got 1, expected a number strictly between 0 and 1
        sage: trace_dimension(flow, engine="steam")
        Traceback (most recent call last):
        ...
        ValueError: engine: got 'steam', expected 'brackets', 'trajectory' or None
        sage: trace_dimension("x")
        Traceback (most recent call last):
        ...
        TypeError: flow_or_fields: got 'x'; expected a flow, VectorFields, or an array of shape ...
    """
    wanted = checked_probability(probability)
    source = PrimeSource(checked_seed(seed))
    if engine is not None and not (isinstance(engine, str)
                                   and engine in ("brackets", "trajectory")):
        raise ValueError(f"engine: got {shown(engine)}, expected 'brackets', 'trajectory' or None")
    is_flow = isinstance(flow_or_fields, Flow)
    problem = flow_or_fields if is_flow else as_vector_fields(flow_or_fields)
    variables = problem.number_of_variables
    if variables > limits.COUNTED_VARIABLES:
        raise TooLarge(f"flow_or_fields: got {variables:,} variables; ranks of matrices of that "
                       f"size are found for at most {limits.COUNTED_VARIABLES:,}")
    check_memory(limits.BASIS_BYTES * variables**2,
                 f"flow_or_fields: got {variables:,} variables, a rank in which")
    chosen = engine or _faster_engine(problem)
    most_terms = limits.ALL_BRACKET_TERMS if engine else limits.BRACKET_TERMS
    with memory_for(f"flow_or_fields: ranks in {variables:,} variables"), threads_for(variables):
        try:
            return _dimension(problem, wanted, source, chosen, most_terms, probability, int(seed))
        except (BracketTooLarge, TooLarge):
            if engine:
                raise
            # nothing is expanded along a trajectory, and bounds for brackets are smaller
            other = "trajectory" if chosen == "brackets" else "brackets"
            return _dimension(problem, wanted, PrimeSource(seed), other,
                              limits.ALL_BRACKET_TERMS, probability, int(seed))


def _faster_engine(problem):
    if isinstance(problem, Flow) and needs_values(problem.network):
        return "trajectory"
    if not isinstance(problem, Flow):
        return "brackets" if len(problem.terms) <= limits.BRACKET_FIELD_TERMS else "trajectory"
    most = limits.BRACKET_VARIABLES
    if problem.programs.time is None:
        # where each path has a field of its own, paths are never listed to count laws
        most = 0 if problem.network.gates else limits.BRACKET_VARIABLES_OF_GRADIENT_FLOWS
    if problem.number_of_variables > most:
        return "trajectory"
    return ("brackets" if size_of_programs(problem.programs).total <= limits.BRACKET_FIELD_TERMS
            else "trajectory")


def _dimension(problem, wanted, source, engine, most_terms, probability, seed):
    variables = problem.number_of_variables
    if engine == "brackets":
        problem = as_vector_fields(problem)
    is_flow = isinstance(problem, Flow)
    size = field_size(problem)
    moving = is_flow or len(problem.terms) > 0
    functions = is_flow and needs_values(problem.network)
    best, primes, chance, unlucky, rootless = None, [], ExactRational(1), 0, 0
    while chance > 1 - wanted:
        prime = source.prime_with_roots() if functions else source.prime()
        try:
            trial, one, point = _trial(problem, size, prime, source, engine, most_terms)
        except NoRoot as problem_of_roots:
            rootless += 1
            if rootless > limits.ROOTLESS_POINTS:
                raise TooLarge("flow_or_fields: the roots of the parameters do not exist at "
                               f"{rootless:,} random points") from problem_of_roots
            continue
        except (ZeroDivisionError, _Unlucky) as problem_of_prime:
            # a denominator is zero at the point or modulo the prime: others will do
            unlucky += 1
            if unlucky > limits.REDRAWN_POINTS:
                raise TooLarge("flow_or_fields: a denominator of the fields vanishes at "
                               f"{limits.REDRAWN_POINTS} random points; it may be identically "
                               "zero") from problem_of_prime
            continue
        primes.append(prime)
        if best is None or trial.rank > best.rank:
            best, best_point = trial, point
        if best.rank == variables or not moving:
            chance = ExactRational(0)
            break
        if functions and one >= 1:
            # how often points with all roots are special is not bounded
            if len(primes) < limits.UNBOUNDED_TRIALS:
                continue
            break
        if one >= 1:
            raise TooLarge("flow_or_fields: the fields are too large for primes of 31 bits; "
                           "no trial could be told to succeed with any probability")
        chance *= one
    return TraceDimension(
        best.rank, number_of_variables=variables, number_of_laws=variables - best.rank,
        is_proved=not chance, error_bound=chance, probability=probability,
        seed=seed, primes=tuple(primes), involutive=best.depth == 0, depth=best.depth,
        engine=engine, evidence=_evidence(best, best_point, engine, most_terms))


def _evidence(trial, point, engine, most_terms):
    words = None
    if engine == "brackets":
        words = Words(trial.space.prime, tuple(point.tolist()), tuple(trial.words), most_terms)
    return Evidence(point, trial.space, words)


class _Unlucky(ArithmeticError):
    # a prime that divides a denominator
    pass


def _trial(problem, size, prime, source, engine, most_terms):
    # one trial, the chance that it is too small, and its point
    variables = problem.number_of_variables
    if isinstance(problem, Flow):
        denominators = problem.programs.constant_denominator
    else:
        denominators = math.lcm(*problem.denominators)
    if denominators % prime == 0:
        raise _Unlucky
    point = source.point(variables, prime)
    if engine == "brackets":
        trial = BracketTrial(problem.terms.modulo(prime), point, prime, max_terms=most_terms)
        return trial, bracket_failure_chance(size, variables, trial.generators), point
    system = (ProgramSystem(problem.programs, prime, source, point) if isinstance(problem, Flow)
              else TableSystem(problem.terms, prime, source, point))
    trial = TrajectoryTrial(system, point, prime)
    chance = trajectory_failure_chance(size, variables, trial.generators, trial.order)
    return trial, chance, point


def field_size(problem) -> FieldSize:
    r"""
    Return the :class:`~sage_conslaw.counting.sizes.FieldSize` of a flow or of vector fields.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork
        sage: from sage_conslaw.counting.trace_dimension import field_size
        sage: flow = GradientFlow(LinearNetwork([2, 2, 2]))
        sage: field_size(flow.vector_fields()).degree, field_size(flow).degree
        (1, 1)
    """
    if isinstance(problem, Flow):
        return size_of_programs(problem.programs)
    return size_of_table(problem.terms)

r"""
Laws of networks that are no polynomials, from values at random states and data

A polynomial `H` is a law if `\nabla H \cdot \chi = 0` for all fields `\chi`. At a random
state, with random data and free values of the exponentials, this is one linear equation for the
coefficients of an ansatz, modulo a prime. The solutions are read as rational numbers and each is
tested with other primes at other states, until the chance that one passed that is no law is below
`10^{-30}`: laws found here are *certain* but for that chance.

EXAMPLES::

    sage: from sage_conslaw import GradientFlow, Network, polynomial_laws
    sage: from sage_conslaw.functions import silu
    sage: gated = Network(lambda x, A, B, C: A @ (silu(B @ x) * (C @ x)),
    ....:                 {"A": (1, 1), "B": (1, 2), "C": (1, 2)}, {"x": (2,)})
    sage: laws = polynomial_laws(GradientFlow(gated), 2)
    sage: list(laws)
    [A1_1^2 - C1_1^2 - C1_2^2]
    sage: 0 < laws.law_error_bound < 1e-30
    True
"""
from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.monomials import pad_factors
from sage_conslaw.arithmetic.primes import PRIME_BITS, PRIME_COUNT_WITH_ROOTS, PrimeSource
from sage_conslaw.counting.field_samples import FieldSamples
from sage_conslaw.counting.sizes import size_of_programs
from sage_conslaw.flows.field_programs import needs_values
from sage_conslaw.flows.flow import Flow
from sage_conslaw.laws.exact_kernel import rational
from sage_conslaw.laws.gram import GramEntries, gram_entries
from sage_conslaw.system import limits
from sage_conslaw.system.memory import TooLarge
from sage_conslaw.system.rationals import ExactRational

logger = logging.getLogger(__name__)

#: Pairs of the factors of a monomial and its coefficient.
Terms = list[tuple[tuple[int, ...], int]]
#: The chance of error that laws are tested down to.
LAW_ERROR = ExactRational(1, 10**30)
#: States at which laws are tested modulo one prime.
STATES = 4
#: More equations than unknowns.
MORE = 24


class Candidates:
    r"""
    Polynomials of which laws are linear combinations.

    INPUT:

    - ``variables`` -- the number of variables
    - ``polynomials`` -- list of lists of the monomials of a polynomial, each a tuple of factors;
      coefficients are 1
    """

    def __init__(self, variables: int, polynomials: Sequence[Sequence[tuple[int, ...]]]) -> None:
        self.variables, self.polynomials = variables, polynomials
        self._factors = pad_factors([m for p in polynomials for m in p], variables)
        self._starts = np.cumsum([0] + [len(p) for p in polynomials])[:-1]

    def __len__(self) -> int:
        return len(self.polynomials)

    def terms(self, index: int) -> Terms:
        r"""
        Return a polynomial as pairs of the factors of a monomial and its coefficient.
        """
        return [(monomial, 1) for monomial in self.polynomials[index]]

    def equations(self, states: np.ndarray, fields: np.ndarray, prime: int) -> np.ndarray:
        r"""
        Return the derivatives of all polynomials along fields at states, states x polynomials.
        """
        ones = np.ones((len(states), 1), dtype=np.int64)
        values = np.concatenate([states, ones], axis=1)[:, self._factors]
        moved = np.concatenate([fields, 0 * ones], axis=1)[:, self._factors]
        total = np.zeros(values.shape[:2], dtype=np.int64)
        for q in range(values.shape[2]):
            part = moved[:, :, q]
            for r in range(values.shape[2]):
                if r != q:
                    part = part * values[:, :, r] % prime
            total += part
        return np.add.reduceat(total % prime, self._starts, axis=1) % prime


def monomials(variables: int, time: int | None, degree: int, time_degree: int,
              homogeneous: bool) -> list[list[tuple[int, ...]]]:
    r"""
    Return all monomials of an ansatz, as polynomials.

    EXAMPLES::

        sage: from sage_conslaw.laws.sampled import monomials
        sage: monomials(2, None, 2, 0, False)
        [[(0,)], [(1,)], [(0, 0)], [(0, 1)], [(1, 1)]]
    """
    others = [i for i in range(variables) if i != time]
    found = []
    for d in range(degree if homogeneous else 0, degree + 1):
        for factors in itertools.combinations_with_replacement(others, d):
            for power in range(time_degree + 1):
                if d + power:
                    found.append([tuple(sorted(factors + (time,) * power))])  # type: ignore
    return found


def has_functions(flow_or_fields: Any) -> bool:
    r"""
    Return whether something is a flow of a network whose fields are known by their values alone.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, Network
        sage: from sage_conslaw.functions import exp
        sage: from sage_conslaw.laws.sampled import has_functions
        sage: has_functions(GradientFlow(Network(lambda U: exp(U), {"U": (2,)})))
        True
    """
    return isinstance(flow_or_fields, Flow) and needs_values(flow_or_fields.network)


def ansatz_of_functions(flow: Flow, degree: int, time_degree: int | None,
                        homogeneous: bool = False) -> Candidates:
    r"""
    Return all monomials of an ansatz for the laws of a flow.

    ERRORS: ``TooLarge`` where there are too many.
    """
    size_of_functions(flow, degree, time_degree, True)
    return Candidates(flow.number_of_variables, monomials(
        flow.number_of_variables, None if time_degree is None else 0, degree, time_degree or 0,
        homogeneous))


def size_of_functions(flow: Flow, degree: int, time_degree: int | None, check: bool
                      ) -> tuple[int, int]:
    r"""
    Return the number of monomials of an ansatz, and of the entries of its system.
    """
    count = (math.comb(flow.number_of_variables - (time_degree is not None) + degree, degree)
             * (1 + (time_degree or 0)))
    if check and count > limits.SAMPLED_MONOMIALS:
        raise TooLarge(f"degree: got {degree}, whose ansatz has {count:,} monomials; of networks "
                       "that are no polynomials laws are sought among at most "
                       f"{limits.SAMPLED_MONOMIALS:,}")
    return count, count**2


def sampled_laws(flow: Flow, candidates: Candidates | GramEntries, source: PrimeSource
                 ) -> tuple[list[Terms], ExactRational]:
    r"""
    Return a basis of the laws among the combinations of polynomials.

    INPUT:

    - ``flow`` -- a flow
    - ``candidates`` -- :class:`Candidates`, or
      :class:`~sage_conslaw.laws.gram.GramEntries`
    - ``source`` -- what primes and points are drawn from

    OUTPUT: laws with integer coefficients, and a bound for the chance that one of them is none.
    """
    if not len(candidates):
        return [], ExactRational(0)
    samples = FieldSamples(flow.programs, source)
    space = Echelon(len(candidates), samples.prime)
    left = len(candidates) + MORE
    while left > 0 and space.rank < len(candidates):
        count = max(1, min(left, limits.SAMPLED_ENTRIES // max(len(candidates), 1)))
        left -= count
        for rows in _equations(samples, candidates, count):
            space.extend(rows)
    vectors = [_lifted(vector, samples.prime) for vector in space.kernel()]
    found = [_terms(candidates, vector) for vector in vectors if vector is not None]
    return _tested(flow, found, source)


def structured_laws(flow: Flow, time_degree: int | None, source: PrimeSource
                    ) -> tuple[list[Terms], ExactRational, int]:
    r"""
    Return linear laws, and laws among the Gram entries of all blocks.

    INPUT:

    - ``flow`` -- a flow
    - ``time_degree`` -- the degree in the time, or ``None``
    - ``source`` -- what primes and points are drawn from

    OUTPUT: as for :func:`sampled_laws`, and the number of candidates

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork
        sage: from sage_conslaw.arithmetic.primes import PrimeSource
        sage: from sage_conslaw.laws.sampled import structured_laws
        sage: flow = GradientFlow(LinearNetwork([2, 2, 2]))
        sage: len(structured_laws(flow, None, PrimeSource(0))[0])
        3
    """
    found: list[Terms] = []
    error, size = ExactRational(0), 0
    linear = Candidates(flow.number_of_variables, monomials(
        flow.number_of_variables, None if time_degree is None else 0, 1, time_degree or 0, False))
    for candidates in (linear, gram_entries(flow, time_degree)):
        if len(candidates) <= limits.STRUCTURED_ENTRIES:
            laws, chance = sampled_laws(flow, candidates, source)
            found += laws
            error, size = ExactRational(error + chance), size + len(candidates)
    return found, error, size


def _equations(samples: FieldSamples, candidates: Candidates | GramEntries, count: int
               ) -> list[np.ndarray]:
    states, fields = samples.draw(count)
    found = [candidates.equations(states, fields, samples.prime)]
    drift = samples.drift(states)
    if drift is not None:
        found.append(candidates.equations(states, drift, samples.prime))
    return found


def _lifted(vector: np.ndarray, prime: int) -> list[Fraction] | None:
    # small fractions for all residues, if there are some
    bound = math.isqrt(prime // 2)
    found = []
    for residue in vector.tolist():
        fraction = rational(residue, prime, bound)
        if fraction is None:
            return None
        found.append(Fraction(*fraction))
    return found


def _terms(candidates: Candidates | GramEntries, vector: list[Fraction]) -> Terms:
    scale = math.lcm(*(c.denominator for c in vector))
    common = math.gcd(*(int(c * scale) for c in vector))
    total: dict[tuple[int, ...], int] = {}
    for index, c in enumerate(vector):
        if c:
            for monomial, factor in candidates.terms(index):
                total[monomial] = total.get(monomial, 0) + factor * (int(c * scale) // common)
    return [(monomial, c) for monomial, c in total.items() if c]


def _tested(flow: Flow, laws: list[Terms], source: PrimeSource
            ) -> tuple[list[Terms], ExactRational]:
    size = size_of_programs(flow.programs)
    chance = ExactRational(1)
    each = [Candidates(flow.number_of_variables, [[m] for m, _ in law]) for law in laws]
    while laws and chance * len(laws) > LAW_ERROR:
        one = _chance(size, laws)
        if one >= 1:
            return [], ExactRational(0)
        samples = FieldSamples(flow.programs, source)
        passed = [True] * len(laws)
        states, fields = samples.draw(STATES)
        for moved in (fields, samples.drift(states)):
            for k, law in enumerate(laws):
                if moved is not None and passed[k]:
                    values = each[k].equations(states, moved, samples.prime)
                    numbers = np.array([c % samples.prime for _, c in law], dtype=np.int64)
                    total = (values * numbers % samples.prime).sum(axis=1) % samples.prime
                    passed[k] = not total.any()
        if not all(passed):
            logger.info("%d polynomials that are no laws passed the equations",
                        passed.count(False))
            laws = list(itertools.compress(laws, passed))
            each = list(itertools.compress(each, passed))
        chance = ExactRational(chance * one)
    # each of them may be the one
    return laws, ExactRational(chance * len(laws)) if chance * len(laws) < 1 else ExactRational(1)


def _chance(size: Any, laws: list[Terms]) -> ExactRational:
    # that a polynomial that is no law passes modulo one prime
    degree = size.degree + size.control_degree + max(
        max(len(monomial) for monomial, _ in law) for law in laws)
    height = size.total.bit_length() + max(
        sum(abs(c) * len(monomial) for monomial, c in law).bit_length() for law in laws)
    at_one = ExactRational(degree * size.relation_degree * 4**size.roots, 2**(PRIME_BITS - 1))
    if at_one >= 1:
        return ExactRational(1)
    return ExactRational(ExactRational(height // (PRIME_BITS - 1) + 1, PRIME_COUNT_WITH_ROOTS)
                         + at_one**STATES)

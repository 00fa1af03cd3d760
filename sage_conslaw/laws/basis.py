r"""
A basis of laws, and how many of them are independent
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import trials_for, vanishing_chance
from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.laws.law import Law
from sage_conslaw.laws.notation import aligned
from sage_conslaw.system.messages import counted, shown_chance
from sage_conslaw.system.rationals import ExactRational


@dataclass(frozen=True, repr=False)
class PolynomialLaws(Sequence):
    r"""
    A basis of the polynomial laws in an ansatz, simplest first.

    It is a sequence of :class:`~sage_conslaw.laws.law.Law` with integer coefficients without
    common divisor, each checked over `\QQ`. With the constants they span all
    polynomial laws of the ansatz.

    ATTRIBUTES:

    - ``laws`` -- the laws
    - ``chosen`` -- the indices of as many independent ones as there are
    - ``degree``, ``time_degree``, ``homogeneous`` -- the ansatz;
      ``number_of_monomials`` -- its size
    - ``error_bound`` -- an exact rational, bounds the probability that
      ``number_of_independent`` is too small; 0 where all laws are independent
    - ``probability``, ``seed``, ``primes`` -- as asked for, and as used to count
    - ``law_error_bound`` -- an exact rational, bounds the probability that one of the laws is none;
      0 where all were checked over `\QQ`
    - ``structured`` -- whether the ansatz are not all monomials but the linear ones and the Gram
      entries of the blocks, see :mod:`sage_conslaw.laws.gram`

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, NMF, polynomial_laws
        sage: laws = polynomial_laws(GradientFlow(NMF(2, 2, 1)), 1); laws
        2 polynomial laws of degree at most 1, 2 of them independent
        sage: list(laws)
        [U1_1 + U2_1 - V1_1, U1_2 + U2_2 - V1_2]
        sage: latex(laws)
        \begin{aligned}
        & U_{1,1} + U_{2,1} - V_{1,1} \\
        & U_{1,2} + U_{2,2} - V_{1,2}
        \end{aligned}
    """
    laws: tuple[Law, ...]
    chosen: tuple[int, ...]
    degree: int
    time_degree: int | None
    homogeneous: bool
    number_of_monomials: int
    error_bound: ExactRational
    probability: Any
    seed: int
    primes: tuple[int, ...]
    law_error_bound: ExactRational = ExactRational(0)
    structured: bool = False

    @property
    def number_of_independent(self) -> int:
        r"""
        The number of functionally independent laws around a generic point; never too large.
        """
        return len(self.chosen)

    def independent(self) -> tuple[Law, ...]:
        r"""
        Return as many independent laws as there are, simplest first.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF, polynomial_laws
            sage: laws = polynomial_laws(GradientFlow(NMF(1, 1, 1)), 2)
            sage: list(laws), laws.independent()
            ([U1_1 - V1_1, U1_1^2 - 2*U1_1*V1_1 + V1_1^2], (U1_1 - V1_1,))
        """
        return tuple(self.laws[i] for i in self.chosen)

    def __len__(self) -> int:
        return len(self.laws)

    def __getitem__(self, index: Any) -> Any:
        return self.laws[index]

    __hash__ = None

    def __repr__(self) -> str:
        count = len(self)
        text = (f"{counted(count, 'polynomial law')} of degree "
                f"{'' if self.homogeneous else 'at most '}{self.degree}")
        if self.structured:
            text = f"{counted(count, 'law')} among linear polynomials and Gram entries of blocks"
        if self.time_degree is not None:
            text += f" and degree at most {self.time_degree} in the time"
        text += f", {self.number_of_independent} of them independent" if count else ""
        if self.error_bound:
            text += f" (or more, with probability at most {shown_chance(self.error_bound)})"
        return text

    def _latex_(self) -> str:
        return aligned(self.laws)


def sorted_laws(found: Sequence, fields: Any) -> tuple[Law, ...]:
    r"""
    Return laws, given by their terms, simplest first.

    INPUT:

    - ``found`` -- list of lists of pairs of the factors of a monomial and a coefficient
    - ``fields`` -- the flow or the fields, whose variables they are in

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, NMF
        sage: from sage_conslaw.laws.basis import sorted_laws
        sage: sorted_laws([[((0,), -1), ((1,), 1)]], GradientFlow(NMF(1, 1, 1)))
        (U1_1 - V1_1,)
    """
    return tuple(_law(terms, fields) for terms in sorted(found, key=_simplicity))


def _law(terms, fields):
    # the leading coefficient is made positive, so that a law has one form only
    blocks = fields.blocks() if callable(fields.blocks) else fields.blocks
    law = Law(fields.variable_names(), terms, blocks)
    return -law if law.terms[0][1] < 0 else law


def _simplicity(law):
    # monomials as rows of factors: x^2 before x y before y^2
    monomials = sorted(factors for factors, _ in law)
    return (max(map(len, monomials)), len(monomials), max(abs(c) for _, c in law), monomials)


def count_independent(laws: Sequence[Law], variables: int, source: Any, wanted: Any
                      ) -> tuple[tuple[int, ...], tuple[int, ...], ExactRational]:
    r"""
    Return the indices of independent laws, as many as there are, the primes that were used, and a
    bound for the chance that there are more.
    """
    if not laws:
        return (), (), ExactRational(0)
    table = table_of_laws(laws, variables)
    chance = _gradient_failure_chance(table, len(laws))
    best: list[int] = []
    primes: list[int] = []
    for _ in range(trials_for(chance, wanted)):
        prime = source.prime()
        primes.append(prime)
        gradients = table.modulo(prime).gradients(source.point(variables, prime), prime, len(laws))
        chosen = Echelon(variables, prime).extend(gradients)
        if len(chosen) > len(best):
            best = chosen
        if len(best) == min(len(laws), variables):
            return tuple(best), tuple(primes), ExactRational(0)
    return tuple(best), tuple(primes), chance**len(primes)


def table_of_laws(laws: Sequence[Law], variables: int) -> TermTable:
    r"""
    Return the terms of laws with integer coefficients as a table of functions.

    EXAMPLES::

        sage: from sage_conslaw.laws.law import Law
        sage: from sage_conslaw.laws.basis import table_of_laws
        sage: table_of_laws([Law(["x", "y"], [((0, 1), 2)])], 2).factors.tolist()
        [[0, 1]]
    """
    return TermTable.from_terms(variables, [(number, 0, monomial, c)
                                            for number, law in enumerate(laws)
                                            for monomial, c in law.terms])


def _gradient_failure_chance(table, number):
    # a maximal minor of the gradients: its degree and its height, from the
    # largest degrees and coefficient sums of the laws
    degrees, norms = [0] * number, [0] * number
    lengths = (table.factors < table.variables).sum(axis=1)
    for law, length, c in zip(table.field.tolist(), lengths.tolist(), table.coefficients):
        degrees[law] = max(degrees[law], length)
        norms[law] += abs(c) * length
    rank = min(number, table.variables)
    degree = sum(sorted((max(d - 1, 0) for d in degrees), reverse=True)[:rank])
    height = sum(sorted((n.bit_length() for n in norms), reverse=True)[:rank])
    return vanishing_chance(degree, height)

r"""
A conservation law: a polynomial with exact coefficients

It knows its variables by name and, where it is a law of a flow, the blocks of the state that
they are the entries of. It is written, evaluated and differentiated without Sage, and becomes
a polynomial of Sage for whoever asks.

EXAMPLES::

    sage: from sage_conslaw import GradientFlow, LinearNetwork, polynomial_laws
    sage: law = polynomial_laws(GradientFlow(LinearNetwork([2, 1, 1])), 2)[0]; law
    U1_1_1^2 + U1_2_1^2 - U2_1_1^2
    sage: law([3, 4, 5])
    0
    sage: import numpy as np
    sage: float(law({"U1": np.array([[1.0], [0.5]]), "U2": np.array([[1.0]])}))
    0.25
    sage: law.polynomial().parent()
    Multivariate Polynomial Ring in U1_1_1, U1_2_1, U2_1_1 over Integer Ring
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from numbers import Rational
from typing import Any

import numpy as np

from sage_conslaw.laws.evaluation import columns_of, filled, value_of
from sage_conslaw.laws.notation import in_latex, in_text, order
from sage_conslaw.system.messages import shown
from sage_conslaw.system.of_sage import is_element
from sage_conslaw.system.rationals import ExactRational, exact_rational

#: A term: the sorted tuple of the indices of its factors, and its coefficient.
Term = tuple[tuple[int, ...], "int | ExactRational"]


@dataclass(frozen=True, eq=False, repr=False)
class Law:
    r"""
    A polynomial with exact coefficients in variables that have names.

    INPUT:

    - ``names`` -- the names of the variables
    - ``terms`` -- pairs (monomial, coefficient): the monomial as the indices of its factors,
      `x_1 x_3^2` being ``(1, 3, 3)``, the coefficient an integer or a rational of any exact kind
    - ``blocks`` -- pairs (name, shape) of the arrays whose entries the variables are, in their
      order; or ``None``

    ATTRIBUTES: the same, the terms sorted as Sage sorts those of polynomials, the leading one
    first, each monomial once.

    Laws are equal if names and terms are, whatever the blocks; and a law equals the polynomial of
    Sage that it is.

    EXAMPLES::

        sage: from sage_conslaw.laws.law import Law
        sage: law = Law(["x", "y"], [((1, 1), -1/2), ((0, 0), 1), ((0, 0), 2)]); law
        3*x^2 - 1/2*y^2
        sage: law.terms
        (((0, 0), 3), ((1, 1), -1/2))
        sage: R.<x, y> = QQ[]
        sage: law == 3*x^2 - y^2/2, R(law) + x
        (True, 3*x^2 - 1/2*y^2 + x)
        sage: latex(law)
        3 x^{2} - \frac{1}{2} y^{2}

    TESTS::

        sage: Law(["x"], [((1,), 1)])
        Traceback (most recent call last):
        ...
        ValueError: terms: got the monomial (1,), expected indices of the 1 variable
        sage: Law(["x"], [((0,), 0.5)])
        Traceback (most recent call last):
        ...
        TypeError: terms: got the coefficient 0.500000000000000, expected an integer or a rational
        sage: Law(["x", "y"], [], blocks=[("x", (3,))])
        Traceback (most recent call last):
        ...
        ValueError: blocks: got 3 entries, expected 2, one for each variable
    """
    names: tuple[str, ...]
    terms: tuple[Term, ...]
    blocks: tuple[tuple[str, tuple[int, ...]], ...] | None = None

    def __post_init__(self) -> None:
        names = self.names
        if not isinstance(names, tuple) or not all(type(name) is str for name in names):
            names = tuple(map(str, names))
        total: dict[tuple[int, ...], Any] = {}
        for factors, given in self.terms:
            monomial = tuple(sorted(int(i) for i in factors))
            if monomial and not 0 <= monomial[0] <= monomial[-1] < len(names):
                raise ValueError(f"terms: got the monomial {shown(factors)}, expected indices of "
                                 f"the {len(names)} variable{'s' if len(names) != 1 else ''}")
            try:
                coefficient = given if type(given) is int else exact_rational(given)
            except TypeError:
                raise TypeError(f"terms: got the coefficient {shown(given)}, expected an integer "
                                "or a rational") from None
            total[monomial] = total.get(monomial, 0) + coefficient
        terms = tuple((monomial, _plain(total[monomial])) for monomial in sorted(total, key=order)
                      if total[monomial])
        blocks = self.blocks
        if blocks is not None:
            blocks = tuple((str(name), tuple(map(int, shape))) for name, shape in blocks)
            entries = sum(math.prod(shape) for _, shape in blocks)
            if entries != len(names):
                raise ValueError(f"blocks: got {entries} entries, expected {len(names)}, one for "
                                 "each variable")
        for name, value in (("names", names), ("terms", terms), ("blocks", blocks)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_polynomial(cls, polynomial: Any) -> Law:
        r"""
        Return the law that a polynomial of Sage is.

        INPUT:

        - ``polynomial`` -- of a ring over ``ZZ`` or ``QQ``

        EXAMPLES::

            sage: from sage_conslaw.laws.law import Law
            sage: R.<x, y> = ZZ[]
            sage: Law.from_polynomial(y - x^2).terms
            (((0, 0), -1), ((1,), 1))
            sage: Law.from_polynomial(polygen(QQ, "u")^2)
            u^2
        """
        if isinstance(polynomial, Law):
            return polynomial
        try:
            names = polynomial.parent().variable_names()
            terms = [(_factors(powers), c) for powers, c in polynomial.dict().items()]
        except (AttributeError, TypeError):
            raise TypeError(f"polynomial: got {shown(polynomial)}, expected a polynomial of Sage "
                            "over ZZ or QQ") from None
        return cls(names, terms)

    # --- how it shows itself ---

    def __repr__(self) -> str:
        return in_text(self.names, self.terms)

    def _latex_(self) -> str:
        return in_latex(self.names, self.terms)

    # --- what it is ---

    @property
    def number_of_variables(self) -> int:
        r"""
        The number `D` of variables.
        """
        return len(self.names)

    def number_of_terms(self) -> int:
        r"""
        Return the number of terms.
        """
        return len(self.terms)

    def degree(self) -> int:
        r"""
        Return the total degree; -1 for the law that is zero.

        EXAMPLES::

            sage: from sage_conslaw.laws.law import Law
            sage: Law(["x", "y"], [((0, 1), 1), ((), 1)]).degree(), Law(["x"], []).degree()
            (2, -1)
        """
        return len(self.terms[0][0]) if self.terms else -1

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Law):
            return self.terms == other.terms and self.names == other.names
        if isinstance(other, Rational):
            return self.degree() <= 0 and bool((self.terms[0][1] if self.terms else 0) == other)
        if not is_element(other):
            return NotImplemented
        try:
            return self == Law.from_polynomial(other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash((self.names, self.terms))

    def __neg__(self) -> Law:
        return Law(self.names, tuple((monomial, -c) for monomial, c in self.terms), self.blocks)

    # --- its values ---

    def __call__(self, *theta: Any) -> Any:
        r"""
        Return the value at a point, or at many.

        INPUT:

        - ``theta`` -- an array of shape `(\dots, D)`, the last axis running over the variables;
          a dictionary from the names of the blocks to arrays, axes in front of a block's shape
          numbering points; or `D` numbers

        OUTPUT: a number, or an array of shape `(\dots)`: exact where the entries are integers,
        of any size, and rationals; floats where they are floats.

        EXAMPLES::

            sage: import numpy as np
            sage: from sage_conslaw.laws.law import Law
            sage: law = Law(["a", "b1", "b2"], [((0, 0), 1), ((1, 2), -1)],
            ....:           blocks=[("a", ()), ("b", (2,))])
            sage: law([2, 1/2, 3])
            5/2
            sage: law(np.array([[2.0, 1.0, 3.0], [0.0, 1.0, 1.0]]))
            array([ 1., -1.])
            sage: law({"a": np.array([2.0, 3.0]), "b": np.array([[1.0, 1.0], [4.0, 2.0]])})
            array([3., 1.])

        TESTS::

            sage: law([1, 2])
            Traceback (most recent call last):
            ...
            ValueError: theta: got 2 entries along the last axis, expected 3, one for each variable
            sage: law({"a": 1})
            Traceback (most recent call last):
            ...
            ValueError: theta: got the blocks a, expected a, b
        """
        columns, floating = columns_of(theta, len(self.names), self.blocks)
        return filled(value_of(self.terms, columns, floating), columns)

    @cached_property
    def gradient(self) -> tuple[Law, ...]:
        r"""
        The derivatives by the variables, in their order.

        EXAMPLES::

            sage: from sage_conslaw.laws.law import Law
            sage: Law(["x", "y"], [((0, 0, 1), 1), ((1,), -3)]).gradient
            (2*x*y, x^2 - 3)
        """
        return tuple(Law(self.names, terms, self.blocks) for terms in self._derivatives())

    def gradient_at(self, *theta: Any) -> np.ndarray:
        r"""
        Return the gradient at a point, or at many, as an array of shape `(\dots, D)`.

        INPUT: as for the law itself

        EXAMPLES::

            sage: import numpy as np
            sage: from sage_conslaw.laws.law import Law
            sage: law = Law(["x", "y"], [((0, 0, 1), 1), ((1,), -3)])
            sage: law.gradient_at(np.array([2.0, 5.0]))
            array([20.,  1.])
            sage: law.gradient_at([2, 5]).tolist()
            [20, 1]
        """
        columns, floating = columns_of(theta, len(self.names), self.blocks)
        values = [filled(value_of(terms, columns, floating), columns)
                  for terms in self._derivatives()]
        if not floating and np.ndim(values[0]) == 0:
            result = np.empty(len(values), dtype=object)
            result[:] = values
            return result
        return np.stack(values, axis=-1)

    def _derivatives(self) -> list[list[Term]]:
        # the terms of the derivative by each variable, monomials possibly more than once
        found: list[list[Term]] = [[] for _ in self.names]
        for monomial, c in self.terms:
            for place, variable in enumerate(monomial):
                found[variable].append((monomial[:place] + monomial[place + 1:], c))
        return found

    # --- with Sage ---

    def polynomial(self, ring: Any = None) -> Any:
        r"""
        Return the law as a polynomial of Sage.

        INPUT:

        - ``ring`` -- a polynomial ring whose variables have the names of the law's, among others
          maybe; by default that in the law's variables, over ``ZZ`` if its coefficients are
          integers and over ``QQ`` otherwise

        EXAMPLES::

            sage: from sage_conslaw.laws.law import Law
            sage: law = Law(["x", "y"], [((0, 1), 2)])
            sage: law.polynomial().parent()
            Multivariate Polynomial Ring in x, y over Integer Ring
            sage: R = QQ["y, z, x"]
            sage: law.polynomial(R).parent() is R, R(law)
            (True, 2*y*x)

        TESTS::

            sage: law.polynomial(QQ["x, z"])
            Traceback (most recent call last):
            ...
            ValueError: ring: got Multivariate Polynomial Ring in x, z over Rational Field, ...
        """
        from sage_conslaw.flows.sage_polynomials import polynomial_of
        return polynomial_of(self.names, self.terms, ring)

    def _polynomial_(self, ring: Any) -> Any:
        # Sage's polynomial rings ask for this
        return self.polynomial(ring)


def _plain(coefficient: int | ExactRational) -> int | ExactRational:
    return coefficient.numerator if coefficient.denominator == 1 else coefficient


def _factors(powers: Any) -> list[int]:
    # the factors of a monomial of Sage; of univariate polynomials it is a number
    if not hasattr(powers, "sparse_iter"):
        return [0] * int(powers)
    return [int(i) for i, power in powers.sparse_iter() for _ in range(int(power))]

r"""
From tables of terms to Sage's polynomials and back

All that counts and finds laws works on tables of terms and knows no Sage. Here is where their
rows become polynomials, for those who work with them, and the other way round.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from sage.rings.integer_ring import ZZ
from sage.rings.polynomial.multi_polynomial_ring_base import MPolynomialRing_base
from sage.rings.polynomial.polydict import ETuple
from sage.rings.polynomial.polynomial_ring_constructor import PolynomialRing
from sage.rings.rational_field import QQ

from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import exact_rational


def polynomial_ring(names, rational=False):
    r"""
    Return the polynomial ring in variables of these names, multivariate also if there is one.

    INPUT:

    - ``names`` -- a sequence of strings
    - ``rational`` -- whether the coefficients are rational numbers, not integers

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import polynomial_ring
        sage: polynomial_ring(["x"])
        Multivariate Polynomial Ring in x over Integer Ring
    """
    return PolynomialRing(QQ if rational else ZZ, len(names), list(names))


def exponents(factors, variables):
    r"""
    Return the exponents of the monomial with these factors.

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import exponents
        sage: exponents([0, 2, 2, 3], 3)
        (1, 0, 2)
    """
    count = {}
    for index in map(int, factors):
        if index < variables:
            count[index] = count.get(index, 0) + 1
    return ETuple(count, int(variables))


def terms_of(polynomial):
    r"""
    Return the terms of a polynomial as pairs of the tuple of their factors and a coefficient.

    INPUT:

    - ``polynomial`` -- of a multivariate ring

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import terms_of
        sage: R.<x, y> = ZZ[]
        sage: sorted(terms_of(x*y^2 - 3*x))
        [((0,), -3), ((0, 1, 1), 1)]
    """
    for powers, coefficient in polynomial.dict().items():
        factors = []
        for index, exponent in powers.sparse_iter():
            factors.extend([int(index)] * int(exponent))
        yield tuple(factors), coefficient


def table_of(fields, variables):
    r"""
    Return the table of the terms of fields with integer coefficients.

    INPUT:

    - ``fields`` -- list of fields, each a sequence of ``variables`` polynomials of one
      multivariate ring
    - ``variables`` -- the number of variables

    OUTPUT: a :class:`~sage_conslaw.arithmetic.term_table.TermTable`

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import table_of
        sage: R.<x, y> = ZZ[]
        sage: table = table_of([(x*y^2, R(0)), (y, 3*x)], 2)
        sage: table.factors.tolist()
        [[0, 1, 1], [1, 2, 2], [0, 2, 2]]
        sage: list(table.coefficients)
        [1, 1, 3]
    """
    return TermTable.from_terms(variables, (
        (f, i, factors, coefficient) for f, entries in enumerate(fields)
        for i, polynomial in enumerate(entries) if polynomial
        for factors, coefficient in terms_of(polynomial)))


def polynomials_of(table, ring, denominators):
    r"""
    Return the fields of a table as tuples of polynomials, divided by an integer each.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` of the fields
    - ``ring`` -- the multivariate ring of the polynomials
    - ``denominators`` -- for each field an integer

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import polynomials_of, table_of
        sage: R.<x, y> = QQ[]
        sage: polynomials_of(table_of([(x*y^2, R(0))], 2), R, [2])
        [(1/2*x*y^2, 0)]
    """
    entries = {}
    for f, i, factors, c in zip(table.field.tolist(), table.component.tolist(),
                                table.factors.tolist(), table.coefficients):
        entries.setdefault((f, i), {})[exponents(factors, table.variables)] = c
    zero = ring.zero()
    # the last fields can be without terms
    fields = [[zero] * table.variables for _ in denominators]
    for (f, i), terms in entries.items():
        polynomial = ring(terms)
        fields[f][i] = polynomial if denominators[f] == 1 else polynomial / denominators[f]
    return [tuple(field) for field in fields]


def polynomial_of(names, terms, ring=None):
    r"""
    Return the polynomial with given terms.

    INPUT:

    - ``names`` -- the names of the variables
    - ``terms`` -- pairs of the indices of a monomial's factors and an exact coefficient, each
      monomial once
    - ``ring`` -- a polynomial ring that has the variables that occur, by their names; by default
      that in all of ``names``, over ``ZZ`` if the coefficients are integers and over ``QQ``
      otherwise

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import polynomial_of
        sage: polynomial_of(["x", "y"], [((0, 1), 2), ((0,), -1)])
        2*x*y - x
        sage: polynomial_of(["x", "y"], [((0, 0), 1)], QQ["x"]).parent()
        Univariate Polynomial Ring in x over Rational Field
    """
    terms = [(monomial, exact_rational(c)) for monomial, c in terms]
    if ring is None:
        ring = polynomial_ring(names, any(c.denominator != 1 for _, c in terms))
    if not callable(getattr(ring, "variable_names", None)) or not hasattr(ring, "base_ring"):
        raise TypeError(f"ring: got {shown(ring)}, expected a polynomial ring")
    known = [str(name) for name in ring.variable_names()]
    used = sorted({i for monomial, _ in terms for i in monomial})
    missing = [names[i] for i in used if names[i] not in known]
    if missing:
        raise ValueError(f"ring: got {shown(ring)}, expected a polynomial ring with the "
                         f"variable{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    place, base = {i: known.index(names[i]) for i in used}, ring.base_ring()
    # the exponents of univariate polynomials are numbers
    multivariate = isinstance(ring, MPolynomialRing_base)
    return ring({
        exponents([place[i] for i in monomial], len(known)) if multivariate else len(monomial):
        base(c.numerator) if c.denominator == 1 else base(c.numerator) / base(c.denominator)
        for monomial, c in terms})


def bracket(f, g, ring):
    r"""
    Return the Lie bracket `[f, g] = J_g f - J_f g` of two fields in a ring.

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_polynomials import bracket
        sage: R.<x, y> = ZZ[]
        sage: bracket((y, R(0)), (R(0), x^2), R)
        (-x^2, 2*x*y)
    """
    def along(field, polynomial):
        return sum((c * polynomial.derivative(x) for c, x in zip(field, ring.gens()) if c),
                   ring.zero())

    return tuple(along(f, b) - along(g, a) for a, b in zip(f, g))

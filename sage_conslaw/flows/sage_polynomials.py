r"""
From tables of terms to Sage's polynomials and back

All that counts and finds laws works on tables of terms and knows no Sage. Here is where their
rows become polynomials, for those who work with them, and the other way round.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from sage.rings.integer_ring import ZZ
from sage.rings.polynomial.polydict import ETuple
from sage.rings.polynomial.polynomial_ring_constructor import PolynomialRing
from sage.rings.rational_field import QQ

from sage_conslaw.arithmetic.term_table import TermTable


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
    fields = [[zero] * table.variables for _ in range(table.number_of_fields)]
    for (f, i), terms in entries.items():
        polynomial = ring(terms)
        fields[f][i] = polynomial if denominators[f] == 1 else polynomial / denominators[f]
    return [tuple(field) for field in fields]

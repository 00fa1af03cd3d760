r"""
The polynomial with generic coefficients

A law of degree `k` is looked for as `P = \sum_e a_e\, x^e` with one unknown
`a_e` for each monomial.  That `P` is constant along fields `\chi_1, \dots,
\chi_d` says that the coefficients of `\langle \nabla P, \chi_i \rangle`, which
are linear forms in the `a_e`, all vanish.

=================================  ============================================
:func:`homogeneous_exponents`      the exponents of the monomials of one degree
:func:`coefficient_name`           the name of the unknown of a monomial
:func:`coefficient_rings`          the ring of the `a_e`, and `x_1, \dots, x_D` over it
:func:`generic_polynomial`         `P` itself
:func:`coefficient_equations`      the linear forms, as polynomials in the `a_e`
:func:`coefficient_matrix`         the same forms as the columns of a matrix
=================================  ============================================

These are for looking at, and for small cases: ``polynomial_laws`` solves the same
system from its sparse terms, without any of these rings.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from itertools import combinations
from math import comb

import numpy as np
from sage.arith.functions import lcm
from sage.rings.polynomial.polynomial_ring_constructor import PolynomialRing
from sage.rings.rational_field import QQ

from sage_conslaw.flows.vector_fields import as_vector_fields
from sage_conslaw.system import limits
from sage_conslaw.system.checks import bounded_list, checked_integer


def _natural(value, name):
    return checked_integer(value, name, "a non-negative integer", 0)


def _number_of_monomials(k, D, homogeneous):
    if D == 0:
        return 0
    return comb(k + D - 1, k) if homogeneous else comb(k + D, k)


def _check_size(k, D, homogeneous, limit):
    if limit < 1:
        raise ValueError(f"D: got {D:,}; not even the exponents of one monomial fit here")
    # the binomial coefficient itself is out of reach where both numbers are large
    count = _number_of_monomials(min(k, 1000), min(D, 1000), homogeneous)
    if count <= limit:
        count = _number_of_monomials(k, D, homogeneous)
    if count > limit:
        fits = 0
        while _number_of_monomials(fits + 1, D, homogeneous) <= limit:
            fits += 1
        digits = len(str(count)) - 1
        number = f"{count:,}" if max(k, D) <= 1000 and digits < 15 else f"more than 10^{digits}"
        raise ValueError(
            f"k: {'' if homogeneous else 'up to '}degree {k} in {D} variables has {number} "
            f"monomials; at most {limit:,} fit here, which is degree {fits}")


def homogeneous_exponents(k, D):
    r"""
    Return the exponents of all monomials of degree `k` in `D` variables.

    INPUT:

    - ``k`` -- non-negative integer, the degree
    - ``D`` -- non-negative integer, the number of variables

    OUTPUT: the list of all lists of `D` non-negative integers of sum `k`, in
    ascending lexicographic order; it is empty for `D = 0`.

    ALGORITHM: such a list is a row of `k` stars cut by `D - 1` bars.

    EXAMPLES::

        sage: from sage_conslaw.published.generic_polynomial import homogeneous_exponents
        sage: homogeneous_exponents(2, 3)
        [[0, 0, 2], [0, 1, 1], [0, 2, 0], [1, 0, 1], [1, 1, 0], [2, 0, 0]]
        sage: homogeneous_exponents(0, 2), homogeneous_exponents(2, 0)
        ([[0, 0]], [])

    TESTS::

        sage: homogeneous_exponents(30, 30)
        Traceback (most recent call last):
        ...
        ValueError: k: degree 30 in 30 variables has more than 10^16 monomials; at most
        3,333,333 fit here, which is degree 6
    """
    k, D = _natural(k, "k"), _natural(D, "D")
    if D == 0:
        return []
    _check_size(k, D, True, limits.EXPONENT_ENTRIES // D)
    exponents = []
    for bars in combinations(range(k + D - 1), D - 1):
        ends = (-1,) + bars + (k + D - 1,)
        exponents.append([right - left - 1 for left, right in zip(ends, ends[1:])])
    return exponents


def all_exponents(k, D, homogeneous=True):
    r"""
    Return the exponents of degree `k`, or of the degrees `0, 1, \dots, k`, in this order.

    EXAMPLES::

        sage: from sage_conslaw.published.generic_polynomial import all_exponents
        sage: all_exponents(1, 2, homogeneous=False)
        [[0, 0], [0, 1], [1, 0]]
    """
    k, D = _natural(k, "k"), _natural(D, "D")
    if homogeneous:
        return homogeneous_exponents(k, D)
    _check_size(k, D, False, limits.EXPONENT_ENTRIES // max(D, 1))
    return [e for degree in range(k + 1) for e in homogeneous_exponents(degree, D)]


def coefficient_name(exponents):
    r"""
    Return the name of the coefficient of the monomial with these exponents.

    INPUT:

    - ``exponents`` -- a list of non-negative integers

    OUTPUT: ``a`` and the digits where all exponents have one digit; otherwise
    each exponent has an underscore before it.  Two different lists, of equal
    length or not, never share a name.

    EXAMPLES::

        sage: from sage_conslaw.published.generic_polynomial import coefficient_name
        sage: coefficient_name([1, 0, 2])
        'a102'
        sage: coefficient_name([10, 2]), coefficient_name([1, 0, 2]), coefficient_name([1, 2, 10])
        ('a_10_2', 'a102', 'a_1_2_10')

    TESTS::

        sage: coefficient_name([1, -1])
        Traceback (most recent call last):
        ...
        ValueError: exponents: got -1, expected a non-negative integer
    """
    exponents = [_natural(e, "exponents") for e in bounded_list(
        exponents, "exponents", "a list of non-negative integers", limits.SINGULAR_GENERATORS)]
    # Injective, because the list can be read back from the name.  A name with an underscore is
    # of the second kind, as digits are no underscores: its list is what stands between the
    # underscores, since no number contains one.  A name without is of the first kind, as the
    # second has at least the exponent that is 10 or more, with its underscore: its list is its
    # digits, one by one.
    separator = "" if all(e < 10 for e in exponents) else "_"
    return "a" + "".join(f"{separator}{e}" for e in exponents)


def coefficient_rings(k, D, homogeneous=True):
    r"""
    Return the ring of the generic coefficients, and the ring in `x_1, \dots, x_D` over it.

    INPUT:

    - ``k``, ``D`` -- non-negative integers, the degree and the number of variables
    - ``homogeneous`` -- whether only the monomials of degree `k` have a
      coefficient, or all of degree at most `k`

    OUTPUT: two polynomial rings; the generators of the first are in the order
    of :func:`all_exponents`.

    EXAMPLES::

        sage: from sage_conslaw.published.generic_polynomial import coefficient_rings
        sage: A, R = coefficient_rings(2, 2)
        sage: A
        Multivariate Polynomial Ring in a02, a11, a20 over Rational Field
        sage: R.base_ring() is A, R.gens()
        (True, (x1, x2))

    TESTS::

        sage: coefficient_rings(4, 40)
        Traceback (most recent call last):
        ...
        ValueError: k: degree 4 in 40 variables has 123,410 monomials; at most
        16,384 fit here, which is degree 3
    """
    k, D = _natural(k, "k"), _natural(D, "D")
    if D > limits.SINGULAR_GENERATORS:
        raise ValueError(f"D: got {D:,}, expected at most {limits.SINGULAR_GENERATORS:,}")
    _check_size(k, D, homogeneous, limits.SINGULAR_GENERATORS)
    names = [coefficient_name(e) for e in all_exponents(k, D, homogeneous)]
    coefficients = PolynomialRing(QQ, len(names), names)
    return coefficients, PolynomialRing(coefficients, D, [f"x{i + 1}" for i in range(D)])


def generic_polynomial(k, D, homogeneous=True):
    r"""
    Return the polynomial in `x_1, \dots, x_D` in which each monomial has a coefficient of its own.

    INPUT: as for :func:`coefficient_rings`.

    ALGORITHM: the polynomial is made from its terms at once.  Sums and products
    of elements of different rings are to be avoided here: with a thousand
    coefficients, finding their common parent takes seconds or exceeds the
    recursion limit of Python.

    EXAMPLES::

        sage: from sage_conslaw.published.generic_polynomial import generic_polynomial
        sage: generic_polynomial(2, 2)
        a20*x1^2 + a11*x1*x2 + a02*x2^2
        sage: generic_polynomial(1, 2, homogeneous=False)
        a10*x1 + a01*x2 + a00
    """
    coefficients, ring = coefficient_rings(k, D, homogeneous)
    exponents = map(tuple, all_exponents(k, D, homogeneous))
    return ring(dict(zip(exponents, coefficients.gens())))


def _sparse_terms(polynomial):
    # the terms as (exponents by variable, coefficient); no polynomial, such as 0, has none
    if not polynomial:
        return []
    # the exponents of a ring of Sage's univariate kind are plain integers
    return [(dict(exponents.sparse_iter()) if hasattr(exponents, "sparse_iter")
             else {0: exponents} if exponents else {}, coefficient)
            for exponents, coefficient in polynomial.dict().items()]


def _derivative(terms, components):
    # The derivative of a polynomial along one field, from its terms.  A monomial is the tuple of
    # its factors, largest index first: in this form the descending degrevlex order, in which Sage
    # lists coefficients, is the ascending order of (-degree, tuple).
    total = {}
    for exponents, coefficient in terms:
        for i, e in exponents.items():
            if components[i]:
                rest = [j for j, f in exponents.items() for _ in range(f - (j == i))]
                for factors, c in components[i]:
                    key = tuple(sorted(rest + factors, reverse=True))
                    value = coefficient * (e * c)
                    total[key] = total[key] + value if key in total else value
    order = sorted((key for key in total if total[key]), key=lambda key: (-len(key), key))
    return [total[key] for key in order]


def _components(field, integral):
    # the terms of each component of a field as (list of factors, coefficient)
    factor = 1
    if integral and field[0].base_ring() is QQ:
        factor = lcm([p.denominator() for p in field])
    convert = (lambda c: int(factor * c)) if integral else (lambda c: c)
    return [[([j for j, f in exponents.items() for _ in range(f)], convert(coefficient))
             for exponents, coefficient in _sparse_terms(p)] for p in field]


def coefficient_equations(polynomial, fields):
    r"""
    Return the equations that say that ``polynomial`` is constant along ``fields``.

    INPUT:

    - ``polynomial`` -- a polynomial in as many variables as the fields, with
      unknown coefficients as of :func:`generic_polynomial`
    - ``fields`` -- a flow, ``VectorFields``, or an array of shape variables x
      fields; its `i`-th variable is the `i`-th one of ``polynomial``,
      whatever the names

    OUTPUT: the list of the nonzero coefficients of `\langle \nabla P, \chi_1
    \rangle`, then of `\langle \nabla P, \chi_2 \rangle`, and so on, each from
    the largest monomial to the smallest.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.published.generic_polynomial import (
        ....:     coefficient_equations, generic_polynomial)
        sage: R.<x, y> = ZZ[]
        sage: coefficient_equations(generic_polynomial(2, 2), np.array([[y], [x]]))
        [a11, 2*a02 + 2*a20, a11]

    TESTS::

        sage: coefficient_equations(generic_polynomial(2, 3), np.array([[y], [x]]))
        Traceback (most recent call last):
        ...
        ValueError: polynomial: got one in 3 variables; the fields have 2
    """
    fields = as_vector_fields(fields)
    terms = []
    if hasattr(polynomial, "parent") and hasattr(polynomial.parent(), "ngens"):
        variables = polynomial.parent().ngens()
        if variables != fields.number_of_variables:
            raise ValueError(f"polynomial: got one in {variables} variables; the fields have "
                             f"{fields.number_of_variables}")
        terms = _sparse_terms(polynomial)
    return [form for field in fields for form in _derivative(terms, _components(field, False))]


def coefficient_matrix(k, fields, homogeneous=True):
    r"""
    Return the matrix whose left kernel is the space of the polynomial laws.

    INPUT: a degree and fields, as for :func:`coefficient_rings` and
    :func:`coefficient_equations`.

    OUTPUT: a NumPy array of plain Python integers (``dtype=object``, so that no
    product with it can overflow) with one row for each monomial, in the order
    of :func:`all_exponents`, and one column for each equation, in the order of
    :func:`coefficient_equations`.  A field with denominators is multiplied by
    their common multiple first.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.published.generic_polynomial import coefficient_matrix
        sage: R.<x, y> = ZZ[]
        sage: M = coefficient_matrix(2, np.array([[y], [x]])); M
        array([[0, 2, 0],
               [1, 0, 1],
               [0, 2, 0]], dtype=object)
        sage: list(matrix(QQ, M).kernel().basis())
        [(1, 0, -1)]
    """
    fields = as_vector_fields(fields)
    k = _natural(k, "k")
    _check_size(k, fields.number_of_variables, homogeneous, limits.MATRIX_ROWS)
    exponents = all_exponents(k, fields.number_of_variables, homogeneous)
    # the unknown of a monomial is a one-entry form; forms are added as dictionaries
    terms = [({i: e for i, e in enumerate(row) if e}, _Form({number: 1}))
             for number, row in enumerate(exponents)]
    columns = [form for field in fields for form in _derivative(terms, _components(field, True))]
    if len(exponents) * len(columns) > limits.EXPONENT_ENTRIES:
        raise ValueError(
            f"k: degree {k} gives {len(exponents):,} monomials and {len(columns):,} equations; a "
            f"full matrix of more than {limits.EXPONENT_ENTRIES:,} entries does not fit. The laws "
            "themselves do not need it: use polynomial_laws")
    array = np.zeros((len(exponents), len(columns)), dtype=object)
    for number, form in enumerate(columns):
        for row, value in form.items():
            array[row, number] = value
    return array


class _Form(dict):
    # a linear form as {unknown: nonzero integer}

    def __mul__(self, factor):
        return _Form({unknown: value * factor for unknown, value in self.items()})

    def __add__(self, other):
        total = _Form(self)
        for unknown, value in other.items():
            total[unknown] = total.get(unknown, 0) + value
            if not total[unknown]:
                del total[unknown]
        return total

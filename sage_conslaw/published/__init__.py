r"""
The published notebooks' own function names

``from sage_conslaw.published import *`` takes the place of the lines that ran the
notebooks of arXiv 2307.00144 and arXiv 2405.12888 with the definitions; the cells
after them work as they are. The names and the arguments are the published ones, and
so is what comes back, up to what the docstrings say. The computations are those of
this package: exact, and without any use of the random state of NumPy, Python or Sage.

Arrays of fields have one row a variable and one column a field, with polynomials
in `x_1, \dots, x_D` as entries. The functions that build them are in
:mod:`sage_conslaw.published.fields` and :mod:`sage_conslaw.published.comparisons`, and
are names of this module as well.

Docstrings say under PUBLISHED what the notebooks did where it was something else.

EXAMPLES::

    sage: from sage_conslaw.published import *
    sage: D, vector_fields = vector_fields_for_q_layer_LNN([2, 2, 2])
    sage: D - dim_trace_lie_algebra(vector_fields), solve(2, vector_fields)
    (3, 3)
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import itertools

import numpy as np

from sage_conslaw import polynomial_laws, trace_dimension
from sage_conslaw.published import comparisons, fields
from sage_conslaw.published import generic_polynomial as _generic
from sage_conslaw.published.arrays import read_fields
from sage_conslaw.published.comparisons import *  # noqa: F401, F403
from sage_conslaw.published.fields import *  # noqa: F401, F403
from sage_conslaw.system.checks import checked_flag, checked_integer

__all__ = [
    "list_to_str", "get_homogeneous_exponents", "ring",
    "create_generic_homogeneous_polynomial", "create_generic_polynomial",
    "get_coef_equations", "build_matrix", "solve", "lie_bracket", "dim_trace_lie_algebra",
] + fields.__all__ + comparisons.__all__


def list_to_str(l):  # noqa: E741  the published name of the argument
    r"""
    Return the name of the coefficient of the monomial with the exponents ``l``.

    PUBLISHED: the digits without separators, so that ``[1, 10]`` and ``[11, 0]``
    gave the same name. Now names differ for different lists; while all exponents
    are below 10 they are the published ones.

    INPUT:

    - ``l`` -- a list of non-negative integers

    EXAMPLES::

        sage: from sage_conslaw.published import list_to_str
        sage: list_to_str([1, 0, 2]), list_to_str([1, 10]), list_to_str([11, 0])
        ('a102', 'a_1_10', 'a_11_0')
    """
    return _generic.coefficient_name(l)


def get_homogeneous_exponents(k, D):
    r"""
    Return the exponents of all monomials of degree ``k`` in ``D`` variables.

    PUBLISHED: the same list of lists, in the same order.

    INPUT:

    - ``k``, ``D`` -- non-negative integers

    EXAMPLES::

        sage: from sage_conslaw.published import get_homogeneous_exponents
        sage: get_homogeneous_exponents(3, 2)
        [[0, 3], [1, 2], [2, 1], [3, 0]]
    """
    return _generic.homogeneous_exponents(k, D)


def ring(k, D, general=False):
    r"""
    Return the ring of the generic coefficients, and the ring in `x_1, \dots, x_D` over it.

    PUBLISHED: rings over the real numbers with 53 bits; now over ``QQ``. The notebooks
    returned the ring in the variables first, and after both rings their generators and
    the exponents, which ``gens()`` and :func:`get_homogeneous_exponents` give; the
    package that the authors made of them returned the pair, as here.

    INPUT:

    - ``k``, ``D`` -- non-negative integers, the degree and the number of variables
    - ``general`` -- whether the polynomial has all monomials of degree at most ``k``
      or only those of degree ``k``

    OUTPUT: the pair (ring of the coefficients, ring in the variables over it).

    EXAMPLES::

        sage: from sage_conslaw.published import ring
        sage: ring(1, 2, general=True)
        (Multivariate Polynomial Ring in a00, a01, a10 over Rational Field,
         Multivariate Polynomial Ring in x1, x2 over Multivariate Polynomial Ring
         in a00, a01, a10 over Rational Field)
    """
    return _generic.coefficient_rings(k, D, homogeneous=not checked_flag(general, "general"))


def create_generic_homogeneous_polynomial(k, D):
    r"""
    Return the polynomial of all monomials of degree ``k``, each with its own coefficient.

    PUBLISHED: every term was added ``D`` times, so the polynomial was ``D`` times
    this one.

    INPUT:

    - ``k``, ``D`` -- non-negative integers, the degree and the number of variables

    EXAMPLES::

        sage: from sage_conslaw.published import create_generic_homogeneous_polynomial
        sage: create_generic_homogeneous_polynomial(2, 2)
        a20*x1^2 + a11*x1*x2 + a02*x2^2
    """
    return _generic.generic_polynomial(k, D)


def create_generic_polynomial(k, D):
    r"""
    Return the polynomial of all monomials of degree at most ``k``, each with its own coefficient.

    PUBLISHED: the same over the real numbers with 53 bits.

    INPUT:

    - ``k``, ``D`` -- non-negative integers, the degree and the number of variables

    EXAMPLES::

        sage: from sage_conslaw.published import create_generic_polynomial
        sage: create_generic_polynomial(1, 2)
        a10*x1 + a01*x2 + a00
    """
    return _generic.generic_polynomial(k, D, homogeneous=False)


def get_coef_equations(P, Vector_fields):
    r"""
    Return the linear equations that say that ``P`` is constant along the fields.

    PUBLISHED: the same list, where Python's recursion limit allowed it: the
    products of elements of different rings failed from about a thousand
    coefficients on.

    INPUT:

    - ``P`` -- a polynomial in ``D`` variables with unknown coefficients
    - ``Vector_fields`` -- an array of shape ``D`` x fields

    OUTPUT: the coefficients of `\langle \nabla P, \chi_1 \rangle`, then of `\langle
    \nabla P, \chi_2 \rangle` and so on, those that are not zero.

    EXAMPLES::

        sage: from sage_conslaw.published import *
        sage: P = create_generic_homogeneous_polynomial(2, 2)
        sage: get_coef_equations(P, particular_vf(2))
        [a11, 2*a02 + 2*a20, a11]
    """
    return _generic.coefficient_equations(P, read_fields(Vector_fields))


def build_matrix(k, Vector_fields, general=False):
    r"""
    Return the matrix of the equations for the laws of degree ``k``.

    PUBLISHED: the same matrix as floating point numbers, multiplied by the number
    of variables unless ``general``. Now the entries are plain Python integers, in
    an array of ``dtype=object``, for which no later product overflows. In the
    notebooks it was the second of five values; the others were its number of rows and
    what they took over from :func:`ring`.

    INPUT:

    - ``k`` -- a non-negative integer
    - ``Vector_fields`` -- an array of shape variables x fields; a field with
      denominators is multiplied by their common multiple
    - ``general`` -- as for :func:`ring`

    OUTPUT: a NumPy array with one row a coefficient, in the order of
    :func:`get_homogeneous_exponents` for each degree, and one column an equation,
    in the order of :func:`get_coef_equations`. Its left kernel is the space of laws.

    EXAMPLES::

        sage: from sage_conslaw.published import build_matrix, particular_vf
        sage: M = build_matrix(2, particular_vf(2)); M.T
        array([[0, 1, 0],
               [2, 0, 2],
               [0, 1, 0]], dtype=object)
        sage: list(matrix(QQ, M).kernel().basis())
        [(1, 0, -1)]
    """
    return _generic.coefficient_matrix(k, read_fields(Vector_fields),
                                       homogeneous=not checked_flag(general, "general"))


def solve(k, Vector_fields, get_list_of_all_conserved_polynomial=False, general=False):
    r"""
    Count, and on request list, the polynomial laws of degree ``k``.

    PUBLISHED: a floating point kernel, and the floating point rank of the gradients
    at a point drawn from NumPy's random state. When there was no law the answer was
    a bare 0 also where the list had been asked for; now it is the pair ``([], 0)``.
    The constants were members of the list for ``k = 0`` and with ``general``; they
    are not listed now, as they were never counted.

    INPUT:

    - ``k`` -- a non-negative integer, the total degree in all variables, the time
      included
    - ``Vector_fields`` -- an array of shape variables x fields
    - ``get_list_of_all_conserved_polynomial`` -- whether to return the laws as well
    - ``general`` -- whether laws of all degrees up to ``k`` are counted, or those
      that are homogeneous of degree ``k``

    OUTPUT: the number of functionally independent laws; or the pair (list of a
    basis of the space of laws, that number). The laws have integer coefficients.

    ALGORITHM: see ``polynomial_laws``; the seed is fixed.

    EXAMPLES::

        sage: from sage_conslaw.published import particular_vf, solve
        sage: solve(2, particular_vf(3))
        2
        sage: solve(2, particular_vf(3), True)
        ([x1^2 - x2^2, x1^2 - x3^2], 2)
        sage: solve(1, particular_vf(3), True)
        ([], 0)

    TESTS::

        sage: solve(-1, particular_vf(3))
        Traceback (most recent call last):
        ...
        ValueError: k: got -1, expected a non-negative integer
    """
    k = checked_integer(k, "k", "a non-negative integer", 0)
    listed = checked_flag(get_list_of_all_conserved_polynomial,
                          "get_list_of_all_conserved_polynomial")
    fields = read_fields(Vector_fields)
    laws = polynomial_laws(fields, k, homogeneous=not checked_flag(general, "general"))
    number = int(laws.number_of_independent)
    return ([fields.ring()(law) for law in laws], number) if listed else number


def lie_bracket(Vec1, Vec2, D):
    r"""
    Return the bracket `J_1 \chi_2 - J_2 \chi_1` of two fields with Jacobians `J_1`, `J_2`.

    PUBLISHED: the same, wrapped for parallel processes. The sign is opposite to that
    of ``VectorFields.bracket``.

    INPUT:

    - ``Vec1``, ``Vec2`` -- arrays, lists or vectors of ``D`` polynomials of one ring
    - ``D`` -- the number of variables

    OUTPUT: an object array of ``D`` polynomials.

    EXAMPLES::

        sage: from sage_conslaw.published import lie_bracket
        sage: R.<x1, x2> = ZZ[]
        sage: lie_bracket([x2, 0], [0, x1^2], 2)
        array([x1^2, -2*x1*x2], dtype=object)

    TESTS::

        sage: lie_bracket([x2, 0], [0, x1^2], 3)
        Traceback (most recent call last):
        ...
        ValueError: Vec1: got 2 entries, expected D = 3
    """
    D = checked_integer(D, "D", "a positive integer", 1)
    columns = []
    for name, field in (("Vec1", Vec1), ("Vec2", Vec2)):
        try:
            entries = np.ravel(field) if isinstance(field, np.ndarray) else field
            entries = list(itertools.islice(iter(entries), D + 1))
        except TypeError:
            raise TypeError(f"{name}: got {field!r}, expected {D} polynomials") from None
        if len(entries) != D:
            got = len(entries) if len(entries) <= D else f"more than {D}"
            raise ValueError(f"{name}: got {got} entries, expected D = {D}")
        columns.append(entries)
    fields = read_fields([list(row) for row in zip(*columns)], "Vec1, Vec2")
    result = np.empty(D, dtype=object)
    result[:] = list(fields.bracket(1, 0))
    return result


def dim_trace_lie_algebra(Vector_fields, verbose=0, n_known_functions=0, fast=True):
    r"""
    Return the dimension of the trace of the Lie algebra that the fields generate.

    PUBLISHED: floating point ranks at a point drawn from NumPy's random state, in
    parallel processes. It stopped at `D` minus ``n_known_functions``, and so could
    not find fewer laws than that; with ``fast`` it took brackets with the first
    three fields only. Both arguments are accepted and make no difference now.

    INPUT:

    - ``Vector_fields`` -- an array of shape variables x fields
    - ``verbose`` -- if not 0, a line on the result is printed
    - ``n_known_functions``, ``fast`` -- ignored

    OUTPUT: an integer; with probability at least `1 - 10^{-9}` it is not too small,
    and it is never too large. The number of variables minus it is the number of
    independent conservation laws.

    ALGORITHM: see ``trace_dimension``; the seed is fixed.

    EXAMPLES::

        sage: from sage_conslaw.published import dim_trace_lie_algebra, particular_vf
        sage: dim_trace_lie_algebra(particular_vf(3))
        1
        sage: dim_trace_lie_algebra(particular_vf(3), verbose=1, n_known_functions=5)
        3 variables, 1 vector field: dimension 1, at most 2 independent laws
        1
    """
    fields = read_fields(Vector_fields)
    dimension = trace_dimension(fields)
    if verbose:
        plural = "" if len(fields) == 1 else "s"
        laws = dimension.number_of_laws
        print(f"{fields.number_of_variables} variables, {len(fields)} vector field{plural}: "
              f"dimension {int(dimension)}, at most {laws} independent "
              f"law{'' if laws == 1 else 's'}")
    return int(dimension)

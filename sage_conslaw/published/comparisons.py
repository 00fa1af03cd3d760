r"""
The published notebooks' other fields, and the numbers of known laws

The notebook of arXiv 2307.00144 tests the computations on random fields and on the
gradient of one monomial, and compares the numbers of laws of networks with the
numbers of those known before. These are its functions for that.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import random

import numpy as np
from sage.rings.rational_field import QQ

from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import PrimeSource, trials_for, vanishing_chance
from sage_conslaw.published.arrays import notebook_ring, read_widths
from sage_conslaw.system import limits
from sage_conslaw.system.checks import checked_integer, checked_seed

__all__ = [
    "build_vector_fields", "particular_vf", "known_conserved_functions_linear",
    "known_conserved_functions_ReLU",
]

#: Terms of a random polynomial, and the largest absolute value of a coefficient.
RANDOM_TERMS, RANDOM_COEFFICIENT = 5, 9


def build_vector_fields(D, d, m, seed=0):
    r"""
    Return an array of ``d`` random fields of degree at most ``m`` in ``D`` variables.

    PUBLISHED: polynomials drawn by Sage from its global random state, which now is
    neither read nor changed: other fields come with another ``seed``.

    INPUT:

    - ``D``, ``d`` -- positive integers
    - ``m`` -- a non-negative integer
    - ``seed`` -- an integer

    OUTPUT: an object array of shape ``(D, d)`` of polynomials with integer
    coefficients, each the sum of five random terms.

    EXAMPLES::

        sage: from sage_conslaw.published import build_vector_fields
        sage: fields = build_vector_fields(3, 2, 4)
        sage: fields.shape, fields[0, 0].parent()
        ((3, 2), Multivariate Polynomial Ring in x1, x2, x3 over Integer Ring)
        sage: bool((fields == build_vector_fields(3, 2, 4)).all())
        True
        sage: bool((fields == build_vector_fields(3, 2, 4, seed=1)).all())
        False
    """
    ring = notebook_ring(D)
    D, d = ring.ngens(), checked_integer(d, "d", "a positive integer", 1)
    m = checked_integer(m, "m", "a non-negative integer", 0)
    generator = random.Random(checked_seed(seed))
    array = np.empty((D, d), dtype=object)
    for place in np.ndindex(D, d):
        terms = {}
        for _ in range(RANDOM_TERMS):
            # stars and bars: all monomials of degree at most m are equally likely
            bars = [-1] + sorted(generator.sample(range(m + D), D))
            monomial = tuple(right - left - 1 for left, right in zip(bars, bars[1:]))
            terms[monomial] = terms.get(monomial, 0) + generator.choice((-1, 1)) * (
                generator.randint(1, RANDOM_COEFFICIENT))
        array[place] = ring({e: c for e, c in terms.items() if c})
    return array


def particular_vf(D):
    r"""
    Return the gradient of `x_1 x_2 \cdots x_D` as an array with one column.

    PUBLISHED: the same.

    INPUT:

    - ``D`` -- a positive integer

    EXAMPLES::

        sage: from sage_conslaw.published import particular_vf
        sage: particular_vf(3)
        array([[x2*x3],
               [x1*x3],
               [x1*x2]], dtype=object)
    """
    ring = notebook_ring(D)
    array = np.empty((ring.ngens(), 1), dtype=object)
    for i in range(ring.ngens()):
        array[i, 0] = ring.monomial(*[int(j != i) for j in range(ring.ngens())])
    return array


def known_conserved_functions_linear(list_dim):
    r"""
    Count the independent functions among the entries of all `U_l^T U_l - U_{l+1} U_{l+1}^T`.

    PUBLISHED: the floating point rank of their gradients at a random point.

    INPUT:

    - ``list_dim`` -- the widths of a linear network, as for
      :func:`vector_fields_for_q_layer_LNN`

    OUTPUT: an integer; it is never too large, and too small with probability at most
    `10^{-9}`.

    ALGORITHM: the rank of the gradients at random points modulo random primes, from
    a fixed seed.

    EXAMPLES::

        sage: from sage_conslaw.published import known_conserved_functions_linear
        sage: known_conserved_functions_linear([3, 2, 3])
        3
        sage: known_conserved_functions_linear([1, 3, 1])
        5
    """
    widths = read_widths(list_dim)
    parameters = sum(n * m for n, m in zip(widths, widths[1:]))
    functions = sum(n * (n + 1) // 2 for n in widths[1:-1])
    if functions * parameters > limits.KNOWN_ENTRIES:
        raise ValueError(f"list_dim: got {widths}, with {functions:,} known functions of "
                         f"{parameters:,} parameters; their gradients are compared up to "
                         f"{limits.KNOWN_ENTRIES:,} entries")
    size = min(functions, parameters)
    # a minor of the gradients is of degree `size`; the coefficients of one gradient
    # have absolute values of sum at most 2 (n_{l-1} + n_{l+1})
    chance = vanishing_chance(size, size * (4 * max(widths)).bit_length())
    source, rank = PrimeSource(0), 0
    for _ in range(trials_for(chance, 1 - QQ((1, 10**9)))):
        prime = source.prime()
        space = Echelon(parameters, prime)
        point = source.point(parameters, prime)
        for block in _gradients_of_known_functions(widths, point):
            space.extend(block)
        rank = max(rank, space.rank)
        if rank == size:
            break
    return rank


def _gradients_of_known_functions(widths, point):
    # for each hidden layer the matrix functions x parameters, at a point
    starts = np.cumsum([0] + [n * m for n, m in zip(widths, widths[1:])])
    places = [np.arange(start, start + n * m).reshape(n, m)
              for start, n, m in zip(starts, widths, widths[1:])]
    for before, after in zip(places, places[1:]):
        pairs = [(j, k) for j in range(len(after)) for k in range(j, len(after))]
        block = np.zeros((len(pairs), len(point)), dtype=np.int64)
        for row, (j, k) in zip(block, pairs):
            for one, other in ((j, k), (k, j)):
                row[before[:, one]] += point[before[:, other]]
                row[after[one]] -= point[after[other]]
        yield block


def known_conserved_functions_ReLU(list_dim):
    r"""
    Return the number of hidden neurons: a ReLU network has one known law for each.

    PUBLISHED: the same.

    INPUT:

    - ``list_dim`` -- the widths of a ReLU network

    EXAMPLES::

        sage: from sage_conslaw.published import known_conserved_functions_ReLU
        sage: known_conserved_functions_ReLU([3, 2, 4, 3])
        6
    """
    return sum(read_widths(list_dim)[1:-1])

r"""
Products of truncated power series of arrays, modulo a prime

Series are arrays whose first axis is the order; orders that are not there are zero.
"""
import numpy as np

from sage_conslaw.arithmetic.arrays import matmul


def series_product(left, right, orders, prime):
    r"""
    Multiply two series of arrays entry by entry, to a number of orders.

    INPUT:

    - ``left``, ``right`` -- arrays of residues with equally many axes. The first is the
      order, and orders that are not there are zero; the others are broadcast.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import series_product
        sage: a = np.array([[1], [1]])
        sage: series_product(a, a, 4, 101).ravel().tolist()
        [1, 2, 1, 0]
    """
    result = np.zeros((orders,) + np.broadcast(left[0], right[0]).shape, dtype=np.int64)
    for k, (one, other) in _partners(left, right, orders):
        result[k] = (left[one] * right[other][::-1] % prime).sum(axis=0) % prime
    return result


def series_matmul(left, right, orders, prime):
    r"""
    Multiply two series of matrices, to a number of orders.

    INPUT:

    - ``left``, ``right`` -- arrays of residues, orders x ... x rows x columns

    ALGORITHM: An order of the product is the product of two block matrices, all orders of
    ``left`` side by side and those of ``right`` below each other.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import series_matmul
        sage: a = np.array([[[0, 1], [0, 0]], [[0, 0], [1, 0]]])
        sage: series_matmul(a, a, 3, 2147483647).tolist()
        [[[0, 0], [0, 0]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]]
    """
    shape = np.broadcast(left[0, ..., :1, :1], right[0, ..., :1, :1]).shape[:-2]
    result = np.zeros((orders,) + shape + (left.shape[-2], right.shape[-1]), dtype=np.int64)
    for k, (one, other) in _partners(left, right, orders):
        result[k] = matmul(np.concatenate(left[one], axis=-1),
                           np.concatenate(right[other][::-1], axis=-2), prime)
    return result


def _partners(left, right, orders):
    # for each order of a product the orders of the two factors that meet in it
    for k in range(min(orders, len(left) + len(right) - 1)):
        first, last = max(0, k - len(right) + 1), min(k, len(left) - 1)
        yield k, (slice(first, last + 1), slice(k - last, k - first + 1))

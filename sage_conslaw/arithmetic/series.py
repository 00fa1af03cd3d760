r"""
Products of truncated power series of arrays, modulo a prime

Series are arrays whose first axis is the order; orders that are not there are zero.
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sage_conslaw.arithmetic.arrays import combined, halves
from sage_conslaw.system import limits

#: A float64 sum of products of halves is exact for so long inner dimensions.
LONGEST_SUM = 2**19


def series_product(left: np.ndarray, right: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Multiply two series of arrays entry by entry, to a number of orders.

    INPUT:

    - ``left``, ``right`` -- arrays of residues with equally many axes. The first is the
      order, the others are broadcast.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import series_product
        sage: a = np.array([[1], [1]])
        sage: series_product(a, a, 4, 101).ravel().tolist()
        [1, 2, 1]
    """
    if len(left) == 1:
        return left * right[:orders] % prime
    if len(right) == 1:
        return left[:orders] * right % prime
    result = []
    for one, other in _partners(len(left), len(right), orders):
        total = left[one] * right[other][::-1] % prime
        result.append(total[0] if len(total) == 1 else total.sum(axis=0) % prime)
    return np.array(result)


def series_matmul(left: np.ndarray, right: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Multiply two series of matrices, to a number of orders.

    INPUT:

    - ``left``, ``right`` -- arrays of residues, orders x ... x rows x columns; what is between
      orders and rows is broadcast

    ALGORITHM: An order of the product is the product of two block matrices, orders of
    ``left`` side by side and those of ``right``, backwards, below each other. Both are cut
    into halves and converted once; the blocks of an order are slices of them.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import series_matmul
        sage: a = np.array([[[0, 1], [0, 0]], [[0, 0], [1, 0]]])
        sage: series_matmul(a, a, 3, 2147483647).tolist()
        [[[0, 0], [0, 0]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]]
    """
    axes = max(left.ndim, right.ndim)
    left, right = (a[:orders].reshape(a[:orders].shape[:1] + (1,) * (axes - a.ndim) + a.shape[1:])
                   for a in (left, right))
    inner = left.shape[-1]
    if min(len(left), len(right)) * left[0].size * right.shape[-1] <= limits.FEW_MULTIPLICATIONS:
        products = series_product(left[..., :, :, None], right[..., None, :, :], orders, prime)
        return products.sum(axis=-2) % prime
    # orders side by side, along the axis that is summed over
    wide = np.moveaxis(left, 0, -2)
    wide = halves(wide.reshape(wide.shape[:-2] + (-1,)))
    tall = np.moveaxis(right[::-1], 0, -3)
    tall = halves(tall.reshape(tall.shape[:-3] + (-1, tall.shape[-1])))
    result = []
    for one, other in _partners(len(left), len(right), orders):
        first, last = one.start * inner, one.stop * inner
        below = (len(right) - other.stop) * inner
        total = None
        for start in range(first, last, LONGEST_SUM):
            stop = min(start + LONGEST_SUM, last)
            place = below + start - first
            part = combined([a[..., start:stop] for a in wide],
                            [b[..., place:place + stop - start, :] for b in tall], prime)
            total = part if total is None else (total + part) % prime
        result.append(total)
    return np.array(result)


def series_inverse(series: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Invert a series of arrays entry by entry, to a number of orders.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import series_inverse
        sage: series_inverse(np.array([[1], [100]]), 3, 101).ravel().tolist()
        [1, 1, 1]
        sage: series_inverse(np.array([[0], [1]]), 3, 101)
        Traceback (most recent call last):
        ...
        ZeroDivisionError: a reciprocal of zero, modulo the prime
    """
    if not series[0].all():
        raise ZeroDivisionError("a reciprocal of zero, modulo the prime")
    result = [power_modulo(series[0], prime - 2, prime)]
    for k in range(1, orders):
        total = np.zeros_like(result[0])
        for i in range(1, min(k, len(series) - 1) + 1):
            total += series[i] * result[k - i] % prime
        result.append(-result[0] * (total % prime) % prime)
    return np.array(result)


def power_modulo(base: np.ndarray, exponent: int, prime: int) -> np.ndarray:
    r"""
    Raise the entries of an array of residues to a power.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import power_modulo
        sage: power_modulo(np.array([2, 3]), 99, 101).tolist()
        [51, 34]
    """
    result, square = np.ones_like(base), base
    while exponent:
        if exponent & 1:
            result = result * square % prime
        square = square * square % prime
        exponent >>= 1
    return result


def padded(series: np.ndarray, orders: int) -> np.ndarray:
    r"""
    Return a series with orders of zeros behind, to a number of orders.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.series import padded
        sage: padded(np.array([[5]]), 2).tolist()
        [[5], [0]]
    """
    if len(series) == orders:
        return series
    result = np.zeros((orders,) + series.shape[1:], dtype=np.int64)
    result[:len(series)] = series
    return result


def _partners(left: int, right: int, orders: int) -> Iterator[tuple[slice, slice]]:
    # for each order of a product the orders of the two factors that meet in it
    for k in range(min(orders, left + right - 1)):
        first, last = max(0, k - right + 1), min(k, left - 1)
        yield slice(first, last + 1), slice(k - last, k - first + 1)

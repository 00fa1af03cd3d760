r"""
Sums and products of arrays of residues

Everything that is decided modulo a prime is decided on ``int64`` arrays with entries in
`[0, p)` and primes `2^{30} < p < 2^{31}`: a product of two residues fits into 63 bits, so
no entry is ever rounded.
"""
import numpy as np

_MAX_INNER = 2**19


def residues(integers, prime):
    r"""
    Reduce integers of any size modulo a prime, as an ``int64`` array.
    """
    integers = np.asarray(integers)
    if integers.dtype == object:
        return np.array([int(c) % prime for c in integers.ravel()],
                        dtype=np.int64).reshape(integers.shape)
    return integers % prime


def accumulate(keys, values, size, prime):
    r"""
    Add residues that share a key.

    INPUT:

    - ``keys`` -- integer array with entries in ``range(size)``
    - ``values`` -- residues, of the same shape

    OUTPUT: an ``int64`` array of length ``size``, reduced modulo ``prime``.
    """
    total = np.zeros(size, dtype=np.int64)
    # float64 sums of numbers below 2^31 are exact for up to 2^22 of them
    step = 2**22
    for start in range(0, len(keys), step):
        part = np.bincount(keys[start:start + step], weights=values[start:start + step],
                           minlength=size)
        total = (total + part.astype(np.int64)) % prime
    return total


def matmul(left, right, prime):
    r"""
    Multiply two matrices of residues.

    ALGORITHM: both factors are cut into halves of 16 bits and multiplied by
    Karatsuba's formula, in three float64 products. Sums of halves stay below
    `2^{17}`, so these are exact for inner dimensions up to `2^{19}`.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.arrays import matmul
        sage: p = 2147483647
        sage: a = np.array([[p - 1, 2]], dtype=np.int64)
        sage: int(matmul(a, a.T, p)[0, 0])
        5
    """
    if left.shape[-1] > _MAX_INNER:
        return (matmul(left[..., :_MAX_INNER], right[..., :_MAX_INNER, :], prime)
                + matmul(left[..., _MAX_INNER:], right[..., _MAX_INNER:, :], prime)) % prime
    return combined(halves(left), halves(right), prime)


def halves(array):
    r"""
    Cut residues into halves of 16 bits, as floats: the high ones, the low ones, their sums.
    """
    high, low = (array >> 16).astype(float), (array & 0xFFFF).astype(float)
    return high, low, high + low


def combined(left, right, prime):
    r"""
    Multiply two matrices of residues that are cut into halves; see :func:`matmul`.
    """
    high, low = left[0] @ right[0], left[1] @ right[1]
    middle = left[2] @ right[2]
    middle -= high
    middle -= low
    # high * 2^32 + middle * 2^16 + low by Horner's rule: below 2^53 at each step
    for part in (middle, low):
        _reduce(high, prime)
        high *= 65536
        _reduce(part, prime)
        high += part
    _reduce(high, prime)
    return high.astype(np.int64)


def _reduce(array, prime):
    # reduce an array of non-negative integers below 2^53 in place; the quotient
    # may be off by one, which the two corrections mend
    quotient = array * (1.0 / prime)
    np.floor(quotient, out=quotient)
    quotient *= prime
    array -= quotient
    array[array < 0] += prime
    array[array >= prime] -= prime

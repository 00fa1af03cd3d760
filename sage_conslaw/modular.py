r"""
Arithmetic modulo a prime on NumPy arrays

Everything that is decided modulo a prime is decided here, on ``int64`` arrays
with entries in `[0, p)` and primes `2^{30} < p < 2^{31}`: a product of two
residues fits into 63 bits, so no entry is ever rounded.

=====================  ======================================================
:class:`PrimeSource`   random primes and points from an explicit seed
:func:`accumulate`     sums of residues that share a key
:func:`matmul`         product of matrices, through exact float64 products
:class:`Echelon`       a growing reduced basis: rank, pivots, kernel
=====================  ======================================================

Why not LinBox, which Sage has: its dense matrices take primes below `2^{23}` on SageMath
9.5, where one trial fails with a chance too large at `D` in the thousands; with the primes
of 26 bits that later Sages allow it takes 4 to 5 times as long as that. Elimination in
blocks takes 1.7 times as long as LinBox at 23 bits for `D = 1024` and 1.2 times for
`D = 4096`, at 31 bits, on both Sages, with rows that come in portions, and no matrix has
to be handed to Sage (``benchmarks/bench_rank.py``).
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import math
import random

import numpy as np
from sage.rings.integer import Integer
from sage.rings.rational import Rational

PRIME_BITS = 31
_MAX_INNER = 2**19
#: Number of primes in `(2^{30}, 2^{31})`: `\pi(2^{31}) - \pi(2^{30})`, OEIS A007053.
PRIME_COUNT = 105097565 - 54400028


class PrimeSource:
    r"""
    Draw primes and points from a generator of its own.

    INPUT:

    - ``seed`` -- an integer; equal seeds give equal draws, and no other random
      state is read or changed

    EXAMPLES::

        sage: from sage_conslaw.modular import PrimeSource
        sage: a, b = PrimeSource(5), PrimeSource(5)
        sage: p = a.prime()
        sage: p == b.prime(), 2^30 < p < 2^31, is_prime(p)
        (True, True, True)
        sage: a.point(3, p).shape
        (3,)
    """

    def __init__(self, seed):
        # of negative integers Python's generator takes the absolute value
        self._random = random.Random(int(seed) if seed >= 0 else str(seed))

    def prime(self):
        r"""
        Return a prime, uniform among those between `2^{30}` and `2^{31}`.
        """
        while True:
            candidate = self._random.randrange(2**(PRIME_BITS - 1) + 1, 2**PRIME_BITS, 2)
            if Integer(candidate).is_prime():
                return candidate

    def point(self, length, prime):
        r"""
        Return a uniform point of `GF(p)^n` as an ``int64`` array.
        """
        point = np.zeros(0, dtype=np.int64)
        while len(point) < length:
            # words of 31 bits below the prime are uniform; more than half of them are
            words = self._random.randbytes(8 * (length - len(point)) + 64)
            drawn = np.frombuffer(words, dtype="<u4").astype(np.int64) >> 1
            point = np.append(point, drawn[drawn < prime])
        return point[:length]


def vanishing_chance(degree, log2_height):
    r"""
    Bound the chance that a nonzero integer polynomial vanishes at a random point.

    INPUT:

    - ``degree`` -- a bound for its degree
    - ``log2_height`` -- a bound for the binary logarithm of the sum of the absolute
      values of its coefficients

    OUTPUT: a rational: the chance that it is zero modulo a random prime of
    :class:`PrimeSource` at a uniform point.

    ALGORITHM: A coefficient that is not zero has at most `\log_2(H) / 30` prime
    factors above `2^{30}`, out of ``PRIME_COUNT``. Modulo a prime that does not
    divide it the polynomial is not zero, and vanishes at a uniform point with a
    chance of at most its degree over the prime (Schwartz, Zippel).

    EXAMPLES::

        sage: from sage_conslaw.modular import vanishing_chance
        sage: vanishing_chance(2^20, 0)
        50698561/51914277888
    """
    dividing = int(log2_height) // (PRIME_BITS - 1) + 1
    return Rational((int(degree), 2**(PRIME_BITS - 1))) + Rational((dividing, PRIME_COUNT))


def trials_for(chance, probability):
    r"""
    Return how many independent trials bring a chance of failure below a bound.

    INPUT:

    - ``chance`` -- rational, the chance that one trial fails
    - ``probability`` -- rational, the wanted probability of success

    EXAMPLES::

        sage: from sage_conslaw.modular import trials_for
        sage: trials_for(1/1000, 1 - 1/10^9)
        3
    """
    if chance >= 1:
        raise ValueError("the fields are too large for the primes in use: one trial could not "
                         "be told to succeed with any probability")
    wrong = 1 - probability
    # rounded down by logarithms, then exactly
    trials = max(1, int(math.log(wrong) / math.log(chance)) - 2) if wrong < chance else 1
    left = chance**trials
    while left > wrong:
        trials, left = trials + 1, left * chance
    return trials


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
        sage: from sage_conslaw.modular import matmul
        sage: p = 2147483647
        sage: a = np.array([[p - 1, 2]], dtype=np.int64)
        sage: int(matmul(a, a.T, p)[0, 0])
        5
    """
    if left.shape[-1] > _MAX_INNER:
        return (matmul(left[..., :_MAX_INNER], right[..., :_MAX_INNER, :], prime)
                + matmul(left[..., _MAX_INNER:], right[..., _MAX_INNER:, :], prime)) % prime
    high_l, low_l = (left >> 16).astype(float), (left & 0xFFFF).astype(float)
    high_r, low_r = (right >> 16).astype(float), (right & 0xFFFF).astype(float)
    middle = (high_l + low_l) @ (high_r + low_r)
    high, low = high_l @ high_r, low_l @ low_r
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


class Echelon:
    r"""
    A subspace of `GF(p)^n` that grows, kept as a reduced row echelon basis.

    Only the columns without pivot are stored. Rows are added in halves: the
    second half is reduced by what the first half gave, so that nearly all the
    work is products of matrices.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.modular import Echelon
        sage: space = Echelon(3, 2147483647)
        sage: space.extend(np.array([[1, 2, 3], [2, 4, 6], [0, 1, 1]]))
        [0, 2]
        sage: space.rank, space.pivots()
        (2, [0, 1])
        sage: space.basis().tolist()
        [[1, 0, 1], [0, 1, 1]]
        sage: space.kernel().tolist()
        [[2147483646, 2147483646, 1]]
    """
    # rows that are eliminated one by one; larger blocks are halved
    _SMALL = 12
    # rows of the basis that are brought up to date at a time
    _ROWS = 1024

    def __init__(self, length, prime):
        self.prime = prime
        self.length = length
        self._pivots = np.zeros(0, dtype=np.int64)
        self._free = np.arange(length)
        self._table = np.zeros((0, length), dtype=np.int64)

    @property
    def rank(self):
        r"""
        The dimension of the space.
        """
        return len(self._pivots)

    def extend(self, candidates):
        r"""
        Add the rows that enlarge the space, first come first taken.

        INPUT:

        - ``candidates`` -- matrix of residues, ``m x n``

        OUTPUT: the list of the indices of the rows taken: those that are
        independent of the space and of the rows before them.
        """
        rows = np.asarray(candidates, dtype=np.int64) % self.prime
        taken = []
        step = 256
        for start in range(0, len(rows), step):
            if self.rank == self.length:
                break
            block = rows[start:start + step]
            rest = block[:, self._free]
            if self.rank:
                rest = (rest - matmul(block[:, self._pivots], self._table, self.prime)) % self.prime
            chosen, columns, reduced = self._reduced(rest)
            if chosen:
                self._absorb(columns, reduced)
                taken.extend(start + index for index in chosen)
        return taken

    def _absorb(self, columns, reduced):
        keep = np.ones(len(self._free), dtype=bool)
        keep[columns] = False
        right = reduced[:, keep]
        table = np.empty((self.rank + len(reduced), right.shape[1]), dtype=np.int64)
        # some rows at a time: beside the old table and the new one there is little else
        for start in range(0, self.rank, self._ROWS):
            rows = self._table[start:start + self._ROWS]
            table[start:start + len(rows)] = (
                rows[:, keep] - matmul(rows[:, columns], right, self.prime)) % self.prime
        table[self.rank:] = right
        self._table = table
        self._pivots = np.append(self._pivots, self._free[columns])
        self._free = self._free[keep]

    def _reduced(self, rows):
        # which rows are independent, their pivot columns, their reduced echelon form
        p = self.prime
        if len(rows) <= self._SMALL:
            return self._reduced_directly(rows)
        half = len(rows) // 2
        chosen, columns, upper = self._reduced(rows[:half])
        lower = rows[half:]
        if chosen:
            lower = (lower - matmul(lower[:, columns], upper, p)) % p
        more, more_columns, lower = self._reduced(lower)
        if more and chosen:
            upper = (upper - matmul(upper[:, more_columns], lower, p)) % p
        return (chosen + [half + index for index in more], columns + more_columns,
                np.vstack([upper, lower]))

    def _reduced_directly(self, rows):
        p = self.prime
        rows = rows.copy()
        chosen, columns = [], []
        for index in range(len(rows)):
            nonzero = rows[index] != 0
            pivot = int(nonzero.argmax()) if len(nonzero) else 0
            if not nonzero.any():
                continue
            rows[index] = rows[index] * pow(int(rows[index, pivot]), -1, p) % p
            factors = rows[:, pivot].copy()
            factors[index] = 0
            hit = np.flatnonzero(factors)
            if len(hit):
                rows[hit] = (rows[hit] - factors[hit, None] * rows[index] % p) % p
            chosen.append(index)
            columns.append(pivot)
        return chosen, columns, rows[chosen]

    def pivots(self):
        r"""
        Return the columns of the leading entries of the basis, in increasing order.
        """
        return sorted(self._pivots.tolist())

    def basis(self):
        r"""
        Return the reduced row echelon basis, which depends on the space alone.
        """
        rows = np.zeros((self.rank, self.length), dtype=np.int64)
        rows[np.arange(self.rank), self._pivots] = 1
        rows[:, self._free] = self._table
        return rows[np.argsort(self._pivots)]

    def kernel(self):
        r"""
        Return a basis of the vectors orthogonal to the space, one a row.

        Each has a 1 in one column that is no pivot and 0 in the other such
        columns, so the basis depends on the space alone.
        """
        basis = np.zeros((len(self._free), self.length), dtype=np.int64)
        basis[np.arange(len(self._free)), self._free] = 1
        basis[:, self._pivots] = -self._table.T % self.prime
        return basis

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
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import random

import numpy as np
from sage.rings.integer import Integer
from sage.rings.rational import Rational

PRIME_BITS = 31
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
        self._random = random.Random(int(seed))

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
        return np.array([self._random.randrange(prime) for _ in range(length)], dtype=np.int64)


def prime_division_chance(log2_height):
    r"""
    Bound the chance that a random prime divides a given nonzero integer.

    INPUT:

    - ``log2_height`` -- a bound for the binary logarithm of its absolute value

    At most `\log_2(H) / 30` primes above `2^{30}` divide it, out of
    ``PRIME_COUNT``.
    """
    return Rational((int(log2_height) // (PRIME_BITS - 1) + 1, PRIME_COUNT))


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
    trials, left = 1, chance
    while left > 1 - probability:
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

    ALGORITHM: each factor is cut into halves of 16 bits; a float64 product of
    halves is exact as long as the inner dimension stays below `2^{21}`.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.modular import matmul
        sage: p = 2147483647
        sage: a = np.array([[p - 1, 2]], dtype=np.int64)
        sage: int(matmul(a, a.T, p)[0, 0])
        5
    """
    high_l, low_l = (left >> 16).astype(float), (left & 0xFFFF).astype(float)
    high_r, low_r = (right >> 16).astype(float), (right & 0xFFFF).astype(float)

    def exact(a, b):
        return (a @ b).astype(np.int64) % prime

    high = exact(high_l, high_r)
    middle = (exact(high_l, low_r) + exact(low_l, high_r)) % prime
    return (((high << 16) % prime + middle) % prime * 65536 + exact(low_l, low_r)) % prime


class Echelon:
    r"""
    A subspace of `GF(p)^n` that grows, kept as a reduced row echelon basis.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.modular import Echelon
        sage: space = Echelon(3, 2147483647)
        sage: space.extend(np.array([[1, 2, 3], [2, 4, 6], [0, 1, 1]]))
        [0, 2]
        sage: space.rank
        2
        sage: space.kernel().tolist()
        [[2147483646, 2147483646, 1]]
    """

    def __init__(self, length, prime):
        self.prime = prime
        self.length = length
        self.rows = np.zeros((0, length), dtype=np.int64)
        self.pivots = []

    @property
    def rank(self):
        return len(self.pivots)

    def extend(self, candidates):
        r"""
        Add the rows that enlarge the space, first come first taken.

        INPUT:

        - ``candidates`` -- matrix of residues, ``m x n``

        OUTPUT: the list of the indices of the rows taken: those that are
        independent of the space and of the rows before them.
        """
        p = self.prime
        rest = np.array(candidates, dtype=np.int64) % p
        if self.rank:
            rest = (rest - matmul(rest[:, self.pivots], self.rows, p)) % p
        taken = []
        for index in range(len(rest)):
            if self.rank == self.length:
                break
            support = np.flatnonzero(rest[index])
            if not len(support):
                continue
            pivot = int(support[0])
            row = rest[index] * pow(int(rest[index, pivot]), -1, p) % p
            for block in (self.rows, rest[index + 1:]):
                hit = np.flatnonzero(block[:, pivot])
                if len(hit):
                    block[hit] = (block[hit] - block[hit, pivot][:, None] * row % p) % p
            self.rows = np.vstack([self.rows, row])
            self.pivots.append(pivot)
            taken.append(index)
        return taken

    def kernel(self):
        r"""
        Return a basis of the vectors orthogonal to the space, one a row.

        Each has a 1 in one column that is no pivot and 0 in the other such
        columns, so the basis is the same for every order of the rows.
        """
        free = np.setdiff1d(np.arange(self.length), self.pivots)
        basis = np.zeros((len(free), self.length), dtype=np.int64)
        basis[np.arange(len(free)), free] = 1
        if self.rank:
            basis[:, self.pivots] = -self.rows[:, free].T % self.prime
        return basis

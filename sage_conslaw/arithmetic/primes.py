r"""
Random primes and points, and how many of them a probability needs

Primes are drawn with `2^{30} < p < 2^{31}`: a product of two residues fits into 63
bits, so no entry is ever rounded.
"""
import math
import operator
import random

import numpy as np

from sage_conslaw.system.rationals import ExactRational, exact_rational

PRIME_BITS = 31
#: Number of primes in `(2^{30}, 2^{31})`: `\pi(2^{31}) - \pi(2^{30})`, OEIS A007053.
PRIME_COUNT = 105097565 - 54400028

#: Number of those that are 3 modulo 4, counted with a sieve.
PRIME_COUNT_WITH_ROOTS = 25348667


#: The Miller-Rabin test to these bases is right below this bound: G. Jaeschke, On strong
#: pseudoprimes to several bases, Math. Comp. 61 (1993), 915-926.
_BASES = (2, 3, 5, 7)
_PROVED_BELOW = 3_215_031_751


def is_prime(number):
    r"""
    Return whether an integer below 3215031751 is prime, by a test that is never wrong there.

    EXAMPLES::

        sage: from sage_conslaw.arithmetic.primes import is_prime as is_prime_here
        sage: [n for n in range(30) if is_prime_here(n)]
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
        sage: is_prime_here(2^31 - 1), is_prime_here(2^31 - 3)
        (True, False)

    TESTS::

        sage: is_prime_here(2^61 - 1)
        Traceback (most recent call last):
        ...
        ValueError: number: got 2305843009213693951, expected an integer below 3215031751
    """
    number = operator.index(number)
    if number >= _PROVED_BELOW:
        raise ValueError(f"number: got {number}, expected an integer below {_PROVED_BELOW}")
    if number < 2:
        return False
    for small in _BASES:
        if number % small == 0:
            return number == small
    twos = ((number - 1) & (1 - number)).bit_length() - 1
    odd = (number - 1) >> twos
    for base in _BASES:
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


class PrimeSource:
    r"""
    Draw primes and points from a generator of its own.

    INPUT:

    - ``seed`` -- an integer; equal seeds give equal draws, and no other random
      state is read or changed

    EXAMPLES::

        sage: from sage_conslaw.arithmetic.primes import PrimeSource
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
            if is_prime(candidate):
                return candidate

    def prime_with_roots(self):
        r"""
        Return a prime that is 3 modulo 4, where roots are powers; uniform among those.

        EXAMPLES::

            sage: from sage_conslaw.arithmetic.primes import PrimeSource
            sage: PrimeSource(0).prime_with_roots() % 4
            3
        """
        while True:
            prime = self.prime()
            if prime % 4 == 3:
                return prime

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


def vanishing_chance(degree, log2_height, primes=PRIME_COUNT):
    r"""
    Bound the chance that a nonzero integer polynomial vanishes at a random point.

    INPUT:

    - ``degree`` -- a bound for its degree
    - ``log2_height`` -- a bound for the binary logarithm of the sum of the absolute
      values of its coefficients
    - ``primes`` -- among how many primes one is drawn

    OUTPUT: a rational: the chance that it is zero modulo a random prime of
    :class:`PrimeSource` at a uniform point.

    ALGORITHM: A coefficient that is not zero has at most `\log_2(H) / 30` prime
    factors above `2^{30}`, out of ``primes``. Modulo a prime that does not
    divide it the polynomial is not zero, and vanishes at a uniform point with a
    chance of at most its degree over the prime (Schwartz, Zippel).

    EXAMPLES::

        sage: from sage_conslaw.arithmetic.primes import vanishing_chance
        sage: vanishing_chance(2^20, 0)
        50698561/51914277888
    """
    dividing = int(log2_height) // (PRIME_BITS - 1) + 1
    return (ExactRational(int(degree), 2**(PRIME_BITS - 1))
            + ExactRational(dividing, primes))


def trials_for(chance, probability):
    r"""
    Return how many independent trials bring a chance of failure below a bound.

    INPUT:

    - ``chance`` -- rational, the chance that one trial fails
    - ``probability`` -- rational, the wanted probability of success

    EXAMPLES::

        sage: from sage_conslaw.arithmetic.primes import trials_for
        sage: trials_for(1/1000, 1 - 1/10^9)
        3
    """
    if chance >= 1:
        raise ValueError("the fields are too large for the primes in use: one trial could not "
                         "be told to succeed with any probability")
    chance, wrong = exact_rational(chance), 1 - exact_rational(probability)
    # rounded down by logarithms, then exactly
    trials = max(1, int(_log(wrong) / _log(chance)) - 2) if wrong < chance else 1
    left = chance**trials
    while left > wrong:
        trials, left = trials + 1, left * chance
    return trials


def _log(fraction):
    # of fractions that are too small for a float as well
    return math.log(fraction.numerator) - math.log(fraction.denominator)

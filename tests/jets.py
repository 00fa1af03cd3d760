r"""
Jets: power series modulo a prime, with derivatives by parameters and by the start.

Coefficients are numbers and their first derivatives, by the parameters of a program and by the
point where a trajectory starts.
"""

import hashlib
import itertools

import numpy as np
from sage.all import QQ

from certificate_theorems import need


class Jets:
    """Power series modulo a prime, and their derivatives by parameters and by the start."""

    def __init__(self, prime, parameters, variables, orders):
        self.prime = prime
        self.shape = 1 + parameters, 1 + variables, orders

    def series(self, coefficients):
        found = np.zeros(self.shape, dtype=object)
        found[0, 0, :len(coefficients)] = coefficients
        return found

    def number(self, c):
        c = QQ(c)
        return self.series([int(c.numerator()) * pow(int(c.denominator()), -1, self.prime)
                            % self.prime])

    def product(self, a, b):
        result = np.zeros(self.shape, dtype=object)
        for i, j in itertools.product(range(self.shape[2]), repeat=2):
            if i + j < self.shape[2]:
                c, d = a[..., i], b[..., j]
                total = c * d[0, 0]
                total[1:] += c[0, 0] * d[1:]
                total[0, 1:] += c[0, 0] * d[0, 1:]
                total[1:, 1:] += np.outer(c[1:, 0], d[0, 1:]) + np.outer(d[1:, 0], c[0, 1:])
                result[..., i + j] += total
        return result % self.prime

    def reciprocal(self, a):
        need(a[0, 0, 0] % self.prime)
        found = self.series([pow(int(a[0, 0, 0]), -1, self.prime)])
        two = self.series([2])
        # what is wrong is in the square of what was wrong before, and in the end zero
        for _ in range((self.shape[2] + 2).bit_length()):
            found = self.product(found, two - self.product(a, found))
        return found


class Jet:
    """One of the jets, to be added and multiplied."""

    def __init__(self, jets, array):
        self.jets, self.array = jets, array % jets.prime

    def __add__(self, other):
        return Jet(self.jets, self.array + other.array)

    def __mul__(self, other):
        return Jet(self.jets, self.jets.product(self.array, other.array))


class JetRing:
    """What :func:`evaluated` needs to know of jets."""

    def __init__(self, jets):
        self.jets = jets

    def of(self, arrays):
        return [Jet(self.jets, array) for array in arrays]

    def number(self, c):
        return Jet(self.jets, self.jets.number(c))

    def reciprocal(self, a):
        return Jet(self.jets, self.jets.reciprocal(a.array))


def stream(seed, prime, label, count):
    """Return the first residues of a label, from SHA-256 in counter mode."""
    drawn = []
    for number in itertools.count():
        if len(drawn) >= count:
            return drawn[:count]
        digest = hashlib.sha256(" ".join(["sage_conslaw", str(seed), str(prime), label,
                                          str(number)]).encode("ascii")).digest()
        words = np.frombuffer(digest, dtype=">u8").tolist()
        drawn += [word % prime for word in words if word // prime < 2**64 // prime]

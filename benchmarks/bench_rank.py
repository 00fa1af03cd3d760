"""
Time the rank itself: the package's blocked elimination beside LinBox, in one process.

Ours works modulo primes of 31 bits, in three exact float64 products of halves. LinBox's dense
matrices take primes below 2^23 on SageMath 9.5, and up to 94,906,266 later, where their products
are no longer single ones of float64. A trial is worth what its prime is: how many reach a
chance of failure of 10^-9, if one fails with a chance of D / p, is printed too, for the three
primes. Run by ``make bench``, or
``sage -python benchmarks/bench_rank.py [SIZE ...]``.
"""

import math
import sys

import sage.all  # noqa: F401  (single Sage modules imported first can fail on circular imports)
import numpy
from bench_scale import rank_time, timed
from sage.all import GF, matrix, previous_prime

from sage_conslaw.arithmetic.echelon import Echelon

SIZES = (256, 512, 1024, 2048, 4096)
#: chance of failure that trials are to reach
CHANCE = 1e-9


def drawn(size, prime):
    """Return a random matrix of residues as a NumPy array."""
    return numpy.random.default_rng(0).integers(0, prime, size=(size, size))


def eliminate(residues, prime):
    """Return the rank of a square matrix of residues, by the package's elimination."""
    return len(Echelon(len(residues), prime).extend(residues))


def trials(size, prime):
    """Return how many trials reach the chance, if one fails with a chance of D / p."""
    return max(1, math.ceil(math.log(CHANCE) / math.log(size / prime)))


def main():
    """Print the table."""
    sizes = [int(text) for text in sys.argv[1:]] or SIZES
    small, large, own = (int(previous_prime(2**bits)) for bits in (23, 26, 31))
    # where LinBox takes no primes of 26 bits, Sage's generic matrices are too slow to wait for
    has_large = "double" in type(matrix(GF(large), 2, 2)).__name__
    columns = ["D", "LinBox, 23 bits", "LinBox, 26 bits", "ours, 31 bits", "ours / LinBox 23",
               f"trials for {CHANCE:.0e}", "by entry / LinBox 23"]
    print("one rank of a random D x D matrix, seconds")
    print("  ".join(f"{name:>16}" for name in columns))
    for size in sizes:
        residues, small_residues = drawn(size, own), drawn(size, small)
        ranks = [rank_time(size, small), rank_time(size, large) if has_large else None,
                 timed(eliminate, residues, own)[1]]
        by_entry = timed(matrix, GF(small), small_residues)[1]
        counts = "/".join(str(trials(size, prime)) for prime in (small, large, own))
        cells = [f"{size}"] + ["-" if rank is None else f"{rank:.3f}" for rank in ranks]
        cells += [f"{ranks[2] / ranks[0]:.2f}", counts, f"{by_entry / ranks[0]:.1f}"]
        print("  ".join(f"{cell:>16}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

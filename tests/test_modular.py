"""Arithmetic modulo a prime: extreme entries, random matrices against Sage, the draws."""

import random
from fractions import Fraction

import numpy as np
import pytest
from sage.all import GF, QQ, ZZ, is_prime, matrix, pari
from sage.misc.prandom import getrandbits as sage_bits

from sage_conslaw.arithmetic.arrays import accumulate, matmul, residues
from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import (
    PRIME_COUNT,
    PrimeSource,
    trials_for,
    vanishing_chance,
)
from sage_conslaw.arithmetic.primes import is_prime as is_prime_here

LARGEST = 2**31 - 1
SMALLEST = 2**30 + 3
PRIMES = [LARGEST, 2147483629, SMALLEST, 1073741831]


def test_the_primes_of_these_tests_are_primes_at_the_ends_of_the_range():
    assert all(is_prime(ZZ(p)) for p in PRIMES)
    assert ZZ(2**31).previous_prime() == LARGEST
    assert ZZ(2**30).next_prime() == SMALLEST


@pytest.mark.parametrize("start", [-5, 2**16, 2**20, 2**30, 2**31 - 5000, 3_215_031_751 - 5000])
def test_primes_are_told_from_other_numbers(start):
    for n in range(start, start + 5000):
        assert is_prime_here(n) == ZZ(n).is_prime()


def test_strong_pseudoprimes_are_no_primes():
    # to base 2; to bases 2 and 3; to bases 2, 3 and 5 (OEIS A001262, A072276, A056915)
    for n in (2047, 3277, 4033, 1373653, 1530787, 25326001, 161304001, 960946321):
        assert not is_prime_here(n) and not is_prime_here(ZZ(n))
    with pytest.raises(ValueError, match="number: got 3215031751, expected an integer below"):
        is_prime_here(3_215_031_751)


# --- products ---

@pytest.mark.parametrize("prime", PRIMES)
@pytest.mark.parametrize("inner", [1, 2, 255, 256, 1023, 5000])
@pytest.mark.parametrize("below", [1, 2, 65536])
def test_products_of_equal_extreme_entries(prime, inner, below):
    entry = prime - below
    left = np.full((3, inner), entry, dtype=np.int64)
    right = np.full((inner, 2), entry, dtype=np.int64)
    assert matmul(left, right, prime).tolist() == [[entry * entry * inner % prime] * 2] * 3


@pytest.mark.parametrize("prime", PRIMES)
@pytest.mark.parametrize("inner", [1, 7, 500, 5000])
def test_products_of_entries_near_the_ends_of_the_halves(prime, inner):
    # halves of 16 bits are cut at 0xFFFF and 0x10000, and the entries end at p - 1
    generator = random.Random(f"{prime} {inner}")
    ends = [0, 1, 0xFFFE, 0xFFFF, 0x10000, 0x7FFF0000 % prime, 0x7FFEFFFF % prime, prime // 2,
            prime - 0x10000, prime - 2, prime - 1]
    left = [[generator.choice(ends) for _ in range(inner)] for _ in range(4)]
    right = [[generator.choice(ends) for _ in range(inner)] for _ in range(3)]
    expected = [[sum(a * b for a, b in zip(row, column)) % prime for column in right]
                for row in left]
    product = matmul(np.array(left, dtype=np.int64), np.array(right, dtype=np.int64).T, prime)
    assert product.dtype == np.int64
    assert product.tolist() == expected


@pytest.mark.parametrize("seed", range(20))
def test_random_products(seed):
    source = PrimeSource(seed)
    prime = source.prime()
    rows, inner, columns = (random.Random(seed).randrange(1, 60) for _ in range(3))
    left = source.point(rows * inner, prime).reshape(rows, inner)
    right = source.point(inner * columns, prime).reshape(inner, columns)
    expected = left.astype(object) @ right.astype(object) % prime
    assert (matmul(left, right, prime) == expected).all()


def test_products_leave_their_factors_alone():
    source = PrimeSource(1)
    prime = source.prime()
    left, right = (source.point(12, prime).reshape(3, 4) for _ in range(2))
    copies = left.copy(), right.copy()
    matmul(left, right.T, prime)
    assert (left == copies[0]).all() and (right == copies[1]).all()


@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 0, 3), (2, 3, 0)])
def test_products_of_empty_matrices(shape):
    rows, inner, columns = shape
    product = matmul(np.zeros((rows, inner), dtype=np.int64),
                     np.zeros((inner, columns), dtype=np.int64), LARGEST)
    assert product.shape == (rows, columns) and not product.any()


# --- elimination ---

def echelon_by_sage(rows, prime):
    """Return the echelon basis, its pivots and the rank, as Sage finds them."""
    form = matrix(GF(prime), rows.shape[0], rows.shape[1], rows.ravel().tolist()).echelon_form()
    rank = form.rank()
    return [[int(c) for c in row] for row in form.rows()[:rank]], list(form.pivots()), rank


def random_rows(source, prime, height, width, rank=None, zero_columns=()):
    """Return a random matrix of residues, of a given rank at most."""
    if rank is None:
        rows = source.point(height * width, prime).reshape(height, width)
    else:
        rows = matmul(source.point(height * rank, prime).reshape(height, rank),
                      source.point(rank * width, prime).reshape(rank, width), prime)
    rows[:, list(zero_columns)] = 0
    return rows


def first_independent(rows, prime):
    """Return the indices of the rows that those before them do not span."""
    return list(matrix(GF(prime), rows.shape[0], rows.shape[1],
                       rows.ravel().tolist()).transpose().pivots())


SHAPES = [(1, 1, None, ()), (5, 5, None, ()), (12, 12, None, ()), (13, 13, None, ()),
          (40, 7, None, ()), (7, 40, None, ()), (60, 50, 3, ()), (60, 50, 0, ()), (50, 60, 25, ()),
          (30, 20, None, (0, 1, 7, 19)), (40, 30, 5, (0, 29)), (300, 40, None, ()),
          (400, 30, 29, ()), (25, 120, 20, range(0, 120, 2)), (0, 5, None, ()), (4, 0, None, ())]


@pytest.mark.parametrize("prime", [LARGEST, SMALLEST])
@pytest.mark.parametrize("height, width, rank, zero_columns", SHAPES)
def test_echelon_against_sage(prime, height, width, rank, zero_columns):
    rows = random_rows(PrimeSource(height * 1000 + width), prime, height, width, rank,
                       zero_columns)
    space = Echelon(width, prime)
    taken = space.extend(rows)
    basis, pivots, found = echelon_by_sage(rows, prime)
    assert space.rank == found == len(taken)
    assert space.basis().tolist() == basis
    assert taken == first_independent(rows, prime)
    # the pivots are those of the basis that is kept, each with its own unit column
    assert len(set(space.pivots())) == found
    kept = space.basis()
    for pivot in space.pivots():
        assert sorted(kept[:, pivot].tolist()) == [0] * (found - 1) + [1]
    kernel = space.kernel()
    assert kernel.shape == (width - found, width)
    assert not matmul(rows, kernel.T, prime).any()
    assert matrix(GF(prime), width - found, width, kernel.ravel().tolist()).rank() == width - found


@pytest.mark.parametrize("seed", range(30))
def test_extending_piece_by_piece(seed):
    generator, source = random.Random(seed), PrimeSource(seed)
    prime, width = source.prime(), generator.randrange(1, 40)
    height = generator.randrange(1, 80)
    rows = random_rows(source, prime, height, width, generator.randrange(0, width + 1))
    # repeated and zero rows, and combinations of rows before
    rows[generator.randrange(height)] = 0
    rows[-1] = rows[0]
    at_once, in_pieces = Echelon(width, prime), Echelon(width, prime)
    taken = at_once.extend(rows)
    pieces, start = [], 0
    while start < height:
        step = generator.randrange(1, 20)
        pieces += [start + i for i in in_pieces.extend(rows[start:start + step])]
        start += step
    assert pieces == taken == first_independent(rows, prime)
    assert in_pieces.rank == at_once.rank
    assert in_pieces.basis().tolist() == at_once.basis().tolist() == echelon_by_sage(rows, prime)[0]
    assert in_pieces.extend(rows) == []


@pytest.mark.parametrize("seed", range(10))
def test_sparse_matrices_of_few_values(seed):
    generator = random.Random(seed)
    prime = [LARGEST, SMALLEST][seed % 2]
    rows = np.array([[generator.choice([0, 0, 0, 1, prime - 1, 2]) for _ in range(30)]
                     for _ in range(45)], dtype=np.int64)
    space = Echelon(30, prime)
    assert space.extend(rows) == first_independent(rows, prime)
    assert space.basis().tolist() == echelon_by_sage(rows, prime)[0]


def test_rows_that_are_not_reduced_and_negative():
    space = Echelon(2, LARGEST)
    assert space.extend(np.array([[-1, -2], [LARGEST + 1, 2], [LARGEST, LARGEST]])) == [0]
    assert space.basis().tolist() == [[1, 2]]


def test_a_matrix_singular_only_modulo_the_prime():
    rows = np.array([[1, 1], [1, 1 + LARGEST]])
    space = Echelon(2, LARGEST)
    assert space.extend(rows) == [0]


# --- sums ---

@pytest.mark.parametrize("prime", [LARGEST, SMALLEST])
def test_sums_of_millions_of_extreme_residues(prime):
    # more than 2^22 entries under one key, beyond which float64 sums would round
    count = 2**22 + 2**20 + 3
    keys = np.zeros(count, dtype=np.int64)
    keys[-3:] = 2
    total = accumulate(keys, np.full(count, prime - 1, dtype=np.int64), 4, prime)
    assert total.tolist() == [(prime - 1) * (count - 3) % prime, 0, 3 * (prime - 1) % prime, 0]


@pytest.mark.parametrize("seed", range(10))
def test_sums_against_python_integers(seed):
    generator, source = random.Random(seed), PrimeSource(seed)
    prime, size, count = source.prime(), generator.randrange(1, 50), generator.randrange(0, 3000)
    keys = np.array([generator.randrange(size) for _ in range(count)], dtype=np.int64)
    values = source.point(count, prime)
    expected = [0] * size
    for key, value in zip(keys.tolist(), values.tolist()):
        expected[key] = (expected[key] + value) % prime
    total = accumulate(keys, values, size, prime)
    assert total.dtype == np.int64 and total.tolist() == expected


def test_residues_of_integers_of_any_size():
    big = np.array([[10**40, -10**40], [0, -1]], dtype=object)
    assert residues(big, LARGEST).tolist() == [[10**40 % LARGEST, -10**40 % LARGEST],
                                               [0, LARGEST - 1]]
    assert residues(np.array([-1, 2**62]), LARGEST).tolist() == [LARGEST - 1, 2**62 % LARGEST]


# --- primes and points ---

def test_number_of_primes_in_the_range():
    assert PRIME_COUNT == int(pari.primepi(2**31)) - int(pari.primepi(2**30))


def test_primes_are_spread_over_the_range():
    source = PrimeSource(2024)
    primes = [source.prime() for _ in range(2000)]
    assert all(is_prime(ZZ(p)) and 2**30 < p < 2**31 for p in primes)
    assert all(isinstance(p, int) for p in primes)
    assert len(set(primes)) > 1990
    eighths = np.bincount([(p - 2**30) // 2**27 for p in primes], minlength=8)
    assert len(eighths) == 8
    # 250 each with a standard deviation of 15: five of them on either side
    assert eighths.min() > 175 and eighths.max() < 325
    assert {p % 8 for p in primes} == {1, 3, 5, 7}


def test_points_are_uniform():
    for prime in (LARGEST, SMALLEST):
        point = PrimeSource(3).point(80000, prime)
        assert point.shape == (80000,) and point.dtype == np.int64
        assert point.min() >= 0 and point.max() < prime
        eighths = np.bincount(point * 8 // prime, minlength=8)
        # 10000 each with a standard deviation of 94
        assert eighths.min() > 9500 and eighths.max() < 10500
        low_bits = np.bincount(point % 4, minlength=4)
        assert low_bits.min() > 19300 and low_bits.max() < 20700
        # neighbours are not related
        assert abs(np.corrcoef(point[1:], point[:-1])[0, 1]) < 0.02


def test_points_of_no_length():
    assert PrimeSource(0).point(0, LARGEST).shape == (0,)


def test_equal_seeds_give_equal_draws():
    def draws(seed):
        source = PrimeSource(seed)
        prime = source.prime()
        return [prime, source.point(7, prime).tolist(), source.prime(),
                source.point(1, prime).tolist()]
    assert draws(5) == draws(5) == draws(ZZ(5))
    assert len({str(draws(seed)) for seed in range(50)}) == 50


def test_no_other_random_state_is_read_or_changed():
    random.seed(1)
    before = random.getstate()
    first = PrimeSource(9).prime()
    random.seed(2)
    sage_bits(32)
    np.random.random()
    assert PrimeSource(9).prime() == first
    random.setstate(before)
    numpy_before = np.random.get_state()[1].tolist()
    source = PrimeSource(9)
    source.point(100, source.prime())
    assert random.getstate() == before
    assert np.random.get_state()[1].tolist() == numpy_before


# --- chances ---

@pytest.mark.parametrize("degree", [0, 1, 5, 1000, 2**20])
@pytest.mark.parametrize("factors", [0, 1, 2, 10])
def test_bound_covers_polynomials_that_vanish_most(degree, factors):
    # (a product of primes) times x (x - 1) ... (x - degree + 1): zero modulo each of the primes,
    # and else at `degree` points out of p
    prime, constant = LARGEST + 1, 1
    for _ in range(factors):
        prime = int(ZZ(prime).previous_prime())
        constant *= prime
    log2_height = constant.bit_length()
    chance = Fraction(factors, PRIME_COUNT) + Fraction(degree, SMALLEST)
    bound = vanishing_chance(degree, log2_height)
    assert bound in QQ and QQ(bound) > 0
    assert chance <= bound == Fraction(bound.numerator, bound.denominator)


def test_bound_grows_with_degree_and_height():
    bounds = [[vanishing_chance(degree, height) for height in (0, 29, 30, 1000, 10**6)]
              for degree in (0, 1, 10**4)]
    assert all(a <= b for row in bounds for a, b in zip(row, row[1:]))
    assert all(a < b for above, below in zip(bounds, bounds[1:]) for a, b in zip(above, below))


@pytest.mark.parametrize("chance", [QQ((1, 2)), QQ((1, 10)), QQ((1, 10**6)), QQ((9, 10))])
@pytest.mark.parametrize("left", [QQ((1, 2)), QQ((1, 100)), QQ((1, 10**9)), QQ((1, 10**30))])
def test_trials_are_as_many_as_needed(chance, left):
    trials = trials_for(chance, 1 - left)
    assert chance**trials <= left
    assert trials == 1 or chance**(trials - 1) > left


@pytest.mark.parametrize("chance", [QQ(1), QQ(2)])
def test_no_number_of_trials_helps_against_a_certain_failure(chance):
    with pytest.raises(ValueError, match="too large for the primes"):
        trials_for(chance, QQ((1, 2)))

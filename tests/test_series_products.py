"""Products and inverses of truncated power series modulo a prime, against Sage's."""

import random

import numpy as np
import pytest
from sage.all import GF, PolynomialRing, PowerSeriesRing, matrix

from sage_conslaw.arithmetic import series
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.arithmetic.series import padded, series_inverse
from sage_conslaw.system import limits


def series_product(left, right, orders, prime):
    """Return all orders of a product, zero where the product has none."""
    return padded(series.series_product(left, right, orders, prime), orders)


def series_matmul(left, right, orders, prime):
    """Return all orders of a product of matrices, zero where it has none."""
    return padded(series.series_matmul(left, right, orders, prime), orders)


def drawn_series(seed, *shapes):
    """Return a prime, series of residues of these shapes, and a number of orders."""
    source, generator = PrimeSource(seed), random.Random(seed)
    prime, parts = source.prime(), []
    for shape in shapes:
        shape = (generator.randrange(1, 6),) + shape
        parts.append(source.point(int(np.prod(shape)), prime).reshape(shape))
    return prime, parts, generator.randrange(1, 12)


def as_series(ring, part):
    """Return a series of numbers as a polynomial of Sage."""
    return ring([int(c) for c in part])


@pytest.mark.parametrize("seed", range(20))
def test_products_of_series_against_sage(seed):
    prime, (left, right), orders = drawn_series(seed, (2, 1), (1, 3))
    ring = PolynomialRing(GF(prime), "z")
    found = series_product(left, right, orders, prime)
    assert found.shape == (orders, 2, 3)
    for i in range(2):
        for j in range(3):
            product = as_series(ring, left[:, i, 0]) * as_series(ring, right[:, 0, j])
            assert found[:, i, j].tolist() == [int(product[k]) for k in range(orders)]


@pytest.mark.parametrize("batches", [((), ()), ((4,), ()), ((), (4,)), ((4,), (4,))])
@pytest.mark.parametrize("seed", range(10))
def test_matrix_products_of_series_against_sage(seed, batches):
    prime, (left, right), orders = drawn_series(seed, batches[0] + (2, 3), batches[1] + (3, 2))
    ring = PolynomialRing(GF(prime), "z")
    found = series_matmul(left, right, orders, prime)
    assert found.shape == (orders,) + (batches[0] or batches[1]) + (2, 2)
    for index in np.ndindex(*(batches[0] or batches[1])):
        a = left[(slice(None),) + index[:len(batches[0])]]
        b = right[(slice(None),) + index[:len(batches[1])]]
        product = (matrix(ring, 2, 3, lambda i, j: as_series(ring, a[:, i, j]))
                   * matrix(ring, 3, 2, lambda i, j: as_series(ring, b[:, i, j])))
        for i in range(2):
            for j in range(2):
                assert found[(slice(None),) + index + (i, j)].tolist() == [
                    int(product[i, j][k]) for k in range(orders)]


@pytest.mark.parametrize("few", [0, 10**9])
def test_small_and_large_products_agree(few, monkeypatch):
    # products of few multiplications are carried out in another way
    prime, (left, right), orders = drawn_series(3, (5, 7), (7, 4))
    expected = series_matmul(left, right, orders, prime)
    monkeypatch.setattr(limits, "FEW_MULTIPLICATIONS", few)
    assert (series_matmul(left, right, orders, prime) == expected).all()


def test_long_sums_are_split(monkeypatch):
    prime, (left, right), orders = drawn_series(4, (3, 50), (50, 3))
    expected = series_matmul(left, right, orders, prime)
    monkeypatch.setattr(limits, "FEW_MULTIPLICATIONS", 0)
    monkeypatch.setattr(series, "LONGEST_SUM", 7)
    assert (series_matmul(left, right, orders, prime) == expected).all()


@pytest.mark.parametrize("seed", range(10))
def test_inverses_of_series_against_sage(seed):
    prime, (part,), orders = drawn_series(seed, (2, 3))
    ring = PowerSeriesRing(GF(prime), "z", default_prec=orders)
    found = series_inverse(part, orders, prime)
    assert found.shape == (orders, 2, 3)
    for i, j in np.ndindex(2, 3):
        inverse = 1 / (ring([int(c) for c in part[:, i, j]]).O(orders))
        assert found[:, i, j].tolist() == [int(inverse[k]) for k in range(orders)]

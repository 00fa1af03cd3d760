"""Reduced bases of lattices, against Sage's."""

import random

import pytest
from sage.all import ZZ, matrix

from sage_conslaw.laws.lattice import reduced_basis


def random_basis(seed, rows, columns, size):
    generator = random.Random(seed)
    while True:
        table = [[generator.randint(-size, size) for _ in range(columns)] for _ in range(rows)]
        if matrix(ZZ, table).rank() == rows:
            return table


@pytest.mark.parametrize("size", [1, 3, 100, 10**12, 10**40])
@pytest.mark.parametrize("rows, columns", [(1, 1), (1, 3), (2, 2), (2, 5), (5, 5), (7, 12)])
def test_random_lattices(rows, columns, size):
    for seed in range(4):
        given = random_basis(seed, rows, columns, size)
        before = [list(row) for row in given]
        found = matrix(ZZ, reduced_basis(given))
        assert given == before
        assert found.hermite_form() == matrix(ZZ, given).hermite_form()
        assert found.is_LLL_reduced(delta=0.99, eta=0.500001)
        longest = max(row.norm() for row in matrix(ZZ, given).LLL().rows())
        assert max(row.norm() for row in found.rows()) <= 2**(rows / 2) * longest


def test_a_planted_short_vector_is_found():
    generator = random.Random(5)
    short = [generator.randint(-3, 3) for _ in range(8)]
    others = [[generator.randint(-10**6, 10**6) for _ in range(8)] for _ in range(4)]
    given = [[a + 7 * b for a, b in zip(short, others[0])]] + others
    assert short in reduced_basis(given) or [-c for c in short] in reduced_basis(given)


def test_integers_of_sage_and_none():
    assert reduced_basis([[ZZ(2), ZZ(0)], [ZZ(1), ZZ(1)]]) == [[1, 1], [1, -1]]
    assert all(type(c) is int for row in reduced_basis(matrix(ZZ, [[2, 1]])) for c in row)
    assert reduced_basis([]) == []


@pytest.mark.parametrize("vectors", [[[0, 0]], [[1, 2], [2, 4]], [[1, 0], [0, 1], [1, 1]]])
def test_dependent_vectors_are_refused(vectors):
    with pytest.raises(ValueError, match="linearly dependent"):
        reduced_basis(vectors)

"""The system of an ansatz: what is left out of it, how it is split, what is solved once."""

import random

import numpy as np
import pytest
from sage.all import QQ, ZZ, PolynomialRing, matrix, vector

from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    polynomial_laws,
)
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.laws import ansatz, exact_kernel
from sage_conslaw.laws.exact_kernel import integer_kernel, without_zeros
from sage_conslaw.system import limits


def entries_of(rows):
    """Return the nonzero entries of a list of rows as three arrays, all integers exact."""
    found = [(i, j, c) for i, row in enumerate(rows) for j, c in enumerate(row) if c]
    equation, unknown, coefficient = zip(*found) if found else ((), (), ())
    large = max(map(abs, coefficient), default=0) >= 2**62
    return (np.array(equation, dtype=np.int64), np.array(unknown, dtype=np.int64),
            np.array(coefficient, dtype=object if large else np.int64))


def kernel_of(rows, width):
    """Return the kernel that the package finds, as a subspace of QQ^width."""
    basis = integer_kernel(*entries_of(rows), width, PrimeSource(0))
    vectors = []
    for pairs in basis:
        entry = [0] * width
        for i, c in pairs:
            assert type(i) is int and type(c) is int and c
            entry[i] = c
        vectors.append(vector(QQ, entry))
    space = (QQ**width).span(vectors)
    assert space.dimension() == len(vectors)
    return space


# --- kernels ---

@pytest.mark.parametrize("seed", range(60))
def test_kernels_against_sage(seed):
    generator = random.Random(seed)
    width, large = generator.randrange(1, 9), generator.choice([1, 1, 10**25])
    rows = []
    for _ in range(generator.randrange(0, 8)):
        row = [0] * width
        for j in generator.sample(range(width), generator.randrange(1, min(4, width + 1))):
            row[j] = generator.choice([-3, -1, 1, 2]) * generator.choice([1, large])
        rows.append(row)
    expected = matrix(QQ, rows).right_kernel() if rows else QQ**width
    assert kernel_of(rows, width) == expected


def copies(block, number, generator):
    """Return a block-diagonal system of copies, rows and unknowns shuffled within each copy."""
    width, rows, names = len(block[0]), [], list(range(len(block[0]) * number))
    generator.shuffle(names)
    for k in range(number):
        # equal components keep the order of their unknowns, as the monomials of networks do
        places = sorted(names[k * width:(k + 1) * width])
        for row in generator.sample(block, len(block)):
            wide = [0] * len(names)
            for place, c in zip(places, row):
                wide[place] = c
            rows.append(wide)
    generator.shuffle(rows)
    return rows, len(names)


BLOCKS = [
    [[1, 1, 1, 0], [0, 1, 2, 3]],
    [[2, -3, 5], [1, 1, 1]],
    [[1, 2, 3, 4, 5], [0, 1, 0, -1, 7], [3, 0, 0, 1, 1]],
    [[10**30, 1, -1], [7, 10**29, 2]],
    [[1, -1, 0], [0, 1, -1], [1, 0, -1]],
]


@pytest.mark.parametrize("block", BLOCKS)
def test_equal_components_are_solved_once(monkeypatch, block):
    solved = []
    solve = exact_kernel._component_kernel
    monkeypatch.setattr(exact_kernel, "_component_kernel",
                        lambda *given: solved.append(given) or solve(*given))
    rows, width = copies(block, 7, random.Random(1))
    assert kernel_of(rows, width) == matrix(QQ, rows).right_kernel()
    assert len(solved) == 1


@pytest.mark.parametrize("seed", range(20))
def test_components_that_differ_are_told_apart(seed):
    # the same shape with one other coefficient, or one entry elsewhere
    generator = random.Random(seed)
    block = [list(row) for row in generator.choice(BLOCKS)]
    other = [list(row) for row in block]
    i, j = generator.randrange(len(block)), generator.randrange(len(block[0]))
    other[i][j] += generator.choice([1, -1, 2**61 - 1, 10**25])
    width = len(block[0])
    rows = [row + [0] * width for row in block] + [[0] * width + row for row in other]
    assert kernel_of(rows, 2 * width) == matrix(QQ, rows).right_kernel()


def test_kinds_are_kept_from_one_part_to_the_next(monkeypatch):
    kinds = {}
    first = integer_kernel(*entries_of([[2, -3, 5]]), 3, PrimeSource(0), kinds)
    monkeypatch.setattr(exact_kernel, "_component_kernel",
                        lambda *given: pytest.fail("solved a second time"))
    again = integer_kernel(*entries_of([[0, 2, -3, 5]]), 4, PrimeSource(1), kinds)
    assert again == [[(0, 1)]] + [[(i + 1, c) for i, c in pairs] for pairs in first]


def test_unknowns_that_single_entries_set_to_zero_are_dropped_again_and_again():
    # x0 = 0, so x1 = 0, so x2 = 0; x3 = x4 stays
    rows = [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, -1]]
    alive, equation, unknown, coefficient = without_zeros(*entries_of(rows), 5)
    assert alive.tolist() == [False, False, False, True, True]
    assert (equation.tolist(), unknown.tolist(), coefficient.tolist()) == ([3, 3], [3, 4], [1, -1])


# --- the monomials that are left, and the parts ---

FLOWS = [
    (GradientFlow(LinearNetwork([3, 3, 3])), 2),
    (GradientFlow(LinearNetwork([2, 1, 2])), 4),
    (GradientFlow(ReLUNetwork([2, 3, 2], bias=True)), 3),
    (GradientFlow(NMF(3, 2, 2)), 3),
    (GradientFlow(ICNN(2, 2, 2, bias=True)), 3),
    (MomentumFlow(LinearNetwork([2, 2, 2])), 2),
    (MomentumFlow(LinearNetwork([1, 2, 1]), NESTEROV), 3),
    (MomentumFlow(NMF(2, 1, 2), damping=1), 2),
]


@pytest.fixture
def all_monomials(monkeypatch):
    """Take the system of all fields for all monomials, as the definition has it."""
    monkeypatch.setattr(ansatz, "_moving_all", lambda table: np.unique(table.field))


@pytest.mark.parametrize("flow, degree", FLOWS, ids=str)
def test_what_few_fields_leave_out_is_in_no_law(flow, degree, request):
    found = polynomial_laws(flow, degree)
    request.getfixturevalue("all_monomials")
    assert list(polynomial_laws(flow, degree)) == list(found)


@pytest.mark.parametrize("flow, degree", [
    (GradientFlow(LinearNetwork([6, 6, 6])), 2), (GradientFlow(LinearNetwork([3, 3, 3, 3])), 3),
    (MomentumFlow(LinearNetwork([3, 3, 3])), 2),
], ids=str)
def test_most_monomials_of_linear_networks_are_left_out(flow, degree, monkeypatch):
    sizes = []
    build = ansatz.Ansatz._equations

    def noted(self, table, monomials, attempt):
        sizes.append((len(table), len(monomials)))
        return build(self, table, monomials, attempt)
    monkeypatch.setattr(ansatz.Ansatz, "_equations", noted)
    laws = polynomial_laws(flow, degree)
    (few, every), (terms, left) = sizes
    assert few < terms and every == laws.number_of_monomials and left < every / 2


@pytest.mark.parametrize("entries", [1, 40, 1000])
@pytest.mark.parametrize("flow, degree", FLOWS, ids=str)
def test_parts_give_the_same_laws(flow, degree, entries, monkeypatch):
    expected = list(polynomial_laws(flow, degree))
    monkeypatch.setattr(limits, "PART_ENTRIES", entries)
    assert list(polynomial_laws(flow, degree)) == expected


def test_chosen_fields_move_every_variable_that_some_field_moves():
    x = PolynomialRing(ZZ, 5, "x").gens()
    zero = x[0] * 0
    fields = VectorFields([[x[1], zero, zero, zero, zero], [x[1], x[0], zero, zero, zero],
                           [zero, x[0], zero, zero, zero], [zero, zero, zero, zero, x[3]],
                           [x[1], zero, zero, zero, x[3]]])
    chosen = ansatz._moving_all(fields.terms).tolist()
    assert chosen == [0, 1, 3]


def test_fields_without_terms_have_every_monomial_for_a_law():
    x = PolynomialRing(ZZ, 2, "x").gens()
    fields = VectorFields([[x[0] * 0, x[0] * 0], [x[0] * 0, x[0] * 0]])
    assert len(polynomial_laws(fields, 3)) == 9


@pytest.mark.parametrize("rows, columns, size", [(2, 4, 1), (3, 9, 5), (6, 7, 10**12), (8, 30, 3)])
def test_the_echelon_form_from_the_other_end(rows, columns, size):
    generator = random.Random(columns)
    given = [[generator.randint(-size, size) for _ in range(columns)] for _ in range(rows)]
    expected = matrix(QQ, given)[:, ::-1].echelon_form()[:, ::-1]
    space = matrix(QQ, given).row_space()
    found = exact_kernel._from_the_other_end(
        given, lambda vectors: all(vector(QQ, v) in space for v in vectors))
    assert found == [list(v * v.denominator()) for v in expected.rows()]

"""The generic polynomial: exponents, names, rings, equations, against their definitions."""

import itertools
import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sage.all import QQ, ZZ, Integer, PolynomialRing, matrix

from sage_conslaw.published import generic_polynomial as generic
from sage_conslaw.published import build_vector_fields, vector_fields_for_q_layer_LNN_momentum

import reference


def columns(array):
    """Return the fields of an array as lists."""
    return [list(column) for column in array.T]


def read_name(name):
    """Return the exponents that a name stands for: the inverse of ``coefficient_name``."""
    if "_" in name:
        return [int(part) for part in name[1:].split("_")[1:]]
    return [int(digit) for digit in name[1:]]


@pytest.mark.parametrize("D", range(5))
@pytest.mark.parametrize("k", range(5))
def test_exponents_are_all_of_that_degree_in_lexicographic_order(k, D):
    everything = itertools.product(range(k + 1), repeat=D)
    expected = [list(e) for e in everything if sum(e) == k] if D else []
    assert generic.homogeneous_exponents(k, D) == sorted(expected)
    assert generic.all_exponents(k, D, homogeneous=False) == [
        e for degree in range(k + 1) for e in generic.homogeneous_exponents(degree, D)
    ]


def test_exponents_take_any_integers_and_are_plain():
    found = generic.homogeneous_exponents(np.int64(2), Integer(2))
    assert found == [[0, 2], [1, 1], [2, 0]]
    assert {type(e) for row in found for e in row} == {int}


@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 10**6))))
def test_a_name_can_be_read_back(exponents):
    name = generic.coefficient_name(exponents)
    assert read_name(name) == exponents
    assert re.fullmatch("a[0-9_]*", name) and name.isidentifier()


@given(st.lists(st.integers(0, 9), min_size=1))
def test_names_of_small_exponents_are_the_old_ones(exponents):
    assert generic.coefficient_name(exponents) == "a" + "".join(map(str, exponents))


def test_names_that_used_to_be_one_are_names_of_one_ring():
    lists = [[1, 10], [11, 0], [1, 1, 0], [110], [1, 1, 0, 0], [10, 0], [1, 0, 0]]
    names = [generic.coefficient_name(e) for e in lists]
    ring = PolynomialRing(QQ, names)
    assert [str(g) for g in ring.gens()] == names
    assert len(set(names)) == len(lists)


@pytest.mark.parametrize("homogeneous", [True, False])
@pytest.mark.parametrize("k, D", [(0, 1), (1, 1), (4, 1), (0, 3), (1, 3), (3, 2), (11, 2), (2, 0)])
def test_each_monomial_has_its_own_coefficient_once(k, D, homogeneous):
    polynomial = generic.generic_polynomial(k, D, homogeneous)
    coefficients, ring = generic.coefficient_rings(k, D, homogeneous)
    exponents = generic.all_exponents(k, D, homogeneous)
    assert polynomial.parent() is ring and ring.base_ring() is coefficients
    assert coefficients.base_ring() is QQ
    assert ring.variable_names() == tuple(f"x{i + 1}" for i in range(D))
    assert coefficients.variable_names() == tuple(map(generic.coefficient_name, exponents))
    terms = {tuple(e): c for e, c in polynomial.dict().items()}
    assert terms == dict(zip(map(tuple, exponents), coefficients.gens()))


@pytest.mark.parametrize("homogeneous", [True, False])
@pytest.mark.parametrize("shape", [(1, 1, 2), (2, 2, 2), (3, 2, 3), (4, 3, 1)])
def test_equations_and_matrix_are_those_of_the_definition(shape, homogeneous):
    D, d, m = shape
    array = build_vector_fields(D, d, m, seed=4)
    for k in range(4):
        polynomial = generic.generic_polynomial(k, D, homogeneous)
        ring = polynomial.parent()
        expected = []
        for field in columns(array):
            lie = sum((polynomial.derivative(x) * ring({e: QQ(c) for e, c in p.dict().items()})
                       for x, p in zip(ring.gens(), field)), ring.zero())
            expected += lie.coefficients()
        assert generic.coefficient_equations(polynomial, array) == expected
        table = generic.coefficient_matrix(k, array, homogeneous)
        unknowns = ring.base_ring().gens()
        assert table.shape == (len(unknowns), len(expected)) and table.dtype == object
        assert all(type(c) is int for c in table.ravel())
        assert [sum((a * c for a, c in zip(unknowns, column)), ring.base_ring().zero())
                for column in table.T] == expected


def test_left_kernel_holds_the_laws():
    _, array = vector_fields_for_q_layer_LNN_momentum([1, 2, 1], 0)
    table = generic.coefficient_matrix(2, array)
    laws = reference.polynomial_laws(columns(array), 2, homogeneous=True)
    assert matrix(QQ, table).left_kernel().dimension() == len(laws) == 2


def test_coefficients_of_any_size_stay_exact():
    ring = PolynomialRing(QQ, 2, "u,v")
    u, v = ring.gens()
    big = 10**40
    array = np.array([[big * v / 3], [u / 7 + 1]])
    assert generic.coefficient_matrix(1, array).tolist() == [[3, 0, 21], [0, 7 * big, 0]]
    polynomial = generic.generic_polynomial(1, 2)
    a01, a10 = polynomial.parent().base_ring().gens()
    assert generic.coefficient_equations(polynomial, array) == [a01 / 7, QQ((big, 3)) * a10, a01]


def test_equations_of_a_number_and_of_known_coefficients():
    ring = PolynomialRing(ZZ, 2, "x1,x2")
    x1, x2 = ring.gens()
    array = np.array([[x2], [x1]])
    assert generic.coefficient_equations(0, array) == []
    assert generic.coefficient_equations(x1**2 - x2**2, array) == []
    assert generic.coefficient_equations(x1**2, array) == [2]
    univariate = PolynomialRing(ZZ, "x1")
    assert generic.coefficient_equations(univariate.gen()**2, np.array([[univariate.gen()]])) == [2]


def test_many_coefficients_need_neither_time_nor_deep_recursion():
    start = time.perf_counter()
    _, array = vector_fields_for_q_layer_LNN_momentum([3, 3, 3, 3], 0)
    polynomial = generic.generic_polynomial(2, 55)
    assert len(polynomial.dict()) == 1540
    equations = generic.coefficient_equations(polynomial, array)
    table = generic.coefficient_matrix(2, array)
    assert table.shape == (1540, len(equations))
    unknowns = polynomial.parent().base_ring().gens()
    for number in range(0, len(equations), 1001):
        column = table[:, number]
        assert equations[number] == sum(column[i] * unknowns[i] for i in np.flatnonzero(column))
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("call, error, words", [
    (lambda: generic.homogeneous_exponents(-1, 2), ValueError, "k: got -1"),
    (lambda: generic.homogeneous_exponents(2, -1), ValueError, "D: got -1"),
    (lambda: generic.homogeneous_exponents(1.5, 2), TypeError, "k: got 1.5"),
    (lambda: generic.homogeneous_exponents(True, 2), TypeError, "k: got True"),
    (lambda: generic.homogeneous_exponents(2, "3"), TypeError, "D: got '3'"),
    (lambda: generic.homogeneous_exponents(50, 50), ValueError,
     "more than 10.28 monomials.*degree 4$"),
    (lambda: generic.homogeneous_exponents(10**9, 10**6), ValueError, "more than 10"),
    (lambda: generic.homogeneous_exponents(0, 10**9), ValueError, "D: got 1,000,000,000"),
    (lambda: generic.coefficient_rings(0, 10**7), ValueError, "D: got 10,000,000"),
    (lambda: generic.all_exponents(50, 50, False), ValueError, "up to degree 50 in 50 variables"),
    (lambda: generic.coefficient_name([1, -2]), ValueError, "exponents: got -2"),
    (lambda: generic.coefficient_name([1, 0.5]), TypeError, "exponents: got 0.5"),
    (lambda: generic.coefficient_rings(3, 60), ValueError, "37,820 monomials.*degree 2$"),
    (lambda: generic.coefficient_matrix(9, build_vector_fields(30, 1, 1)), ValueError,
     "monomials; at most 100,000 fit"),
    (lambda: generic.coefficient_equations(generic.generic_polynomial(1, 3),
                                           build_vector_fields(2, 1, 1)), ValueError,
     "polynomial: got one in 3 variables; the fields have 2"),
])
def test_bad_input_is_named_at_once(call, error, words):
    start = time.perf_counter()
    with pytest.raises(error, match=words):
        call()
    assert time.perf_counter() - start < 5

"""The published notebooks' names: what they return, what they refuse, what they leave alone."""

import inspect
import itertools
import random
import time
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, SR, ZZ, Integer, PolynomialRing, matrix, vector
from sage.misc.randstate import seed as sage_seed

from sage_conslaw import published as notebook

import reference

SIGNATURES = {
    "list_to_str": "(l)",
    "get_homogeneous_exponents": "(k, D)",
    "ring": "(k, D, general=False)",
    "create_generic_homogeneous_polynomial": "(k, D)",
    "create_generic_polynomial": "(k, D)",
    "get_coef_equations": "(P, Vector_fields)",
    "build_matrix": "(k, Vector_fields, general=False)",
    "solve": "(k, Vector_fields, get_list_of_all_conserved_polynomial=False, general=False)",
    "vector_fields_for_q_layer_LNN": "(list_dim)",
    "vector_fields_for_q_layer_LNN_momentum": "(list_dim, tau)",
    "vector_fields_for_q_layer_LNN_Nesterov": "(list_dim)",
    "vector_fields_ReLU_q_layers": "(list_dim, bias=False)",
    "vector_fields_ReLU_q_layers_momentum": "(list_dim, tau, bias=False)",
    "vector_fields_ReLU_q_layers_Nesterov": "(list_dim, bias=False)",
    "NMF": "(n1, n2, n3)",
    "NMF_momentum": "(n1, n2, n3, tau)",
    "ICNN": "(n1, n2, n3, bias=False)",
    "ICNN_momentum": "(n1, n2, n3, tau, bias=False)",
    "lie_bracket": "(Vec1, Vec2, D)",
    "dim_trace_lie_algebra": "(Vector_fields, verbose=0, n_known_functions=0, fast=True)",
    "build_vector_fields": "(D, d, m, seed=0)",
    "particular_vf": "(D)",
    "known_conserved_functions_linear": "(list_dim)",
    "known_conserved_functions_ReLU": "(list_dim)",
}


def test_names_and_signatures():
    namespace = {}
    exec("from sage_conslaw.published import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(SIGNATURES)
    assert sorted(notebook.__all__) == sorted(SIGNATURES)
    for name, signature in SIGNATURES.items():
        assert str(inspect.signature(namespace[name])) == signature
        assert inspect.getdoc(namespace[name])


def test_laws_are_listed_with_their_number():
    fields = notebook.particular_vf(3)
    assert notebook.solve(2, fields) == 2
    laws, number = notebook.solve(2, fields, True)
    assert number == len(laws) == 2
    for k in (0, 1, 3):
        assert notebook.solve(k, fields) == 0
        assert notebook.solve(k, fields, get_list_of_all_conserved_polynomial=True) == ([], 0)
        assert notebook.solve(min(k, 1), fields, True, True) == ([], 0)
    assert notebook.solve(4, fields, True)[1] == 2 and len(notebook.solve(4, fields, True)[0]) == 3
    assert type(notebook.solve(2, fields)) is int and type(number) is int


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("made", [
    lambda: notebook.NMF(2, 2, 1), lambda: notebook.ICNN(2, 1, 1, True),
    lambda: notebook.vector_fields_for_q_layer_LNN_momentum([1, 2, 1], True),
    lambda: notebook.vector_fields_ReLU_q_layers([2, 2, 1], True),
    lambda: (3, notebook.build_vector_fields(3, 1, 2)),
])
def test_counts_are_those_of_the_plain_algorithm(made, general):
    D, array = made()
    fields = [list(column) for column in array.T]
    assert notebook.dim_trace_lie_algebra(array) == reference.trace_dimension(fields)
    for k in (1, 2):
        laws, number = notebook.solve(k, array, True, general)
        expected = reference.polynomial_laws(fields, k, homogeneous=not general)
        assert number == reference.number_of_independent(expected)
        assert len(laws) == len(expected)
        assert reference.coefficient_rank(laws + expected) == len(laws)
        table = notebook.build_matrix(k, array, general)
        assert matrix(ZZ, table).left_kernel().dimension() == len(laws) + general


def test_arguments_that_saved_time_once_do_not_make_answers_wrong(capsys):
    D, array = notebook.vector_fields_for_q_layer_LNN_momentum([2, 2, 2, 1], 0)
    expected = D - 2
    for known, fast in itertools.product((0, 1, 2, 5, D, None), (True, False)):
        found = notebook.dim_trace_lie_algebra(array, n_known_functions=known, fast=fast)
        assert found == expected and type(found) is int
    assert capsys.readouterr().out == ""
    assert notebook.dim_trace_lie_algebra(array, 2) == expected
    assert "dimension 19, at most 2 independent laws" in capsys.readouterr().out


@pytest.mark.parametrize("D, seed", [(1, 0), (2, 1), (3, 2)])
def test_bracket_has_the_published_sign(D, seed):
    array = notebook.build_vector_fields(D, 2, 3, seed=seed)
    first, second = array.T
    gens = first[0].parent().gens()
    expected = [sum(a.derivative(x) * g - b.derivative(x) * f
                    for x, f, g in zip(gens, first, second)) for a, b in zip(first, second)]
    for one, two in ((first, second), (list(first), vector(second)),
                     (array[:, :1], tuple(second))):
        found = notebook.lie_bracket(one, two, D)
        assert found.dtype == object and found.shape == (D,) and list(found) == expected
    assert list(notebook.lie_bracket([0] * D, second, D)) == [0] * D


def test_arrays_from_the_user():
    ring = PolynomialRing(QQ, 3, "u,v,w")
    u, v, w = ring.gens()
    expected = notebook.solve(2, notebook.particular_vf(3)), 1
    column = [v * w, u * w, u * v]
    for array in (
        [[p] for p in column],
        tuple((p / 2, 0) for p in column),
        np.array([[p, np.int64(0)] for p in column], dtype=object),
        [[p, SR(0)] for p in column],
        matrix(ring, [[p] for p in column]),
        [[p, QQ(0), Fraction(0)] for p in column],
    ):
        assert (notebook.solve(2, array), notebook.dim_trace_lie_algebra(array)) == expected
        assert notebook.build_matrix(2, array).shape[0] == 6
    assert notebook.solve(1, [[1], [2]], True)[1] == 1
    univariate = PolynomialRing(ZZ, "x1")
    assert notebook.dim_trace_lie_algebra([[univariate.gen()**2]]) == 1
    assert notebook.solve(3, [[univariate.gen()**2]], True) == ([], 0)


def known_by_brute_force(widths):
    """Return the exact rank over QQ of the gradients of the known functions."""
    shapes = list(zip(widths, widths[1:]))
    n = sum(a * b for a, b in shapes)
    ring = PolynomialRing(QQ, n, "x")
    gens = iter(ring.gens())
    tables = [matrix(ring, a, b, [next(gens) for _ in range(a * b)]) for a, b in shapes]
    functions = []
    for a, b in zip(tables, tables[1:]):
        functions += (a.transpose() * a - b * b.transpose()).list()
    return reference.number_of_independent(functions)


@pytest.mark.parametrize("widths", [[2, 3], [1, 1, 1], [1, 3, 1], [3, 1, 2], [2, 2, 2],
                                    [1, 3, 1, 3], [2, 4, 1, 2], [1, 2, 3, 1], [3, 2, 3, 2]])
def test_known_functions(widths):
    for kind in (list, np.array):
        found = notebook.known_conserved_functions_linear(kind(widths))
        assert found == known_by_brute_force(widths) and type(found) is int
        found = notebook.known_conserved_functions_ReLU(kind(widths))
        assert found == sum(widths[1:-1]) and type(found) is int


def test_random_and_particular_fields():
    assert notebook.particular_vf(1).tolist() == [[1]]
    array = notebook.build_vector_fields(np.int64(4), Integer(3), 2)
    assert array.shape == (4, 3) and array.dtype == object
    assert all(p.degree() <= 2 and p.parent().base_ring() is ZZ for p in array.ravel())
    assert (array == notebook.build_vector_fields(4, 3, 2, seed=0)).all()
    assert (array != notebook.build_vector_fields(4, 3, 2, seed=1)).any()
    # in general, random fields have no polynomial laws, and two generate everything
    assert notebook.solve(3, array[:, :1], False, True) == 0
    assert notebook.dim_trace_lie_algebra(array) == 4
    assert all(p.is_constant() for p in notebook.build_vector_fields(3, 1, 0).ravel())


def test_no_random_state_is_touched():
    def draw():
        return ZZ.random_element(2**200)

    with sage_seed(31):
        expected = draw()
    numpy_state, python_state = np.random.get_state(), random.getstate()
    with sage_seed(31):
        D, array = notebook.vector_fields_for_q_layer_LNN_momentum([2, 2, 1], 0)
        notebook.dim_trace_lie_algebra(array)
        notebook.solve(2, array, True)
        notebook.build_matrix(2, array)
        notebook.build_vector_fields(3, 2, 2)
        notebook.known_conserved_functions_linear([2, 2, 2])
        notebook.create_generic_polynomial(2, 3)
        assert draw() == expected
    assert random.getstate() == python_state
    for before, after in zip(numpy_state, np.random.get_state()):
        assert np.array_equal(before, after)


def test_large_cases_take_seconds():
    start = time.perf_counter()
    D, array = notebook.vector_fields_for_q_layer_LNN_momentum([3, 3, 3, 3], 0)
    assert (D, notebook.solve(2, array), D - notebook.dim_trace_lie_algebra(array)) == (55, 6, 6)
    notebook.build_matrix(2, notebook.vector_fields_for_q_layer_LNN_momentum([3, 3, 2], 0)[1])
    assert time.perf_counter() - start < 20


R = PolynomialRing(ZZ, 2, "x1,x2")


@pytest.mark.parametrize("call, error, words", [
    (lambda: notebook.vector_fields_for_q_layer_LNN([]), ValueError, r"list_dim: got \[\]"),
    (lambda: notebook.vector_fields_for_q_layer_LNN([3]), ValueError, r"list_dim: got \[3\]"),
    (lambda: notebook.vector_fields_for_q_layer_LNN([3, -1]), ValueError, r"list_dim\[1\]: got -1"),
    (lambda: notebook.vector_fields_for_q_layer_LNN([3, 1.5]), TypeError,
     r"list_dim\[1\]: got 1.5"),
    (lambda: notebook.vector_fields_for_q_layer_LNN(3), TypeError, "list_dim: got 3"),
    (lambda: notebook.vector_fields_for_q_layer_LNN("32"), TypeError, "list_dim: got '32'"),
    (lambda: notebook.vector_fields_for_q_layer_LNN([10**9, 10**9]), ValueError, "parameters"),
    (lambda: notebook.vector_fields_for_q_layer_LNN_momentum([2, 2], -1), ValueError,
     "tau: got -1"),
    (lambda: notebook.vector_fields_for_q_layer_LNN_momentum([2, 2], 0.5), TypeError,
     "tau: got 0.5"),
    (lambda: notebook.NMF_momentum(1, 1, 1, "3/t"), TypeError, "tau: got '3/t'"),
    (lambda: notebook.vector_fields_ReLU_q_layers([2, 2], 7), TypeError, "bias: got 7"),
    (lambda: notebook.NMF(2, 0, 2), ValueError, "n2: got 0"),
    (lambda: notebook.ICNN(2, 2, 1.0), TypeError, "n3: got 1.0"),
    (lambda: notebook.ICNN(2, 2, 2, "yes"), TypeError, "bias: got 'yes'"),
    (lambda: notebook.known_conserved_functions_linear([2, 0, 2]), ValueError, r"list_dim\[1\]"),
    (lambda: notebook.known_conserved_functions_linear([900, 900, 900]), ValueError,
     "list_dim: got .900, 900, 900., with 405,450 known functions"),
    (lambda: notebook.particular_vf(0), ValueError, "D: got 0"),
    (lambda: notebook.particular_vf(10**6), ValueError, "D: got 1000000"),
    (lambda: notebook.build_vector_fields(2, 2, -1), ValueError, "m: got -1"),
    (lambda: notebook.build_vector_fields(2, 0, 1), ValueError, "d: got 0"),
    (lambda: notebook.build_vector_fields(2, 1, 1, seed="now"), TypeError, "seed: got 'now'"),
    (lambda: notebook.solve(-1, [[R.gen(0)], [R.gen(1)]]), ValueError, "k: got -1"),
    (lambda: notebook.solve(1.5, [[R.gen(0)], [R.gen(1)]]), TypeError, "k: got 1.5"),
    (lambda: notebook.solve(2, [[R.gen(0)], [R.gen(1)]], general=3), TypeError, "general: got 3"),
    (lambda: notebook.solve(2, [[R.gen(0)]]), ValueError, "Vector_fields: "),
    (lambda: notebook.solve(2, [R.gen(0), R.gen(1)]), ValueError, "Vector_fields: .* two axes"),
    (lambda: notebook.solve(2, np.zeros((2, 0), dtype=object)), ValueError, "Vector_fields: "),
    (lambda: notebook.solve(2, np.zeros((2, 2))), TypeError, "Vector_fields: "),
    (lambda: notebook.solve(2, [[R.gen(0)], [0.5]]), TypeError, "Vector_fields: .*0.5"),
    (lambda: notebook.solve(2, [["x1"], ["x2"]]), TypeError, "Vector_fields: .*x1"),
    (lambda: notebook.solve(2, [[SR.var("x1")], [1]]), TypeError, "Vector_fields: .*x1"),
    (lambda: notebook.solve(2, [[R.gen(0)], [PolynomialRing(ZZ, 2, "y").gen(0)]]), ValueError,
     "Vector_fields: "),
    (lambda: notebook.solve(2, None), ValueError, "Vector_fields: "),
    (lambda: notebook.dim_trace_lie_algebra([[True], [False]]), TypeError, "Vector_fields: "),
    (lambda: notebook.lie_bracket([R.gen(0)], R.gens(), 2), ValueError, "Vec1: got 1 entries"),
    (lambda: notebook.lie_bracket(R.gens(), 5, 2), TypeError, "Vec2: got 5"),
    (lambda: notebook.lie_bracket(R.gens(), ["a", "b"], 2), TypeError, "Vec1, Vec2: "),
])
def test_bad_input_is_named_at_once(call, error, words):
    start = time.perf_counter()
    with pytest.raises(error, match=words):
        call()
    assert time.perf_counter() - start < 5

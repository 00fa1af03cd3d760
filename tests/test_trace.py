"""Functions that are traced against NumPy, on arrays of integers."""

import itertools
import math
import operator
import warnings
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, RDF, RR, ZZ, matrix, vector

from sage_conslaw import Network
from sage_conslaw.functions import absolute, leaky_relu, relu
from sage_conslaw.interpreters.ring_elements import evaluate
from sage_conslaw.program.constants import RoundedFraction
from sage_conslaw.program.tracer import Tracer

SHAPES = {"U": (2, 3), "V": (3, 2), "W": (2, 3, 4), "x": (3,), "y": (2,), "a": (), "S": (3, 3)}


def drawn(shapes, seed=0):
    generator = np.random.Generator(np.random.PCG64(seed))
    return {name: generator.integers(-9, 10, size=shape) if shape
            else np.array(generator.integers(1, 10)) for name, shape in shapes.items()}


def traced_values(function, shapes=SHAPES, seed=0):
    """Return the values of what a function returns when it is traced, and what NumPy says."""
    arrays = drawn(shapes, seed)
    names = function.__code__.co_varnames[:function.__code__.co_argcount]
    network = Network(function, {n: shapes[n] for n in names})
    program = network.program
    given = {k: arrays[program[k].detail] for k in program.numbers("parameter")}
    expected = function(**{n: arrays[n] for n in names})
    expected = list(expected) if isinstance(expected, (list, tuple)) else [expected]
    return evaluate(program, given), expected


def check(function, shapes=SHAPES):
    for seed in range(2):
        found, expected = traced_values(function, shapes, seed)
        assert len(found) == len(expected)
        for one, other in zip(found, expected):
            assert one.shape == np.shape(other)
            assert one.tolist() == np.asarray(other, dtype=object).tolist()


OPERATORS = [
    lambda U, V: U @ V, lambda U, x: U @ x, lambda x, V: x @ V, lambda x: x @ x,
    lambda W, V: V @ W[:, :, 0], lambda W: np.swapaxes(W, 1, 2) @ W,
    lambda W, S: S @ W, lambda W, x: x @ W, lambda W: W @ np.arange(4),
    lambda W: np.arange(8).reshape(2, 4) @ W.transpose(0, 2, 1),
    lambda W, S: (W[:, None, :, :1] * S)[:, 0] @ W, lambda x, W: np.matmul(x, W),
    lambda U, V: U + V.T, lambda U, x: U + x, lambda U, y: y[:, None] + U, lambda U, a: a + U,
    lambda U: U + 3, lambda U: 3 + U, lambda U, V: U - V.T, lambda U, x: x - U, lambda U: 1 - U,
    lambda U: U - np.array([1, 2, 3]), lambda U: np.array([[1], [2]]) - U, lambda U: -U,
    lambda U: +U, lambda U, x: U * x, lambda U, y: U * y[:, None], lambda U, a: a * U,
    lambda U: U * 2, lambda U: 2 * U, lambda U: np.array([1, 0, 2]) * U,
    lambda x, y: x * y[:, None],
    lambda W, x: W * x[:, None] * x[:, None], lambda W, U: W * U[..., None], lambda U: U**2,
    lambda U: U**0, lambda U: U**1, lambda U: U**7, lambda U: U**np.int64(3), lambda U: U**2.0,
    lambda U: U**np.array(2), lambda U: U**ZZ(2), lambda U: U**(QQ(6) / 3),
    lambda U: np.power(U, 3), lambda U: np.square(U), lambda U: U[:0] + 1,
    lambda a: a * a + a, lambda a, x: np.multiply(a, x), lambda U: np.add(U, U),
    lambda U: np.subtract(U, 1), lambda U: np.negative(U), lambda U: np.positive(U),
    lambda U: np.conjugate(U), lambda U, x: sum([U, x, 1]), lambda U: sum(U), lambda U: [*U],
    lambda x: x[0] * x[1] - x[2], lambda U, V, S: (U @ S @ V, S @ S @ S),
    lambda S: S * S.T, lambda S: S * 0, lambda S: S * 0 + 1, lambda x: np.stack([x, x]) * x,
]

REARRANGEMENTS = [
    lambda U: U.T, lambda W: W.T, lambda W: W.transpose(1, 2, 0), lambda W: W.transpose((2, 0, 1)),
    lambda W: W.transpose(), lambda W: np.transpose(W, (1, 0, 2)),
    lambda W: np.transpose(W, axes=(0, 2, 1)), lambda U: U.reshape(6), lambda U: U.reshape(3, 2),
    lambda U: U.reshape((-1, 1)), lambda U: U.reshape(3, 2, order="F"), lambda x: x[:1].reshape(()),
    lambda U: np.reshape(U, (1, 6)), lambda U: np.ravel(U), lambda U: U.ravel(order="F"),
    lambda U: U.flatten(), lambda U: U[None].squeeze(), lambda U: U[:, None].squeeze(1),
    lambda U: np.squeeze(U[:1], axis=0), lambda U: np.expand_dims(U, (0, 2)),
    lambda W: W.swapaxes(0, 2), lambda W: np.moveaxis(W, 0, -1), lambda W: np.rollaxis(W, 2),
    lambda x: np.broadcast_to(x, (2, 3)), lambda U: np.flip(U), lambda U: np.flip(U, 1),
    lambda U: np.fliplr(U), lambda U: np.flipud(U), lambda U: np.rot90(U), lambda U: np.rot90(U, 3),
    lambda x: np.roll(x, 1), lambda U: np.roll(U, -1, axis=1), lambda U: np.repeat(U, 2),
    lambda U: U.repeat([1, 2, 0], axis=1), lambda U: np.tile(U, (2, 1, 2)),
    lambda U: np.take(U, [0, -1]), lambda U: U.take([[0, 2], [1, 1]], axis=1),
    lambda S: np.diagonal(S), lambda W: W.diagonal(1, 1, 2), lambda S: np.diag(S),
    lambda x: np.diag(x), lambda x: np.diag(x, -1), lambda x: np.diagflat(x), lambda S: np.tril(S),
    lambda S: np.triu(S, 1), lambda W: np.tril(W, -1), lambda a: np.atleast_1d(a),
    lambda x: np.atleast_2d(x), lambda x: np.atleast_3d(x), lambda U: np.split(U, 3, axis=1),
    lambda U: np.array_split(U, 2, axis=1), lambda W: np.hsplit(W, [1]), lambda U: np.vsplit(U, 2),
    lambda W: np.dsplit(W, 2), lambda U: np.copy(U), lambda U: U.copy(),
    lambda U: np.delete(U, 1, axis=1), lambda U: np.resize(U, (4, 2)), lambda U: np.real(U),
    lambda U: U.conj(), lambda U, V: np.concatenate([U, V.T]), lambda U: np.concatenate([U, U], 1),
    lambda U, x: np.concatenate([U, x], axis=None), lambda U, x: np.concatenate([U, x[None]]),
    lambda x, y: np.concatenate((x, y, [1, 2])), lambda x: np.concatenate([[0], x]),
    lambda U: np.concatenate(U), lambda x: np.stack([x, x * 2, np.arange(3)], axis=1),
    lambda x: np.stack([x[0], x[1]]), lambda x, U: np.vstack([x, U]),
    lambda x, y: np.hstack([x, y]),
    lambda U: np.dstack([U, U]), lambda x: np.column_stack([x, x]),
    lambda U: np.pad(U, 1), lambda U: np.pad(U, ((0, 1), (2, 0))),
    lambda x: np.pad(x, 2, mode="wrap"),
    lambda x: np.pad(x, 2, mode="reflect"), lambda U: np.pad(U, 1, mode="edge"),
    lambda U: np.pad(U, 1, mode="symmetric"), lambda x: np.pad(x, 1, mode="constant"),
    lambda x: np.pad(x, 1, constant_values=0), lambda U, V: np.where([True, False, True], U, V.T),
    lambda U: np.where(np.eye(2, 3), U, 0), lambda x: np.where([[1], [0]], x, -x),
    lambda x: np.where(True, x, 5), lambda U: np.zeros_like(U) + U,
    lambda U: np.ones_like(U) * U[0],
    lambda U: np.zeros_like(U, shape=4) + U[0, 0], lambda U: np.ones_like(U, dtype=int) - U,
]

INDICES = [
    lambda U: U[0], lambda U: U[-1, 1], lambda U: U[:, 1], lambda U: U[..., ::-1], lambda U: U[1:],
    lambda U: U[5:], lambda U: U[None, :, None], lambda U: U[[0, 1, 1]], lambda U: U[:, [2, 0]],
    lambda W: W[[0, 1], [2, 0]], lambda W: W[:, [[0], [1]], [1, 2]], lambda W: W[0, ..., -1],
    lambda U: U[np.array([[True, False, True], [False, True, False]])], lambda x: x[x.shape[0] - 1],
    lambda U: U[np.array([True, False])], lambda U: U[np.int64(1)], lambda U: U[()],
    lambda U: U[ZZ(1), ZZ(0)], lambda U: U[np.ix_([1, 0], [0, 2])], lambda W: W[..., None, 1],
    lambda a: a[()], lambda a: a[None], lambda U: U[True],
    lambda x: x[np.arange(6).reshape(2, 3) % 3],
]

SUMS = [
    lambda U: U.sum(), lambda U: np.sum(U), lambda U: U.sum(0), lambda U: U.sum(axis=-1),
    lambda W: W.sum((0, 2)), lambda W: np.sum(W, axis=(1, -1), keepdims=True),
    lambda U: U.sum(axis=1, keepdims=True), lambda a: a.sum(), lambda U: np.add.reduce(U),
    lambda U: np.add.reduce(U, axis=1), lambda U: np.add.reduce(U, axis=None),
    lambda a: np.add.reduce(a), lambda W: np.add.reduce(W, axis=(0, 2), keepdims=True),
    lambda U: U.prod(), lambda U: np.prod(U, axis=0),
    lambda W: W.prod(axis=(0, 2)), lambda U: np.prod(U[:, :0], axis=1),
    lambda U: U[:0].prod(axis=1),
    lambda S: np.trace(S), lambda S: S.trace(1), lambda W: np.trace(W, axis1=1, axis2=2),
    lambda x: np.cumsum(x), lambda U: U.cumsum(), lambda U: np.cumsum(U, axis=1),
    lambda W: W.cumsum(-2), lambda U: U[:, :0].sum(1),
]

PRODUCTS = [
    lambda x, y: np.outer(x, y), lambda U, x: np.outer(U, x), lambda U, V: np.dot(U, V),
    lambda U, x: U.dot(x), lambda x: np.dot(x, x), lambda a, U: np.dot(a, U),
    lambda W, U: np.dot(U, W), lambda x, W: np.dot(x, W), lambda W, V: np.inner(W[:, :, 0], V.T),
    lambda x, U: np.inner(x, U), lambda a, U: np.inner(a, U), lambda U, V: np.vdot(U, V.T),
    lambda U, V: np.tensordot(U, V, 1), lambda U, V: np.tensordot(U, V.T),
    lambda x, y: np.tensordot(x, y, 0), lambda W, U: np.tensordot(W, U, axes=([0, 1], [0, 1])),
    lambda W, S: np.tensordot(W, S, axes=(1, 0)),
    lambda W, S: np.tensordot(W, S, axes=([-2], [-1])),
    lambda U: np.tensordot(np.arange(4).reshape(2, 2), U, axes=(1, 0)),
    lambda U, V: np.einsum("ij,jk->ik", U, V), lambda U, V: np.einsum("ij,jk", U, V),
    lambda U, V: np.einsum("ij, ji ->", U, V), lambda S: np.einsum("ii", S),
    lambda S: np.einsum("ii->i", S), lambda S: np.einsum("ij->ji", S), lambda S: np.einsum("ji", S),
    lambda S: np.einsum("ij->j", S), lambda S, x: np.einsum("ii,i->i", S, x),
    lambda S, x: np.einsum("ii,j->ij", S, x), lambda x, y: np.einsum("i,j->ji", x, y),
    lambda W: np.einsum("ijk->ki", W), lambda W, U, x: np.einsum("ijk,ij,j->k", W, U, x),
    lambda U, V, S: np.einsum("ij,jk,kl", U, S, V), lambda U, V: np.einsum("ij,kl->", U, V),
    lambda U, a: np.einsum(",ij->ij", a, U), lambda a: np.einsum(",->", a, a),
    lambda U, V: np.einsum("iJ,Ji", U, V), lambda U: np.einsum("ij,ij->i", U, U),
    lambda U: np.einsum("ij,kj->ik", U, np.arange(6).reshape(2, 3)),
    lambda U, V: np.einsum("ij,jk->ik", U, V, optimize=True),
    lambda S: np.einsum("ij,jk,kl,lm->im", S, S, S, S),
    lambda W: np.einsum("abc,abc,abc->b", W, W, W),
    lambda S: np.einsum("ii,jj->", S, S), lambda x: np.einsum("i->", x),
    lambda x: np.einsum("i->i", x),
]

ASKED = [
    lambda U: U * len(U), lambda U: U * U.shape[1], lambda U: U * U.ndim, lambda U: U * U.size,
    lambda U: U * np.shape(U)[0], lambda U: U * np.ndim(U), lambda U: U * np.size(U, 1),
    lambda U: {"first": U[0], "second": [U[1], (U[0] * 2,)]}["second"][0],
    lambda U: [u * k for k, u in enumerate(U)],
]


@pytest.mark.parametrize("functions", [OPERATORS, REARRANGEMENTS, INDICES, SUMS, PRODUCTS, ASKED],
                         ids="operators rearrangements indices sums products asked".split())
def test_functions_of_numpy(functions):
    for function in functions:
        check(function)


def test_all_that_is_supported_is_tested():
    # what the tables have, as the functions above name it
    names = set()
    for function in OPERATORS + REARRANGEMENTS + INDICES + SUMS + PRODUCTS + ASKED:
        names.update(function.__code__.co_names)
    elsewhere = {"true_divide", "divide", "float_power", "reciprocal", "absolute", "maximum",
                 "minimum", "mean", "matmul", "conj",
                 # not rational: see test_functions
                 "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sinh", "cosh", "logaddexp", "var",
                 "std"}
    for table in (Tracer.functions, Tracer.ufuncs):
        for function in table:
            assert function.__name__ in names | elsewhere
    assert set(Tracer.methods) <= names | elsewhere


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((1,), (2, 2)),
                                    ((3, 1, 2), (2, 1)), ((1, 1), (1,)), ((2, 1, 3), (2, 4, 1)),
                                    ((1, 2), (3, 1, 1))])
def test_broadcasting(shapes):
    names = {"p": shapes[0], "q": shapes[1]}
    for f in (operator.add, operator.sub, operator.mul):
        check(lambda p, q: f(p, q), names)
        check(lambda p, q: f(q, p), names)
    found, _ = traced_values(lambda p, q: p / (q * q + 1), names)
    arrays = drawn(names)
    expected = arrays["p"] * np.vectorize(lambda z: Fraction(1, z * z + 1), [object])(arrays["q"])
    assert found[0].tolist() == expected.tolist()


def test_division_and_means_are_exact():
    network = Network(lambda x: [x / 3, x.mean(), x / (x * x + 1), np.true_divide(1, x * x + 1),
                                 (x * x + 1)**-2, np.reciprocal(x * x + 1)], {"x": (3,)})
    x = [int(k) for k in drawn({"x": (3,)})["x"]]
    found = evaluate(network.program, {0: x})
    assert found[0].tolist() == [Fraction(k, 3) for k in x]
    assert found[1].item() == Fraction(sum(x), 3)
    assert found[2].tolist() == [Fraction(k, k * k + 1) for k in x]
    assert found[3].tolist() == found[5].tolist() == [Fraction(1, k * k + 1) for k in x]
    assert found[4].tolist() == [Fraction(1, (k * k + 1)**2) for k in x]
    network = Network(lambda U: [np.mean(U, axis=0), U.mean(axis=1, keepdims=True),
                                 np.float_power(U, 2)], {"U": (2, 3)})
    U = drawn(SHAPES)["U"]
    found = evaluate(network.program, {0: U})
    assert found[0].tolist() == [Fraction(int(c), 2) for c in U.sum(axis=0)]
    assert found[1].tolist() == [[Fraction(int(c), 3)] for c in U.sum(axis=1)]
    assert found[2].tolist() == (U * U).tolist()


# --- constants ---

A = [[1, 2, 0], [0, -1, 3]]
CONSTANTS = {
    "int": 7, "bool": True, "Fraction": Fraction(2, 3), "Integer": ZZ(5), "Rational": QQ(2) / 3,
    "float": 0.5, "numpy int": np.int64(3), "numpy float": np.float64(-0.25), "RDF": RDF(0.5),
    "float32": np.float32(0.5), "RR": RR(0.75), "list": A, "tuple": tuple(map(tuple, A)),
    "int array": np.array(A), "float array": np.array(A, dtype=float) / 4,
    "float32 array": np.array(A, dtype=np.float32) / 4, "matrix": matrix(QQ, A) / 3,
    "object array": np.array([[Fraction(1, 3)] * 3] * 2, dtype=object),
    "vector": vector(ZZ, [1, 2, 3]),
    "mixed": [[QQ(1) / 3, 0.5, 1], [Fraction(1, 7), ZZ(2), np.int8(3)]], "0-d": np.array(4),
}


def exact(value):
    """Return a constant as an array of fractions, read by hand."""
    def one(x):
        if isinstance(x, (int, float, np.generic, Fraction)):
            return Fraction(x.item() if isinstance(x, np.generic) else x)
        x = QQ(x)
        return Fraction(int(x.numerator()), int(x.denominator()))

    if hasattr(value, "nrows"):
        value = [list(row) for row in value.rows()]
    elif hasattr(value, "dot_product"):
        value = list(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return np.array([exact(x) for x in value], dtype=object)
    return np.array(one(value), dtype=object)


@pytest.mark.parametrize("kind", CONSTANTS)
def test_constants_on_both_sides(kind):
    value, numbers = CONSTANTS[kind], exact(CONSTANTS[kind])
    U = np.vectorize(Fraction, [object])(drawn({"U": (2, 3)})["U"])
    cases = [(operator.add, operator.add), (operator.sub, operator.sub)]
    if not hasattr(value, "nrows"):
        cases += [(operator.mul, operator.mul)]
    if np.all(numbers != 0):
        cases += [(operator.truediv, operator.truediv)] if not hasattr(value, "nrows") else []
    if numbers.ndim == 2:
        cases += [(operator.matmul, lambda a, b: np.dot(a, b.T) if a.shape == b.shape else a @ b)]
    for traced, by_hand in cases:
        for left in (True, False):
            def function(U):
                if traced is operator.matmul:
                    return value @ U.T if left else U.T @ value
                return traced(value, U) if left else traced(U, value)

            if traced is operator.truediv and left and not U.all():
                continue
            found = evaluate(Network(function, {"U": (2, 3)}).program, {0: U})[0]
            if traced is operator.matmul:
                expected = numbers @ U.T if left else U.T @ numbers
            else:
                expected = by_hand(numbers, U) if left else by_hand(U, numbers)
            assert found.tolist() == expected.tolist()


def test_matrices_of_sage_are_not_multiplied_entry_by_entry():
    # nor by a sign that means something else for matrices
    M = matrix(QQ, [[1, 2], [3, 4]])
    for function, sign in [(lambda S: M * S, "*"), (lambda S: S * M, "*"), (lambda S: S / M, "/"),
                           (lambda S: M / S, "/")]:
        with pytest.raises(TypeError, match=f"^\\{sign} of a matrix of Sage and an array of shape "
                           r"\(2, 2\): .* write @"):
            Network(function, {"S": (2, 2)})


def test_a_warning_where_a_small_fraction_rounds_to_a_float():
    for value, near in [(1 / 3, "1/3"), (0.1, "1/10"), (np.float32(0.1), "1/10"),
                        (np.array([0.5, 0.7]), "7/10"), (RR(0.3), "3/10"),
                        (np.array([0.1], dtype=np.float32), "1/10")]:
        with pytest.warns(RoundedFraction, match=f"binary fraction it is, .*, and not as {near}"):
            Network(lambda U: U * value, {"U": (2,)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in (0.5, -2.25, 1e300, 2.0**-60, np.float32(0.5), math.pi, float(np.float32(0.1)),
                      np.array([0.25, 3.0]), RDF(1.5)):
            Network(lambda U: U * value, {"U": (2,)})


@pytest.mark.parametrize("value, shown", [
    (float("nan"), "nan"), (float("inf"), "inf"), (1j, "1j"), (np.complex128(1), "1"), ("2", "'2'"),
    (None, "None"), (itertools.count(), "count"), ({}, "{}"), ([1, "x"], "'x'"), (b"1", "b'1'"),
    (np.array([1.0, np.inf]), "inf"), (np.array(["1"]), "'1'"), (ZZ["t"].gen(), "t"),
    (object(), "object"), ((x for x in [1]), "generator"),
])
def test_constants_that_are_no_numbers(value, shown):
    with pytest.raises((TypeError, ValueError)) as error:
        Network(lambda U: U + value, {"U": (2,)})
    text = str(error.value)
    assert shown in text and text.endswith(
        "expected integers, fractions, rationals of Sage, or finite floats")


def test_rows_of_constants_have_one_length():
    with pytest.raises(ValueError, match="constant: got .*, expected rows of one length"):
        Network(lambda U: U + [[1, 2], [3]], {"U": (2, 2)})


def test_gates_are_functions_of_numpy_too():
    inputs = {"x": (3,)}
    networks = [
        [lambda x, U: relu(U @ x), lambda x, U: np.maximum(U @ x, 0),
         lambda x, U: np.maximum(0, U @ x), lambda x, U: np.maximum(U @ x, np.zeros(2)),
         lambda x, U: leaky_relu(U @ x, 0), lambda x, U: -np.minimum(-(U @ x), 0)],
        [lambda x, U: absolute(U @ x), lambda x, U: abs(U @ x), lambda x, U: np.abs(-(U @ x)),
         lambda x, U: leaky_relu(U @ x, -1)],
        [lambda x, U: np.minimum(U @ x, 0), lambda x, U: np.minimum(0, U @ x)],
    ]
    for same in networks:
        first, *others = [Network(function, {"U": (2, 3)}, inputs) for function in same]
        x, U = np.array([1, -2, 3]), np.array([[1, 2, 0], [-1, 1, 2]])
        for other in others:
            assert len(other.gates) == len(first.gates) == 1
            assert other(x=x, U=U).tolist() == first(x=x, U=U).tolist()
            assert gated(other, x, U) == gated(first, x, U)


def gated(network, x, U):
    """Return the values of a network for some gates."""
    program = network.program
    given = {program.numbers("parameter")[0]: U, program.numbers("control", "input")[0]: x}
    given.update({g.control: [Fraction(1, 3), 5] for g in network.gates})
    return evaluate(program, given)[0].tolist()

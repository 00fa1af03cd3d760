"""
The arrays of the published notebooks, from their formulas.

``phi`` is a function from the parameters to a list of polynomials in the order of the columns.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, ZZ, Integer, PolynomialRing, matrix

from sage_conslaw import published as notebook


def matrices(theta, shapes):
    """Cut the parameters into matrices, row by row."""
    theta = iter(theta)
    return [[[next(theta) for _ in range(m)] for _ in range(n)] for n, m in shapes]


def array_of(phi_of, parameters, mirror=(), damping=None):
    """Return D and the list of the columns; `damping` is None, a number or "Nesterov"."""
    momentum = damping is not None
    D = 2 * parameters + 1 if momentum else parameters
    ring = PolynomialRing(QQ, D, [f"x{i + 1}" for i in range(D)])
    gens = list(ring.gens())
    clock = gens.pop(0) if momentum else None
    theta, speed = gens[:parameters], gens[parameters:]
    columns = []
    for entry in phi_of(theta):
        metric = [ring.one()] * parameters
        for i in mirror:
            metric[i] = damping * theta[i] + speed[i] if momentum else theta[i]
        column = [m * entry.derivative(x) for m, x in zip(metric, theta)]
        columns.append([ring.zero()] * (D - parameters) + column)
    if momentum:
        one, rate = (clock, 3) if damping == "Nesterov" else (ring.one(), damping)
        first = clock if damping == "Nesterov" else rate * clock if rate else ring.one()
        columns.append([first] + [one * v for v in speed] + [-rate * v for v in speed])
    return D, columns


def linear_phi(widths):
    shapes = list(zip(widths, widths[1:]))

    def phi(theta):
        product = None
        for table in matrices(theta, shapes):
            table = matrix(table[0][0].parent(), table)
            product = table if product is None else product * table
        return product.list()
    return phi, sum(n * m for n, m in shapes)


def relu_phi(widths, bias):
    shapes = list(zip(widths, widths[1:]))
    weights = sum(n * m for n, m in shapes)

    def phi(theta):
        layers, rest = matrices(theta, shapes), list(theta[weights:])
        entries = []
        for depth in range(1, len(shapes)) if bias else ():
            ends, rest = rest[:widths[depth]], rest[widths[depth]:]
            for hidden in itertools.product(*map(range, widths[1:depth + 1])):
                for output in range(widths[0]):
                    path = (output,) + hidden
                    entry = ends[path[-1]]
                    for layer, (i, j) in enumerate(zip(path, path[1:])):
                        entry *= layers[layer][i][j]
                    entries.append(entry)
        for hidden in itertools.product(*map(range, widths[1:-1])):
            for output, source in itertools.product(range(widths[0]), range(widths[-1])):
                path = (output,) + hidden + (source,)
                entry = theta[0].parent().one()
                for layer, (i, j) in enumerate(zip(path, path[1:])):
                    entry *= layers[layer][i][j]
                entries.append(entry)
        return entries
    return phi, weights + (sum(widths[1:-1]) if bias else 0)


def nmf_phi(n1, n2, n3):
    def phi(theta):
        u, v = matrices(theta, [(n1, n2), (n2, n3)])
        return [sum(u[i][k] * v[k][j] for k in range(n2)) for j in range(n3) for i in range(n1)]
    return phi, n2 * (n1 + n3)


def icnn_phi(n1, n2, n3, bias):
    def phi(theta):
        u, v = matrices(theta, [(n1, n2), (n2, n3)])
        b = theta[n2 * (n1 + n3):]
        entries = []
        for k, i in itertools.product(range(n2), range(n1)):
            entries += [u[i][k] * b[k]] if bias else []
            entries += [u[i][k] * v[k][j] for j in range(n3)]
        return entries
    return phi, n2 * (n1 + n3 + bool(bias))


def assert_same_array(found, expected, base=ZZ):
    D, array = found
    number, columns = expected
    assert type(D) is int and D == number
    assert isinstance(array, np.ndarray) and array.dtype == object
    assert array.shape == (D, len(columns))
    ring = PolynomialRing(base, D, [f"x{i + 1}" for i in range(D)])
    assert all(entry.parent() is ring for entry in array.ravel())
    rationals = PolynomialRing(QQ, D, ring.variable_names())
    for column, wanted in zip(array.T, columns):
        assert [rationals(dict(p.dict())) for p in column] == wanted


RATES = [(0, 0), (1, 1), (True, 1), (False, 0), (np.int64(2), 2), (np.bool_(True), 1)]
WIDTHS = [[1, 1], [2, 3], [1, 2, 1], [2, 1, 3], [3, 2, 2], [2, 3, 1, 2]]


@pytest.mark.parametrize("widths", WIDTHS)
def test_linear_fields(widths):
    phi, n = linear_phi(widths)
    assert_same_array(notebook.vector_fields_for_q_layer_LNN(widths), array_of(phi, n))
    assert_same_array(notebook.vector_fields_for_q_layer_LNN_Nesterov(np.array(widths)),
                      array_of(phi, n, damping="Nesterov"))
    for tau, rate in RATES:
        assert_same_array(notebook.vector_fields_for_q_layer_LNN_momentum(widths, tau),
                          array_of(phi, n, damping=rate))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("widths", WIDTHS)
def test_relu_fields(widths, bias):
    phi, n = relu_phi(widths, bias)
    assert_same_array(notebook.vector_fields_ReLU_q_layers(widths, bias), array_of(phi, n))
    assert_same_array(notebook.vector_fields_ReLU_q_layers_Nesterov(widths, bias),
                      array_of(phi, n, damping="Nesterov"))
    for tau, rate in RATES:
        assert_same_array(
            notebook.vector_fields_ReLU_q_layers_momentum(widths, tau, bias),
            array_of(phi, n, damping=rate))


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 1, 3), (3, 2, 2), (1, 3, 2)])
def test_factorisation_fields(sizes):
    phi, n = nmf_phi(*sizes)
    assert_same_array(notebook.NMF(*sizes), array_of(phi, n, range(n)))
    for tau, rate in RATES:
        assert_same_array(notebook.NMF_momentum(*map(np.int64, sizes), tau),
                          array_of(phi, n, range(n), rate))


@pytest.mark.parametrize("bias", [False, True, 0, np.int64(1)])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 1, 3), (3, 2, 2)])
def test_convex_network_fields(sizes, bias):
    phi, n = icnn_phi(*sizes, bias)
    mirror = range(sizes[0] * sizes[1])
    assert_same_array(notebook.ICNN(*sizes, bias), array_of(phi, n, mirror))
    for tau, rate in RATES:
        assert_same_array(notebook.ICNN_momentum(*map(Integer, sizes), tau, bias),
                          array_of(phi, n, mirror, rate))


@pytest.mark.parametrize("tau", [QQ((1, 2)), Fraction(1, 2)])
def test_damping_that_is_no_integer(tau):
    phi, n = linear_phi([1, 2])
    assert_same_array(notebook.vector_fields_for_q_layer_LNN_momentum([1, 2], tau),
                      array_of(phi, n, damping=QQ((1, 2))), QQ)


def test_call_with_damping_and_bias_in_each_others_places():
    for bias in (False, True):
        published = notebook.vector_fields_ReLU_q_layers_momentum([2, 2, 1], bias, 0)
        phi, n = relu_phi([2, 2, 1], False)
        assert_same_array(published, array_of(phi, n, damping=int(bias)))
    found = notebook.vector_fields_ReLU_q_layers_momentum([2, 2, 1], True, np.int64(1))
    phi, n = relu_phi([2, 2, 1], True)
    assert_same_array(found, array_of(phi, n, damping=1))

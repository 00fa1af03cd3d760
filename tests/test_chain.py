"""Chains of layers in series against Sage's polynomials, and the fields of flows in series."""

import random

import numpy as np
import pytest
from sage.all import GF, PolynomialRing, matrix

from sage_conslaw import (
    ICNN,
    GradientFlow,
    LinearNetwork,
    ReLUNetwork,
)
from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.arithmetic.series import series_matmul, series_product
from sage_conslaw.counting.chain import Chain
from sage_conslaw.counting.systems import ChainSystem
from small_cases import (
    DAMPINGS,
    MODELS,
    TINY_MODELS,
    gradient_flows,
    labelled_flows,
    momentum_flows,
)

CHAIN_MODELS = [pair.package for pair in MODELS] + [
    ReLUNetwork((1, 1), bias=True), LinearNetwork((1, 1, 1, 1, 1)), ReLUNetwork((2, 3, 1, 2)),
    ICNN(1, 3, 2)]


def pairing(model, ring, parameters, control):
    r"""
    Return `a_0^T U_1 (g_1 U_2 (\cdots) + c_1 b_1)`, written out with Sage's elements.

    ``control`` are lists of elements: `a_0`, `a_q`, then the `g_l`, then the `c_l`.
    """
    blocks = model.arrange(parameters)
    weights = [blocks[k].T if transposed else blocks[k] for k, transposed in model.links]
    first, h, rest = control[0], control[1], control[2:]
    hidden = len(weights) - 1
    for layer in range(hidden, -1, -1):
        weight = weights[layer]
        z = [sum((weight[i, j] * h[j] for j in range(weight.shape[1])), ring.zero())
             for i in range(weight.shape[0])]
        if layer:
            if model.gated:
                z = [g * entry for g, entry in zip(rest[layer - 1], z)]
            if model.bias_blocks:
                bias, c = blocks[model.bias_blocks[layer - 1]], rest[-hidden:][layer - 1]
                z = [entry + c[i] * bias[i] for i, entry in enumerate(z)]
        h = z
    return sum((a * entry for a, entry in zip(first, h)), ring.zero())


class Setting:
    """A model, random series of parameters, directions and controls, and Sage's ring for them."""

    def __init__(self, model, orders, count=2, directions=2, control_orders=None, seed=0):
        self.source = PrimeSource(seed)
        self.prime = p = self.source.prime()
        self.chain, self.orders, n = Chain(model, p), orders, model.number_of_parameters
        self.theta = self.source.point(orders * n, p).reshape(orders, n)
        self.moved = self.source.point(orders * directions * n, p).reshape(orders, directions, n)
        drawn = [self.chain.random_control(self.source, count)
                 for _ in range(control_orders or orders)]
        self.control = [np.array(parts) for parts in zip(*drawn)]
        names = ["z"] + [f"x{i}" for i in range(n)]
        self.ring = PolynomialRing(GF(p), names)
        self.z, self.x = self.ring.gen(0), self.ring.gens()[1:]
        self.series_ring = PolynomialRing(GF(p), "z")
        self.pairings = [
            pairing(model, self.ring, self.x,
                    [[self.polynomial(part[:, b, i]) for i in range(part.shape[2])]
                     for part in self.control])
            for b in range(count)]

    def polynomial(self, coefficients):
        return sum((self.z**k * int(c) for k, c in enumerate(coefficients)), self.ring.zero())

    def along(self, polynomial):
        """Return the coefficients of a polynomial in z and x where x is the series ``theta``."""
        series = [self.series_ring([int(c) for c in column]) for column in self.theta.T]
        value = self.series_ring(polynomial(self.series_ring.gen(), *series))
        return [int(value[k]) for k in range(self.orders)]


@pytest.mark.parametrize("model", CHAIN_MODELS, ids=repr)
def test_the_pairing_has_the_monomials_of_phi(model):
    setting = Setting(model, orders=1, count=1)
    phi = model.phi(model.arrange(setting.x))
    assert set(setting.pairings[0].monomials()) == set(sum(phi).monomials())
    # it is a combination of the entries of phi
    space = [setting.pairings[0]] + phi
    monomials = sum(phi).monomials()
    table = matrix(GF(setting.prime), [[f.monomial_coefficient(m) for m in monomials]
                                       for f in space])
    assert table.rank() == table[1:].rank()


@pytest.mark.parametrize("orders", [1, 3])
@pytest.mark.parametrize("model", CHAIN_MODELS, ids=repr)
def test_gradients_against_sage(model, orders):
    setting = Setting(model, orders)
    found = setting.chain.gradients(setting.theta, setting.control)
    for b, polynomial in enumerate(setting.pairings):
        for i, x in enumerate(setting.x):
            assert found[:, b, i].tolist() == setting.along(polynomial.derivative(x))
    total, _ = setting.chain.gradient_of_sum(setting.theta, setting.control)
    assert (total[:, 0] == found.sum(axis=1) % setting.prime).all()


@pytest.mark.parametrize("model", CHAIN_MODELS[::2], ids=repr)
def test_gradients_for_constant_cotangents(model):
    setting = Setting(model, orders=3, count=3, control_orders=1)
    found = setting.chain.gradients(setting.theta, setting.control)
    for b, polynomial in enumerate(setting.pairings):
        for i, x in enumerate(setting.x):
            assert found[:, b, i].tolist() == setting.along(polynomial.derivative(x))


@pytest.mark.parametrize("orders", [1, 3])
@pytest.mark.parametrize("model", CHAIN_MODELS, ids=repr)
def test_derivative_against_sage(model, orders):
    setting = Setting(model, orders)
    _, state = setting.chain.gradient_of_sum(setting.theta, setting.control)
    found = setting.chain.derivative(setting.theta, setting.control, state, setting.moved)
    polynomial = sum(setting.pairings)
    for d in range(setting.moved.shape[1]):
        directions = [setting.polynomial(setting.moved[:, d, k]) for k in range(len(setting.x))]
        along = sum(direction * polynomial.derivative(x)
                    for direction, x in zip(directions, setting.x))
        for i, x in enumerate(setting.x):
            assert found[:, d, i].tolist() == setting.along(along.derivative(x))


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


def test_a_system_keeps_nothing_of_another_trajectory():
    # what is kept for the directions along one trajectory must not serve another one
    flow = GradientFlow(LinearNetwork((2, 2, 2, 2)))
    source = PrimeSource(7)
    prime = source.prime()
    system = ChainSystem(flow, prime, source)
    system.extend_controls(3)
    one, other, y = (source.point(36, prime).reshape(3, 12) for _ in range(3))
    y = y[:, None]
    expected = [system.jacobian_product(x, y) for x in (one, other)]
    again = [system.jacobian_product(x, y) for x in (other, one, one, other)]
    assert (expected[0] != expected[1]).any()
    for found, k in zip(again, (1, 0, 0, 1)):
        assert (found == expected[k]).all()
    shorter = system.jacobian_product(one, y[:2])
    assert (shorter == expected[0][:2]).all()


# --- the fields of flows in series ---

SYSTEM_FLOWS = labelled_flows(
    gradient_flows(MODELS[1::2]) + momentum_flows(TINY_MODELS[::3], DAMPINGS))


@pytest.mark.parametrize("flow", SYSTEM_FLOWS)
def test_random_fields_span_the_fields_of_the_flow(flow):
    source = PrimeSource(4)
    prime = source.prime()
    point = source.point(flow.number_of_variables, prime)
    system, fields = ChainSystem(flow, prime, source), flow.vector_fields()
    expected = Echelon(flow.number_of_variables, prime)
    expected.extend(fields.terms.modulo(prime).values(point, prime, len(fields)))
    found = Echelon(flow.number_of_variables, prime)
    found.extend(system.random_fields(point[None], flow.number_of_variables + 2)[0])
    if system.has_drift:
        found.extend(system.drift_field(point[None])[0])
    assert found.basis().tolist() == expected.basis().tolist()


@pytest.mark.parametrize("orders", [1, 3])
@pytest.mark.parametrize("flow", SYSTEM_FLOWS)
def test_jacobian_products_are_the_derivatives_of_the_drift(flow, orders):
    # F is a polynomial of known degree in the state: F(x + k y) for as many k gives its
    # coefficient of k by interpolation, which is J_F y
    source = PrimeSource(5)
    prime, size = source.prime(), flow.number_of_variables
    system = ChainSystem(flow, prime, source)
    system.extend_controls(orders)
    x = source.point((orders + 1) * size, prime).reshape(orders + 1, size)
    y = source.point(orders * 2 * size, prime).reshape(orders, 2, size)
    nodes = range(flow.size()[0] + 1)
    inverse = matrix(GF(prime), [[k**j for j in nodes] for k in nodes]).inverse()
    weights = [int(c) for c in inverse[1]] if len(nodes) > 1 else [0]
    found = system.jacobian_product(x, y)
    for d in range(2):
        expected = sum(w * system.drift((x[:orders] + k * y[:, d]) % prime)[:, 0] % prime
                       for k, w in zip(nodes, weights)) % prime
        assert (found[:, d] == expected).all()

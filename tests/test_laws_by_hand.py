"""The polynomial laws against laws known by hand."""

import pytest
import sympy
from sage.all import QQ, ZZ, PolynomialRing

import by_hand
from law_assertions import assert_annihilated, assert_contains, assert_same_space, in_ring
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)


def test_product_of_three_variables():
    ring = PolynomialRing(ZZ, "x1, x2, x3")
    x1, x2, x3 = ring.gens()
    laws = polynomial_laws(VectorFields([[x2 * x3, x1 * x3, x1 * x2]]), 2)
    assert_same_space(laws, in_ring(ring, sympy.symbols("x1:4"), [
        sympy.sympify("x1**2 - x2**2"), sympy.sympify("x1**2 - x3**2")]))
    assert laws.number_of_independent == 2


@pytest.mark.parametrize("widths", [(2, 2, 2), (1, 2, 3), (3, 2, 2), (2, 2, 2, 2), (1, 3, 2, 1)])
def test_balancedness_of_linear_networks(widths):
    flow = GradientFlow(LinearNetwork(widths))
    laws = polynomial_laws(flow, 2)
    assert_contains(laws, flow, by_hand.parameters(by_hand.linear(widths)),
                    by_hand.laws_of_linear_gradient(widths))


def test_balancedness_is_all_there_is_for_two_square_layers():
    flow = GradientFlow(LinearNetwork((2, 2, 2)))
    laws = polynomial_laws(flow, 2)
    known = by_hand.laws_of_linear_gradient((2, 2, 2))
    variables = by_hand.parameters(by_hand.linear((2, 2, 2)))
    assert_same_space(laws, in_ring(flow.ring(), variables, known))
    assert laws.number_of_independent == 3 == trace_dimension(flow).number_of_laws


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("widths", [(2, 2, 2), (1, 3, 2), (2, 1, 2, 1), (1, 2, 2, 2)])
def test_balancedness_of_relu_networks(widths, bias):
    flow = GradientFlow(ReLUNetwork(widths, bias=bias))
    laws = polynomial_laws(flow, 2)
    model = by_hand.relu(widths, bias)
    known = by_hand.laws_of_relu_gradient(widths, bias)
    assert_contains(laws, flow, by_hand.parameters(model), known)
    assert len(laws) == len(known) == sum(widths[1:-1]) == laws.number_of_independent


@pytest.mark.parametrize("n, r, m", [(2, 2, 2), (3, 2, 1), (1, 3, 2)])
def test_column_sums_of_nmf(n, r, m):
    flow = GradientFlow(NMF(n, r, m))
    known = by_hand.laws_of_nmf_gradient(n, r, m)
    variables = by_hand.parameters(by_hand.nmf(n, r, m))
    laws = polynomial_laws(flow, 1)
    assert_same_space(laws, in_ring(flow.ring(), variables, known))
    assert_contains(polynomial_laws(flow, 2), flow, variables, known)
    assert laws.number_of_independent == r == trace_dimension(flow).number_of_laws


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("n, r, m", [(2, 2, 2), (3, 2, 1), (1, 3, 2)])
def test_laws_of_icnn(n, r, m, bias):
    flow = GradientFlow(ICNN(n, r, m, bias=bias))
    laws = polynomial_laws(flow, 2)
    variables = by_hand.parameters(by_hand.icnn(n, r, m, bias))
    assert_contains(laws, flow, variables, by_hand.laws_of_icnn_gradient(n, r, m, bias))
    assert laws.number_of_independent >= r


@pytest.mark.parametrize("widths", [(1, 2, 1), (2, 2, 1), (2, 2, 2), (2, 3, 2), (1, 2, 2, 1)])
@pytest.mark.parametrize(
    "damping, time, power",
    [(0, "t", 0), (1, "s", 1), (QQ((2, 3)), "s", 1), (NESTEROV, "t", 3), (InverseTime(2), "t", 2)],
    ids=["0", "1", "2/3", "3/t", "2/t"],
)
def test_angular_momenta_of_linear_networks(widths, damping, time, power):
    flow = MomentumFlow(LinearNetwork(widths), damping=damping)
    laws = polynomial_laws(flow, 2)
    theta = by_hand.parameters(by_hand.linear(widths))
    clock = sympy.Symbol(time)
    variables = [clock, *theta, *by_hand.velocities(theta)]
    known = [clock**power * law for law in by_hand.laws_of_linear_momentum(widths)]
    assert_contains(laws, flow, variables, known)


def test_angular_momenta_are_no_laws_without_their_factor():
    theta = by_hand.parameters(by_hand.linear((1, 2, 1)))
    (law,) = by_hand.laws_of_linear_momentum((1, 2, 1))
    for damping, time, power in [(1, "s", 0), (1, "s", 2), (NESTEROV, "t", 2), (NESTEROV, "t", 0)]:
        flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
        clock = sympy.Symbol(time)
        variables = [clock, *theta, *by_hand.velocities(theta)]
        (wrong,) = in_ring(flow.ring(), variables, [clock**power * law])
        with pytest.raises(AssertionError):
            assert_annihilated([wrong], flow.vector_fields())


@pytest.mark.parametrize("damping", [0, 1, NESTEROV], ids=["0", "1", "3/t"])
def test_the_angular_momentum_is_the_only_law_of_a_small_network(damping):
    flow = MomentumFlow(LinearNetwork((2, 2, 1)), damping=damping)
    laws = polynomial_laws(flow, 2)
    assert len(laws) == laws.number_of_independent == 1
    assert trace_dimension(flow).number_of_laws == 1


@pytest.mark.parametrize("damping", [0, 1, NESTEROV], ids=["0", "1", "3/t"])
@pytest.mark.parametrize(
    "model", [NMF(2, 1, 2), ICNN(2, 1, 2, bias=True), ReLUNetwork((2, 2, 2), bias=True)], ids=repr
)
def test_momentum_of_the_other_models_has_no_law(model, damping):
    laws = polynomial_laws(MomentumFlow(model, damping=damping), 2)
    assert len(laws) == 0 and laws.number_of_independent == 0
    assert list(laws) == [] and laws.independent() == ()
    assert laws.error_bound == 0

"""The polynomial laws against the plain ansatz."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import QQ, PolynomialRing, matrix

import by_hand
import reference
from law_assertions import assert_agrees, over_rationals
from sage_conslaw import (
    NESTEROV,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    VectorFields,
    polynomial_laws,
)
from small_cases import (
    fields_with_law,
    gradient_flows,
    icnn,
    labelled,
    linear,
    momentum_flows,
    nmf,
    random_fields,
    relu,
)

GRADIENT_MODELS = [
    linear(2, 1), linear(1, 2, 1), linear(2, 1, 2), linear(2, 2, 1), linear(1, 1, 1, 1),
    linear(1, 2, 1, 1), relu(1, 2), relu(1, 2, 1), relu(1, 2, 1, bias=True), relu(2, 1, 2),
    relu(1, 1, 2, 1, bias=True), nmf(1, 1, 1), nmf(2, 1, 2), nmf(1, 2, 2), icnn(1, 1, 1, bias=True),
    icnn(2, 2, 1), icnn(1, 2, 1, bias=True),
]


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("flow, model, by_formula", labelled(gradient_flows(GRADIENT_MODELS)))
def test_gradient_flows_against_the_plain_ansatz(flow, model, by_formula, degree):
    if degree == 3 and flow.number_of_variables > 5:
        degree = 4 if flow.number_of_variables <= 3 else 2
    fields = by_hand.fields_to_sage(*by_formula())
    expected = reference.polynomial_laws(fields, degree)
    assert_agrees(polynomial_laws(flow, degree), fields, expected)


MOMENTUM_MODELS = [
    linear(2, 1), linear(1, 1, 1), linear(1, 2, 1), relu(1, 1, 1, bias=True), nmf(1, 1, 1),
    icnn(1, 1, 1),
]


@pytest.mark.parametrize("flow, model, by_formula", labelled(momentum_flows(MOMENTUM_MODELS)))
def test_momentum_flows_against_the_plain_ansatz(flow, model, by_formula):
    fields = by_hand.fields_to_sage(*by_formula())
    # by default the time has degree 1, or p in r under damping c/t with c = p/q and t = r^q
    rate = getattr(flow.damping, "c", None)
    time_degree = 1 if rate is None else Fraction(str(rate)).numerator
    expected = reference.polynomial_laws(fields, 2, time=0, time_degree=time_degree)
    found = polynomial_laws(flow, 2)
    assert_agrees(found, fields, expected)
    assert (found.degree, found.time_degree) == (2, time_degree)


@pytest.mark.parametrize("time_degree", [0, 1, 2, 4])
@pytest.mark.parametrize("damping", [0, 2, NESTEROV, InverseTime(1)], ids=["0", "2", "3/t", "1/t"])
def test_degrees_in_time(damping, time_degree):
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
    fields = [list(field) for field in flow.vector_fields()]
    expected = reference.polynomial_laws(fields, 2, time=0, time_degree=time_degree)
    found = polynomial_laws(flow, 2, time_degree=time_degree)
    assert_agrees(found, fields, expected)
    assert found.time_degree == time_degree


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_homogeneous_laws(degree):
    for pair in (linear(1, 2, 1), nmf(1, 1, 2), icnn(1, 1, 2)):
        flow = GradientFlow(pair.package)
        fields = [list(field) for field in flow.vector_fields()]
        expected = reference.polynomial_laws(fields, degree, homogeneous=True)
        found = polynomial_laws(flow, degree, homogeneous=True)
        assert_agrees(found, fields, expected)
        assert found.homogeneous
        assert all(len(monomial) == degree for law in found for monomial, _ in law.terms)


@pytest.mark.parametrize("damping", [0, 1, NESTEROV], ids=["0", "1", "3/t"])
def test_homogeneous_laws_with_a_degree_in_time(damping):
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
    fields = [list(field) for field in flow.vector_fields()]
    expected = reference.polynomial_laws(fields, 2, homogeneous=True, time=0, time_degree=3)
    found = polynomial_laws(flow, 2, time_degree=3, homogeneous=True)
    assert_agrees(found, fields, expected)
    assert len(expected) == 2


def test_fields_without_a_time_treat_all_variables_alike():
    # the array of a momentum flow has no time: the total degree then counts it too
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=1)
    array = flow.vector_fields().to_array()
    for degree in (2, 3):
        expected = reference.polynomial_laws(list(array.T), degree)
        assert_agrees(polynomial_laws(array, degree), list(array.T), expected)
        assert len(expected) == {2: 0, 3: 2}[degree]


@given(random_fields(), st.integers(0, 3))
@settings(max_examples=150)
def test_random_fields_against_the_plain_ansatz(entries, degree):
    expected = reference.polynomial_laws(entries, degree)
    assert_agrees(polynomial_laws(VectorFields(entries), degree), entries, expected)


@given(fields_with_law())
def test_laws_put_in_are_found(case):
    entries, law = case
    found = [row[0] for row in over_rationals(polynomial_laws(VectorFields(entries), law.degree()))]
    assert reference.coefficient_rank(found + [law]) == len(found)


@pytest.mark.parametrize("seed", range(25))
def test_seeded_quadratic_laws(seed):
    # fields A grad h that leave a quadratic form h unchanged, A antisymmetric and random
    generator = random.Random(seed)
    size = generator.randint(2, 5)
    ring = PolynomialRing(QQ, size, "y")
    form = matrix(QQ, size, lambda i, j: generator.randint(-3, 3))
    x = matrix(ring, size, 1, ring.gens())
    law = (x.transpose() * (form + form.transpose()) * x)[0, 0]
    fields = []
    for _ in range(generator.randint(1, 2)):
        a = matrix(QQ, size, lambda i, j: generator.randint(-2, 2) * (i < j))
        gradient = matrix(ring, size, 1, [law.derivative(v) for v in ring.gens()])
        fields.append(list(((a - a.transpose()) * gradient).column(0)))
    expected = reference.polynomial_laws(fields, 2)
    found = polynomial_laws(VectorFields(fields), 2)
    assert_agrees(found, fields, expected)
    rows = [row[0] for row in over_rationals(found)]
    assert reference.coefficient_rank(rows + [law]) == len(rows)

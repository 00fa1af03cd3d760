"""Fields and Jacobians along a trajectory against the fields by formula."""

import numpy as np
import pytest
from sage.all import GF, matrix

import by_hand
from sage_conslaw import GradientFlow, LinearNetwork
from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.counting.program_systems import ProgramSystem
from small_cases import (
    DAMPINGS,
    MODELS,
    TINY_MODELS,
    gradient_flows,
    labelled,
    labelled_flows,
    momentum_flows,
)


def linear_coefficient(values, prime):
    """Return the coefficient of e in the polynomial in e with these values at e = 0, 1, 2, ..."""
    field = GF(prime)
    size = len(values)
    inverse = matrix(field, size, lambda i, j: field(i) ** j).inverse()
    return sum(int(inverse[1, i]) * value.astype(object) for i, value in enumerate(values)) % prime


SERIES_FLOWS = (
    gradient_flows(MODELS[1::3])
    + momentum_flows([MODELS[1], MODELS[10], MODELS[14], MODELS[18]], DAMPINGS[:4])
)


POLYNOMIAL_FLOWS = [case for case in SERIES_FLOWS if not case[1].programs.inverse_time]


@pytest.mark.parametrize("flow, model, by_formula", labelled(POLYNOMIAL_FLOWS))
def test_jacobians_along_a_trajectory(flow, model, by_formula):
    # full ranks would hide a wrong Jacobian: it is compared with interpolated values of the field
    source = PrimeSource(1)
    prime = source.prime()
    system = ProgramSystem(flow.programs, prime, source)
    size, orders = flow.number_of_variables, 3
    system.extend_controls(orders + 1)
    x, y = (
        np.array([source.point(size, prime) for _ in range(orders + 1)]) for _ in range(2)
    )
    degree = max(entry.degree() for field in flow.vector_fields() for entry in field)
    values = [
        system.drift((x[:orders] + e * y[:orders]) % prime)[:, 0] for e in range(degree + 2)
    ]
    expected = linear_coefficient(values, prime)
    found = system.jacobian_product(x, y[:orders, None])[:, 0]
    assert (found.astype(object) % prime == expected).all()


@pytest.mark.parametrize("flow, model, by_formula", labelled(SERIES_FLOWS))
def test_fields_along_a_trajectory(flow, model, by_formula):
    # at one point, random fields and the one followed lie in the span of the fields by formula
    source = PrimeSource(2)
    prime = source.prime()
    system = ProgramSystem(flow.programs, prime, source)
    system.extend_controls(1)
    point = source.point(flow.number_of_variables, prime)
    field = GF(prime)
    exact = [field(int(c)) for c in point]
    values = [
        [entry.change_ring(field)(*exact) for entry in f]
        for f in by_hand.fields_to_sage(*by_formula())
    ]
    rank = matrix(field, values).rank()
    random_fields_there = system.random_fields(point[None], len(values) + 3)[0].tolist()
    if system.has_drift:
        random_fields_there += system.drift_field(point[None])[0].tolist()
    assert matrix(field, random_fields_there).rank() == rank
    random_fields_there += system.drift(point[None])[0].tolist()
    assert matrix(field, values + random_fields_there).rank() == rank


def test_a_system_keeps_nothing_of_another_trajectory():
    # what is kept for the directions along one trajectory must not serve another one
    flow = GradientFlow(LinearNetwork((2, 2, 2, 2)))
    source = PrimeSource(7)
    prime = source.prime()
    system = ProgramSystem(flow.programs, prime, source)
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
    system, fields = ProgramSystem(flow.programs, prime, source), flow.vector_fields()
    expected = Echelon(flow.number_of_variables, prime)
    expected.extend(fields.terms.modulo(prime).values(point, prime, len(fields)))
    found = Echelon(flow.number_of_variables, prime)
    found.extend(system.random_fields(point[None], flow.number_of_variables + 2)[0])
    if system.has_drift:
        found.extend(system.drift_field(point[None])[0])
    assert found.basis().tolist() == expected.basis().tolist()

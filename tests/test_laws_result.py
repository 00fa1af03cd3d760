"""The result of a search for polynomial laws: what it takes, holds and counts."""

import math

import numpy as np
import pytest
from sage.all import QQ, ZZ, Integer, PolynomialRing

from law_assertions import assert_tidy
from sage_conslaw import (
    ICNN,
    NESTEROV,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)


def test_equal_seeds_give_equal_results():
    flow = GradientFlow(LinearNetwork((1, 2, 1)))
    first, second, other = (polynomial_laws(flow, 4, seed=seed) for seed in (7, 7, 8))
    assert list(first) == list(second) and first.primes == second.primes
    assert first.independent() == second.independent()
    assert first.seed == 7 and first.primes != other.primes
    # the laws themselves do not depend on the seed
    assert list(first) == list(other)
    assert len(first) > first.number_of_independent


def test_dependent_laws_are_counted_once():
    # h, h^2, h^3 and h * k are laws of degree 3, for laws h and k of degree 1 and 2
    ring = PolynomialRing(ZZ, "x, y, z, w")
    x, y, z, w = ring.gens()
    fields = [[ring.zero(), w, -z * 0, -y], [ring.zero(), ring.zero(), ring.one(), ring.zero()]]
    laws = polynomial_laws(VectorFields(fields), 3)
    # x, x^2, x^3, y^2 + w^2, x (y^2 + w^2)
    assert len(laws) == 5
    assert laws.number_of_independent == len(laws.independent()) == 2
    assert 0 < laws.error_bound <= QQ((1, 10**9))
    assert {law.polynomial() for law in laws} == {x, x**2, x**3, y**2 + w**2, x * y**2 + x * w**2}


def test_error_bounds_of_both_computations_can_be_added():
    # the verdict on a flow needs both
    flow = GradientFlow(LinearNetwork((1, 2, 1)))
    laws, dimension = polynomial_laws(flow, 4), trace_dimension(flow)
    assert type(dimension.error_bound) is type(laws.error_bound)
    assert 0 < laws.error_bound + dimension.error_bound < 1


@pytest.mark.parametrize("kind", [int, Integer, np.int64, np.int32], ids=lambda k: k.__name__)
def test_degrees_of_all_integer_types(kind):
    laws = polynomial_laws(MomentumFlow(LinearNetwork((1, 2, 1))), kind(2), time_degree=kind(1))
    assert (laws.degree, laws.time_degree, len(laws)) == (2, 1, 2)


def test_flow_fields_and_array_give_the_same_laws():
    flow = GradientFlow(ICNN(1, 2, 1, bias=True))
    laws = polynomial_laws(flow, 2)
    assert list(polynomial_laws(flow.vector_fields(), 2)) == list(laws)
    assert list(polynomial_laws(flow.vector_fields().to_array(), 2)) == list(laws)
    assert_tidy(laws, flow.ring())
    momentum = MomentumFlow(LinearNetwork((1, 2, 1)), damping=NESTEROV)
    assert list(polynomial_laws(momentum.vector_fields(), 2)) == list(polynomial_laws(momentum, 2))


def test_the_result_is_a_sequence():
    laws = polynomial_laws(GradientFlow(LinearNetwork((2, 2, 2))), 2)
    assert len(laws) == 3 == len(list(laws))
    assert laws[0] == list(laws)[0] and laws[-1] == list(laws)[2]
    assert list(laws[1:]) == list(laws)[1:]
    assert laws.number_of_monomials == math.comb(10, 2) - 1


def test_the_coefficients_are_small():
    # the plain kernel of these fields has long fractions; a good basis has coefficients 1 and 2
    flow = GradientFlow(LinearNetwork((1, 2, 2, 1)))
    for law in polynomial_laws(flow, 2):
        assert max(abs(c) for _, c in law.terms) <= 2

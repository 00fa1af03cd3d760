"""The two engines of the trace against each other, and which of them is chosen."""

import random

import pytest
from hypothesis import given, settings
from sage.all import QQ, ZZ, PolynomialRing

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
    trace_dimension,
)
from small_cases import (
    DAMPINGS,
    MODELS,
    SHALLOW_MODELS,
    gradient_flows,
    labelled_flows,
    momentum_flows,
    random_fields,
)


def assert_engines_agree(problem, seed=0):
    """Assert that brackets and trajectories find the same, of flows and of their fields."""
    by_brackets = trace_dimension(problem, engine="brackets", seed=seed)
    results = [trace_dimension(problem, engine="trajectory", seed=seed)]
    if not isinstance(problem, VectorFields):
        results.append(trace_dimension(problem.vector_fields(), engine="trajectory", seed=seed))
    assert by_brackets.engine == "brackets"
    for found in results:
        assert found.engine == "trajectory"
        assert int(found) == int(by_brackets)
        assert found.number_of_laws == by_brackets.number_of_laws
        assert found.is_proved == by_brackets.is_proved
        assert found.involutive == by_brackets.involutive
        assert (found.error_bound == 0) == (by_brackets.error_bound == 0)
        assert found.depth >= by_brackets.depth
    return by_brackets


# --- the engines against each other ---

@pytest.mark.parametrize("flow", labelled_flows(gradient_flows(MODELS)))
def test_engines_on_gradient_flows(flow):
    assert_engines_agree(flow)


@pytest.mark.parametrize("flow", labelled_flows(
    momentum_flows(SHALLOW_MODELS[::3], DAMPINGS[::2])
    + momentum_flows(SHALLOW_MODELS[1::3], DAMPINGS[1::2])
    + momentum_flows(SHALLOW_MODELS[2::3], DAMPINGS[::3])))
def test_engines_on_momentum_flows(flow):
    assert_engines_agree(flow)


LARGER = [
    GradientFlow(LinearNetwork((4, 4, 4))),
    GradientFlow(LinearNetwork((5, 2, 5, 2))),
    GradientFlow(LinearNetwork((3, 3, 3, 3, 3))),
    GradientFlow(LinearNetwork((6, 3, 6)), metric="mirror"),
    GradientFlow(LinearNetwork((6, 3, 6)), metric=("U2",)),
    GradientFlow(ReLUNetwork((4, 4, 4), bias=True)),
    GradientFlow(ReLUNetwork((3, 3, 2, 3), bias=True)),
    GradientFlow(ReLUNetwork((3, 4, 4))),
    GradientFlow(NMF(5, 4, 6)),
    GradientFlow(NMF(5, 3, 6), metric="euclidean"),
    GradientFlow(ICNN(4, 4, 6, bias=True)),
    MomentumFlow(LinearNetwork((3, 4, 3))),
    MomentumFlow(LinearNetwork((4, 3, 4)), damping=QQ((2, 3))),
    MomentumFlow(LinearNetwork((3, 3, 4)), damping=NESTEROV),
    MomentumFlow(LinearNetwork((3, 3, 3)), damping=NESTEROV, metric="mirror"),
    MomentumFlow(NMF(3, 3, 4), damping=1),
    MomentumFlow(NMF(3, 4, 3), damping=InverseTime(QQ((7, 2)))),
    MomentumFlow(ReLUNetwork((3, 3, 3), bias=True)),
    MomentumFlow(ICNN(3, 3, 3, bias=True), damping=1),
]


@pytest.mark.parametrize("flow", LARGER, ids=repr)
def test_engines_beyond_the_size_where_trajectories_take_over(flow):
    assert_engines_agree(flow)


@pytest.mark.parametrize("seed", range(5))
def test_engines_with_other_seeds(seed):
    assert_engines_agree(GradientFlow(LinearNetwork((2, 1, 3, 2))), seed)
    assert_engines_agree(MomentumFlow(NMF(2, 1, 2), damping=QQ((1, 3))), seed)


@given(random_fields())
@settings(max_examples=100)
def test_engines_on_drawn_fields(entries):
    assert_engines_agree(VectorFields(entries))


def some_fields(seed):
    """Return fields of one of several kinds, over QQ or ZZ, by an explicit generator."""
    generator = random.Random(seed)
    size, number = generator.randrange(2, 7), generator.randrange(1, 4)
    ring = PolynomialRing([ZZ, QQ][seed % 2], size, "x")
    x = ring.gens()

    def coefficient():
        if ring.base_ring() is ZZ:
            return generator.choice([1, -1, 2, 10**9 + 7, -3])
        return QQ((generator.randrange(-9, 10), generator.choice([1, 2, 3, 7, 10**6 + 3])))

    def polynomial():
        total = ring.zero()
        for _ in range(generator.randrange(0, 3)):
            term = ring(coefficient())
            for _ in range(generator.randrange(0, 4)):
                term *= generator.choice(x)
            total += term
        return total

    kind = seed % 4
    if kind == 0:  # sparse
        return [[polynomial() for _ in x] for _ in range(number)]
    if kind == 1:  # dense and linear, so that brackets stay linear
        return [[sum(coefficient() * y for y in x) for _ in x] for _ in range(number)]
    if kind == 2:  # all orthogonal to the gradient of one polynomial
        law = polynomial() * x[0] + x[1]**2 + x[0]
        fields = []
        for _ in range(number):
            i, j = generator.sample(range(size), 2)
            field = [ring.zero()] * size
            field[i], field[j] = -law.derivative(x[j]), law.derivative(x[i])
            fields.append([coefficient() * entry for entry in field])
        return fields
    # nilpotent: each component depends on later variables alone
    return [[polynomial() if i == size - 1 else ring(coefficient()) * x[i + 1]
             for i in range(size)] for _ in range(number)]


@pytest.mark.parametrize("seed", range(160))
def test_engines_on_seeded_fields(seed):
    assert_engines_agree(VectorFields(some_fields(seed)), seed)


def integrators(steps, still, factor=1):
    """Return fields that need as many brackets as steps, and variables that do not move."""
    x = PolynomialRing(ZZ, steps + still, "x").gens()
    zero = [x[0] * 0] * (steps + still)
    return VectorFields([[x[0] ** 0] + zero[1:],
                         [factor * x[i - 1] if 0 < i < steps else zero[0]
                          for i in range(steps + still)]])


@pytest.mark.parametrize("steps, still, factor", [(25, 96, 1), (40, 81, 1), (25, 96, 10**1000)])
def test_small_fields_in_many_variables_are_left_to_brackets(steps, still, factor):
    found = trace_dimension(integrators(steps, still, factor))
    assert (found, found.engine) == (steps, "brackets")


def test_brackets_are_tried_where_no_trajectory_could_be_trusted(monkeypatch):
    monkeypatch.setattr("sage_conslaw.system.limits.BRACKET_FIELD_TERMS", 0)
    problem = integrators(25, 96, 10**1000)
    found = trace_dimension(problem)
    assert (found, found.engine) == (25, "brackets")
    with pytest.raises(ValueError, match="^flow_or_fields: the fields are too large for primes"):
        trace_dimension(problem, engine="trajectory")


@pytest.mark.parametrize("engine", ["brackets", "trajectory"])
def test_fields_without_terms(engine):
    ring = PolynomialRing(QQ, 3, "x")
    zero = [ring.zero()] * 3
    none = trace_dimension(VectorFields([zero]), engine=engine)
    assert none == 0 and none.is_proved and none.error_bound == 0
    assert trace_dimension(VectorFields([zero, [ring.one()] + zero[1:]]), engine=engine) == 1

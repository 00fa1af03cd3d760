"""The dimension of the trace against the plain algorithm."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from sage.all import QQ, ZZ, PolynomialRing, is_prime

import by_hand
import reference
from sage_conslaw import (
    NESTEROV,
    NMF,
    GradientFlow,
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
    TINY_MODELS,
    gradient_flows,
    labelled,
    momentum_flows,
    random_fields,
)


def assert_consistent(found, levels, variables):
    """Assert that all that a result says agrees with the ranks of the plain algorithm."""
    assert found == levels[-1]
    assert found.number_of_variables == variables
    assert found.number_of_laws == variables - levels[-1]
    assert found.involutive == (len(levels) == 1)
    if found.engine == "brackets":
        assert found.depth == len(levels) - 1
    else:  # a trajectory adds brackets of one more field an order, and needs more of them
        assert found.depth >= len(levels) - 1
    assert found.is_proved == (levels[-1] in (0, variables))
    if found.is_proved:
        assert found.error_bound == 0
    else:
        assert 0 < QQ(found.error_bound) <= 1 - QQ(Fraction(found.probability))
    assert found.primes and all(is_prime(ZZ(p)) for p in found.primes)


def compare(flow, by_formula, engines=("brackets", "trajectory")):
    """Assert that the package agrees with the plain algorithm on the fields written by hand."""
    levels = reference.trace_levels(by_hand.fields_to_sage(*by_formula()))
    for engine in engines:
        assert_consistent(trace_dimension(flow, engine=engine), levels, flow.number_of_variables)
    # expanded fields are followed along a trajectory in another way than flows
    found = trace_dimension(flow.vector_fields(), engine="trajectory")
    assert_consistent(found, levels, flow.number_of_variables)
    assert trace_dimension(flow) == levels[-1]


@pytest.mark.parametrize("flow, model, by_formula", labelled(gradient_flows(MODELS)))
def test_gradient_flows_against_the_plain_algorithm(flow, model, by_formula):
    compare(flow, by_formula)


#: all models under the dampings of the papers, some under rational ones
MOMENTUM_FLOWS = (
    momentum_flows(TINY_MODELS, [d for d in DAMPINGS if d.label in ("0", "1", "Nesterov")])
    + momentum_flows(TINY_MODELS[2::5], [d for d in DAMPINGS if d.label in ("1/2", "5/2t")])
)


@pytest.mark.parametrize("flow, model, by_formula", labelled(MOMENTUM_FLOWS))
def test_momentum_flows_against_the_plain_algorithm(flow, model, by_formula):
    compare(flow, by_formula, engines=("brackets",))


@pytest.mark.parametrize(
    "flow, model, by_formula",
    labelled(momentum_flows(SHALLOW_MODELS[::2], DAMPINGS[:2])
             + momentum_flows(SHALLOW_MODELS[1::2], DAMPINGS[2:4]))
)
def test_trajectories_of_momentum_flows(flow, model, by_formula):
    levels = reference.trace_levels(by_hand.fields_to_sage(*by_formula()))
    found = trace_dimension(flow, engine="trajectory")
    assert_consistent(found, levels, flow.number_of_variables)


@pytest.mark.parametrize("damping", [0, NESTEROV], ids=["0", "3/t"])
def test_trajectory_of_a_deep_momentum_flow(damping):
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
    assert trace_dimension(flow, engine="trajectory") == 7


@given(random_fields())
@settings(max_examples=150)
def test_random_fields_against_the_plain_algorithm(entries):
    levels = reference.trace_levels(entries)
    for engine in ("brackets", "trajectory"):
        found = trace_dimension(VectorFields(entries), engine=engine)
        assert_consistent(found, levels, len(entries[0]))


@pytest.mark.parametrize("seed", range(40))
def test_seeded_sparse_fields_against_the_plain_algorithm(seed):
    # monomial fields: often several levels deep, often of less than full rank
    generator = random.Random(seed)
    size = generator.randint(3, 5)
    ring = PolynomialRing(ZZ, size, "y")
    entries = []
    for _ in range(generator.randint(2, 3)):
        field = [ring.zero()] * size
        for _ in range(generator.randint(1, 2)):
            term = ring(generator.choice([-2, -1, 1, 3]))
            for _ in range(generator.randint(0, 2)):
                term *= ring.gen(generator.randrange(size))
            field[generator.randrange(size)] += term
        entries.append(field)
    levels = reference.trace_levels(entries)
    for engine in ("brackets", "trajectory"):
        found = trace_dimension(VectorFields(entries), engine=engine)
        assert_consistent(found, levels, size)


def test_the_random_fields_are_of_all_kinds():
    # the comparisons above would mean little if all fields had full rank at once
    deep = LinearNetwork((1, 2, 1))
    assert trace_dimension(MomentumFlow(deep)).depth == 4
    seen = set()

    @given(random_fields())
    @settings(max_examples=150)
    def look(entries):
        found = trace_dimension(VectorFields(entries))
        seen.add((found.is_proved, found.involutive))

    look()
    assert seen == {(True, True), (True, False), (False, True), (False, False)}


@pytest.mark.parametrize(
    "make, laws",
    [
        # D minus the ranks that the plain algorithm finds, at sizes where it takes long
        (lambda: MomentumFlow(LinearNetwork((3, 3, 3)), damping=1), 3),
        (lambda: MomentumFlow(LinearNetwork((3, 2, 3)), damping=NESTEROV), 1),
        (lambda: MomentumFlow(NMF(3, 3, 3), damping=1), 0),
        (lambda: GradientFlow(NMF(4, 4, 4)), 4),
    ],
    ids=["linear momentum", "linear Nesterov", "NMF momentum", "NMF gradient"],
)
def test_larger_flows(make, laws):
    flow = make()
    for given_as in (flow, flow.vector_fields(), flow.vector_fields().to_array()):
        for engine in ("brackets", "trajectory"):
            assert trace_dimension(given_as, engine=engine).number_of_laws == laws


@pytest.mark.parametrize("damping", [0, 1, QQ((1, 2)), NESTEROV], ids=["0", "1", "1/2", "3/t"])
def test_relu_momentum_has_no_law(damping):
    for widths, bias in [((2, 2, 2), False), ((2, 3, 2), True), ((1, 2, 2, 1), True)]:
        found = trace_dimension(MomentumFlow(ReLUNetwork(widths, bias=bias), damping=damping))
        assert found.number_of_laws == 0 and found.is_proved

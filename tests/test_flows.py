r"""
The fields of every flow against sympy derivatives of `\varphi` and the papers' formulas.

For gradient flow the fields are `M \nabla\varphi_i`. For momentum they are `\chi_0`, which is
`(1, v, 0)`, `(\tau s, v, -\tau v)` or `t (1, v, -(c/t) v)`, and then `(0, 0, M \nabla\varphi_i)`;
under damping c/t these are multiplied by t if, and only if, the metric has a mirror block.
"""

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sage.all import QQ, ZZ, Integer

import by_hand
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    Network,
    ReLUNetwork,
    conservation_laws,
    trace_dimension,
)
from sage_conslaw.certificate import check_certificate
from sage_conslaw.functions import relu
from small_cases import MODELS, gradient_flows, labelled, momentum_flows


def assert_same_fields(flow, model, by_formula):
    """Assert that the flow has exactly these fields, in this order but for those of an ICNN."""
    variables, expected = by_formula()
    fields = flow.vector_fields()
    names = tuple(x.name for x in variables)
    assert fields.ring().variable_names() == names
    assert fields.ring() == flow.ring()
    assert fields.ring().base_ring() in (ZZ, QQ)
    assert fields.number_of_variables == flow.number_of_variables == len(names)
    found = [[by_hand.named_terms_of_sage(entry) for entry in field] for field in fields]
    wanted = [[by_hand.named_terms(entry, variables) for entry in field] for field in expected]
    for field in found:
        assert len(field) == len(names)
    if model.mirror == ("U",):  # the order of the fields of an ICNN is not part of its definition
        found, wanted = (
            sorted(fs, key=lambda f: [sorted((sorted(k), v) for k, v in e.items()) for e in f])
            for fs in (found, wanted)
        )
    assert found == wanted


@pytest.mark.parametrize("flow, model, by_formula", labelled(gradient_flows(MODELS)))
def test_gradient_fields(flow, model, by_formula):
    assert_same_fields(flow, model, by_formula)
    assert flow.vector_fields().time is None


@pytest.mark.parametrize("flow, model, by_formula", labelled(momentum_flows(MODELS)))
def test_momentum_fields(flow, model, by_formula):
    assert_same_fields(flow, model, by_formula)
    fields = flow.vector_fields()
    assert fields.time == fields.ring().gen(0)


@pytest.mark.parametrize("pair", MODELS, ids=lambda pair: pair.label)
def test_chi_0_comes_first(pair):
    n = pair.package.number_of_parameters
    for damping, start in [(0, "t"), (2, "s"), (NESTEROV, "t")]:
        fields = MomentumFlow(pair.package, damping=damping).vector_fields()
        assert len(fields) == 1 + len(pair.hand.phi)
        assert str(fields.ring().gen(0)) == start
        assert all(fields[0][:n + 1])
        assert not any(any(field[:n + 1]) for field in list(fields)[1:])


def nesterov_factor(pair, metric):
    """Return the power of t by which the fields (0, 0, M grad phi_i) are multiplied."""
    return 1 if by_hand.mirror_parameters(pair.hand, metric) else 0


@pytest.mark.parametrize("metric", [None, "euclidean", "mirror"])
@pytest.mark.parametrize("pair", MODELS, ids=lambda pair: pair.label)
def test_nesterov_is_the_formula_times_a_power_of_t(pair, metric):
    # the fields of the papers have 3/t in them; each is multiplied by exactly this power of t
    t = sympy.Symbol("t")
    theta = by_hand.parameters(pair.hand)
    speed = by_hand.velocities(theta)
    mirror = by_hand.mirror_parameters(pair.hand, metric)
    diagonal = [3 / t * x + v if x in mirror else 1 for x, v in zip(theta, speed)]
    still = [0] * (1 + len(theta))
    formula = [[1] + speed + [-3 / t * v for v in speed]]
    formula += [
        still + [m * g for m, g in zip(diagonal, row)] for row in by_hand.gradients(pair.hand)
    ]
    powers = [1] + [nesterov_factor(pair, metric)] * len(pair.hand.phi)
    variables = [t] + theta + speed
    wanted = [
        [by_hand.named_terms(sympy.expand(t**power * entry), variables) for entry in field]
        for power, field in zip(powers, formula)
    ]
    flow = MomentumFlow(pair.package, damping=NESTEROV, metric=metric)
    found = [
        [by_hand.named_terms_of_sage(entry) for entry in field] for field in flow.vector_fields()
    ]
    def key(field):
        return [sorted((sorted(k), v) for k, v in entry.items()) for entry in field]

    assert sorted(map(key, found)) == sorted(map(key, wanted))


def test_icnn_momentum_metric_is_on_damped_parameters():
    # written out in full: the metric is tau U + U', not U, on U, and 1 on V and b
    flow = MomentumFlow(ICNN(1, 1, 1, bias=True), damping=1)
    names = ("s", "U1_1", "V1_1", "b1", "dU1_1", "dV1_1", "db1")
    assert flow.ring().variable_names() == names
    g = flow.ring().gens_dict()
    fields = {tuple(field) for field in flow.vector_fields()}
    metric = g["U1_1"] + g["dU1_1"]
    assert fields == {
        (g["s"], g["dU1_1"], g["dV1_1"], g["db1"], -g["dU1_1"], -g["dV1_1"], -g["db1"]),
        (0, 0, 0, 0, metric * g["V1_1"], g["U1_1"], 0),
        (0, 0, 0, 0, metric * g["b1"], 0, g["U1_1"]),
    }


@pytest.mark.parametrize(
    "damping, scale, text",
    [(0, (0, 1), "t"), (1, (1, 1), "s"), (QQ((3, 2)), (QQ((3, 2)), 1), "s"), (NESTEROV, None, "t")],
    ids=["0", "1", "3/2", "Nesterov"],
)
def test_nmf_momentum_metric_is_on_damped_parameters(damping, scale, text):
    flow = MomentumFlow(NMF(1, 1, 1), damping=damping)
    time, u, v, du, dv = flow.ring().gens()
    assert str(time) == text
    a, b = (3, time) if scale is None else scale
    field = flow.vector_fields()[1]
    assert field == (0, 0, 0, (a * u + b * du) * v, (a * v + b * dv) * u)


def test_nesterov_is_damping_three_over_t():
    assert NESTEROV == InverseTime(3)
    assert NESTEROV != InverseTime(2)
    model = LinearNetwork((1, 2, 1))
    first, second = (MomentumFlow(model, damping=d) for d in (NESTEROV, InverseTime(Integer(3))))
    assert list(first.vector_fields()) == list(second.vector_fields())


@pytest.mark.parametrize(
    "value", [Fraction(1, 2), QQ((1, 2))], ids=["fractions.Fraction", "Sage rational"]
)
def test_rational_damping_of_all_kinds(value):
    flow = MomentumFlow(NMF(1, 1, 1), damping=value)
    s, u, v, du, dv = flow.ring().gens()
    assert [2 * entry for entry in flow.vector_fields()[0]] == [s, 2 * du, 2 * dv, -du, -dv]


@pytest.mark.parametrize("value", [2, Integer(2), np.int64(2), Fraction(2), QQ(2)], ids=repr)
def test_integer_damping_of_all_kinds(value):
    model = NMF(1, 1, 1)
    found = MomentumFlow(model, damping=value).vector_fields()
    assert list(found) == list(MomentumFlow(model, damping=2).vector_fields())


def test_metric_by_names_of_blocks():
    model = ReLUNetwork((1, 1, 1), bias=True)
    flow = GradientFlow(model, metric=("U2", "b1"))
    u1, u2, b = flow.ring().gens()
    assert [tuple(field) for field in flow.vector_fields()] == [(b, 0, u1 * b), (u2, u1 * u2, 0)]
    same = GradientFlow(model, metric=["b1", "U2"])
    assert list(same.vector_fields()) == list(flow.vector_fields())
    nothing = GradientFlow(NMF(1, 1, 1), metric=())
    euclidean = GradientFlow(NMF(1, 1, 1), metric="euclidean")
    assert list(nothing.vector_fields()) == list(euclidean.vector_fields())


def test_flows_keep_their_model_and_damping():
    model = NMF(2, 1, 2)
    assert MomentumFlow(model, damping=2).damping == 2
    assert MomentumFlow(model, damping=NESTEROV).damping == NESTEROV
    assert MomentumFlow(model).damping == 0
    assert MomentumFlow(model).model is model
    assert GradientFlow(model).model is model


def test_flows_pickle():
    # models and flows travel to worker processes
    for flow in [
        GradientFlow(ICNN(1, 2, 1, bias=True)),
        MomentumFlow(ReLUNetwork((1, 2, 1)), damping=QQ((1, 2)), metric="mirror"),
        MomentumFlow(LinearNetwork((1, 2)), damping=NESTEROV),
    ]:
        copy = pickle.loads(pickle.dumps(flow))
        assert list(copy.vector_fields()) == list(flow.vector_fields())


# --- networks of one's own ---


@pytest.mark.parametrize("function, parameters, inputs, number", [
    (lambda x, w1, w2: w2 @ relu(w1 @ x), {"w1": (2, 2), "w2": (1, 2)}, {"x": (2,)}, 2),
    (lambda x, gate1, w_1: w_1 @ relu(gate1 @ x), {"gate1": (1, 2), "w_1": (1, 1)}, {"x": (2,)},
     1),
    (lambda u0, w1, direction0: u0 * w1 * direction0, {"u0": (), "w1": (), "direction0": ()},
     None, 2),
], ids=["w1", "gate1", "u0"])
def test_names_of_parameters_are_free(function, parameters, inputs, number):
    # cotangents, gates and controls take other names, so that certificates can be read
    network = Network(function, parameters, inputs)
    for kind, expected in ((GradientFlow, number), (MomentumFlow, 0)):
        result = conservation_laws(kind(network))
        assert result.is_proved and result.upper_bound == expected
        assert trace_dimension(kind(network), engine="trajectory").number_of_laws == expected
        assert "Proved" in str(check_certificate(json.loads(json.dumps(result.certificate()))))


def test_what_is_said_of_parameters_that_are_not_used_holds_for_every_flow():
    network = Network(lambda u, v, w: u * v, {"u": (), "v": (), "w": ()})
    for flow in (GradientFlow(network), GradientFlow(network, decay=1), MomentumFlow(network)):
        assert any("w, along which the loss has no gradient" in text for text in flow.hypotheses)
        assert not any("stay" in text for text in flow.hypotheses)


def test_the_time_is_a_row_beside_the_laws():
    model = LinearNetwork([1, 1])
    for flow, text in [
        (GradientFlow(model), None), (GradientFlow(model, decay="1/2"), "s = e^(t/2), t the time"),
        (GradientFlow(model, decay={"U1": 1}), "s = e^t, t the time"),
        (MomentumFlow(model), "t is the time"), (MomentumFlow(model, NESTEROV), "t is the time"),
        (MomentumFlow(model, "2/3"), "s = e^(2*t/3), t the time"),
        (MomentumFlow(model, InverseTime("7/2")), "r > 0, and r^2 is the time"),
    ]:
        assert flow.time_meaning() == text
        rows = [line for line in str(conservation_laws(flow)).split("\n")
                if line.startswith("time ")]
        assert [row.split(None, 1)[1] for row in rows] == ([] if text is None else [text])

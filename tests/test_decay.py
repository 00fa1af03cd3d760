"""Weight decay: how many laws it leaves, which they are, and what it refuses."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, ZZ

from bad_input import assert_refused
from sage_conslaw import (
    ICNN,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    Network,
    Power,
    ReLUNetwork,
    VectorFields,
    conservation_laws,
    polynomial_laws,
    trace_dimension,
)
from sage_conslaw.functions import relu

NETWORKS = [
    LinearNetwork([2, 2, 2]), LinearNetwork([2, 3, 2]), LinearNetwork([1, 1, 1]),
    LinearNetwork([2, 1, 2, 1]), LinearNetwork([1, 2, 2, 1]), ReLUNetwork([2, 2, 1]),
    ReLUNetwork([2, 2, 2], bias=True), ReLUNetwork([1, 2, 2, 1]), NMF(2, 2, 2), NMF(1, 2, 1),
    Network(lambda U, V: U * V, {"U": (3,), "V": (3,)}),
    Network(lambda x, U, V, W: W @ relu(x + U @ relu(V @ x)),
            {"U": (2, 2), "V": (2, 2), "W": (1, 2)}, {"x": (2,)}),
]


@pytest.mark.parametrize("rate", [1, "0.01", Fraction(7, 3)], ids=str)
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_decay_of_all_parameters_leaves_as_many_laws(network, rate):
    # arXiv 2506.06194, Theorem 2.1, for laws that are homogeneous
    without, with_decay = GradientFlow(network), GradientFlow(network, decay=rate)
    expected = trace_dimension(without).number_of_laws
    for engine in ("brackets", "trajectory"):
        found = trace_dimension(with_decay, engine=engine)
        assert found.number_of_laws == expected
        assert found.number_of_variables == network.number_of_parameters + 1


@pytest.mark.parametrize("network", [n for n in NETWORKS if "NMF(1" not in repr(n)], ids=repr)
def test_laws_under_decay_are_those_without_in_other_variables(network):
    # h(theta e^{lambda t}) for each homogeneous h
    laws = polynomial_laws(GradientFlow(network), 2)
    wanted = set()
    for law in laws.independent():
        degrees = {len(monomial) for monomial, _ in law.terms}
        assert len(degrees) == 1
        factor = "s*" if degrees == {1} else "s^2*"
        wanted.add(str(law).replace(" + ", f" + {factor}").replace(" - ", f" - {factor}"))
    result = conservation_laws(GradientFlow(network, decay="0.1"), 2)
    assert result.lower_bound == laws.number_of_independent
    assert len(wanted) == len(laws.independent())
    assert {str(law).removeprefix("s^2*").removeprefix("s*") for law in result.laws} == wanted


def test_decay_of_one_layer_leaves_nothing():
    for name in ("U1", "U2"):
        result = conservation_laws(GradientFlow(LinearNetwork([2, 3, 2]), decay={name: 1}))
        assert result.is_proved and result.upper_bound == 0
    result = conservation_laws(GradientFlow(ReLUNetwork([2, 2, 1]), decay={"U1": "0.1"}))
    assert result.is_proved and result.upper_bound == 0


def test_laws_that_are_not_homogeneous_need_fitting_rates():
    # sum of u minus half the square of v: u has to decay twice as fast as v
    network = ICNN(1, 1, 1)
    assert conservation_laws(GradientFlow(network)).upper_bound == 1
    assert conservation_laws(GradientFlow(network, decay=1)).upper_bound == 0
    result = conservation_laws(GradientFlow(network, decay={"U": 2, "V": 1}))
    assert [str(law) for law in result.laws] == ["s^2*V1_1^2 - 2*s^2*U1_1"] and result.is_proved


def test_several_rates():
    network = Network(lambda U, V, w, z: (U @ V, w * z),
                      {"U": (1, 1), "V": (1, 1), "w": (), "z": ()})
    flow = GradientFlow(network, decay={"U": "1/2", "V": "1/2", "w": "1/3", "z": "1/3"})
    # s = e^{t/6}: U^2 e^t and w^2 e^{2t/3}
    assert flow.time_meaning().startswith("s = e^(t/6)")
    assert flow.time_degree() == 6
    result = conservation_laws(flow)
    assert {str(law) for law in result.laws} == {
        "s^6*U1_1^2 - s^6*V1_1^2", "s^4*w^2 - s^4*z^2"} and result.is_proved
    # where only one part decays the other keeps its law
    result = conservation_laws(GradientFlow(network, decay={"U": 3, "V": 3}))
    assert {str(law) for law in result.laws} == {"s^2*U1_1^2 - s^2*V1_1^2", "w^2 - z^2"}
    # rates that differ inside a part leave nothing of it
    result = conservation_laws(GradientFlow(network, decay={"U": 1, "V": 2}))
    assert [str(law) for law in result.laws] == ["w^2 - z^2"] and result.is_proved


def test_an_unused_parameter_decays_by_itself():
    network = Network(lambda U, V, b: U * V, {"U": (), "V": (), "b": (2,)})
    result = conservation_laws(GradientFlow(network, decay={"b": 2}))
    assert {str(law) for law in result.laws} == {"s*b1", "s*b2", "U^2 - V^2"} and result.is_proved


@pytest.mark.parametrize("k, law", [
    (-1, "s^3*u^3 - s^3*v^3"), (-2, "s^4*u^4 - s^4*v^4"),
    ("1/2", "s^3*u_root^3 - s^3*v_root^3"), ("1/3", "s^5*u_root^5 - s^5*v_root^5"),
    ("-1/2", "s^5*u_root^5 - s^5*v_root^5")], ids=str)
def test_the_time_degree_grows_with_the_degree(k, law):
    # u^{2 - k} needs e^{(2 - k) t}; the root of theta decays at half the rate
    network = Network(lambda u, v: u * v, {"u": (), "v": ()})
    flow = GradientFlow(network, metric=Power(k), decay=1)
    degree = int(law[2])
    assert flow.time_degree_for(degree) == degree
    assert flow.vector_fields().time_degree_for(degree) == degree
    assert law in [str(law) for law in polynomial_laws(flow, degree)]
    # the search says no degree in the time, which rises with the other one
    result = conservation_laws(flow)
    assert [str(law) for law in result.laws] == [law] and result.is_proved
    assert result.degree == result.time_degree == degree
    result = conservation_laws(flow, degree, time_degree=degree - 1)
    assert not result.laws and "time_degree=" in repr(result) and "time_degree=" in str(result)


def test_time_degrees():
    linear = LinearNetwork([1, 1, 1])
    for flow, expected in [
        (GradientFlow(linear), [None] * 4), (GradientFlow(linear, decay=1), [2, 2, 3, 4]),
        (GradientFlow(linear, decay={"U1": 1, "U2": 2}), [4, 4, 6, 8]),
        (MomentumFlow(linear), [1, 1, 1, 2]), (MomentumFlow(linear, 3), [1, 1, 1, 2]),
        (MomentumFlow(linear, InverseTime(3)), [3, 3, 4, 6]),
        (MomentumFlow(linear, InverseTime("7/2")), [7, 7, 10, 14]),
        (MomentumFlow(linear, 1, decay=1), [1, 1, 1, 2]),
    ]:
        assert [flow.time_degree_for(d) for d in (1, 2, 3, 4)] == expected
        fields = flow.vector_fields()
        assert [fields.time_degree_for(d) for d in (1, 2, 3, 4)] == expected
        assert flow.time_degree_for(2) == flow.time_degree()
    ring = QQ["t, x"]
    t, x = ring.gens()
    fields = VectorFields([[1, x], [0, t]], time="t")
    assert [fields.time_degree_for(d) for d in (1, 2, 4)] == [1, 1, 2]


# --- momentum ---


@pytest.mark.parametrize("damping", [0, 1, "0.3", InverseTime(3), InverseTime("7/2")], ids=str)
def test_decay_leaves_angular_momenta(damping):
    # a force along theta has no moment; what swaps the factors needs equal rates
    network = LinearNetwork([1, 2, 1])
    without = conservation_laws(MomentumFlow(network, damping))
    assert without.is_proved and without.upper_bound == 2
    for decay, number in ((1, 2), ({"U1": 1, "U2": "1.0"}, 2), ({"U1": 1}, 1),
                          ({"U1": "1/2", "U2": 2}, 1)):
        result = conservation_laws(MomentumFlow(network, damping, decay=decay))
        assert result.is_proved and result.upper_bound == number
        assert {str(law) for law in result.laws} <= {str(law) for law in without.laws}


@pytest.mark.parametrize("network", [ReLUNetwork([2, 2, 1]), NMF(2, 1, 2), ICNN(1, 1, 2)], ids=repr)
def test_there_is_nothing_where_there_was_nothing(network):
    for damping in (0, 1):
        for decay in (None, 1):
            flow = MomentumFlow(network, damping, decay=decay)
            assert trace_dimension(flow).number_of_laws == 0


def test_inverse_time_with_a_fraction_finds_its_laws_by_default():
    for damping in ("7/2", "1/3", "5/2"):
        result = conservation_laws(MomentumFlow(LinearNetwork([1, 2, 1]), InverseTime(damping)))
        p = Fraction(damping).numerator
        power = "r" if p == 1 else f"r^{p}"
        assert result.is_proved and result.lower_bound == 2
        assert all(str(law).startswith(f"{power}*") for law in result.laws)


def test_a_parameter_without_data_slows_down():
    # r^q v - (1 - c) / q b needs the time itself, r^q, whatever c is
    network = Network(lambda U, V, b: U * V, {"U": (), "V": (), "b": ()})
    for damping, laws in (("1/2", {"r*db", "2*r^2*db - b"}), (3, {"t^3*db", "t*db + 2*b"})):
        result = conservation_laws(MomentumFlow(network, InverseTime(damping)))
        assert {str(law) for law in result.laws} == laws and result.is_proved
    # t v stays, and b - t v log t
    result = conservation_laws(MomentumFlow(network, InverseTime(1)), 4)
    assert [str(law) for law in result.laws] == ["t*db"] and result.unexplained == 1


# --- what is accepted ---


@pytest.mark.parametrize("rate", [
    "0.1", "1/10", 0.1, np.float64(0.1), Fraction(1, 10), QQ((1, 10)), " 1e-1 "], ids=repr)
def test_ways_to_write_a_decay(rate):
    for decay in (rate, {"U": rate, "V": rate}):
        flow = GradientFlow(NMF(1, 1, 1), decay=decay)
        assert flow == GradientFlow(NMF(1, 1, 1), decay="0.1")
        assert "decay=1/10" in repr(flow) and flow.decay == {"U": Fraction(1, 10),
                                                             "V": Fraction(1, 10)}
    assert "decay={'V': 1/10}" in repr(GradientFlow(NMF(1, 1, 1), decay={"V": rate}))


def test_no_decay():
    for decay in (None, 0, 0.0, "0", {}, {"U": 0}):
        flow = GradientFlow(NMF(1, 1, 1), decay=decay)
        assert flow == GradientFlow(NMF(1, 1, 1)) and flow.time_meaning() is None
        assert "decay" not in repr(flow)


@pytest.mark.parametrize("flow", [GradientFlow, MomentumFlow], ids=lambda f: f.__name__)
@pytest.mark.parametrize("decay, kind, given", [
    (-1, ValueError, "-1"), ("-0.1", ValueError, "'-0.1'"), (float("nan"), ValueError, "nan"),
    (float("inf"), ValueError, "inf"), (True, TypeError, "True"), ("x", ValueError, "'x'"),
    ([1, 2], TypeError, "[1, 2]"), (1j, TypeError, "1j"), ({"W": 1}, ValueError, "W"),
    ({"U": -1}, ValueError, "-1"), ({"U": None}, TypeError, "decay['U']"),
    ({1: 1}, ValueError, "1"), (ZZ, TypeError, "Integer Ring"), (itertools.count(), TypeError,
                                                                   "count"),
    ("__import__('os')", ValueError, "__import__"),
], ids=lambda value: str(value)[:30])
def test_bad_decays(flow, decay, kind, given):
    assert_refused(lambda: flow(NMF(1, 1, 1), decay=decay), kind, "decay", given,
                   "non-negative rational")

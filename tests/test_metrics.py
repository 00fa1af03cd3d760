"""Metrics: the fields of flows with each of them by formulas, laws known by hand, bad ones."""

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sage.all import QQ, ZZ

import flow_formulas
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
    conservation_laws,
    polynomial_laws,
    trace_dimension,
)
from sage_conslaw.counting.sizes import size_of_programs
from sage_conslaw.functions import relu

SHAPES = {"U": (1, 2), "V": (2, 1)}


def product(U, V):
    return U @ V


PRODUCT = Network(product, SHAPES)


def diagonal(*exponents):
    """Return the metric with these exponents of the blocks, as a function of the blocks."""
    return lambda theta: [x**k for array, k in zip(theta.values(), exponents)
                          for x in np.ravel(array)]


def by_blocks(function, *names):
    """Return a metric for the formulas from a function that returns a dictionary."""
    def metric(theta):
        found = function(**{name: theta[name] for name in names or theta})
        return [entry for name, array in theta.items()
                for entry in np.ravel(found.get(name, np.full(np.shape(array), 1, object)))]
    return metric


def flat(U, V):
    return np.concatenate([U.reshape(2), V.reshape(2)])


def polynomial_diagonal(U, V):
    return {"U": U * U + 2 * V.T, "V": V**3}


def of_one_block(V):
    return {"U": 1 + V.T * V.T}


def rational_diagonal(U, V):
    return {"U": 1 / (1 + U * U), "V": V / U.T}


def numbers():
    return {"U": 3, "V": Fraction(1, 2)}


def rank_one(U, V):
    theta = flat(U, V)
    return np.eye(4, dtype=int) + np.outer(theta, theta)


def rational_matrix(U, V):
    # of the sphere's stereographic coordinates, and a rank one part
    theta = flat(U, V)
    return np.eye(4, dtype=int) - np.outer(theta, theta) / (1 + np.sum(theta * theta))


def not_symmetric(U, V):
    theta = flat(U, V)
    return np.outer(theta, np.array([1, 2, 0, 1]))


METRICS = {
    "own": (None, diagonal(0, 0)),
    "euclidean": ("euclidean", diagonal(0, 0)),
    "mirror": ("mirror", diagonal(1, 1)),
    "burg": ("burg", diagonal(2, 2)),
    "natural": ("natural", diagonal(0, 0)),
    "3": (Power(3), diagonal(3, 3)),
    "-1": (Power(-1), diagonal(-1, -1)),
    "-2": (Power("-2"), diagonal(-2, -2)),
    "names": (["V"], diagonal(0, 1)),
    "blocks": ({"U": "mirror", "V": "burg"}, diagonal(1, 2)),
    "one block": ({"V": Power(-1)}, diagonal(0, -1)),
    "polynomials": (polynomial_diagonal, by_blocks(polynomial_diagonal)),
    "of one block": (of_one_block, by_blocks(of_one_block, "V")),
    "quotients": (rational_diagonal, by_blocks(rational_diagonal)),
    "numbers": (numbers, lambda theta: [3, 3, sympy.Rational(1, 2), sympy.Rational(1, 2)]),
    "rank one": (rank_one, lambda theta: rank_one(**theta)),
    "rational matrix": (rational_matrix, lambda theta: rational_matrix(**theta)),
    "not symmetric": (not_symmetric, lambda theta: not_symmetric(**theta)),
}


@pytest.mark.parametrize("label", METRICS)
def test_fields_of_gradient_flows(label):
    metric, by_hand = METRICS[label]
    for decay in (None, {"U": Fraction(1, 2), "V": Fraction(1, 3)}, {"V": 2}):
        flow_formulas.assert_fields(
            GradientFlow(PRODUCT, metric=metric, decay=decay).vector_fields(),
            flow_formulas.gradient_fields(product, SHAPES, by_hand, decay))


@pytest.mark.parametrize("damping, rate, over_time, decay", [
    (0, 0, False, None), (Fraction(1, 2), Fraction(1, 2), False, None),
    (InverseTime(3), 3, True, None),
    (InverseTime("5/2"), Fraction(5, 2), True, None), (2, 2, False, {"U": Fraction(1, 2)}),
    (InverseTime(1), 1, True, {"U": 1, "V": 2}), (0, 0, False, {"V": 1}),
], ids=str)
@pytest.mark.parametrize("label", METRICS)
def test_fields_of_momentum_flows(label, damping, rate, over_time, decay):
    metric, by_hand = METRICS[label]
    flow_formulas.assert_fields(
        MomentumFlow(PRODUCT, damping, metric=metric, decay=decay).vector_fields(),
        flow_formulas.momentum_fields(product, SHAPES, by_hand, rate, over_time, decay))


@pytest.mark.parametrize("exponents", [
    {"U": Fraction(1, 2), "V": Fraction(1, 2)}, {"U": Fraction(3, 2)},
    {"U": Fraction(-1, 2), "V": 1}, {"U": Fraction(1, 3), "V": Fraction(-5, 2)},
], ids=str)
def test_fields_in_roots(exponents):
    metric = {name: Power(k) for name, k in exponents.items()}
    flow = GradientFlow(PRODUCT, metric=metric)
    flow_formulas.assert_fields(flow.vector_fields(),
                                flow_formulas.rooted_fields(product, SHAPES, exponents))
    roots = [n for n, k in exponents.items() if k.denominator > 1]
    assert [text for text in flow.hypotheses if "is positive" in text] == [
        f"{n} is positive, and the power {exponents[n].denominator} of {n}_root, entry by entry"
        for n in roots]


def test_roots_of_more_than_a_product():
    def function(a, B):
        return a * a * B, B[0] * B[1] + a

    shapes = {"a": (), "B": (2,)}
    flow = GradientFlow(Network(function, shapes), metric={"B": Power("1/2")})
    flow_formulas.assert_fields(
        flow.vector_fields(),
        flow_formulas.rooted_fields(function, shapes, {"B": Fraction(1, 2)}))


# --- laws ---


def laws_of(flow, degree=None):
    result = conservation_laws(flow, degree)
    return result, [str(law) for law in result.laws]


SCALARS = Network(lambda u, v: u * v, {"u": (), "v": ()})


@pytest.mark.parametrize("k, law", [
    (0, "u^2 - v^2"), (1, "u - v"), (-1, "u^3 - v^3"), (-2, "u^4 - v^4"),
    (Fraction(1, 2), "u_root^3 - v_root^3"), (Fraction(3, 2), "u_root - v_root"),
    (Fraction(1, 3), "u_root^5 - v_root^5"), (Fraction(-1, 2), "u_root^5 - v_root^5"),
], ids=str)
def test_powers_make_differences_of_powers(k, law):
    # u' = -u^k v e and v' = -v^k u e, so that u^{1 - k} u' = v^{1 - k} v'
    result, laws = laws_of(GradientFlow(SCALARS, metric=Power(k)))
    assert laws == [law] and result.is_proved


@pytest.mark.parametrize("k", [2, 3, Fraction(5, 2)], ids=str)
def test_powers_whose_laws_are_no_polynomials(k):
    # u / v for k = 2, and u^{2 - k} - v^{2 - k} with a negative exponent beyond
    result, laws = laws_of(GradientFlow(SCALARS, metric=Power(k)), 5)
    assert not laws and result.unexplained == 1


@pytest.mark.parametrize("metric, law", [
    ({"u": "mirror"}, "v^2 - 2*u"), ({"v": "mirror"}, "u^2 - 2*v"),
    ({"u": "mirror", "v": "mirror"}, "u - v"), ({"u": "mirror", "v": Power(-1)}, "v^3 - 3*u"),
    ({}, "u^2 - v^2"), ({"u": "euclidean"}, "u^2 - v^2"), (["u"], "v^2 - 2*u"),
    # u u' = 2 v^2 v'
    (lambda v: {"u": 2 * v}, "4*v^3 - 3*u^2"), (lambda u: {"u": 2 * u}, "v^2 - u"),
], ids=str)
def test_each_block_has_the_metric_it_is_given(metric, law):
    result, laws = laws_of(GradientFlow(SCALARS, metric=metric), 3)
    assert laws == [law] and result.is_proved


def test_the_values_of_a_dictionary_count():
    # u / log v, log u - log v, ...: none is a polynomial, and mirror's u - v is no law of theirs
    for metric in ({"u": "burg", "v": "mirror"}, {"u": "mirror", "v": "burg"},
                   {"u": "burg", "v": "burg"}, {"u": "burg"}, {"v": Power(2)}):
        result, laws = laws_of(GradientFlow(SCALARS, metric=metric), 4)
        assert not laws and result.upper_bound == 1
        for damping in (0, 1, InverseTime(3)):
            fields = MomentumFlow(SCALARS, damping, metric=metric).vector_fields()
            assert fields != MomentumFlow(SCALARS, damping, metric="mirror").vector_fields()


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 1, 2), (2, 2, 1), (3, 2, 2)], ids=str)
def test_sums_of_columns(sizes):
    n, r, m = sizes
    given = Network(lambda U, V: U @ V.T, {"U": (n, r), "V": (m, r)})
    expected = {f"{' + '.join(f'U{i}_{k}' for i in range(1, n + 1))} - "
                f"{' - '.join(f'V{j}_{k}' for j in range(1, m + 1))}" for k in range(1, r + 1)}
    for flow in (GradientFlow(NMF(n, r, m)), GradientFlow(given, metric="mirror"),
                 GradientFlow(given, metric={"U": Power(1), "V": "mirror"}),
                 GradientFlow(given, metric=lambda U, V: {"U": U, "V": V}),
                 GradientFlow(given, metric=["U", "V"])):
        assert {str(law) for law in polynomial_laws(flow, 1)} == expected


def test_laws_of_a_matrix_metric():
    # the matrix [[2, 1], [1, 2]] sends (v, u) to (2 v + u, v + 2 u): eigenvalues 3 on u + v
    # and 1 on v - u with the other sign, so that (u + v) (u - v)^3 stays
    result, laws = laws_of(GradientFlow(SCALARS, metric=lambda: [[2, 1], [1, 2]]))
    assert laws == ["u^4 - 2*u^3*v + 2*u*v^3 - v^4"] and result.is_proved
    # 1 + theta theta^T sends it to (v + 2 u^2 v, u + 2 u v^2): the law is the quotient of
    # u^2 - v^2 and 1 + u^2 + v^2
    result, laws = laws_of(GradientFlow(SCALARS, metric=lambda u, v: [
        [1 + u * u, u * v], [u * v, 1 + v * v]]), 4)
    assert result.upper_bound == 1 and not laws


def test_a_metric_that_vanishes_on_a_block_keeps_it():
    result, laws = laws_of(GradientFlow(SCALARS, metric=lambda u: {"u": 0 * u}))
    assert laws == ["u"] and result.is_proved
    result, laws = laws_of(GradientFlow(SCALARS, metric=lambda u, v: [[0, 0], [0, 0]]))
    assert laws == ["u", "v"] and result.is_proved
    # v' = -(1 + v) u e and u' = (1 + v) u e for a singular matrix
    result, laws = laws_of(GradientFlow(SCALARS, metric=lambda: [[1, -1], [-1, 1]]))
    assert laws == ["u + v"] and result.is_proved


def test_natural_gradients_have_the_laws_of_gradients_and_say_when():
    for flow in (GradientFlow, MomentumFlow):
        natural, euclidean = (flow(NMF(2, 2, 1), metric=m) for m in ("natural", "euclidean"))
        assert natural != euclidean and natural.metric == "natural" and "natural" in repr(natural)
        assert natural.vector_fields() == euclidean.vector_fields()
        assert any("constant rank" in text for text in natural.hypotheses)
        assert not any("constant rank" in text for text in euclidean.hypotheses)
    assert conservation_laws(GradientFlow(ICNN(1, 2, 1), metric="natural")).upper_bound == 2


def test_a_matrix_that_is_not_symmetric_is_said_to_be_so():
    flow = GradientFlow(PRODUCT, metric=not_symmetric)
    assert any("not symmetric" in text for text in flow.hypotheses)
    assert any("not symmetric" in text for text in flow.further_hypotheses())
    for metric in (rank_one, rational_matrix):
        assert not any("symmetric" in text for text in
                       GradientFlow(PRODUCT, metric=metric).hypotheses)


def test_metrics_of_what_is_made_from_a_network():
    network = Network(lambda U, V, W: U @ V @ W, {"U": (1, 1), "V": (1, 1), "W": (1, 1)})
    # the others are controls: u' = -u^2 c e keeps nothing
    restricted = network.restrict(["U", "V"])
    flow = GradientFlow(restricted, metric={"U": "mirror", "V": "mirror"})
    assert [str(law) for law in polynomial_laws(flow, 1)] == ["U1_1 - V1_1"]
    flow = GradientFlow(restricted, metric=lambda U, V: {"U": U, "V": V})
    assert [str(law) for law in polynomial_laws(flow, 1)] == ["U1_1 - V1_1"]
    frozen = network.freeze(["W"], {"W": [[3]]})
    flow = GradientFlow(frozen, metric="mirror")
    assert [str(law) for law in polynomial_laws(flow, 1)] == ["U1_1 - V1_1"]
    for made in (restricted, frozen):
        assert_refused(lambda: GradientFlow(made, metric=lambda W: {"U": W}), TypeError, "metric",
                       "W", "U, V")
        assert_refused(lambda: GradientFlow(made, metric={"W": "mirror"}), ValueError, "metric",
                       "U, V")
    # what was mirror stays so where it is left
    assert GradientFlow(NMF(1, 1, 1).restrict(["U"])).metric == ("U",)


def test_decay_is_not_multiplied_by_the_metric():
    # u' = -u v e - u and v' = -v u e - v: (u - v)' = -(u - v)
    flow = GradientFlow(SCALARS, metric="mirror", decay=1)
    assert [str(law) for law in polynomial_laws(flow, 1)] == ["s*u - s*v"]
    # with a decay inside, u' = -u (v e + u), u - v would grow by u^2 - v^2
    inside = Network(lambda u, v: (u * v, u * u / 2 + v * v / 2), {"u": (), "v": ()})
    assert not polynomial_laws(GradientFlow(inside, metric="mirror"), 1)


@pytest.mark.parametrize("label", METRICS)
def test_bounds_are_of_integers_that_do_not_overflow(label):
    # integers of NumPy in a shape would make the chance of failure a wrong one
    programs = GradientFlow(PRODUCT, metric=METRICS[label][0]).programs
    for program in (programs.data_field, programs.sum_of_fields, programs.derivative):
        assert all(type(n) is int for step in program.instructions for n in step.shape)


def test_large_constants_of_a_metric():
    large = Fraction(10**40, 10**40 + 1)
    for flow in (GradientFlow, MomentumFlow):
        size = size_of_programs(flow(PRODUCT, metric=lambda U, V: {"U": large * U * U}).programs)
        assert type(size.total) is int and size.total > 10**40
    result = conservation_laws(GradientFlow(PRODUCT, metric=lambda: large * np.eye(4, dtype=int)))
    assert result.is_proved and result.upper_bound == 3


# --- being one metric ---


def test_equal_flows_have_equal_hashes():
    same = [GradientFlow(SCALARS, metric=m) for m in (
        "mirror", ["u", "v"], {"u": "mirror", "v": Power(1)}, lambda u, v: {"u": u, "v": v})]
    for one, other in itertools.combinations(same, 2):
        assert one == other and hash(one) == hash(other)
    different = [GradientFlow(SCALARS, metric=m) for m in (
        None, "mirror", "burg", Power("1/2"), ["u"], "natural", lambda u: {"u": 2 * u},
        lambda u: {"u": 3 * u}, lambda u, v: [[u, 0], [0, v]])]
    different += [GradientFlow(SCALARS, decay=1), GradientFlow(SCALARS, decay={"u": 1}),
                  GradientFlow(SCALARS, decay=2), MomentumFlow(SCALARS), MomentumFlow(SCALARS, 1),
                  MomentumFlow(SCALARS, InverseTime(1)), MomentumFlow(SCALARS, 1, decay=1),
                  GradientFlow(Network(lambda u, v: 2 * u * v, {"u": (), "v": ()})),
                  GradientFlow(Network(lambda u, v: 3 * u * v, {"u": (), "v": ()})),
                  GradientFlow(Network(lambda u, v: u * v, {"u": (), "v": (1,)}))]
    assert len(set(different)) == len(different)
    for one, other in itertools.combinations(different, 2):
        assert one != other and not one == other
    assert GradientFlow(SCALARS, metric="euclidean") == GradientFlow(SCALARS)
    assert GradientFlow(SCALARS, decay={"u": 1, "v": 1}) == GradientFlow(SCALARS, decay="1.0")


@pytest.mark.parametrize("metric", [
    lambda u, v: {"u": u + v}, lambda u, v: [[u, 1], [2, v]], Power("1/2"), "natural",
    {"u": "burg"}], ids=str)
@pytest.mark.parametrize("kind", [GradientFlow, MomentumFlow])
def test_flows_with_metrics_pickle(kind, metric):
    if kind is MomentumFlow and isinstance(metric, Power):
        metric = Power(-1)
    flow = kind(SCALARS, metric=metric, decay="1/3")
    copy = pickle.loads(pickle.dumps(flow))
    assert copy == flow and hash(copy) == hash(flow) and repr(copy) == repr(flow)
    assert copy.hypotheses == flow.hypotheses
    assert copy.vector_fields() == flow.vector_fields()
    assert trace_dimension(copy) == trace_dimension(flow)


def test_how_metrics_are_written():
    def learned(u):
        return {"u": u}

    for metric, text in [
        (None, "metric='euclidean'"), ("mirror", "metric=('u', 'v')"), ("burg", "'u': 'burg'"),
        (Power("2/3"), "'u': Power(2/3)"), (learned, "metric=<function learned>"),
        ("natural", "metric='natural'"), ({"v": "burg"}, "{'u': 'euclidean', 'v': 'burg'}"),
    ]:
        assert text in repr(GradientFlow(SCALARS, metric=metric))


# --- names that clash, bad metrics ---


def test_blocks_of_a_state_have_names_of_their_own():
    # a block dU next to U would be one array with the velocity of U, and laws would be false
    for names in (("U", "dU"), ("W1", "dW1")):
        network = Network(lambda **k: k[names[0]] @ k[names[1]].T,  # noqa: B023
                          {name: (1, 2) for name in names})
        assert_refused(lambda: MomentumFlow(network), ValueError, f"called 'd{names[0]}'")
        assert conservation_laws(GradientFlow(network), 2).upper_bound == 3
    for name, damping, decay in (("t", 0, None), ("s", 1, None), ("r", InverseTime("1/2"), None),
                                 ("s", None, 1)):
        for shape in ((), (2,)):
            network = Network(lambda **k: k[name] * k["U"],  # noqa: B023
                              {name: shape, "U": shape})
            assert_refused(lambda: GradientFlow(network, decay=decay) if damping is None
                           else MomentumFlow(network, damping), ValueError, f"called '{name}'")
            assert conservation_laws(GradientFlow(network), 2).is_proved
    # entries whose names clash, where blocks have different ones
    network = Network(lambda U, U1: U * U1, {"U": (2,), "U1": ()})
    assert_refused(lambda: GradientFlow(network).vector_fields(), ValueError, "called 'U1'")
    network = Network(lambda U, dU1: U * dU1, {"U": (1,), "dU1": ()})
    assert_refused(lambda: MomentumFlow(network).variable_names(), ValueError, "called 'dU1'")
    network = Network(lambda U, U_root: U * U_root, {"U": (1,), "U_root": (1,)})
    assert_refused(lambda: GradientFlow(network, metric={"U": Power("1/2")}), ValueError,
                   "'U_root'")


@pytest.mark.parametrize("flow", [GradientFlow, MomentumFlow], ids=lambda f: f.__name__)
@pytest.mark.parametrize("metric, kind, given", [
    (ZZ, TypeError, "Integer Ring"), (QQ, TypeError, "Rational Field"),
    (itertools.count(), ValueError, "count"), (np.sin, TypeError, ""),
    ({"u": "natural"}, ValueError, "natural"), ({"u": None}, TypeError, "None"),
    ({"u": lambda u: u}, TypeError, "lambda"), ({"w": "mirror"}, ValueError, "'w'"),
    ({"u": 2}, TypeError, "2"), ({1: "mirror"}, ValueError, "1"), (Power, TypeError, "Power"),
    (lambda w: {"u": w}, TypeError, "w"), (lambda **k: {"u": k["u"]}, TypeError, "k"),
    (lambda u, n=1: {"u": u}, TypeError, "u, n"),
    (lambda u: {"u": relu(u)}, ValueError, "gates"),
    (lambda u: {"w": u}, ValueError, "w"), (lambda u: u, ValueError, "()"),
    (lambda u: None, TypeError, "None"), (lambda u: "mirror", TypeError, "'mirror'"),
    (lambda u: {"u": [u, u]}, ValueError, "(2,)"), (lambda u: {"u": None}, TypeError, "None"),
    (lambda u: {"u": "x"}, TypeError, "'x'"), (lambda u: [[u, 1]], ValueError, "(1, 2)"),
    (lambda u: {"u": float("nan")}, ValueError, "nan"),
], ids=lambda value: str(value)[:30])
def test_bad_metrics(flow, metric, kind, given):
    assert_refused(lambda: flow(SCALARS, metric=metric), kind, "metric", given)


def test_a_denominator_that_is_zero_everywhere_is_named():
    for metric in (lambda u: {"u": 1 / (u - u)}, lambda u: {"u": 1 / (u * (u + 1) - u * u - u)}):
        for flow in (GradientFlow(SCALARS, metric=metric), MomentumFlow(SCALARS, metric=metric)):
            with pytest.raises(ValueError, match="zero at all points"):
                flow.vector_fields()
            with pytest.raises(ValueError, match="zero at all points|identically zero"):
                conservation_laws(flow)


@pytest.mark.parametrize("k, kind", [
    ("x", ValueError), ("1/0", ValueError), (None, TypeError), (True, TypeError), (1j, TypeError),
    (101, ValueError), (Fraction(1, 101), ValueError), (float("nan"), ValueError),
    ("__import__('os')", ValueError), (1 / 3, ValueError)], ids=str)
def test_bad_exponents(k, kind):
    assert_refused(lambda: Power(k), kind, "k:", "rational number", "'1/2'")


def test_exponents_however_they_are_written():
    for k in (Fraction(1, 2), QQ((1, 2)), "1/2", "0.5", 0.5, np.float64(0.5)):
        assert Power(k) == Power("1/2") and repr(Power(k)) == "Power(1/2)"
    assert Power("-1/2").k == Fraction(-1, 2)


def test_momentum_takes_no_roots():
    assert_refused(lambda: MomentumFlow(SCALARS, metric=Power("1/2")), ValueError, "Power(1/2)",
                   "integer exponents")
    assert_refused(lambda: MomentumFlow(SCALARS, metric={"v": Power("1/2")}), ValueError, "'v'")


def test_the_own_geometry_is_that_of_the_architecture():
    assert GradientFlow(ICNN(1, 1, 1)).metric == ("U",)
    assert GradientFlow(NMF(1, 1, 1)).metric == ("U", "V")
    assert GradientFlow(LinearNetwork([1, 1])).metric == ()
    assert GradientFlow(ICNN(1, 1, 1), metric={}).metric == ()

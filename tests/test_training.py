"""
Laws stay constant while the network is trained, by its own function, up to the integrator's error.
"""

from fractions import Fraction

import numpy as np
import pytest

import training
from sage_conslaw import (
    GradientFlow,
    InverseTime,
    MomentumFlow,
    Network,
    Power,
    conservation_laws,
)
from sage_conslaw.functions import leaky_relu, relu


def linear(x, U, V):
    return U @ (V @ x)


def hidden(x, U, V, b):
    return U @ relu(V @ x + b)


def deep(x, A, B, C):
    return A @ leaky_relu(B @ (C @ x))


def attention(x, Q, K, V):
    return x.T @ Q.T @ K @ x @ x.T @ V


def divided(x, g, u):
    return g * (u @ x) / (u @ u)


def factors(U, V):
    return U @ V.T


def two_parts(U, V, w, z):
    return U @ V, w * z


LINEAR = (linear, {"U": (2, 2), "V": (2, 3)}, {"x": (3,)})
HIDDEN = (hidden, {"U": (2, 2), "V": (2, 2), "b": (2,)}, {"x": (2,)})
DEEP = (deep, {"A": (1, 2), "B": (2, 2), "C": (2, 2)}, {"x": (2,)})
ATTENTION = (attention, {"Q": (2, 2), "K": (2, 2), "V": (2, 1)}, {"x": (2, 2)})
DIVIDED = (divided, {"g": (), "u": (3,)}, {"x": (3,)})
FACTORS = (factors, {"U": (2, 2), "V": (3, 2)}, {})
TWO_PARTS = (two_parts, {"U": (1, 2), "V": (2, 1), "w": (2,), "z": (2,)}, {})


def mirror(theta):
    return dict(theta)


def mixed(U, V):
    return {"U": U, "V": 1 + V * V}


def one_block(V):
    return {"V": 1 / (1 + V * V)}


def trained(problem, positive=False, seed=0):
    """Return the network, a starting point and the loss of random data."""
    function, shapes, inputs = problem
    generator = np.random.default_rng(seed)
    theta = {name: generator.uniform(0.5, 1.5, size=shape) if positive
             else generator.normal(size=shape) for name, shape in shapes.items()}
    data = training.random_data(function, theta, inputs, 3, generator, positive)
    return Network(function, shapes, inputs or None), theta, training.losses(function, data)


def assert_constant(flow, states, tolerance, number=None):
    """Assert that the laws of a flow stay constant along states of blocks, which move."""
    result = conservation_laws(flow)
    laws = result.laws
    assert laws and (number is None or len(laws) == number)
    first, last = (np.concatenate([np.ravel(a) for a in state.values()])
                   for state in (states[0], states[-1]))
    assert np.abs(first - last).max() > 0.05, "the trajectory hardly moves"
    for law in laws:
        assert training.drift(law, states) < tolerance, str(law)
    # what is no law is seen to be none
    spoiled = [lambda state, name=name: np.sum(state[name] ** 2)
               for name in list(states[0])[1 if flow.programs.time else 0:]]
    assert max(training.drift(f, states) for f in spoiled) > 100 * tolerance


@pytest.mark.parametrize("problem, metric, by_hand, positive, number", [
    (LINEAR, None, None, False, 3),
    (TWO_PARTS, None, None, False, 5),
    (DIVIDED, None, None, False, 1),
    (FACTORS, "mirror", mirror, True, 2),
    (TWO_PARTS, {"w": "mirror", "z": "mirror"}, lambda t: {"w": t["w"], "z": t["z"]}, True, 5),
    (TWO_PARTS, {"w": Power(-1), "z": "mirror"}, lambda t: {"w": 1 / t["w"], "z": t["z"]}, True, 5),
    ((lambda U, V: U * V, {"U": (3,), "V": (3,)}, {}), one_block,
     lambda t: {"V": 1 / (1 + t["V"] ** 2)}, False, 3),
], ids=range(7))
def test_gradient_flows(problem, metric, by_hand, positive, number):
    network, theta, loss = trained(problem, positive)
    _, states = training.runge_kutta(training.gradient_flow(loss, by_hand), theta, 0, 0.3, 60)
    assert_constant(GradientFlow(network, metric=metric), states, 1e-6, number)


@pytest.mark.parametrize("problem", [ATTENTION, TWO_PARTS], ids=["attention", "parts"])
def test_what_is_left_is_the_error_of_the_integrator(problem):
    # of order four: half the step makes a sixteenth of it
    network, theta, loss = trained(problem)
    laws = conservation_laws(GradientFlow(network)).laws
    assert len(laws) == (4 if problem is ATTENTION else 5)
    errors = []
    for steps in (60, 120) if problem is ATTENTION else (15, 30):
        _, states = training.runge_kutta(training.gradient_flow(loss), theta, 0, 0.2, steps)
        errors.append(max(training.drift(law, states) for law in laws))
    assert 1e-12 < errors[1] < errors[0] / 10


@pytest.mark.parametrize("problem, number", [(HIDDEN, 2), (DEEP, 5)], ids=["hidden", "deep"])
def test_gradient_flows_with_gates(problem, number):
    # where a gate switches the integrator loses its order, and laws stay all the same
    network, theta, loss = trained(problem, seed=3)
    _, states = training.runge_kutta(training.gradient_flow(loss), theta, 0, 0.3, 120)
    assert_constant(GradientFlow(network), states, 1e-4, number)


@pytest.mark.parametrize("k", [Fraction(1, 2), Fraction(1, 3), Fraction(3, 2)], ids=str)
def test_fractional_powers(k):
    function, shapes = (lambda U, V: U * V), {"U": (2,), "V": (2,)}
    network, theta, loss = trained((function, shapes, {}), positive=True)
    field = training.gradient_flow(loss, lambda t: {n: a ** float(k) for n, a in t.items()})
    _, states = training.runge_kutta(field, theta, 0, 0.3, 60)
    roots = [{f"{n}_root": a ** (1 / k.denominator) for n, a in state.items()} for state in states]
    assert_constant(GradientFlow(network, metric=Power(k)), roots, 1e-6, 2)


def test_a_matrix_metric():
    function, shapes = (lambda u, v: u * v), {"u": (), "v": ()}
    network, theta, loss = trained((function, shapes, {}), positive=True)
    matrix = [[2, 1], [1, 2]]
    _, states = training.runge_kutta(training.gradient_flow(loss, lambda _: matrix), theta, 0, 0.3,
                                     60)
    assert_constant(GradientFlow(network, metric=lambda: matrix), states, 1e-6, 1)


def timed(states, times, name, function):
    """Return states with the variable of the time in them."""
    return [{name: function(t), **state} for t, state in zip(times, states)]


@pytest.mark.parametrize("problem, decay, measure, metric, by_hand, number", [
    (LINEAR, dict.fromkeys("UV", Fraction(1, 2)), Fraction(1, 2), None, None, 3),
    (TWO_PARTS, {"U": Fraction(1, 2), "V": Fraction(1, 2), "w": Fraction(1, 3),
                 "z": Fraction(1, 3)}, Fraction(1, 6), None, None, 5),
    (FACTORS, {"U": 1, "V": 1}, 1, "mirror", mirror, 2),
    (TWO_PARTS, {"U": 2, "V": 2}, 2, {"w": "mirror", "z": "mirror"},
     lambda t: {"w": t["w"], "z": t["z"]}, 5),
], ids=range(4))
def test_gradient_flows_with_decay(problem, decay, measure, metric, by_hand, number):
    network, theta, loss = trained(problem, positive=bool(metric))
    rates = {name: float(rate) for name, rate in decay.items()}
    times, states = training.runge_kutta(training.gradient_flow(loss, by_hand, rates), theta, 0,
                                         0.3, 60)
    states = timed(states, times, "s", lambda t: np.exp(float(measure) * t))
    assert_constant(GradientFlow(network, metric=metric, decay=decay), states, 1e-6, number)


SPEEDS = [
    (0, lambda t: 0.0, "t", lambda t: t), (2, lambda t: 2.0, "s", lambda t: np.exp(2 * t)),
    (Fraction(1, 2), lambda t: 0.5, "s", lambda t: np.exp(t / 2)),
    (InverseTime(3), lambda t: 3 / t, "t", lambda t: t),
    (InverseTime("7/2"), lambda t: 3.5 / t, "r", np.sqrt),
]


@pytest.mark.parametrize("damping, tau, name, of_time", SPEEDS, ids=lambda x: str(x)[:20])
@pytest.mark.parametrize("problem, decay, number", [
    (LINEAR, None, 1), ((factors, {"U": (1, 2), "V": (1, 2)}, {}), None, 2),
    ((factors, {"U": (1, 2), "V": (1, 2)}, {}), {"U": 1.0, "V": 1.0}, 2),
    ((factors, {"U": (1, 2), "V": (1, 2)}, {}), {"U": 1.0}, 1),
], ids=["linear", "factors", "decay", "two decays"])
def test_momentum_flows(problem, decay, number, damping, tau, name, of_time):
    network, theta, loss = trained(problem)
    generator = np.random.default_rng(1)
    state = {**theta, **{"d" + n: generator.normal(size=a.shape) for n, a in theta.items()}}
    times, states = training.runge_kutta(training.momentum_flow(loss, tau, decay=decay), state, 1,
                                         1.5, 60)
    states = timed(states, times, name, of_time)
    assert_constant(MomentumFlow(network, damping, decay=decay), states, 1e-6, number)


@pytest.mark.parametrize("damping, tau, name, of_time", SPEEDS, ids=lambda x: str(x)[:20])
def test_momentum_flows_with_metrics(damping, tau, name, of_time):
    # phi = u + v: both move as one, and with mirror geometry the ratio of tau theta + theta' stays
    function, shapes = (lambda u, v: u + v), {"u": (), "v": ()}
    network, theta, loss = trained((function, shapes, {}), positive=True)
    state = {**theta, "du": 0.5, "dv": 0.25}
    for metric, by_hand in (({"u": "mirror"}, lambda t: {"u": t["u"]}), ("mirror", mirror),
                            (lambda u, v: [[2, 1], [1, 3]], lambda _: [[2, 1], [1, 3]]),
                            (lambda v: {"u": 1 + v * v}, lambda t: {"u": 1 + t["v"] ** 2})):
        flow = MomentumFlow(network, damping, metric=metric)
        times, states = training.runge_kutta(training.momentum_flow(loss, tau, by_hand), state, 1,
                                             1.5, 60)
        states = timed(states, times, name, of_time)
        result = conservation_laws(flow)
        for law in result.laws:
            assert training.drift(law, states) < 1e-6, (flow, str(law))
        # and the fields of the flow are the velocities of what was integrated
        assert_fields_move(flow, states, times, of_time)


def assert_fields_move(flow, states, times, of_time):
    """Assert that velocities along a trajectory are in the span of the fields, at their values."""
    fields = flow.vector_fields()
    for k in (5, 30, 50):
        moved = [(states[k + 1][name] - states[k - 1][name]) / (times[k + 1] - times[k - 1])
                 for name in [b for b, _ in flow.blocks()]]
        point = [states[k][name] for name, _ in flow.blocks()]
        values = np.array([[value_of(entry, point) for entry in field] for field in fields])
        solution, *_ = np.linalg.lstsq(values.T, np.array(moved, dtype=float), rcond=None)
        assert np.abs(values.T @ solution - moved).max() < 1e-3 * np.abs(moved).max()


def value_of(polynomial, point):
    """Return the value of a polynomial of Sage at a point of floats."""
    return sum(float(c) * np.prod([x ** int(e) for x, e in zip(point, exponents)])
               for exponents, c in polynomial.dict().items())

"""
Stochastic gradient descent with momentum, as PyTorch does it, and the flow that is its limit.

The steps are written out here as in ``torch.optim.SGD``: ``b = mu b + g + w theta`` and
``theta = theta - lr b``, starting with ``b = g + w theta``.
"""

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest

import training
from bad_input import assert_refused
from sage_conslaw import LinearNetwork, MomentumFlow, Network, conservation_laws

SHAPES = {"U": (2, 2), "V": (2, 2)}


def network(U, V):
    return U @ V


TAU = 2


def steps(theta, loss, lr, momentum, weight_decay, count, buffers=None):
    """Return the positions along steps of SGD with momentum, from rest or with a first buffer."""
    positions = [theta]
    for _ in range(count):
        slopes = {name: slope + weight_decay * theta[name]
                  for name, slope in training.gradient(loss, theta).items()}
        buffers = slopes if buffers is None else {
            name: momentum * buffers[name] + slopes[name] for name in slopes}
        theta = {name: array - lr * buffers[name] for name, array in theta.items()}
        positions.append(theta)
    return positions


def setting(lr, weight_decay=0.0):
    r"""
    Return flow, data and starting point where `(1 - \mu)^2 / \eta = \tau^2` stays as it is.

    With `h = \sqrt\eta` the flow in the time `k h` has the damping `\tau = (1 - \mu) / h`.
    """
    generator = np.random.default_rng(5)
    theta = {name: generator.normal(size=shape) for name, shape in SHAPES.items()}
    data = training.random_data(network, theta, {}, 2, generator)
    h = Fraction(lr).limit_denominator(10**6)
    root = Fraction(int(round(float(h) ** 0.5 * 10**6)), 10**6)
    assert root**2 == h
    momentum = 1 - TAU * root
    flow = MomentumFlow.from_pytorch(Network(network, SHAPES), lr=h, momentum=momentum,
                                     weight_decay=weight_decay)
    return flow, training.losses(network, data), theta, float(root), float(momentum)


def states_of(positions, lr):
    """Return the states of the flow along steps: in its time k lr, with velocities."""
    states = []
    for k, (before, theta) in enumerate(itertools.pairwise(positions)):
        speed = {"d" + n: (theta[n] - before[n]) / lr for n in theta}
        states.append(((k + 1) * lr, {**theta, **speed}))
    return states


def moving(root):
    """Return the buffer of a given velocity in the time k sqrt(lr): from rest the moment is 0."""
    generator = np.random.default_rng(6)
    return {name: -generator.normal(size=shape) / root for name, shape in SHAPES.items()}


def test_from_rest_the_law_is_zero():
    flow, loss, theta, h, momentum = setting(Fraction(1, 10**4))
    (law,) = conservation_laws(flow).laws
    for _, state in states_of(steps(theta, loss, 1e-4, momentum, 0.0, 50), 1e-4):
        largest = max(np.abs(array).max() for array in state.values())
        assert abs(law({"s": 1.0, **state})) < 1e-10 * largest


def relative_drift(flow, loss, theta, lr, root, momentum, weight_decay=0.0):
    """Return how much the law of a flow changes along the steps, in parts of its first value."""
    (law,) = conservation_laws(flow).laws
    count = round(1 / root)  # to the time 1 of the flow in the time k sqrt(lr)
    positions = steps(theta, loss, lr, momentum, weight_decay, count, moving(root))
    rate = float(flow.rate())
    values = np.array([law({"s": np.exp(rate * t), **state})
                       for t, state in states_of(positions, lr)])
    return np.ptp(values) / abs(values[0])


def test_the_damping_is_that_of_the_limit():
    flow = MomentumFlow.from_pytorch(LinearNetwork([1, 1]), lr="0.01", momentum="0.9",
                                     weight_decay="0.0005")
    assert flow.damping == 10 and flow.decay == {"U1": Fraction(1, 20)}
    assert flow == MomentumFlow(LinearNetwork([1, 1]), 10, decay="0.05")
    for same in (flow, pickle.loads(pickle.dumps(flow))):
        assert same.hypotheses[-1] == same.further_hypotheses()[-1] == (
            "the flow is the limit of SGD with lr 1/100 and momentum 9/10 for small steps, "
            "(1 - momentum)^2 / lr staying as it is")


@pytest.mark.parametrize("momentum", [0, 0.0, "0"])
def test_without_momentum_the_limit_is_another_flow(momentum):
    # U^2 - V^2 is a law of it, and of no flow with friction
    assert_refused(lambda: MomentumFlow.from_pytorch(LinearNetwork([1, 1, 1]), 0.1, momentum),
                   ValueError, "momentum: got ", "SGD without momentum tends to the gradient")


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
def test_the_law_of_the_flow_drifts_as_the_step_does(weight_decay):
    drifts = []
    for root in (Fraction(1, 50), Fraction(1, 100), Fraction(1, 200)):
        lr = root**2
        flow, loss, theta, h, momentum = setting(lr, weight_decay)
        drifts.append(relative_drift(flow, loss, theta, float(lr), h, momentum, weight_decay))
    # of the order of sqrt(lr): half of it is half as much
    assert drifts[0] < 0.1 and drifts[2] < 0.02
    for larger, smaller in itertools.pairwise(drifts):
        assert 0.4 < smaller / larger < 0.6


def test_another_factor_does_not_stay():
    # with the damping of other limits, such as 1 - mu, the moment decreases or grows
    flow, loss, theta, h, momentum = setting(Fraction(1, 10**4))
    (law,) = conservation_laws(flow).laws
    positions = steps(theta, loss, 1e-4, momentum, 0.0, 100, moving(h))
    for wrong in (0.5, 2):
        values = np.array([law({"s": np.exp(wrong * float(flow.rate()) * t), **state})
                           for t, state in states_of(positions, 1e-4)])
        assert np.ptp(values) / abs(values[0]) > 0.5


def test_positions_follow_the_flow():
    # the same points as those of the equation, at the same times, up to the order of the step
    errors = []
    for root in (Fraction(1, 50), Fraction(1, 100)):
        lr = root**2
        flow, loss, theta, h, momentum = setting(lr)
        count = round(1 / h)
        positions = steps(theta, loss, float(lr), momentum, 0.0, count)
        # theta'' + tau theta' = -(1 / lr) grad E in the time k lr, from rest
        rate, end = float(flow.rate()), count * float(lr)

        def scaled(theta, loss=loss, lr=float(lr)):
            return loss(theta) / lr

        start = {**theta, **{"d" + n: np.zeros_like(a) for n, a in theta.items()}}
        _, states = training.runge_kutta(training.momentum_flow(scaled, lambda t: rate), start, 0,
                                         end, 200)
        errors.append(max(np.abs(positions[-1][n] - states[-1][n]).max() for n in theta))
        assert max(np.abs(theta[n] - states[-1][n]).max() for n in theta) > 0.1
    assert errors[0] < 0.1 and 0.35 < errors[1] / errors[0] < 0.65


@pytest.mark.parametrize("options, kind, name", [
    ({"lr": 0, "momentum": 0.9}, ValueError, "lr"), ({"lr": -1, "momentum": 0.9}, ValueError, "lr"),
    ({"lr": None, "momentum": 0.9}, TypeError, "lr"),
    ({"lr": "x", "momentum": 0.9}, ValueError, "lr"),
    ({"lr": 0.1, "momentum": 1}, ValueError, "momentum"),
    ({"lr": 0.1, "momentum": 1.5}, ValueError, "momentum"),
    ({"lr": 0.1, "momentum": -0.1}, ValueError, "momentum"),
    ({"lr": 0.1, "momentum": True}, TypeError, "momentum"),
    ({"lr": 0.1, "momentum": 0.9, "weight_decay": -1}, ValueError, "weight_decay"),
    ({"lr": 0.1, "momentum": 0.9, "weight_decay": {"U1": 1}}, TypeError, "weight_decay"),
], ids=str)
def test_bad_options(options, kind, name):
    assert_refused(lambda: MomentumFlow.from_pytorch(LinearNetwork([1, 1]), **options), kind,
                   f"{name}: got", "rational")

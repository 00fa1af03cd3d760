"""The polynomial laws stay constant along trajectories of the flows."""

import numpy as np
import pytest
import sympy
from sage.all import QQ
from scipy.integrate import solve_ivp

import by_hand
import reference
from sage_conslaw import (
    NESTEROV,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    polynomial_laws,
)
from small_cases import icnn, linear, nmf, relu


def numeric(law):
    """Return a law as a function of a float array of its variables."""
    terms = reference.terms_of(law.polynomial())
    exponents = np.array(list(terms), dtype=float)
    coefficients = np.array([float(c) for c in terms.values()])
    return lambda x: float(np.prod(np.asarray(x) ** exponents, axis=1) @ coefficients)


def loss_gradient(model, seed):
    r"""
    Return the gradient of a least-squares loss of `\varphi`, as a function on float arrays.

    The loss is `|A \varphi(\theta) - y|^2 / 2` with random A and y.
    """
    generator = np.random.default_rng(seed)
    theta = by_hand.parameters(model)
    size = len(model.phi)
    a = generator.normal(size=(size + 1, size))
    y = generator.normal(size=size + 1)
    phi = sympy.lambdify([theta], list(model.phi))
    jacobian = sympy.lambdify([theta], [list(row) for row in by_hand.gradients(model)])

    def gradient(x):
        residual = a @ np.array(phi(list(x)), dtype=float) - y
        return (a @ np.array(jacobian(list(x)), dtype=float)).T @ residual

    return gradient


def assert_constant(laws, states, free):
    """Assert that laws stay constant along states, while ``free`` of the state does not."""
    assert len(laws)
    change = np.ptp(np.array([free(x) for x in states]))
    assert change > 1e-2, "the trajectory hardly moves"
    for law in laws:
        values = np.array([numeric(law)(x) for x in states])
        assert np.ptp(values) <= 1e-7 * max(1.0, np.abs(values).max())
        assert np.allclose(law(np.array(states)), values, rtol=1e-12, atol=1e-12)


def integrate(field, start, end, state):
    """Integrate a trajectory and return some of its times and states."""
    times = np.linspace(start, end, 12)
    solution = solve_ivp(field, (start, end), state, t_eval=times, method="DOP853",
                         rtol=1e-11, atol=1e-12)
    assert solution.success
    return times, solution.y.T


TRAJECTORY_MODELS = [
    linear(2, 2, 2), linear(1, 2, 2, 1), relu(2, 2, 2, bias=True), relu(1, 2, 2, 1), nmf(2, 2, 3),
    icnn(2, 2, 2, bias=True),
]


@pytest.mark.parametrize("metric", [None, "euclidean", "mirror"])
@pytest.mark.parametrize("pair", TRAJECTORY_MODELS, ids=lambda pair: pair.label)
def test_laws_along_gradient_flow(pair, metric):
    flow = GradientFlow(pair.package, metric=metric)
    laws = polynomial_laws(flow, 2)
    theta = by_hand.parameters(pair.hand)
    mirror = by_hand.mirror_parameters(pair.hand, metric)
    mask = np.array([x in mirror for x in theta])
    gradient = loss_gradient(pair.hand, seed=11)
    start = np.random.default_rng(12).uniform(0.3, 1.2, size=len(theta))

    def velocity(_, x):
        return -np.where(mask, x, 1.0) * gradient(x)

    _, states = integrate(velocity, 0.0, 1.0, start)
    assert_constant(laws, states, lambda x: float(x @ x) + float(x.sum()))


@pytest.mark.parametrize(
    "damping, rate", [(0, lambda t: 0.0), (1, lambda t: 1.0), (QQ((1, 2)), lambda t: 0.5),
                      (NESTEROV, lambda t: 3 / t)], ids=["0", "1", "1/2", "3/t"]
)
@pytest.mark.parametrize("widths", [(2, 2, 2), (1, 2, 2, 1), (1, 3, 1)])
def test_laws_along_momentum_flow(widths, damping, rate):
    flow = MomentumFlow(LinearNetwork(widths), damping=damping)
    laws = polynomial_laws(flow, 2)
    model = by_hand.linear(widths)
    n = len(by_hand.parameters(model))
    gradient = loss_gradient(model, seed=21)
    start = np.random.default_rng(22).uniform(-1.0, 1.0, size=2 * n)

    def velocity(t, x):
        return np.concatenate([x[n:], -rate(t) * x[n:] - gradient(x[:n])])

    times, states = integrate(velocity, 1.0, 2.0, start)
    tau = float(damping) if isinstance(damping, (int, type(QQ.one()))) else 0.0
    clock = np.exp(tau * times) if tau else times
    states = np.column_stack([clock, states])
    assert_constant(laws, states, lambda x: float(x[1:] @ x[1:]))


def test_laws_along_the_training_of_a_relu_network():
    # a loss on data, the network itself and its kinks: phi does not appear
    widths = (2, 3, 2)
    flow = GradientFlow(ReLUNetwork(widths, bias=True))
    laws = polynomial_laws(flow, 2)
    assert laws.number_of_independent == 3
    generator = np.random.default_rng(31)
    data = generator.normal(size=(2, 6))
    target = generator.normal(size=(2, 6))

    def velocity(_, x):
        u, v, b = x[:6].reshape(2, 3), x[6:12].reshape(3, 2), x[12:]
        before = v @ data + b[:, None]
        after = np.maximum(before, 0)
        residual = u @ after - target
        back = (u.T @ residual) * (before > 0)
        return -np.concatenate([(residual @ after.T).ravel(), (back @ data.T).ravel(), back.sum(1)])

    start = generator.normal(size=15)
    _, states = integrate(velocity, 0.0, 0.5, start)
    assert_constant(laws, states, lambda x: float(x @ x))

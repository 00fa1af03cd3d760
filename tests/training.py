"""
Training in float64, by the function of a network as it was written.

Gradients are of the function itself, by steps in the complex plane: nothing of what the package
traced or derived is used.
"""

import numpy as np

STEP = 1e-30


def losses(function, data):
    r"""Return the loss `\sum_k |g(\theta, x_k) - y_k|^2 / 2` as a function of the blocks."""
    def loss(theta):
        total = 0
        for inputs, targets in data:
            outputs = function(**theta, **inputs)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            for output, target in zip(outputs, targets):
                total = total + ((output - target) ** 2).sum() / 2
        return total
    return loss


def random_data(function, theta, inputs, samples, generator, positive=False):
    """Return samples of inputs and targets, the targets positive if asked for."""
    data = []
    for _ in range(samples):
        x = {name: generator.normal(size=shape) for name, shape in inputs.items()}
        outputs = function(**theta, **x)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        targets = [generator.normal(size=np.shape(y)) for y in outputs]
        data.append((x, [np.abs(y) if positive else y for y in targets]))
    return data


def gradient(loss, theta):
    """Return the gradient of a real loss, exact up to rounding: by steps of 1e-30 i."""
    slopes = {}
    for name, array in theta.items():
        slope = np.empty(np.shape(array))
        for index in np.ndindex(*np.shape(array)):
            moved = np.array(array, dtype=complex)
            moved[index] += STEP * 1j
            slope[index] = np.imag(loss({**theta, name: moved})) / STEP
        slopes[name] = slope
    return slopes


def times(metric, slopes):
    """Return a metric times a gradient; the metric is a dictionary of diagonals, or a matrix."""
    if isinstance(metric, dict):
        return {name: metric.get(name, 1) * slope for name, slope in slopes.items()}
    whole = np.asarray(metric) @ np.concatenate([slope.ravel() for slope in slopes.values()])
    result, start = {}, 0
    for name, slope in slopes.items():
        result[name] = whole[start:start + slope.size].reshape(slope.shape)
        start += slope.size
    return result


def gradient_flow(loss, metric=None, decay=None):
    r"""Return the right side of `\theta' = -M \nabla E - \lambda\theta`."""
    decay = decay or {}

    def field(_, theta):
        steps = times(metric(theta) if metric else {}, gradient(loss, theta))
        return {name: -step - decay.get(name, 0) * theta[name] for name, step in steps.items()}
    return field


def momentum_flow(loss, damping, metric=None, decay=None):
    r"""
    Return the right side of `\theta'' + \tau(t) \theta' + \lambda\theta = -M(\tau\theta +
    \theta') \nabla E` for the state of positions and of velocities, named ``d`` and the name.
    """
    decay = decay or {}

    def field(t, state):
        tau = damping(t)
        theta = {name: array for name, array in state.items() if "d" + name in state}
        speed = {name: state["d" + name] for name in theta}
        at = {name: tau * theta[name] + speed[name] for name in theta}
        steps = times(metric(at) if metric else {}, gradient(loss, theta))
        return {**speed, **{"d" + name: -step - tau * speed[name] - decay.get(name, 0) * theta[name]
                            for name, step in steps.items()}}
    return field


def runge_kutta(field, state, start, end, steps):
    """Integrate by the classical method of order four; return the times and the states."""
    h, t = (end - start) / steps, start
    times, states = [t], [state]

    def moved(by, slopes):
        return {name: array + by * slopes[name] for name, array in state.items()}

    for k in range(steps):
        first = field(t, state)
        second = field(t + h / 2, moved(h / 2, first))
        third = field(t + h / 2, moved(h / 2, second))
        fourth = field(t + h, moved(h, third))
        state = {name: array + h / 6 * (first[name] + 2 * second[name] + 2 * third[name]
                                        + fourth[name]) for name, array in state.items()}
        t = start + (k + 1) * h
        times.append(t)
        states.append(state)
    return times, states


def drift(law, states):
    """Return how much a law changes along states, in parts of its largest value."""
    values = np.array([law(state) for state in states], dtype=float)
    return np.ptp(values) / max(1.0, np.abs(values).max())

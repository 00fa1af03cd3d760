"""Derivatives of programs with batch axes where a sum is over an axis that nothing in it has."""

import numpy as np
import pytest

from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.derivatives import gradient, tangent

PRIME = 2147483629


def test_gradients_refuse_sums_of_unknown_size():
    # the sum over samples of theta + x has the derivative N in theta
    build = Builder()
    theta, x = build.parameter("theta", (2,)), build.control("x", (2,), "input", ("s",))
    w = build.control("w", (2,), "cotangent")
    program = build.program([build.add(theta, x)])
    with pytest.raises(ValueError, match="a sum over the batch axis 's' of what does not have it"):
        gradient(program, [w], [theta])
    total = build.sum(build.add(theta, x), (), ())
    with pytest.raises(ValueError, match="a sum over the batch axis 's'"):
        gradient(build.program([total]), [w], [theta])


def test_tangents_refuse_sums_of_unknown_size():
    build = Builder()
    theta, x = build.parameter("theta", (2,)), build.control("x", (2,), "input", ("s",))
    d = build.control("d", (2,), "direction", ("t",))
    both = build.add(theta, x)
    for total in (build.sum(both, (), ()), build.sum(both, (0,), ()),
                  build.multiply(both, theta, "a", "a", "", axes=())):
        with pytest.raises(ValueError, match="a sum over the batch axis 's'"):
            tangent(build.program([total]), [theta], [d])


def test_cotangents_with_samples_are_summed():
    # what flows do: cotangents have the samples, and then all that is derived has them too
    build = Builder()
    theta, x = build.parameter("theta", (2,)), build.control("x", (2,), "input", ("s",))
    w = build.control("w", (2,), "cotangent", ("s",))
    d = build.control("d", (2,), "direction", ("t",))
    square = build.entrywise(build.add(theta, x), build.add(theta, x))
    slope = gradient(build.program([square]), [w], [theta])
    bent = tangent(slope, [theta], [d])
    given = {theta: [[3, 4]], x: [[[1, 2], [5, 6]]], w: [[[1, 10], [100, 1000]]],
             d: [[[1, 1], [2, 3]]]}
    values = run(ModularSeries(bent, PRIME, 1), bent, {k: np.array(a) for k, a in given.items()})
    assert values[slope.outputs[0]].tolist() == [[2 * (4 + 800), 2 * (60 + 10000)]]
    assert values[bent.outputs[0]].tolist() == [[[2 * 101, 2 * 1010], [4 * 101, 6 * 1010]]]

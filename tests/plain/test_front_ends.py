"""
Front ends where their frameworks are not installed.

These tests run in a Python that has no Sage, and under Sage as well.
"""

import sys

import numpy as np
import pytest

from sage_conslaw import Network
from sage_conslaw.frontends import layers, masks, operations
from sage_conslaw.frontends.operands import Numbers, Step, Value, carried_out


def test_a_module_cannot_be_read_without_its_framework(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        Network.from_torch(object(), None)


def test_steps_on_floats_and_on_traced_arrays():
    steps = ["x", Step(operations.ROWS["mul"], (Value(0, (2,)), Numbers(0.25)), {}, "here"),
             Step(operations.ROWS["pow"], (Value(1, (2,)), 2), {}, "there")]

    def function(**arrays):
        return carried_out(steps, [Value(2, (2,))], arrays)[0]

    network = Network(function, {"x": (2,)})
    assert network(x=[4, 8]).tolist() == [1, 4]
    assert network == Network(lambda x: (x / 4) ** 2, {"x": (2,)})
    steps[1] = Step(np.add, (Value(0, (2,)), np.zeros(3)), {}, "a line of a module")
    with pytest.raises(ValueError, match="a line of a module"):
        Network(function, {"x": (2,)})


def test_masks_leave_out_what_they_forbid():
    offset = np.array([[0, -np.inf, 0], [-1e9, -1e9, 0], [-np.inf] * 3, [-1e9] * 3])
    decided = masks.Decided(offset, (1,))
    z = np.arange(12.0).reshape(4, 3)
    found = masks.softmax(z, 1, decided)
    e = 1 / (1 + np.exp(2))
    assert np.allclose(found, [[e, 0, 1 - e], [0, 0, 1], [0, 0, 0], masks.softmax(z[3], 0, None)])
    program = Network(lambda z: masks.softmax(z, 1, decided), {"z": (4, 3)}).program
    assert sum(step.size for step in program.instructions if step.op == "function") == 6


def test_convolutions_of_any_dimension():
    random = np.random.default_rng(1)
    x, kernel = random.normal(size=(2, 1, 3, 4, 5)), random.normal(size=(1, 1, 2, 2, 2))
    arguments = [2, 1, 1], [1, 0, 2], [1, 2, 1]
    found = layers.convolution(x, kernel, None, *arguments, False, [0], 1)
    # the adjoint of a convolution is the transposed one
    other = random.normal(size=found.shape)
    back = layers.convolution(other, kernel, None, *arguments, True, [1, 0, 0], 1)
    assert np.isclose((found * other).sum(), (back[:, :, :3] * x).sum())

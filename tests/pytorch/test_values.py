"""
Networks from modules of PyTorch have the values and the gradients of these, in float64.

These tests run in a Python that has PyTorch and no Sage.
"""

import copy

import numpy as np
import pytest
import torch
from torch.utils import _pytree

from cases import CASES, case
from sage_conslaw.interpreters.floats import outputs_and_gradients


def in_float64(name):
    """Return module and inputs in float64, and both as arrays by the names of the network."""
    module, inputs, network = case(name)
    module = copy.deepcopy(module).double()
    inputs = _pytree.tree_map(
        lambda x: x.double() if x.is_floating_point() else x, inputs)
    arrays = dict(zip(network.inputs, (x.numpy() for x in _pytree.tree_leaves(inputs)
                                       if x.is_floating_point()), strict=True))
    trained = [p for p in module.parameters() if p.requires_grad]
    arrays.update(zip(network.parameters, (p.detach().numpy() for p in trained), strict=True))
    return module, inputs, network, arrays, trained


def differences(one, other):
    return np.abs(np.asarray(one) - np.asarray(other)).max() if np.size(one) else 0


@pytest.mark.parametrize("name", CASES)
def test_outputs_are_those_of_the_module(name):
    module, inputs, network, arrays, _ = in_float64(name)
    with torch.no_grad():
        expected = [y.numpy() for y in _pytree.tree_leaves(module(*inputs))]
    found = network(**arrays)
    found = found if isinstance(found, tuple) else (found,)
    assert [y.shape for y in found] == [y.shape for y in expected]
    for one, other in zip(found, expected, strict=True):
        assert differences(one, other) <= 1e-10


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_the_module(name):
    module, inputs, network, arrays, trained = in_float64(name)
    outputs = _pytree.tree_leaves(module(*inputs))
    random = np.random.default_rng(4)
    slopes = [random.normal(size=tuple(y.shape)) for y in outputs]
    total = sum((torch.from_numpy(w) * y).sum() for w, y in zip(slopes, outputs, strict=True))
    expected = torch.autograd.grad(total, trained, allow_unused=True)
    program = network.program
    given = {k: arrays[program[k].detail] for k in program.numbers("parameter")}
    given.update((k, arrays[program[k].detail[0]]) for k in program.numbers("control", "input"))
    found, gradients = outputs_and_gradients(program, given, lambda _: slopes, network.gates)
    for one, other in zip(found, outputs, strict=True):
        assert differences(one, other.detach()) <= 1e-10
    assert len(gradients) == len(expected)
    for one, other in zip(gradients, expected, strict=True):
        assert differences(one, 0 if other is None else other) <= 1e-8

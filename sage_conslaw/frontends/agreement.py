r"""
A network beside the module it was read from, in float64

What a graph of operations does not show, a gradient that is written by hand or an operation that
is not deterministic, shows in numbers.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from sage_conslaw.interpreters.floats import outputs_and_gradients
from sage_conslaw.networks.network import Network

#: Differences, relative to the largest number: rounding errors in float64, and where some
#: operation is carried out in float32.
TOLERANCE, SHORT_TOLERANCE = 1e-8, 1e-4


def check_agreement(network: Network, module: Any, example: tuple[Any, Any],
                    blocks: dict[str, str], kept: list[int],
                    padded: list[tuple[str, int]]) -> None:
    r"""
    Raise an error if a network and a module have different outputs or gradients near its weights.

    INPUT:

    - ``network`` -- the network
    - ``module`` -- a copy of the module in float64; its parameters are changed
    - ``example`` -- what it is called with: a tuple, and a dictionary
    - ``blocks`` -- dictionary from its parameters to those of the network
    - ``kept`` -- which of its outputs are those of the network
    - ``padded`` -- rows of parameters that stay as they are
    """
    import torch
    from torch.utils import _pytree

    draw = torch.Generator().manual_seed(1)

    def moved(x: Any) -> Any:
        if not isinstance(x, torch.Tensor) or not x.is_floating_point():
            return x
        noise = 0.1 * torch.randn(x.shape, generator=draw, dtype=torch.float64)
        return torch.where(x.isfinite(), x, 1.0) + noise

    inputs, named = _pytree.tree_map(moved, example)
    values: dict[str, Any] = {}
    parameters: dict[str, list[Any]] = {}
    with torch.no_grad():
        for name, parameter in module.named_parameters(remove_duplicate=False):
            if name in blocks:
                block = blocks[name]
                values.setdefault(block, moved(parameter))
                for _, row in (pair for pair in padded if pair[0] == block):
                    values[block][row] = parameter[row]
                parameter.copy_(values[block])
                parameters.setdefault(block, []).append(parameter)
    outputs = _pytree.tree_leaves(module(*inputs, **named))
    outputs = [outputs[k] for k in kept]
    slopes = [torch.randn(y.shape, generator=draw, dtype=torch.float64) for y in outputs]
    total = sum((w * y).sum() for w, y in zip(slopes, outputs, strict=True))
    unique = list({id(p): p for ps in parameters.values() for p in ps}.values())
    found = torch.autograd.grad(total, unique, allow_unused=True) if total.requires_grad else (
        None,) * len(unique)
    gradient = {id(p): g for p, g in zip(unique, found, strict=True)}
    expected = {block: sum(gradient[id(p)] for p in {id(p): p for p in ps}.values()
                           if gradient[id(p)] is not None) for block, ps in parameters.items()}
    given = dict(zip(network.inputs, (x.numpy() for x in _pytree.tree_leaves((inputs, named))
                                      if isinstance(x, torch.Tensor) and x.is_floating_point()),
                     strict=True))
    given.update((block, value.numpy()) for block, value in values.items())
    program = network.program
    numbers = {k: given[program[k].detail] for k in program.numbers("parameter")}
    numbers.update((k, given[program[k].detail[0]]) for k in program.numbers("control", "input"))
    with np.errstate(all="ignore"):
        ours, gradients = outputs_and_gradients(
            program, numbers, lambda _: [w.numpy() for w in slopes], network.gates)
    short = any(fact.startswith("casts") for fact in network.facts)
    tolerance = SHORT_TOLERANCE if short else TOLERANCE
    for k, (y, own) in enumerate(zip(outputs, ours, strict=True)):
        _compare(f"output {kept[k]}", y.detach().numpy(), own, tolerance)
    for k, own in zip(program.numbers("parameter"), gradients, strict=True):
        name = program[k].detail
        theirs = expected[name]
        theirs = np.zeros(own.shape) if isinstance(theirs, int) else theirs.numpy()
        _compare(f"the gradient of {name}", theirs, own, tolerance)


def _compare(what: str, theirs: np.ndarray, own: np.ndarray, tolerance: float) -> None:
    if not np.isfinite(theirs).all():
        return  # at this point there is nothing to compare with
    difference = np.abs(theirs - own).max(initial=0)
    if not difference <= tolerance * (1 + np.abs(theirs).max(initial=0)):
        raise ValueError(f"module: the network that was read differs from it in {what}, by "
                         f"{difference:.1e}; a gradient that is written by hand, a hook, or an "
                         "operation that is not deterministic would be a reason")

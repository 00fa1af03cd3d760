r"""
A network from a module of PyTorch

``torch.export`` writes the module as a graph of some hundred operations of its library ATen. These
are carried out in terms of NumPy, and so traced as any function of arrays. The network is
compared with the module once, values and gradients, in float64.
"""
from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from sage_conslaw.frontends.agreement import check_agreement
from sage_conslaw.frontends.exporting import copied, exported, undisturbed
from sage_conslaw.frontends.operands import Value, carried_out
from sage_conslaw.frontends.operations import ADVICE
from sage_conslaw.frontends.reading import Reader
from sage_conslaw.networks.network import Network
from sage_conslaw.program.constants import RoundedFraction
from sage_conslaw.program.trace import TraceError
from sage_conslaw.system.messages import shown


def from_torch(module: Any, example_inputs: Any) -> Network:
    r"""
    Return the network that a module of PyTorch is.

    INPUT:

    - ``module`` -- a ``torch.nn.Module``; it is copied, and not changed
    - ``example_inputs`` -- a tensor, a tuple of what the module is called with, or a dictionary
      by the names of its arguments; only shapes matter, but for tensors of integers, which are
      constants

    OUTPUT: a :class:`~sage_conslaw.networks.network.Network`. Its parameters are those of the
    module that need a gradient, in their shapes; dots in their names are underscores, and
    ``layer`` stands before a number: ``0.weight`` is ``layer0_weight``. Those that share their
    storage are one. Others, and buffers, are constants. Its inputs are the tensors of floats, in
    the shapes of the example, the axis of the batch included.

    ERRORS: ``TypeError`` and ``ValueError`` for modules and inputs that are no real functions of
    real parameters; :class:`~sage_conslaw.program.trace.TraceError`, with the operation, its
    module and its line, for what no network can do.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("PyTorch is needed to read its modules: pip install torch, or "
                          "sage_conslaw[torch]") from error

    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"module: got {shown(module)}, expected a torch.nn.Module")
    module = getattr(module, "_orig_mod", module)  # what torch.compile was given
    inputs, named = _checked_inputs(example_inputs)
    _refuse_dropout(module)
    blocks = _blocks(module)
    with undisturbed():
        program = exported(copied(module), inputs, named)
        network, kept, reader = _network(program, blocks)
        check_agreement(network, copied(module), (inputs, named), blocks, kept, reader.padded)
    if reader.rounded is not None:
        number, near = reader.rounded
        warnings.warn("the floats of the module are taken as the binary fractions they are, such "
                      f"as {number!r}, and not as {near}", RoundedFraction, stacklevel=3)
    return network


def _refuse_dropout(module: Any) -> None:
    # PyTorch leaves that of recurrent layers out of the graph
    import torch

    for name, part in module.named_modules():
        if (isinstance(part, torch.nn.RNNBase) and part.training and part.dropout
                and part.num_layers > 1):
            raise TraceError(f"module: dropout in {name or 'the whole module'!r} "
                             f"({type(part).__name__}): {ADVICE['native_dropout']}")


def _checked_inputs(example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    import torch

    named = {}
    if isinstance(example, Mapping):
        named, example = dict(example), ()
    inputs = tuple(example) if isinstance(example, (list, tuple)) else (example,)

    def checked(x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            return type(x)([checked(part) for part in x])
        if isinstance(x, torch.Tensor):
            if x.is_complex():
                raise TypeError("example_inputs: got a tensor of complex numbers; inputs have to "
                                "be real")
            x = x.detach().cpu().clone()
            return x.double() if x.is_floating_point() else x
        if x is None or isinstance(x, (bool, int, float, str)):
            return x
        raise TypeError(f"example_inputs: got {shown(x)}, expected a tensor, or a tuple or "
                        "dictionary of tensors")

    if not named and len(inputs) == 1 and not isinstance(inputs[0], (torch.Tensor, list, tuple)):
        raise TypeError(f"example_inputs: got {shown(inputs[0])}, expected a tensor, or a tuple or "
                        "dictionary of tensors")
    return (tuple(checked(x) for x in inputs),
            {name: checked(x) for name, x in named.items()})


def _blocks(module: Any) -> dict[str, str]:
    # the names of the parameters that need a gradient, and of their blocks
    import torch

    found: dict[str, str] = {}
    spans: dict[Any, list[tuple[str, Any]]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        if isinstance(parameter, torch.nn.parameter.UninitializedParameter):
            raise ValueError(f"module: the parameter {name} has no shape yet; call the module "
                             "once on an example")
        if parameter.is_complex() or not parameter.is_floating_point():
            raise TypeError(f"module: the parameter {name} is of {parameter.dtype}; parameters "
                            "have to be real numbers in floating point")
        if not parameter.requires_grad:
            continue
        storage = parameter.untyped_storage()
        place = parameter.storage_offset(), tuple(parameter.shape), parameter.stride()
        # storages without data are known by themselves
        for first, other in spans.setdefault(storage._cdata, []):
            if other == place:
                found[name] = found[first]
                break
            if _overlap(place, other):
                raise ValueError(f"module: the parameters {first} and {name} share a part of their "
                                 "storage; share all of it, or nothing")
        else:
            spans[storage._cdata].append((name, place))
            found[name] = ""
        if not found[name]:
            found[name] = _called(name, found.values())
    if not found:
        raise ValueError("module: no parameter of it needs a gradient, and so nothing is trained")
    return found


def _overlap(one: Any, other: Any) -> bool:
    ends = [start + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
            for start, shape, strides in (one, other)]
    return one[0] <= ends[1] and other[0] <= ends[0]


def _called(name: str, taken: Iterable[str]) -> str:
    name = re.sub(r"\W", "_", name, flags=re.ASCII)
    name = name if re.match(r"[A-Za-z]", name) else "layer" + name
    taken = set(taken)
    while name in taken:
        name += "_"
    return name


def _network(program: Any, blocks: dict[str, str]
             ) -> tuple[Network, list[int], Reader]:
    import torch
    from torch.export.graph_signature import InputKind, OutputKind

    given: dict[str, Any] = {}
    names: dict[str, str] = {}
    shapes: dict[str, str] = {}
    values = {**program.state_dict, **program.constants}
    facts, frozen, fixed = [], [], []
    parameters: dict[str, tuple[int, ...]] = dict.fromkeys(blocks.values(), ())
    for spec, node in zip(program.graph_signature.input_specs, (
            node for node in program.graph.nodes if node.op == "placeholder"), strict=True):
        tensor = values.get(spec.target)
        if spec.kind == InputKind.USER_INPUT:
            tensor = _example(program, node)
            if not isinstance(tensor, torch.Tensor):
                continue
            if tensor.is_floating_point():
                shapes[node.name] = _called(node.name, [*parameters, *shapes.values()])
                names[node.name] = shapes[node.name]
            else:
                fixed.append(node.name)
        elif spec.kind == InputKind.PARAMETER and spec.target in blocks:
            names[node.name] = blocks[spec.target]
            parameters[blocks[spec.target]] = tuple(tensor.shape)
        elif spec.kind == InputKind.PARAMETER:
            frozen.append(spec.target)
        given[node.name] = tensor.detach()
    reader = Reader(given, names)
    results = [argument for spec, argument in zip(
        program.graph_signature.output_specs, program.graph.output_node().args[0], strict=True)
        if spec.kind == OutputKind.USER_OUTPUT]
    read = reader.read(program.graph, results)
    kept = [k for k, value in enumerate(read) if isinstance(value, Value)]
    if not kept:
        raise ValueError("module: no output of it depends on parameters or inputs")
    if frozen:
        facts.append(f"the parameters {', '.join(frozen)} need no gradient: they are fixed, at "
                     "the numbers of the module")
    if fixed:
        facts.append(f"the integers {', '.join(fixed)} are fixed, as in the example")
    facts.extend(reader.facts)
    steps, outputs = reader.steps, [read[k] for k in kept]

    def function(**arrays: Any) -> Any:
        found = carried_out(steps, outputs, arrays)
        return found[0] if len(found) == 1 else tuple(found)

    network = Network._plain()
    network._set_up(function, parameters,
                    {shapes[n]: tuple(given[n].shape) for n in shapes}, (), tuple(facts))
    network.trace()
    return network, kept, reader


def _example(program: Any, node: Any) -> Any:
    # the graph has the shapes of its inputs, and the example their numbers
    import torch

    arguments, options = program.example_inputs
    flat = torch.utils._pytree.tree_leaves((arguments, options))
    inputs = [n for n, spec in zip((n for n in program.graph.nodes if n.op == "placeholder"),
                                   program.graph_signature.input_specs, strict=True)
              if spec.kind.name == "USER_INPUT"]
    return flat[inputs.index(node)]

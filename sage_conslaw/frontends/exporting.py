r"""
What PyTorch is asked for: the graph of the operations of a module, and where they come from
"""
from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
import re
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

from sage_conslaw.frontends.operations import KEPT
from sage_conslaw.program.trace import TraceError


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    r"""
    Leave PyTorch's random numbers as they are, and let it say nothing.
    """
    import torch

    level = logging.root.manager.disable
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.enable_grad():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                yield
        finally:
            logging.disable(level)


def copied(module: Any) -> Any:
    r"""
    Return a copy of a module in float64.
    """
    import torch

    try:
        return copy.deepcopy(module).to("cpu", torch.float64)
    except Exception as error:
        raise ValueError(f"module: it cannot be copied, and is not to be changed: "
                         f"{_first_line(error)}") from error


def exported(module: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    r"""
    Return the exported program of a module, in core operations.

    ERRORS: :class:`~sage_conslaw.program.trace.TraceError` where control flow depends on values,
    or a gradient is stopped on its way to a parameter; ``ValueError`` where the module does not
    take the inputs.
    """
    import torch

    try:
        program = torch.export.export(module, inputs, named or None, strict=False)
    except Exception as error:
        if "DataDependent" in type(error).__name__ or "data-dependent" in str(error):
            raise TraceError("module: its control flow depends on values, which are not known"
                             f"{_line_of(error)}; write torch.where with constant masks, relu "
                             "and the like") from error
        hint = ("; .data, or a tensor that is made from values, as by torch.tensor(x), would be a "
                "reason" if "fake tensor" in str(error) else "")
        raise ValueError("module: PyTorch could not export it for these example inputs: "
                         f"{_first_line(error)}{_line_of(error)}{hint}") from error
    _refuse_stopped_gradients(program)
    table = torch.export.default_decompositions()
    for operation in list(table):
        if operation._schema.name.split("::")[-1] in KEPT:
            del table[operation]
    return program.run_decompositions(table)


def _refuse_stopped_gradients(program: Any) -> None:
    # decompositions leave no trace of detach and no_grad
    import torch

    signature, parameters = program.graph_signature, dict(program.named_parameters())
    depends = {name for name, parameter in signature.inputs_to_parameters.items()
               if parameters[parameter].requires_grad}
    for node in program.graph.nodes:
        reached = any(given.name in depends for given in node.all_input_nodes)
        if not reached:
            continue
        depends.add(node.name)
        target = getattr(node.target, "_schema", None)
        name = target.name.split("::")[-1] if target else str(node.target)
        stopped = (name in ("detach", "detach_") or
                   "set_grad_enabled" in name and node.args[0] is False)
        kinds = [part.dtype for part in _tensors(node.meta.get("val"))]
        if stopped and (not kinds or any(kind.is_floating_point for kind in kinds)):
            raise refused(node, "the gradient of a parameter is stopped there, and a network is "
                                "followed along its whole gradient; freeze the parameter with "
                                "requires_grad_(False), or leave detach and no_grad out")
        if isinstance(node.target, torch._ops.HigherOrderOperator) and "autocast" in name:
            raise refused(node, "autocast is not supported; read the module outside of it")


def _tensors(value: Any) -> list[Any]:
    parts = value if isinstance(value, (list, tuple)) else [value]
    return [part for part in parts if hasattr(part, "dtype")]


# --- where an operation comes from ---


def refused(node: Any, advice: str) -> TraceError:
    r"""
    Return the error for an operation, with where it is and what to do.
    """
    return TraceError(f"module: {origin(node)}: {advice}")


def origin(node: Any) -> str:
    r"""
    Return an operation in words: its name, its module and its line, where PyTorch knows them.
    """
    found = str(getattr(node.target, "name", lambda: node.target)() if callable(
        getattr(node.target, "name", None)) else node.target).replace("::", ".")
    stack = [entry for entry in (node.meta.get("nn_module_stack") or {}).values() if entry]
    if stack:
        path, kind = stack[-1][0], stack[-1][1]
        kind = (kind if isinstance(kind, str) else kind.__qualname__).split(".")[-1]
        found += f" in the {'module' if path else 'whole module'}" + (
            f" {path!r}" if path else "") + f" ({kind})"
    return found + _line(node.meta.get("stack_trace") or "")


def _line(trace: str) -> str:
    # the last line that is not one of PyTorch's own, if there is one
    frames = re.findall(r'File "([^"]*)", line (\d+), in .*\n\s*(.*)', trace)
    own = [frame for frame in frames if not _of_torch(frame[0])] or frames
    if not own:
        return ""
    path, line, code = own[-1]
    return f", {path}, line {line}: {code.strip()}"


def _of_torch(path: str) -> bool:
    import torch

    return path.startswith(os.path.dirname(torch.__file__))


def _line_of(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.line
              and not _of_torch(frame.filename) and os.path.dirname(__file__) not in frame.filename
              and (os.path.dirname(os.__file__) not in frame.filename
                   or "-packages" in frame.filename)]
    return (f" ({frames[-1].filename}, line {frames[-1].lineno}: {frames[-1].line})"
            if frames else "")


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]

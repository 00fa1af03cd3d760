r"""
The graph of a module, as steps in terms of NumPy

PyTorch is asked for what it knows when a module is read: shapes, places of entries, and all that
depends on neither parameters nor inputs. The steps hold NumPy's arrays alone.
"""
from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from sage_conslaw.frontends import masks
from sage_conslaw.frontends.exporting import origin, refused
from sage_conslaw.frontends.movement import FILLS, INDICES, MOVING, gathered_from, places
from sage_conslaw.frontends.operands import Numbers, Step, Value, changed, leaves
from sage_conslaw.frontends.operations import ADVICE, LINEAR, ROWS
from sage_conslaw.frontends.writing import Writer

#: Operations whose result depends on the shape of their argument alone.
_LIKE = frozenset({"empty_like", "full_like", "new_empty", "new_full", "new_ones", "new_zeros",
                   "ones_like", "zeros_like"})
#: Operations that take the offsets of masks.
_MASKED = frozenset({"_log_softmax", "_softmax", "exp", "logsumexp"})


class _Fill:
    # a number that is put into a result
    def __init__(self, number: float) -> None:
        self.number = number


class Reader(Writer):
    r"""
    Read the graph of a module.

    INPUT:

    - ``given`` -- dictionary from the names of what the graph begins with to tensors
    - ``names`` -- dictionary from some of these to what they are called in the network:
      parameters and inputs; all others are constants

    ATTRIBUTES:

    - ``facts`` -- what is to be said, in words
    - ``padded`` -- pairs of a parameter and a row that is constant, for it stands for padding
    """

    def __init__(self, given: dict[str, Any], names: dict[str, str]) -> None:
        super().__init__()
        self.facts: dict[str, None] = {}
        self.padded: list[tuple[str, int]] = []
        self._given, self._names = given, names
        self._found: dict[Any, Any] = {}
        self._of_name: dict[str, Value] = {}
        self._known: dict[Value, Any] = {}

    def read(self, graph: Any, outputs: list[Any]) -> list[Any]:
        r"""
        Read what outputs need, and return them: values, tensors, or ``None``.
        """
        needed, left = set(), [node for node in outputs if hasattr(node, "all_input_nodes")]
        while left:
            node = left.pop()
            if node not in needed:
                needed.add(node)
                left.extend(node.all_input_nodes)
        for node in graph.nodes:
            if node in needed:
                self._found[node] = self._read(node)
        return [self._settled(self._found[node], "an output of it")
                if node in needed else node for node in outputs]

    def _read(self, node: Any) -> Any:
        import torch

        if node.op == "placeholder":
            return self._beginning(node)
        if node.target is operator.getitem:
            whole, part = self._found[node.args[0]], node.args[1]
            return whole[part]
        if not isinstance(node.target, torch._ops.OpOverload):
            raise refused(node, "control flow on tensors is not supported; write a module that "
                                "does the same for all values")
        name = node.target._schema.name.split("::")[-1]
        if torch.Tag.nondeterministic_seeded in node.target.tags:
            raise refused(node, ADVICE.get(name, "a network has no random numbers"))
        arguments, options = (changed(list(x), self._operand) for x in (
            node.args, node.kwargs.values()))
        options = dict(zip(node.kwargs, options, strict=True))
        values = [x for x in leaves([arguments, options]) if isinstance(x, Value)]
        if values and name in _LIKE:
            arguments = changed(arguments, lambda x: torch.zeros(x.shape, dtype=torch.float64)
                                if isinstance(x, Value) else x)
            values = []
        if not values:
            with torch.no_grad():
                return node.target(*arguments, **options)
        decided = self._decided(name, arguments)
        if decided is not None:
            return decided
        self._check_kind(node, name)
        if name in MOVING:
            return self._moved(node, name, arguments, options)
        if name in LINEAR:
            return self._mapped(node, name, arguments)
        if name in ("add", "sub") and len(arguments) == 2:
            return self._added(node, name, arguments, options.get("alpha", 1))
        if name in _MASKED:
            return self._exponential(node, name, arguments)
        if name in ("clamp", "clamp_min") and self._is_guard(arguments):
            self.facts["norms and roots are above the small bounds that they are divided with"
                       ] = None
            return arguments[0]
        if name not in ROWS:
            raise refused(node, ADVICE.get(name, "there is no such operation in networks yet; "
                          "write it with others, or ask for a row of it"))
        return self._computed(node, name, arguments, options)

    def _beginning(self, node: Any) -> Any:
        tensor = self._given[node.name]
        name = self._names.get(node.name)
        if name is None:
            return tensor
        if name not in self._of_name:
            self.steps.append(name)
            value = Value(len(self.steps) - 1, tuple(tensor.shape))
            self._of_name[name] = value
            self._known[value] = tensor
        return self._of_name[name]

    def _operand(self, x: Any) -> Any:
        return self._found[x] if hasattr(x, "all_input_nodes") else x

    def _check_kind(self, node: Any, name: str) -> None:
        # what a step makes has to be real
        import torch

        for part in leaves(node.meta["val"]):
            if part is not None and not isinstance(part, torch.Tensor):
                raise refused(node, ADVICE["item"])
            if part is None or part.dtype.is_floating_point:
                continue
            if part.dtype.is_complex:
                raise refused(node, "complex numbers are not supported; write it in real numbers, "
                                    "such as rotations with cosines and sines")
            raise refused(node, ADVICE.get(name, f"it makes {str(part.dtype).split('.')[-1]} of "
                                           "values that are not known"))
        if name == "_to_copy" and node.meta["val"].dtype != torch.float64:
            kind = str(node.meta["val"].dtype).split(".")[-1]
            self.facts[f"casts to {kind} change no number"] = None

    # --- movement ---

    def _moved(self, node: Any, name: str, arguments: Any, options: Any) -> Any:
        arguments = list(arguments)
        for k, x in enumerate(arguments):
            if k in FILLS.get(name, ()) and isinstance(x, (int, float)) and x != 0:
                arguments[k] = _Fill(float(x))
            elif k not in INDICES.get(name, ()):
                arguments[k] = changed(x, lambda x: x.double() if hasattr(x, "detach") else x)
        for k in INDICES.get(name, ()):
            if any(isinstance(x, Value) for x in leaves(arguments[k:k + 1])):
                raise refused(node, "places are not known that depend on values")
        if name in ("index_put", "embedding") and len(arguments) > 3 and arguments[3]:
            raise refused(node, "accumulate and scale_grad_by_freq are not supported")
        sources = [x for x in leaves([arguments, options]) if isinstance(x, (Value, _Fill))
                   or (hasattr(x, "detach") and x.dtype.is_floating_point)]
        sources = list({id(x): x for x in sources}.values())
        parts, offsets = zip(*map(self._source, sources), strict=True)
        where = {id(x): k for k, x in enumerate(sources)}
        sizes = [tuple(getattr(x, "shape", ())) for x in sources]
        index = places(node.target, arguments, options, sizes, lambda x: where.get(id(x)))
        if name == "embedding" and len(arguments) > 2 and arguments[2] >= 0:
            parts, index = self._padded(node, arguments, parts, index)
        several = isinstance(index, (list, tuple))
        flat = None
        if any(offset is not None for offset in offsets):
            flat = np.concatenate([*(np.zeros(math.prod(shape)) if offset is None else
                                     offset.ravel() for offset, shape in zip(
                                         offsets, sizes, strict=True)), [0.0]])
        found = []
        for part in index if several else [index]:
            offset = None if flat is None else flat[part]
            self.steps.append(Step(gathered_from, (part, *parts), {}, origin(node)))
            found.append(Value(len(self.steps) - 1, part.shape, offset if flat is not None
                               and ((offset != 0).any()) else None))
        if all(x in self._roots for x in sources):
            self._roots.update(found)
        return tuple(found) if several else found[0]

    def _source(self, x: Any) -> tuple[Any, Any]:
        if isinstance(x, Value):
            return Value(x.slot, x.shape, None, x.part), x.offset
        numbers = np.asarray(x.number if isinstance(x, _Fill) else x.double().numpy())
        finite, offset = masks.parted(numbers)
        part = Numbers(finite)
        self._note(part)
        return part, offset

    def _padded(self, node: Any, arguments: Any, parts: Any, index: Any) -> Any:
        # the row of the padding has no gradient
        weight, tokens, padding = arguments[:3]
        own = tokens.numpy() == padding
        if not own.any():
            return parts, index
        if weight not in self._known:
            raise refused(node, "padding_idx of a table that is not a parameter itself is not "
                                "supported")
        self.facts["the rows of padding_idx are constants, which have no gradient"] = None
        self.padded.append((str(self.steps[weight.slot]), padding))
        size = math.prod(weight.shape)
        index = np.where(own[..., None], size + np.arange(weight.shape[1]), index)
        return (*parts, self._numbers(self._known[weight][padding], node)), index

    # --- masks ---

    def _decided(self, name: str, arguments: Any) -> Any:
        # comparisons with infinity are decided by the masks
        import torch

        if (name not in ("eq", "ne") or not isinstance(arguments[0], Value)
                or not isinstance(arguments[1], (int, float)) or not math.isinf(arguments[1])):
            return None
        value = arguments[0]
        offset = np.zeros(value.shape) if value.offset is None else value.offset
        equal = offset == arguments[1]
        return torch.from_numpy(np.array(equal if name == "eq" else ~equal))

    def _added(self, node: Any, name: str, arguments: Any, alpha: Any) -> Any:
        sign = -alpha if name == "sub" else alpha
        shape = tuple(node.meta["val"].shape)
        parts: list[Any] = []
        part: Any
        total = np.zeros(shape)
        for x, factor in zip(arguments, (1, sign), strict=True):
            if isinstance(x, Value):
                part, offset = Value(x.slot, x.shape, None, x.part), x.offset
            elif hasattr(x, "detach") and not x.dtype.is_floating_point:
                part, offset = x.numpy(), None
            else:
                numbers = np.asarray(x if isinstance(x, (int, float)) else x.double().numpy(),
                                     dtype=float)
                with np.errstate(invalid="ignore"):
                    finite, offset = masks.parted(factor * numbers)
                if offset is None:
                    part = x if isinstance(x, int) else Numbers(numbers)
                else:
                    part, factor = Numbers(finite / factor), factor
                    offset = offset / factor
            if offset is not None:
                total = total + factor * offset
            parts.append(part)
        arguments = [self._numbers(x, node) if not isinstance(x, Value) else x for x in parts]
        return self._write(node, ROWS[name], arguments, {} if alpha == 1 else {
            "alpha": self._numbers(alpha, node)}, total if (total != 0).any() else None)

    def _exponential(self, node: Any, name: str, arguments: Any) -> Any:
        z, shape = arguments[0], tuple(node.meta["val"].shape)
        bare, decided = Value(z.slot, z.shape, None, z.part), None
        if name == "exp" and z.offset is None:
            return self._write(node, np.exp, [bare])
        dim = [] if name == "exp" else arguments[1]
        axes = tuple(k % max(len(z.shape), 1) for k in (dim if isinstance(dim, (list, tuple))
                                                        else [dim]))
        if z.offset is not None:
            if np.isnan(z.offset).any() or np.isposinf(z.offset).any():
                raise refused(node, "a mask is plus infinity, or not a number")
            decided = masks.Decided(z.offset, axes)
            if (z.offset[np.isfinite(z.offset)] <= masks.HUGE).any():
                self.facts["huge negative numbers of masks are read as minus infinity"] = None
        return self._write_masked(node, name, bare, axes, decided, arguments, shape)

    def _write_masked(self, node: Any, name: str, z: Value, axes: tuple[int, ...],
                      decided: Any, arguments: Any, shape: tuple[int, ...]) -> Any:
        offset = None
        if name == "exp":
            # no shift takes part in it: what is forbidden has exponential 0
            return self._write(node, masks.exponentials, [z, ~(decided.dead | (
                decided.top <= masks.HUGE))])
        if name == "logsumexp":
            keepdim = bool(arguments[2]) if len(arguments) > 2 else False
            if decided is not None and (decided.top != 0).any():
                offset = decided.top.reshape(shape)
            return self._write(node, masks.logarithm_of_sum, [z, axes, keepdim, decided],
                               None, offset)
        if decided is not None:
            # softmax of nothing is not a number
            offset = np.where(np.broadcast_to(decided.dead, shape), np.nan, 0.0)
            if name == "_log_softmax":
                offset = np.where(decided.live, offset, -np.inf)
            offset = offset if (offset != 0).any() else None
        function = masks.softmax if name == "_softmax" else masks.logarithm_of_softmax
        return self._write(node, function, [z, axes[0], decided], None, offset)

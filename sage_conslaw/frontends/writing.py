r"""
Steps in terms of NumPy, written one behind the other
"""
from __future__ import annotations

import inspect
import math
import operator
from typing import Any

import numpy as np

from sage_conslaw.frontends.exporting import origin, refused
from sage_conslaw.frontends.operands import Numbers, Step, Value, changed, leaves
from sage_conslaw.frontends.operations import LINEAR, ROWS, Coefficients, linear_map

_SCALES = frozenset({"div", "mul"})
#: Operations whose results are not negative, and zero where they have no derivative.
_ROOTS = frozenset({"linalg_vector_norm", "sqrt"})
#: Bounds up to this are there to avoid divisions by zero.
SMALL = 1e-4


class Writer:
    r"""
    Write the steps of a module.

    ATTRIBUTES:

    - ``steps`` -- the steps that were written
    - ``rounded`` -- a float next to a simple fraction, and that, or ``None``
    """

    def __init__(self) -> None:
        self.steps: list[Step | str] = []
        self.rounded: tuple[float, Any] | None = None
        self._roots: set[Value] = set()

    def _write(self, node: Any, function: Any, arguments: Any, options: Any = None,
               offset: Any = None) -> Any:
        for x in leaves([list(arguments), options or {}]):
            self._note(x)
        self.steps.append(Step(function, tuple(arguments), options or {}, origin(node)))
        slot, value = len(self.steps) - 1, node.meta["val"]
        if isinstance(value, (list, tuple)):
            return tuple(None if part is None else Value(slot, tuple(part.shape), None, k)
                         for k, part in enumerate(value))
        return Value(slot, tuple(value.shape), offset)

    def _note(self, x: Any) -> None:
        near = x.rounded() if type(x) is Numbers else None
        if near is not None:
            self.rounded = self.rounded or near

    def _numbers(self, x: Any, node: Any) -> Any:
        # an operand of a row
        if isinstance(x, Value):
            return self._settled(x, node)
        if hasattr(x, "detach"):
            array = (x.double() if x.dtype.is_floating_point else x).numpy()
            if not np.isfinite(array).all():
                raise refused(node, "a constant in it is not finite; masks are supported before "
                                    "a softmax")
            return Numbers(array) if array.dtype.kind == "f" else array
        if isinstance(x, float):
            if not math.isfinite(x):
                raise refused(node, f"the number {x} is not finite")
            return Numbers(x)
        return x

    def _settled(self, value: Any, node: Any) -> Any:
        # a value that has its offset in it
        if not isinstance(value, Value) or value.offset is None:
            return value
        if not np.isfinite(value.offset).all():
            if isinstance(node, str):
                raise ValueError(f"module: {node} has entries that are not finite, from a mask")
            raise refused(node, "it meets entries that are minus infinity, or not a number, from "
                                "a mask; masks are supported before a softmax")
        self.steps.append(Step(operator.add, (value, Numbers(value.offset)), {}, "a mask"))
        return Value(len(self.steps) - 1, value.shape)

    def _computed(self, node: Any, name: str, arguments: Any, options: Any) -> Any:
        row, offset = ROWS[name], None
        masked = [x for x in arguments if isinstance(x, Value) and x.offset is not None]
        if name in _SCALES and len(masked) == 1 and len(arguments) == 2:
            factor = arguments[1 - arguments.index(masked[0])]
            if not isinstance(factor, Value) and (masked[0] is arguments[0] or name == "mul"):
                number = np.asarray(factor, dtype=float)
                if (number > 0).all():
                    scaled = masked[0].offset * (number if name == "mul" else 1 / number)
                    offset = np.broadcast_to(scaled, tuple(node.meta["val"].shape))
                    bare = Value(masked[0].slot, masked[0].shape, None, masked[0].part)
                    arguments = [bare if x is masked[0] else x for x in arguments]
        if "batch_norm" in name:
            arguments = [*arguments[:-2], None, arguments[-1]]  # the momentum has no part in it
        for place in node.target._schema.arguments[len(arguments):]:
            # floats that a graph leaves out, such as the slope of a leaky ReLU
            if place.has_default_value() and isinstance(place.default_value, float):
                options.setdefault(place.name, place.default_value)
        arguments = changed(list(arguments), lambda x: self._numbers(x, node))
        options = {key: changed(x, lambda x: self._numbers(x, node))
                   for key, x in options.items()}
        try:
            inspect.signature(row).bind(*arguments, **options)
        except TypeError as error:
            raise refused(node, f"with these arguments it is not supported ({error})") from None
        except ValueError:
            pass  # functions of NumPy do not say what they take
        value = self._write(node, row, arguments, options, offset)
        if name in _ROOTS:
            self._roots.add(value)
        return value

    def _is_guard(self, arguments: Any) -> bool:
        # a bound against division by zero, as in normalize: no norm at generic points is as small
        value, bound = (list(arguments) + [None])[:2]
        if value not in self._roots or bound is None or len(arguments) > 2 or isinstance(
                bound, Value):
            return False
        numbers = np.asarray(bound, dtype=float)
        return bool(((numbers > 0) & (numbers <= SMALL)).all())

    def _mapped(self, node: Any, name: str, arguments: Any) -> Any:
        import torch

        x = self._settled(arguments[0], node)
        lead, inner = x.shape[:-LINEAR[name]], x.shape[-LINEAR[name]:]
        size = math.prod(inner)
        units = torch.eye(size, dtype=torch.float64).reshape((size, 1) + inner)
        images = node.target(units, *arguments[1:], **node.kwargs)
        matrix = Coefficients(images.reshape(size, -1).numpy())
        shape = tuple(node.meta["val"].shape)
        return self._write(node, linear_map, [x, matrix, lead, shape])

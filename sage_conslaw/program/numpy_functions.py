r"""
NumPy's functions on traced arrays, a row each

Functions that only move entries are carried out once on an array of integers, the places
of the entries, and become one gather.
"""
from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.numpy_activations import SMOOTH_UFUNCS, applied
from sage_conslaw.program.numpy_products import dot, einsum, inner, matmul, outer, tensordot
from sage_conslaw.program.trace import (
    Array,
    TraceError,
    add,
    assembled,
    broadcast,
    check_size,
    holds_arrays,
    is_integer,
    multiply,
    named,
    refuse_sage_matrix,
    tracer_of,
)
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown


def _carried_out(function, a, change, arguments, options):
    # a function of NumPy on the places of the entries of an array
    name = named(function)
    if not isinstance(a, Array) or holds_arrays([*arguments, *options.values()]):
        raise TraceError(f"{name}: its first argument is rearranged, and all others have to be "
                         "constants; one of them is an array whose values are not known")
    try:
        return a.rearranged(lambda index: change(index, *arguments, **options))
    except (IndexError, TypeError, ValueError) as error:
        kind = next(kind for kind in (IndexError, TypeError, ValueError) if isinstance(error, kind))
        raise kind(f"{name} of an array of shape {a.shape}: {error}") from None


def _rearranging(function):
    # a function of NumPy that moves entries
    def rearranged(a, *arguments, **options):
        return _carried_out(function, a, function, arguments, options)
    return rearranged


def _masking(function):
    # a function of NumPy that moves entries or replaces them by zero
    def masked(index, *arguments, **options):
        return function(index + 1, *arguments, **options) - 1

    def rearranged(a, *arguments, **options):
        return _carried_out(function, a, masked, arguments, options)
    return rearranged


def _assembling(function):
    # a function of NumPy that puts a list of arrays together
    def put_together(arrays, *arguments, **options):
        if options.get("out") is not None:
            raise TraceError(f"{named(function)}: traced arrays are not changed in place")
        tracer = tracer_of(*arrays)
        parts = [tracer.read(a) for a in arrays]
        try:
            return assembled(parts, lambda index: function(index, *arguments, **options))
        except (IndexError, TypeError, ValueError) as error:
            shapes = ", ".join(str(part.shape) for part in parts)
            raise ValueError(f"{named(function)}: shapes {shapes} do not fit: {error}") from None
    return put_together


def _subtract(a: Any, b: Any) -> Array:
    return add(a, _negative(b) if isinstance(b, Array) else -_constant(b, a), "-")


def _constant(value: Any, other: Array) -> Array:
    return other.tracer.read(value)


def _negative(a: Array) -> Array:
    return a.scaled(-1)


def _divide(a: Any, b: Any) -> Array:
    refuse_sage_matrix("/", a, b)
    tracer = tracer_of(a, b)
    return multiply(a, _reciprocal(tracer.read(b)), "/")


def _reciprocal(a: Array) -> Array:
    return Array(a.tracer, a.tracer.build.reciprocal(a.number))


def _power(a: Any, exponent: Any) -> Array:
    if isinstance(exponent, np.ndarray) and exponent.ndim == 0:
        exponent = exponent.item()
    if isinstance(exponent, Array):
        raise TraceError(f"**: the exponent is an array of shape {exponent.shape} whose values are "
                         "not known; exponents have to be integers")
    if isinstance(exponent, float) and exponent.is_integer():
        exponent = int(exponent)
    doubled = exponent if isinstance(exponent, (bool, list)) or is_integer(
        exponent) else 2 * exponent
    if isinstance(doubled, float) and doubled.is_integer():
        doubled = int(doubled)
    if not is_integer(exponent) and is_integer(doubled):
        return _power(applied("sqrt", a), int(doubled))
    if not is_integer(exponent):
        raise TraceError(f"**: got the exponent {shown(exponent)} of an array of shape {a.shape}; "
                         "exponents have to be integers, or halves of them")
    exponent = int(exponent)
    if abs(exponent) > limits.EXPONENT:
        raise TraceError(f"**: got the exponent {shown(exponent)} of an array of shape {a.shape}; "
                         f"exponents have to be at most {limits.EXPONENT}")
    if exponent < 0:
        return _reciprocal(_power(a, -exponent))
    result = None
    square = a
    while exponent:
        if exponent & 1:
            result = square if result is None else multiply(result, square)
        exponent >>= 1
        if exponent:
            square = multiply(square, square)
    if result is None:
        return a.tracer.read(np.full(a.shape, 1, dtype=object))
    return result


def _extreme(name: str, on: int, off: int):
    # np.maximum and np.minimum with zero, which are gates
    def extreme(a, b):
        tracer = tracer_of(a, b)
        a, b = tracer.read(a), tracer.read(b)
        for one, other in ((a, b), (b, a)):
            if tracer.build.number(other.number) == 0 and broadcast(name, a, b) == one.shape:
                return one.gated(on, off)
        raise TraceError(f"{name} of {a.shape} and {b.shape}: supported with 0 alone; relu, "
                         "leaky_relu and absolute are in sage_conslaw.functions")
    return extreme


def _sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
         **others: Any) -> Array:
    unknown = [name for name, value in others.items() if value is not np._NoValue]
    if dtype is not None or out is not None or unknown:
        raise TraceError("np.sum: of its options axis and keepdims are supported")
    array = tracer_of(a).read(a)
    axes = _axes(array, axis)
    total = Array(array.tracer, array.tracer.build.sum(array.number, axes))
    if keepdims is not np._NoValue and keepdims:
        shape = [1 if k in axes else n for k, n in enumerate(array.shape)]
        return total.rearranged(lambda index: index.reshape(shape))
    return total


def _axes(array: Array, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(array.ndim))
    found = []
    for k in axis if isinstance(axis, (tuple, list)) else (axis,):
        if not is_integer(k) or not -array.ndim <= int(k) < array.ndim:
            raise ValueError(f"axis: got {shown(axis)} for an array of shape {array.shape}")
        found.append(int(k) % array.ndim)
    if len(set(found)) < len(found):
        raise ValueError(f"axis: got {shown(axis)}, expected different axes")
    return tuple(sorted(found))


def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Array:
    array = tracer_of(a).read(a)
    count = int(np.prod([array.shape[k] for k in _axes(array, axis)]))
    if not count:
        raise ValueError(f"np.mean: of no entries, in an array of shape {array.shape}")
    if dtype is not None or out is not None:
        raise TraceError("np.mean: the options dtype and out are not supported")
    return _sum(array, axis, **options).scaled(Fraction(1, count))


def _variance(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
              keepdims: Any = False, **options: Any) -> Array:
    _refuse("np.var", {"dtype": dtype, "out": out, **options})
    array = tracer_of(a).read(a)
    centred = array - _mean(array, axis, keepdims=True)
    count = math.prod(array.shape[k] for k in _axes(array, axis))
    freedom = Fraction(ddof)
    if count <= freedom:
        raise ValueError(f"np.var: got ddof {ddof} for {count} entries")
    return _sum(multiply(centred, centred), axis, keepdims=keepdims).scaled(1 / (count - freedom))


def _prod(a: Any, axis: Any = None, **options: Any) -> Array:
    if any(value is not np._NoValue for value in options.values()):
        raise TraceError("np.prod: of its options axis is supported")
    array = tracer_of(a).read(a)
    axes = _axes(array, axis)
    kept = [k for k in range(array.ndim) if k not in axes]
    shape = [array.shape[k] for k in kept]
    count = int(np.prod([array.shape[k] for k in axes]))
    factors = array.rearranged(lambda i: i.transpose(list(axes) + kept).reshape([count] + shape))
    result = array.tracer.read(np.full(shape, 1, dtype=object))
    for factor in factors:
        result = multiply(result, factor)
    return result


def _where(mask: Any, *choices: Any) -> Array:
    if isinstance(mask, Array) or len(choices) != 2:
        raise TraceError("np.where: the mask has to be constant; where it depends on values, use "
                         "relu, leaky_relu or absolute of sage_conslaw.functions")
    tracer = tracer_of(*choices)
    a, b = (tracer.read(x) for x in choices)
    mask = np.asarray(mask).astype(bool)
    try:
        shape = np.broadcast_shapes(mask.shape, a.shape, b.shape)
    except ValueError:
        raise ValueError(f"np.where: shapes {mask.shape}, {a.shape} and {b.shape} do not "
                         "fit") from None
    mask = np.broadcast_to(mask, shape)
    return assembled([a, b], lambda parts: np.where(
        mask, np.broadcast_to(parts[0], shape), np.broadcast_to(parts[1], shape)))


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, **options: Any) -> Array:
    _refuse("np.trace", options)
    return _sum(FUNCTIONS[np.diagonal](a, offset, axis1, axis2), -1)


def _outer(a: Any, b: Any, out: Any = None) -> Array:
    _refuse("np.outer", {"out": out})
    return outer(a, b)


def _refuse(name: str, options: dict[str, Any]) -> None:
    if any(value is not None and value is not np._NoValue for value in options.values()):
        raise TraceError(f"{name}: the options {', '.join(options)} are not supported")


def _pad(a: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Array:
    if isinstance(mode, str) and mode == "constant":
        if np.any(np.asarray(options.pop("constant_values", 0)) != 0):
            raise TraceError("np.pad: constant_values has to be 0")
        _refuse("np.pad", options)
        return _masking(np.pad)(a, pad_width)
    # other modes, and odd reflections, make new entries
    if not isinstance(mode, str) or mode not in ("edge", "wrap", "reflect", "symmetric"):
        raise TraceError(f"np.pad: got the mode {shown(mode)}, expected 'constant', 'edge', "
                         "'wrap', 'reflect' or 'symmetric'")
    if options.pop("reflect_type", "even") != "even":
        raise TraceError("np.pad: reflect_type has to be 'even'")
    _refuse("np.pad", options)
    return _rearranging(np.pad)(a, pad_width, mode=mode)


def _reshape(a: Any, *shape: Any, **options: Any) -> Array:
    array = tracer_of(a).read(a)
    for name in ("newshape", "shape"):
        if not shape and name in options:
            shape = (options.pop(name),)
    target = shape[0] if len(shape) == 1 else shape
    try:
        return array.rearranged(lambda index: np.reshape(index, target, **options))
    except (ValueError, TypeError):
        raise ValueError(f"reshape: got {shown(target)} for an array of shape "
                         f"{array.shape}") from None


def _transpose(a: Any, *axes: Any, **options: Any) -> Array:
    if not axes and "axes" in options:
        axes = (options.pop("axes"),)
    _refuse("np.transpose", options)
    order = axes[0] if len(axes) == 1 and not is_integer(axes[0]) else (axes or None)
    return _rearranging(np.transpose)(a, order)


def _zeros_like(value: int):
    def filled(a, dtype=None, order="K", subok=True, shape=None, **options):
        size = (a.shape if shape is None else (int(shape),) if is_integer(shape)
                else tuple(int(n) for n in shape))
        check_size(size)
        return a.tracer.read(np.full(size, value, dtype=object))
    return filled


def _cumsum(a: Any, axis: Any = None, **options: Any) -> Array:
    _refuse("np.cumsum", options)
    array = tracer_of(a).read(a)
    if axis is None:
        array, axis = array.rearranged(np.ravel), 0
    axis = _axes(array, axis)[0]
    size = array.shape[axis]
    moved = array.rearranged(lambda i: np.moveaxis(i, axis, 0))
    triangle = moved.tracer.read(np.tril(np.ones((size, size), dtype=int)).astype(object))
    return tensordot(triangle, moved, 1).rearranged(lambda i: np.moveaxis(i, 0, axis))


UFUNCS = {
    **SMOOTH_UFUNCS,
    np.add: add,
    np.subtract: _subtract,
    np.multiply: multiply,
    np.negative: _negative,
    np.positive: lambda a: a,
    np.true_divide: _divide,
    np.reciprocal: _reciprocal,
    np.power: _power,
    np.float_power: _power,
    np.square: lambda a: multiply(a, a),
    np.matmul: matmul,
    np.conjugate: lambda a: a,
    np.absolute: lambda a: a.gated(1, -1),
    np.maximum: _extreme("np.maximum", 1, 0),
    np.minimum: _extreme("np.minimum", 0, 1),
}

_REARRANGING = (np.ravel, np.squeeze, np.expand_dims, np.swapaxes, np.moveaxis, np.rollaxis,
           np.broadcast_to, np.flip, np.fliplr, np.flipud, np.rot90, np.roll, np.repeat, np.tile,
           np.take, np.diagonal, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.split,
           np.array_split, np.hsplit, np.vsplit, np.dsplit, np.copy, np.delete, np.resize)
_MASKING = (np.tril, np.triu, np.diag, np.diagflat)
_ASSEMBLING = (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack)

FUNCTIONS = {
    **{function: _rearranging(function) for function in _REARRANGING},
    **{function: _masking(function) for function in _MASKING},
    **{function: _assembling(function) for function in _ASSEMBLING},
    np.reshape: _reshape, np.transpose: _transpose, np.sum: _sum, np.mean: _mean,
    np.prod: _prod, np.outer: _outer, np.dot: dot, np.vdot: lambda a, b: dot(
        *(tracer_of(a, b).read(x).rearranged(np.ravel) for x in (a, b))),
    np.inner: inner, np.tensordot: tensordot, np.einsum: einsum, np.where: _where,
    np.var: _variance, np.std: lambda a, *arguments, **options: applied(
        "sqrt", _variance(a, *arguments, **options)),
    np.trace: _trace, np.pad: _pad, np.cumsum: _cumsum, np.zeros_like: _zeros_like(0),
    np.ones_like: _zeros_like(1), np.real: lambda a: a,
    np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
}

METHODS = {
    "reshape": _reshape, "transpose": _transpose, "sum": _sum, "mean": _mean, "prod": _prod,
    "ravel": FUNCTIONS[np.ravel], "flatten": FUNCTIONS[np.ravel],
    "squeeze": FUNCTIONS[np.squeeze], "swapaxes": FUNCTIONS[np.swapaxes],
    "repeat": FUNCTIONS[np.repeat], "take": FUNCTIONS[np.take], "copy": FUNCTIONS[np.copy],
    "diagonal": FUNCTIONS[np.diagonal], "trace": _trace, "dot": dot, "cumsum": _cumsum,
    "conj": lambda a: a, "var": FUNCTIONS[np.var], "std": FUNCTIONS[np.std],
}


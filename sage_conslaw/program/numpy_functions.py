r"""
NumPy's functions on traced arrays, a row each

Functions that only move entries are carried out once on an array of integers, the places
of the entries, and become one gather.
"""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.trace import (
    Array,
    TraceError,
    add,
    assembled,
    is_integer,
    multiply,
    tracer_of,
)
from sage_conslaw.system.messages import shown

#: An array has at most so many axes that letters stand for.
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _rearranging(function):
    # a function of NumPy that moves entries
    def rearranged(a, *arguments, **options):
        return tracer_of(a).read(a).rearranged(lambda index: function(index, *arguments, **options))
    return rearranged


def _masking(function):
    # a function of NumPy that moves entries or replaces them by zero
    def rearranged(a, *arguments, **options):
        return tracer_of(a).read(a).rearranged(
            lambda index: function(index + 1, *arguments, **options) - 1)
    return rearranged


def _assembling(function):
    # a function of NumPy that puts a list of arrays together
    def put_together(arrays, *arguments, **options):
        tracer = tracer_of(*arrays)
        parts = [tracer.read(a) for a in arrays]
        try:
            return assembled(parts, lambda index: function(index, *arguments, **options))
        except ValueError:
            shapes = ", ".join(str(part.shape) for part in parts)
            raise ValueError(f"np.{function.__name__}: shapes {shapes} do not fit") from None
    return put_together


def _subtract(a: Any, b: Any) -> Array:
    return add(a, _negative(b) if isinstance(b, Array) else -_constant(b, a))


def _constant(value: Any, other: Array) -> Array:
    return other.tracer.read(value)


def _negative(a: Array) -> Array:
    return a.scaled(-1)


def _divide(a: Any, b: Any) -> Array:
    tracer = tracer_of(a, b)
    return multiply(a, _reciprocal(tracer.read(b)))


def _reciprocal(a: Array) -> Array:
    return Array(a.tracer, a.tracer.build.reciprocal(a.number))


def _power(a: Any, exponent: Any) -> Array:
    if isinstance(exponent, np.ndarray) and exponent.ndim == 0:
        exponent = exponent.item()
    if isinstance(exponent, Array) or not isinstance(a, Array):
        raise TraceError("**: the exponent is an array of shape "
                         f"{getattr(exponent, 'shape', '?')}; exponents have to be integers")
    if isinstance(exponent, float) and exponent.is_integer():
        exponent = int(exponent)
    if not is_integer(exponent):
        raise TraceError(f"**: got the exponent {shown(exponent)} of an array of shape {a.shape}; "
                         "exponents have to be integers")
    exponent = int(exponent)
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
            if tracer.build.number(other.number) == 0 and not other.shape:
                return one.gated(on, off)
        raise TraceError(f"{name} of {a.shape} and {b.shape}: supported with the number 0 alone")
    return extreme


def _matmul(a: Any, b: Any) -> Array:
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    refused = ValueError(f"@: shapes {a.shape} and {b.shape} do not fit")
    if not a.shape or not b.shape or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise refused
    lead = max(a.ndim, b.ndim, 2) - 2
    batch = LETTERS[3:3 + lead]
    left = batch[lead - (a.ndim - 2):] + "ab" if a.ndim > 1 else "b"
    right = batch[lead - (b.ndim - 2):] + "bc" if b.ndim > 1 else "b"
    out = batch + ("a" if a.ndim > 1 else "") + ("c" if b.ndim > 1 else "")
    out = "".join(c for c in out if c in left + right)
    shapes = [x.shape[:-2] for x in (a, b)]
    if shapes[0] and shapes[1] and shapes[0] != shapes[1]:
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            raise refused from None
        a, b = (x.rearranged(lambda i: np.broadcast_to(i, shape + i.shape[-2:])) for x in (a, b))
        left, right = batch + "ab", batch + "bc"
    return Array(tracer, tracer.build.multiply(a.number, b.number, left, right, out))


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
    return tuple(sorted(set(found)))


def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Array:
    array = tracer_of(a).read(a)
    count = int(np.prod([array.shape[k] for k in _axes(array, axis)]))
    if not count:
        raise ValueError(f"np.mean: of no entries, in an array of shape {array.shape}")
    return _sum(array, axis, dtype, out, **options).scaled(Fraction(1, count))


def _prod(a: Any, axis: Any = None, **options: Any) -> Array:
    if any(value is not np._NoValue for value in options.values()):
        raise TraceError("np.prod: of its options axis is supported")
    array = tracer_of(a).read(a)
    axes = _axes(array, axis)
    kept = [k for k in range(array.ndim) if k not in axes]
    shape = [array.shape[k] for k in kept]
    factors = array.rearranged(lambda i: i.transpose(list(axes) + kept).reshape([-1] + shape))
    result = array.tracer.read(np.full(shape, 1, dtype=object))
    for factor in factors:
        result = multiply(result, factor)
    return result


def _outer(a: Any, b: Any) -> Array:
    tracer = tracer_of(a, b)
    a, b = (tracer.read(x).rearranged(np.ravel) for x in (a, b))
    return Array(tracer, tracer.build.multiply(a.number, b.number, "a", "b", "ab"))


def _dot(a: Any, b: Any) -> Array:
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    if not a.shape or not b.shape:
        return multiply(a, b)
    return _tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def _inner(a: Any, b: Any) -> Array:
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    if not a.shape or not b.shape:
        return multiply(a, b)
    return _tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Array:
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    if is_integer(axes):
        first, second = list(range(a.ndim - int(axes), a.ndim)), list(range(int(axes)))
    else:
        first, second = ([x] if is_integer(x) else list(x) for x in axes)
    first, second = [k % a.ndim for k in first], [k % b.ndim for k in second]
    if [a.shape[k] for k in first] != [b.shape[k] for k in second]:
        raise ValueError(f"np.tensordot: shapes {a.shape} and {b.shape} do not fit over the axes "
                         f"{first} and {second}")
    left, right = LETTERS[:a.ndim], list(LETTERS[a.ndim:a.ndim + b.ndim])
    for k, other in zip(first, second, strict=True):
        right[other] = left[k]
    out = ([c for k, c in enumerate(left) if k not in first]
           + [c for k, c in enumerate(right) if k not in second])
    return Array(tracer, tracer.build.multiply(a.number, b.number, left, "".join(right),
                                               "".join(out)))


def _einsum(subscripts: Any, *operands: Any, **options: Any) -> Array:
    if not isinstance(subscripts, str) or any(v is not False for v in options.values()):
        raise TraceError("np.einsum: subscripts have to be a text such as 'ij,jk->ik', and it "
                         "takes no options")
    text = subscripts.replace(" ", "")
    if "." in text:
        raise TraceError(f"np.einsum: got {subscripts!r}; name all axes instead of an ellipsis")
    tracer = tracer_of(*operands)
    arrays = [tracer.read(x) for x in operands]
    inputs, arrow, out = text.partition("->")
    names = inputs.split(",")
    if not arrow:
        out = "".join(sorted(c for c in set(inputs) if c.isalpha() and inputs.count(c) == 1))
    letters = "".join(names)
    if (len(names) != len(arrays) or not all(c.isalpha() and c.isascii() for c in letters + out)
            or len(set(out)) != len(out) or not set(out) <= set(letters)
            or any(len(n) != a.ndim for n, a in zip(names, arrays, strict=False))):
        raise ValueError(f"np.einsum: {subscripts!r} does not fit the shapes "
                         f"{', '.join(str(a.shape) for a in arrays)}")
    sizes: dict[str, int] = {}
    for name, array in zip(names, arrays, strict=True):
        for c, n in zip(name, array.shape, strict=True):
            if sizes.setdefault(c, n) != n:
                raise ValueError(f"np.einsum: {subscripts!r} does not fit the shapes "
                                 f"{', '.join(str(a.shape) for a in arrays)}")
    return _contracted(tracer, names, arrays, out)


def _contracted(tracer: Any, names: list[str], arrays: list[Array], out: str) -> Array:
    for k, (name, array) in enumerate(zip(names, arrays, strict=True)):
        unique = "".join(dict.fromkeys(name))
        if unique != name:  # a diagonal
            arrays[k] = array.rearranged(lambda i, name=name, unique=unique: np.einsum(
                f"{name}->{unique}", i))
            names[k] = unique
    name, array = names[0], arrays[0]
    for k in range(1, len(names)):
        later = set(out).union(*names[k + 1:])
        name, array = _without(name, array, set(names[k]) | later)
        other, factor = _without(names[k], arrays[k], set(name) | later)
        # letters that were used up are gone from the result
        kept = "".join(c for c in dict.fromkeys(name + other) if c in later)
        short = {c: LETTERS[i] for i, c in enumerate(dict.fromkeys(name + other))}
        texts = ["".join(short[c] for c in text) for text in (name, other, kept)]
        array = Array(tracer, tracer.build.multiply(array.number, factor.number, *texts))
        name = kept
    name, array = _without(name, array, set(out))
    order = [name.index(c) for c in out]
    return array.rearranged(lambda i: i.transpose(order))


def _without(name: str, array: Array, kept: set[str]) -> tuple[str, Array]:
    # letters that nothing else needs are summed over
    axes = tuple(k for k, c in enumerate(name) if c not in kept)
    total = Array(array.tracer, array.tracer.build.sum(array.number, axes))
    return "".join(c for c in name if c in kept), total


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
    return _sum(tracer_of(a).read(a).rearranged(lambda i: np.diagonal(i, offset, axis1, axis2)), -1)


def _pad(a: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Array:
    if mode == "constant":
        if options.get("constant_values", 0) != 0:
            raise TraceError("np.pad: constant_values has to be 0")
        return _masking(np.pad)(a, pad_width)
    return _rearranging(np.pad)(a, pad_width, mode=mode, **options)


def _reshape(a: Any, *shape: Any, **options: Any) -> Array:
    array = tracer_of(a).read(a)
    target = shape[0] if len(shape) == 1 else shape
    if "newshape" in options or "shape" in options:
        target = options.pop("newshape", None) or options.pop("shape")
    try:
        return array.rearranged(lambda index: np.reshape(index, target, **options))
    except (ValueError, TypeError):
        raise ValueError(f"reshape: got {shown(target)} for an array of shape "
                         f"{array.shape}") from None


def _transpose(a: Any, *axes: Any) -> Array:
    order = axes[0] if len(axes) == 1 and not is_integer(axes[0]) else (axes or None)
    return tracer_of(a).read(a).rearranged(lambda index: np.transpose(index, order))


def _zeros_like(value: int):
    def filled(a, *arguments, **options):
        return a.tracer.read(np.full(a.shape, value, dtype=object))
    return filled


def _cumsum(a: Any, axis: Any = None, **options: Any) -> Array:
    array = tracer_of(a).read(a)
    if axis is None:
        array, axis = array.rearranged(np.ravel), 0
    size = array.shape[axis]
    moved = array.rearranged(lambda i: np.moveaxis(i, axis, 0))
    triangle = moved.tracer.read(np.tril(np.ones((size, size), dtype=int)).astype(object))
    return _tensordot(triangle, moved, 1).rearranged(lambda i: np.moveaxis(i, 0, axis))


UFUNCS = {
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
    np.matmul: _matmul,
    np.conjugate: lambda a: a,
    np.absolute: lambda a: a.gated(1, -1),
    np.maximum: _extreme("np.maximum", 1, 0),
    np.minimum: _extreme("np.minimum", 0, 1),
}

_REARRANGING = (np.ravel, np.squeeze, np.expand_dims, np.swapaxes, np.moveaxis, np.rollaxis,
           np.broadcast_to, np.flip, np.fliplr, np.flipud, np.rot90, np.roll, np.repeat, np.tile,
           np.take, np.diagonal, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.split,
           np.array_split, np.hsplit, np.vsplit, np.dsplit, np.copy, np.delete, np.resize,
           np.real)
_MASKING = (np.tril, np.triu, np.diag, np.diagflat)
_ASSEMBLING = (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack)

FUNCTIONS = {
    **{function: _rearranging(function) for function in _REARRANGING},
    **{function: _masking(function) for function in _MASKING},
    **{function: _assembling(function) for function in _ASSEMBLING},
    np.reshape: _reshape, np.transpose: _transpose, np.sum: _sum, np.mean: _mean,
    np.prod: _prod, np.outer: _outer, np.dot: _dot, np.vdot: lambda a, b: _dot(
        *(tracer_of(a, b).read(x).rearranged(np.ravel) for x in (a, b))),
    np.inner: _inner, np.tensordot: _tensordot, np.einsum: _einsum, np.where: _where,
    np.trace: _trace, np.pad: _pad, np.cumsum: _cumsum, np.zeros_like: _zeros_like(0),
    np.ones_like: _zeros_like(1), np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
}

METHODS = {
    "reshape": _reshape, "transpose": _transpose, "sum": _sum, "mean": _mean, "prod": _prod,
    "ravel": FUNCTIONS[np.ravel], "flatten": FUNCTIONS[np.ravel],
    "squeeze": FUNCTIONS[np.squeeze], "swapaxes": FUNCTIONS[np.swapaxes],
    "repeat": FUNCTIONS[np.repeat], "take": FUNCTIONS[np.take], "copy": FUNCTIONS[np.copy],
    "diagonal": FUNCTIONS[np.diagonal], "trace": _trace, "dot": _dot, "cumsum": _cumsum,
    "conj": lambda a: a,
}



r"""
NumPy's products of traced arrays: ``@``, ``np.dot``, ``np.tensordot``, ``np.einsum``

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw.program.tracer import Tracer
    sage: tracer = Tracer()
    sage: U, V = tracer.parameter("U", (2, 3)), tracer.parameter("V", (3, 2))
    sage: np.einsum("ij,ji->i", U, V).shape, np.dot(U, V).shape, np.outer(U, V).shape
    ((2,), (2, 2), (6, 6))
"""
from __future__ import annotations

from typing import Any

import numpy as np

from sage_conslaw.program.trace import (
    Array,
    TraceError,
    is_integer,
    multiply,
    tracer_of,
    unsupported,
)
from sage_conslaw.system.messages import shown

#: An array has at most so many axes that letters stand for.
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def matmul(a: Any, b: Any) -> Array:
    r"""
    Return the product `a @ b`.
    """
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


def outer(a: Any, b: Any) -> Array:
    r"""
    Return the outer product of two arrays, flat.
    """
    tracer = tracer_of(a, b)
    a, b = (tracer.read(x).rearranged(np.ravel) for x in (a, b))
    return Array(tracer, tracer.build.multiply(a.number, b.number, "a", "b", "ab"))


def dot(a: Any, b: Any) -> Array:
    r"""
    Return the product as ``np.dot`` has it.
    """
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    if not a.shape or not b.shape:
        return multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def inner(a: Any, b: Any) -> Array:
    r"""
    Return the sum over the last axes.
    """
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    if not a.shape or not b.shape:
        return multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Array:
    r"""
    Return the sum of products over some axes, as ``np.tensordot`` has it.
    """
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    refused = ValueError(f"np.tensordot: shapes {a.shape} and {b.shape} do not fit over the axes "
                         f"{shown(axes)}")
    if is_integer(axes):
        if not 0 <= int(axes) <= min(a.ndim, b.ndim):
            raise refused
        first, second = list(range(a.ndim - int(axes), a.ndim)), list(range(int(axes)))
    else:
        try:
            first, second = ([x] if is_integer(x) else list(x) for x in axes)
        except (TypeError, ValueError):
            raise refused from None
    for x, used in ((a, first), (b, second)):
        if not all(is_integer(k) and -x.ndim <= int(k) < x.ndim for k in used):
            raise refused
    first, second = [int(k) % a.ndim for k in first], [int(k) % b.ndim for k in second]
    if ([a.shape[k] for k in first] != [b.shape[k] for k in second]
            or len(set(first)) < len(first) or len(set(second)) < len(second)):
        raise refused
    if a.ndim + b.ndim > len(LETTERS):
        raise unsupported("np.tensordot", (a, b))
    left, right = LETTERS[:a.ndim], list(LETTERS[a.ndim:a.ndim + b.ndim])
    for k, other in zip(first, second, strict=True):
        right[other] = left[k]
    out = ([c for k, c in enumerate(left) if k not in first]
           + [c for k, c in enumerate(right) if k not in second])
    return Array(tracer, tracer.build.multiply(a.number, b.number, left, "".join(right),
                                               "".join(out)))


def einsum(subscripts: Any, *operands: Any, **options: Any) -> Array:
    r"""
    Return a sum of products in index notation.
    """
    # how it is carried out makes no difference
    unknown = [name for name, value in options.items() if name != "optimize" and value is not None]
    if not isinstance(subscripts, str) or unknown:
        raise TraceError("np.einsum: subscripts have to be a text such as 'ij,jk->ik', and of its "
                         "options optimize is supported")
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
    if len(set(letters)) > len(LETTERS):
        raise TraceError(f"np.einsum: got {shown(subscripts)}, expected at most {len(LETTERS)} "
                         "letters")
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

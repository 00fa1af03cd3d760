r"""
Programs in truncated power series modulo a prime

A value is an ``int64`` array of residues whose first axis is the order; then come the
batch axes of the instruction, in the order of their names, and its own axes. Orders that
are not there are zero. What is done is chosen once for each instruction:

- a product that sums over something is a product of matrices, in which the batch axes
  that only one of the factors has are rows or columns; all orders of one factor side by
  side are multiplied by those of the other one below each other
- a gather whose index is affine is a view of the operand, with strides; so is a scatter
  of the result

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw.interpreters.modular_series import ModularSeries
    sage: from sage_conslaw.interpreters.base import run
    sage: from sage_conslaw.program.builder import Builder
    sage: build = Builder()
    sage: x = build.parameter("x", ())
    sage: square = build.multiply(x, x, "", "", "")
    sage: program = build.program([square])
    sage: run(ModularSeries(program, 101, 4), program, {x: np.array([1, 1])})[square].tolist()
    [1, 2, 1]
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.arrays import residues
from sage_conslaw.arithmetic.function_series import FUNCTION_SERIES
from sage_conslaw.arithmetic.series import series_inverse, series_matmul, series_product
from sage_conslaw.interpreters.base import Interpreter
from sage_conslaw.program.instructions import Instruction, Program


class ModularSeries(Interpreter):
    r"""
    Series of arrays of residues, to a number of orders.

    INPUT:

    - ``program`` -- the program whose instructions are to be run; how each is done is found
      out once and kept with the program
    - ``prime`` -- the prime, below `2^{31}`
    - ``orders`` -- how many orders are computed
    - ``starts`` -- function from an instruction that is a function, and the series of its
      argument, to its own first coefficient; programs without functions need none
    """

    def __init__(self, program: Program, prime: int, orders: int,
                 starts: Callable[[Instruction, np.ndarray], np.ndarray] | None = None) -> None:
        self.prime = prime
        self.orders = orders
        self._starts = starts
        self._plans = program.kept("modular_series", _plans)

    def constant(self, step: Instruction) -> np.ndarray:
        plan = self._plans[step]
        if self.prime not in plan:
            plan[self.prime] = _residues_of(step.detail, self.prime)[None]
        return plan[self.prime]

    def add(self, step: Instruction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        first, second = self._plans[step]
        a, b = a[:self.orders][first], b[:self.orders][second]
        if len(a) < len(b):
            a, b = b, a
        if len(a) == len(b):
            total = a + b
        else:
            shape = np.broadcast_shapes(a.shape[1:], b.shape[1:])
            total = np.broadcast_to(a, a.shape[:1] + shape).copy()
            total[:len(b)] += b
        # a remainder takes longer than the comparison and the subtraction
        total -= self.prime * (total >= self.prime)
        return total

    def multiply(self, step: Instruction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = a[:self.orders], b[:self.orders]
        return self._plans[step](a, b, self.orders, self.prime)

    def take(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        return self._plans[step](a[:self.orders])

    def put(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        return self._plans[step](a[:self.orders], self.prime)

    def sum(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        return a[:self.orders].sum(axis=self._plans[step]) % self.prime

    def reciprocal(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        return series_inverse(a[:self.orders], self.orders, self.prime)

    def function(self, step: Instruction, a: np.ndarray, *more: np.ndarray) -> np.ndarray:
        assert self._starts is not None
        start = self._starts(step, a)
        return FUNCTION_SERIES[step.detail[0]](a[:self.orders], start, self.orders, self.prime,
                                               *more)


def _residues_of(values: np.ndarray, prime: int) -> np.ndarray:
    entries = [value.numerator * pow(value.denominator, -1, prime) % prime
               for value in values.ravel()]
    return residues(np.array(entries, dtype=np.int64).reshape(values.shape), prime)


def _plans(program: Program) -> dict[Instruction, Any]:
    # how each instruction is carried out; the orders are the first axis of every value
    plans: dict[Instruction, Any] = {}
    for step in program.instructions:
        sources = [program[i] for i in step.of]
        if step.op == "constant":
            plans[step] = {}
        elif step.op == "add":
            plans[step] = tuple(_with_axes(source, step) for source in sources)
        elif step.op == "multiply":
            plans[step] = _product_plan(step, *sources)
        elif step.op == "take":
            plans[step] = _take_plan(step, sources[0])
        elif step.op == "put":
            plans[step] = _put_plan(step, sources[0])
        elif step.op == "sum":
            plans[step] = _summed_axes(step, sources[0])
    return plans


def _with_axes(source: Instruction, step: Instruction) -> tuple:
    # an index that makes room for the batch axes that the source lacks
    return ((slice(None),) + tuple(slice(None) if x in source.axes else None
                                   for x in step.axes) + (Ellipsis,))


def _summed_axes(step: Instruction, source: Instruction) -> tuple[int, ...]:
    batch = [1 + k for k, x in enumerate(source.axes) if x not in step.axes]
    return tuple(batch + [1 + len(source.axes) + k for k in step.detail])


def _product_plan(step: Instruction, first: Instruction, second: Instruction) -> Callable:
    # letters for all axes: index letters are lower case, batch axes get upper case
    names = {x: chr(ord("A") + k) for k, x in enumerate(sorted({*first.axes, *second.axes}))}
    left, right, out = (
        "".join(names[x] for x in axes) + text
        for axes, text in zip((first.axes, second.axes, step.axes), step.detail, strict=True))
    alone = [c for c in left if c not in right + out], [c for c in right if c not in left + out]
    drop = [tuple(1 + text.index(c) for c in letters)
            for text, letters in zip((left, right), alone, strict=True)]
    left = "".join(c for c in left if c not in alone[0])
    right = "".join(c for c in right if c not in alone[1])
    inner = [c for c in left if c in right and c not in out]
    plan = (_matrix_product if inner else _broadcast_product)(left, right, out, inner)
    if not alone[0] and not alone[1]:
        return plan

    def product(a, b, orders, prime):
        # a factor may have a batch axis that the product is summed over
        a = a.sum(axis=drop[0]) % prime if drop[0] else a
        b = b.sum(axis=drop[1]) % prime if drop[1] else b
        return plan(a, b, orders, prime)

    return product


def _order_of(text: str, letters: Sequence[str]) -> tuple[int, ...]:
    return (0,) + tuple(1 + text.index(c) for c in letters)


def _broadcast_product(left: str, right: str, out: str, inner: Sequence[str]) -> Callable:
    # nothing is summed over: entry by entry, each factor with room for the other's axes
    orders_of, rooms = [], []
    for text in (left, right):
        orders_of.append(_order_of(text, [c for c in out if c in text]))
        rooms.append((slice(None),) + tuple(slice(None) if c in text else None for c in out))

    def product(a, b, orders, prime):
        return series_product(a.transpose(orders_of[0])[rooms[0]],
                              b.transpose(orders_of[1])[rooms[1]], orders, prime)

    return product


def _matrix_product(left: str, right: str, out: str, inner: Sequence[str]) -> Callable:
    batch = [c for c in out if c in left and c in right]
    rows = [c for c in out if c in left and c not in right]
    columns = [c for c in out if c in right and c not in left]
    first = _order_of(left, batch + rows + list(inner))
    second = _order_of(right, batch + list(inner) + columns)
    last = _order_of("".join(batch + rows + columns), out)
    deep = 1 + len(batch)

    def product(a, b, orders, prime):
        a, b = a.transpose(first), b.transpose(second)
        tops, bottoms = a.shape[deep:deep + len(rows)], b.shape[deep + len(inner):]
        middle = a.shape[deep + len(rows):]
        size = int(np.prod(middle))
        a = a.reshape(a.shape[:deep] + (int(np.prod(tops)), size))
        b = b.reshape(b.shape[:deep] + (size, int(np.prod(bottoms))))
        flat = series_matmul(a, b, orders, prime)
        return flat.reshape(flat.shape[:deep] + tops + bottoms).transpose(last)

    return product


def _take_plan(step: Instruction, source: Instruction) -> Callable:
    index, lead = step.detail, 1 + len(step.axes)
    if source.size == 0 or index.size == 0:
        return lambda a: np.zeros(a.shape[:lead] + step.shape, dtype=np.int64)
    order = _permutation(index, source.shape)
    if order is not None:
        axes = tuple(range(lead)) + tuple(lead + k for k in order)
        return lambda a: a.transpose(axes).reshape(a.shape[:lead] + step.shape)
    flat = index.ravel()
    if (flat < 0).any():
        def gathered(a):
            a = a.reshape(a.shape[:lead] + (-1,))
            a = np.concatenate([a, np.zeros(a.shape[:-1] + (1,), dtype=np.int64)], axis=-1)
            return a.take(flat, axis=-1).reshape(a.shape[:lead] + step.shape)
        return gathered
    strides = _strides(index)
    if strides is not None:
        start, steps = int(flat[0]), strides

        def view(a):
            a = a.reshape(a.shape[:lead] + (-1,))[..., start:]
            unit = a.strides[-1]
            return np.lib.stride_tricks.as_strided(
                a, a.shape[:lead] + step.shape,
                a.strides[:lead] + tuple(unit * s for s in steps), writeable=False)
        return view
    return lambda a: a.reshape(a.shape[:lead] + (-1,)).take(flat, axis=-1).reshape(
        a.shape[:lead] + step.shape)


def _permutation(index: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    # the order of the axes, if the gather is a transpose
    if index.size != int(np.prod(shape)) or sorted(index.shape) != sorted(shape):
        return None
    strides = _strides(index)
    if strides is None:
        return None
    own = [int(np.prod(shape[k + 1:])) for k in range(len(shape))]
    order: list[int] = []
    for stride, size in zip(strides, index.shape, strict=True):
        fitting = [k for k in range(len(shape))
                   if k not in order and shape[k] == size and (size == 1 or own[k] == stride)]
        if not fitting:
            return None
        order.append(fitting[0])
    return tuple(order)


def _strides(index: np.ndarray) -> tuple[int, ...] | None:
    # the strides of an affine index that is nowhere negative; None for others
    start = int(index.ravel()[0])
    if start < 0:
        return None
    total = np.full(index.shape, start, dtype=np.int64)
    strides = []
    for axis, size in enumerate(index.shape):
        place = tuple(1 if k == axis else 0 for k in range(index.ndim))
        stride = int(index[place]) - start if size > 1 else 0
        strides.append(stride)
        total += (stride * np.arange(size)).reshape(
            [-1 if k == axis else 1 for k in range(index.ndim)])
    return tuple(strides) if np.array_equal(total, index) and min(strides, default=0) >= 0 else None


def _put_plan(step: Instruction, source: Instruction) -> Callable:
    lead, size = 1 + len(step.axes), step.size
    flat = step.detail.ravel()
    keep = np.flatnonzero(flat >= 0)
    order = keep[np.argsort(flat[keep], kind="stable")]
    places, starts = np.unique(flat[order], return_index=True)

    def scatter(a, prime):
        result = np.zeros(a.shape[:lead] + (size,), dtype=np.int64)
        if len(places):
            a = a.reshape(a.shape[:lead] + (-1,))
            if len(places) == len(order):
                result[..., places] = a[..., order]
            else:
                result[..., places] = np.add.reduceat(a[..., order], starts, axis=-1) % prime
        return result.reshape(a.shape[:lead] + step.shape)

    axes = _repeating_axes(step.detail, size)
    if axes is None:
        return scatter
    summed, rest = axes
    if not summed:
        return lambda a, prime: a.transpose(tuple(range(lead)) + tuple(
            lead + k for k in rest)).reshape(a.shape[:lead] + step.shape)
    drop = tuple(lead + k for k in summed)
    left = [k for k in range(step.detail.ndim) if k not in summed]
    order_left = tuple(range(lead)) + tuple(lead + left.index(k) for k in rest)
    return lambda a, prime: (a.sum(axis=drop) % prime).transpose(order_left).reshape(
        a.shape[:lead] + step.shape)


def _repeating_axes(index: np.ndarray, size: int) -> tuple[list[int], list[int]] | None:
    # for the adjoint of a transpose that is repeated along axes: those axes, and the others
    # in the order of the result
    if not index.size or not size:
        return None
    strides = _strides(index)
    if strides is None or int(index.ravel()[0]):
        return None
    summed = [k for k, s in enumerate(strides) if s == 0 and index.shape[k] > 1]
    rest = sorted((k for k in range(index.ndim) if k not in summed),
                  key=lambda k: (-strides[k], -index.shape[k]))
    expected = 1
    for k in reversed(rest):
        if index.shape[k] > 1:
            if strides[k] != expected:
                return None
            expected *= index.shape[k]
    return (summed, rest) if expected == size else None

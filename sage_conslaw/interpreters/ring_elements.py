r"""
Programs in the elements of a ring

The entries are objects with ``+``, ``*`` and, for ``reciprocal``, division: fractions,
integers, polynomials of Sage, elements of a fraction field. It is the slowest of the
interpreters and the simplest, and what the others are compared with.
"""
from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.interpreters.base import Interpreter, run
from sage_conslaw.program.instructions import Instruction, Program


class RingElements(Interpreter):
    r"""
    Object arrays of elements of a ring, without batch axes.

    INPUT:

    - ``into`` -- function from a fraction to an element of the ring; by default an integer
      where it is one
    """

    def __init__(self, into=None) -> None:
        self._into = into or _simplest

    def constant(self, step: Instruction) -> np.ndarray:
        return _filled(step.shape, [self._into(c) for c in step.detail.ravel()])

    def add(self, step: Instruction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return _filled(step.shape, [x + y for x, y in zip(a.ravel(), b.ravel(), strict=True)])

    def multiply(self, step: Instruction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        left, right, out = step.detail
        letters = list(dict.fromkeys(out + left + right))
        sizes = dict(zip(left + right, a.shape + b.shape, strict=True))
        grid = [sizes[c] for c in letters]
        total: dict[tuple[int, ...], Any] = {}
        places = [[letters.index(c) for c in text] for text in (left, right, out)]
        for index in np.ndindex(*grid):
            first, second, place = (tuple(index[k] for k in where) for where in places)
            product = a[first] * b[second]
            total[place] = total[place] + product if place in total else product
        zero = self._into(Fraction(0))
        return _filled(step.shape, [total.get(place, zero) for place in np.ndindex(*step.shape)])

    def take(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        flat, zero = a.ravel(), self._into(Fraction(0))
        return _filled(step.shape, [zero if k < 0 else flat[k] for k in step.detail.ravel()])

    def put(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        total = [self._into(Fraction(0))] * step.size
        for k, x in zip(step.detail.ravel(), a.ravel(), strict=True):
            if k >= 0:
                total[k] = total[k] + x
        return _filled(step.shape, total)

    def sum(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        total = _filled(step.shape, [self._into(Fraction(0))] * step.size)
        for index in np.ndindex(*a.shape):
            place = tuple(i for k, i in enumerate(index) if k not in step.detail)
            total[place] = total[place] + a[index]
        return total

    def reciprocal(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        # the inverse of an integer is no integer
        one = self._into(Fraction(1))
        one = Fraction(1) if isinstance(one, int) else one
        return _filled(step.shape, [one / x for x in a.ravel()])


def _simplest(number: Fraction) -> Any:
    return int(number) if number.denominator == 1 else number


def _filled(shape: tuple[int, ...], entries: list) -> np.ndarray:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


def evaluate(program: Program, given: Mapping[int, Any], into=None) -> list[np.ndarray | None]:
    r"""
    Return the outputs of a program for elements of a ring.

    INPUT:

    - ``program`` -- a program without batch axes
    - ``given`` -- the parameters and controls, by the numbers of their instructions: anything
      that NumPy reads as an array of the shape
    - ``into`` -- as for :class:`RingElements`

    EXAMPLES::

        sage: from sage_conslaw.interpreters.ring_elements import evaluate
        sage: from sage_conslaw.program.builder import Builder
        sage: build = Builder()
        sage: x = build.parameter("x", (2,))
        sage: evaluate(build.program([build.sum(x, (0,))]), {x: [3, 4]})[0].item()
        7
    """
    arrays = {}
    for k, value in given.items():
        shape = program[k].shape
        array = np.empty(shape, dtype=object)
        array[...] = np.asarray(value, dtype=object).reshape(shape)
        arrays[k] = array
    values = run(RingElements(into), program, arrays)
    return [None if k is None else values[k] for k in program.outputs]

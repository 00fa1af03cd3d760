r"""
What is known of the signs of arrays, by how they are made

An array that is nowhere negative needs no gate, and multiples of one array by numbers have one
gate, or the opposite one. What is found here holds for all values of parameters and controls:
an array of which nothing is known has some sign all the same.
"""
from __future__ import annotations

from fractions import Fraction

import numpy as np

from sage_conslaw.program.activations import ACTIVATIONS
from sage_conslaw.program.builder import Builder


class Signs:
    r"""
    The signs of the arrays of a program that is being written.

    INPUT:

    - ``build`` -- the :class:`~sage_conslaw.program.builder.Builder`

    EXAMPLES::

        sage: from sage_conslaw.program.builder import Builder
        sage: from sage_conslaw.program.signs import Signs
        sage: build = Builder()
        sage: x = build.parameter("x", (2,))
        sage: square = build.entrywise(x, x)
        sage: signs = Signs(build)
        sage: signs.of(x), signs.of(square), signs.of(build.scale(square, -1))
        (0, 1, -1)
        sage: half = build.scale(build.sum(x, (0,)), 1/2)
        sage: other = build.sum(build.scale(x, -3), (0,))
        sage: signs.ratio(half, other)
        Fraction(-1, 6)
    """

    def __init__(self, build: Builder) -> None:
        self._build = build
        self._signs: list[int] = []
        self._set: dict[int, int] = {}
        # the same program without factors that are numbers, and those factors
        self._plain = Builder()
        self._parts: list[tuple[int, Fraction]] = []

    def of(self, k: int) -> int:
        r"""
        Return 1 for an array that is nowhere negative, -1 for one that is nowhere positive,
        and 0 where neither is known.
        """
        while len(self._signs) <= k:
            self._signs.append(self._sign(len(self._signs)))
        return self._set.get(k, self._signs[k])

    def set(self, k: int, sign: int) -> None:
        r"""
        Say what the sign of an array is.
        """
        self._set[k] = sign

    def _sign(self, k: int) -> int:
        step = self._build[k]
        if k in self._set:
            return self._set[k]
        if step.op == "control":
            return int(step.detail[1] == "gate")
        if step.op == "constant":
            return int((step.detail >= 0).all()) or -int((step.detail <= 0).all())
        if step.op == "parameter":
            return 0
        of = [self._set.get(i, self._signs[i]) for i in step.of]
        if step.op == "add":
            return of[0] if of[0] == of[1] else 0
        if step.op == "multiply":
            # a square, or a sum of squares
            same = step.of[0] == step.of[1] and step.detail[0] == step.detail[1]
            return 1 if same else of[0] * of[1]
        if step.op == "function":
            return ACTIVATIONS[step.detail[0]].sign
        return of[0]

    def part(self, k: int) -> tuple[int, Fraction]:
        r"""
        Return a number that stands for an array and its multiples, and which of them it is.
        """
        while len(self._parts) <= k:
            self._parts.append(self._part(len(self._parts)))
        return self._parts[k]

    def ratio(self, k: int, other: int) -> Fraction | None:
        r"""
        Return the number that an array is of another one, ``None`` where none is known.
        """
        (one, first), (two, second) = self.part(k), self.part(other)
        return first / second if one == two and second else None

    def _part(self, k: int) -> tuple[int, Fraction]:
        step, plain = self._build[k], self._plain
        of = [self._parts[i] for i in step.of]
        factor = Fraction(1)
        if step.op == "add":
            # the one that was written first gives the factor
            (a, first), (b, second) = sorted(of)
            if a == b and first + second:
                return a, first + second
            number, factor = plain.add(a, plain.scale(b, second / first)), first
        elif step.op == "multiply":
            (a, first), (b, second) = of
            number = plain.multiply(a, b, *step.detail, axes=step.axes)
            factor = first * second
        elif step.op == "take":
            number, factor = plain.take(of[0][0], step.detail), of[0][1]
        elif step.op == "put":
            number, factor = plain.put(of[0][0], step.detail, step.shape), of[0][1]
        elif step.op == "sum":
            number, factor = plain.sum(of[0][0], step.detail, step.axes), of[0][1]
        elif step.op == "reciprocal":
            number, factor = plain.reciprocal(of[0][0]), 1 / of[0][1]
        elif step.op == "function":
            arguments = [plain.scale(a, number) for a, number in of]
            number = plain.function(step.detail[0], *arguments, number=step.detail[1])
        else:
            number = plain.write(step)
        return self._without_number(number, factor)

    def _without_number(self, number: int, factor: Fraction) -> tuple[int, Fraction]:
        step = self._plain[number]
        if step.op != "constant":
            return number, factor
        lead = next((c for c in step.detail.ravel() if c), None)
        if lead is None:
            return number, Fraction(1)
        return self._plain.constant(step.detail / lead), factor * lead


def support(build: Builder, k: int) -> np.ndarray | None:
    r"""
    Return which entries of an array may be other than zero, flat; ``None`` where that is
    not known.
    """
    step = build[k]
    if step.op == "constant":
        return (step.detail != 0).astype(bool).ravel()
    if step.op == "take":
        return step.detail.ravel() >= 0
    if step.op == "put":
        found = np.zeros(step.size, dtype=bool)
        found[step.detail[step.detail >= 0]] = True
        return found
    return None

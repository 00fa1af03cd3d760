r"""
Writing programs, instruction by instruction

EXAMPLES::

    sage: from sage_conslaw.program.builder import Builder
    sage: build = Builder()
    sage: U = build.parameter("U", (2, 3))
    sage: V = build.parameter("V", (3, 2))
    sage: product = build.multiply(U, V, "ij", "jk", "ik")
    sage: build.program([product]).instructions[product].shape
    (2, 2)
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.instructions import Instruction, Program


class Builder:
    r"""
    Write a program, instruction by instruction.

    An instruction that is there already is not written again: equal numbers stand for
    equal arrays. What is obviously simpler is written more simply.

    INPUT:

    - ``program`` -- a program to begin with
    """

    def __init__(self, program: Program | None = None) -> None:
        self.steps: list[Instruction] = list(program.instructions) if program else []
        self._known = {step.key(): k for k, step in enumerate(self.steps)}
        self._functions = {(step.detail[0], step.of): k for k, step in enumerate(self.steps)
                           if step.op == "function"}

    def __getitem__(self, number: int) -> Instruction:
        return self.steps[number]

    def program(self, outputs: Iterable[int | None]) -> Program:
        r"""
        Return what was written as a program.
        """
        return Program(tuple(self.steps), tuple(outputs))

    def write(self, step: Instruction) -> int:
        r"""
        Write an instruction unless it is there, and return its number.
        """
        key = step.key()
        if key not in self._known:
            self._known[key] = len(self.steps)
            self.steps.append(step)
        return self._known[key]

    def parameter(self, name: str, shape: Sequence[int]) -> int:
        r"""
        Write a block of the state.
        """
        return self.write(Instruction("parameter", (), tuple(shape), (), name))

    def control(self, name: str, shape: Sequence[int], role: str,
                axes: Sequence[str] = ()) -> int:
        r"""
        Write a free array.
        """
        return self.write(Instruction("control", (), tuple(shape), tuple(sorted(axes)),
                                      (name, role)))

    def constant(self, values: Any) -> int:
        r"""
        Write rational numbers: an array, or one number.
        """
        array = np.asarray(values, dtype=object)
        exact = np.empty(array.size, dtype=object)
        exact[:] = [Fraction(value) for value in array.ravel().tolist()]
        return self.write(Instruction("constant", (), array.shape, (),
                                      exact.reshape(array.shape)))

    def number(self, k: int) -> Fraction | None:
        r"""
        Return the number that all entries of a constant are, or ``None``.
        """
        step = self.steps[k]
        if step.op != "constant" or not step.size:
            return None
        first = step.detail.ravel()[0]
        return first if (step.detail == first).all() else None

    def add(self, a: int, b: int) -> int:
        r"""
        Write the sum of two arrays of one shape.
        """
        shape = self.steps[a].shape
        if shape != self.steps[b].shape:
            raise ValueError(f"add: shapes {shape} and {self.steps[b].shape}")
        for one, other in ((a, b), (b, a)):
            if self.number(one) == 0 and not self.steps[one].axes:
                return other
        if self.steps[a].op == self.steps[b].op == "constant":
            return self.constant(self.steps[a].detail + self.steps[b].detail)
        axes = tuple(sorted({*self.steps[a].axes, *self.steps[b].axes}))
        return self.write(Instruction("add", (min(a, b), max(a, b)), shape, axes))

    def multiply(self, a: int, b: int, left: str, right: str, out: str,
                 axes: Iterable[str] | None = None) -> int:
        r"""
        Write the bilinear product of two arrays, in the notation of ``einsum``.

        INPUT:

        - ``a``, ``b`` -- numbers of instructions
        - ``left``, ``right``, ``out`` -- texts of different letters, one an axis; each
          letter of ``left`` or ``right`` is one of the other or of ``out``
        - ``axes`` -- the batch axes to keep; all of them by default
        """
        first, second = self.steps[a], self.steps[b]
        sizes = dict(zip(left, first.shape, strict=True))
        for letter, size in zip(right, second.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(f"multiply: shapes {first.shape} and {second.shape}")
        every = {*first.axes, *second.axes}
        kept = every if axes is None else every & set(axes)
        # a constant of ones that has no axes of its own changes nothing
        for one, other, letters in ((a, b, right), (b, a, left)):
            if (not self.steps[one].shape and self.number(one) == 1 and letters == out
                    and kept == set(self.steps[other].axes)):
                return other
        if self.number(a) == 0 or self.number(b) == 0:
            return self.constant(np.zeros([sizes[c] for c in out], dtype=object))
        # one way to write a product: operands and letters in a fixed order
        if (b, right) < (a, left):
            a, b, left, right = b, a, right, left
        rename = {letter: chr(ord("a") + k)
                  for k, letter in enumerate(dict.fromkeys(left + right))}
        names = tuple("".join(rename[c] for c in text) for text in (left, right, out))
        return self.write(Instruction("multiply", (a, b), tuple(sizes[c] for c in out),
                                      tuple(sorted(kept)), names))

    def scale(self, a: int, number: Any) -> int:
        r"""
        Write an array times a rational number.
        """
        letters = index_letters(len(self.steps[a].shape))
        if self.steps[a].op == "constant":
            return self.constant(self.steps[a].detail * Fraction(number))
        scaled = self.scaled_from(a)
        if scaled is not None:
            a, number = scaled[0], scaled[1] * Fraction(number)
        return self.multiply(self.constant(number), a, "", letters, letters)

    def scaled_from(self, a: int) -> tuple[int, Fraction] | None:
        r"""
        Return of what array and by what number an array is the multiple, if it is one.
        """
        step = self.steps[a]
        if step.op == "multiply" and step.detail[1] == step.detail[2]:
            constant = self.steps[step.of[0]]
            if constant.op == "constant" and constant.shape == ():
                return step.of[1], constant.detail.item()
        if step.op == "multiply" and step.detail[0] == step.detail[2]:
            constant = self.steps[step.of[1]]
            if constant.op == "constant" and constant.shape == ():
                return step.of[0], constant.detail.item()
        return None

    def take(self, a: int, index: np.ndarray) -> int:
        r"""
        Write the array whose entries are entries of another one, or zero.

        INPUT:

        - ``index`` -- integer array of the shape of the result: flat indices, row-major;
          -1 stands for zero
        """
        index = np.array(index, dtype=np.int64, order="C")
        step = self.steps[a]
        if index.shape == step.shape and np.array_equal(index.ravel(), np.arange(index.size)):
            return a
        if step.op == "constant":
            flat = np.append(step.detail.ravel(), Fraction(0))
            return self.constant(flat[index])
        if step.op == "take":
            inner = np.append(step.detail.ravel(), -1)
            return self.take(step.of[0], inner[index])
        return self.write(Instruction("take", (a,), index.shape, step.axes, index))

    def put(self, a: int, index: np.ndarray, shape: Sequence[int]) -> int:
        r"""
        Write an array of zeros to which the entries of another one are added.

        INPUT:

        - ``index`` -- integer array of the shape of ``a``: flat indices into the result;
          what has -1 is dropped
        - ``shape`` -- the shape of the result
        """
        index = np.array(index, dtype=np.int64, order="C")
        shape = tuple(map(int, shape))  # bounds are computed with them, and would overflow
        if index.shape == shape and np.array_equal(index.ravel(), np.arange(index.size)):
            return a
        return self.write(Instruction("put", (a,), shape, self.steps[a].axes, index))

    def sum(self, a: int, axes: Sequence[int], batch: Iterable[str] | None = None) -> int:
        r"""
        Write the sum over some axes; ``batch`` names the batch axes to keep.
        """
        step = self.steps[a]
        kept = step.axes if batch is None else tuple(x for x in step.axes if x in set(batch))
        if not axes and kept == step.axes:
            return a
        shape = tuple(n for k, n in enumerate(step.shape) if k not in set(axes))
        return self.write(Instruction("sum", (a,), shape, kept, tuple(sorted(axes))))

    def reciprocal(self, a: int) -> int:
        r"""
        Write the inverse of every entry.
        """
        step = self.steps[a]
        if step.op == "constant":
            if (step.detail == 0).any():
                raise ZeroDivisionError("a constant is divided by zero")
            return self.constant(np.array([1 / c for c in step.detail.ravel()],
                                          dtype=object).reshape(step.shape))
        return self.write(Instruction("reciprocal", (a,), step.shape, step.axes))

    def function(self, name: str, *of: int, number: int | None = None) -> int:
        r"""
        Write a function of every entry.

        INPUT:

        - ``name`` -- one of :data:`~sage_conslaw.program.activations.ACTIVATIONS`
        - ``of`` -- the argument, and what else the function is made from, of one shape
        - ``number`` -- what the function is known by; a new one by default

        ERRORS: ``ValueError`` for a function of constants that is no rational number.

        EXAMPLES::

            sage: from sage_conslaw.program.builder import Builder
            sage: build = Builder()
            sage: z = build.parameter("z", (2,))
            sage: build.function("exp", z) == build.function("exp", z)
            True
            sage: from fractions import Fraction
            sage: twice = build.take(z, [[0, 1], [1, 0]])
            sage: build[build.function("normal", twice, build.function("gauss", twice))].op
            'take'
            sage: build.number(build.function("sqrt", build.constant(Fraction("4/9"))))
            Fraction(2, 3)
        """
        if (name, of) in self._functions:
            return self._functions[name, of]
        step = self.steps[of[0]]
        if step.op == "constant" and name != "normal":
            return self.constant(_of_constants(name, step.detail))
        if step.op == "take" and step.size and (step.detail >= 0).all():
            # entries that are there several times have one value
            distinct, place = np.unique(step.detail, return_inverse=True)
            if len(distinct) < step.size:
                argument = self.take(step.of[0], distinct)
                more = [self.function("gauss", argument)] if name == "normal" else []
                inner = self.function(name, argument, *more, number=number)
                return self.take(inner, place.reshape(step.shape))
        if number is None:
            number = 1 + max((s.detail[1] for s in self.steps if s.op == "function"), default=-1)
        axes = tuple(sorted({x for k in of for x in self.steps[k].axes}))
        k = self.write(Instruction("function", of, step.shape, axes, (name, number)))
        self._functions[name, of] = k
        return k

    def entrywise(self, a: int, b: int) -> int:
        r"""
        Write the product entry by entry; one of the two may be a single number.
        """
        left = index_letters(len(self.steps[a].shape))
        right = index_letters(len(self.steps[b].shape))
        return self.multiply(a, b, left, right, max(left, right, key=len))

    def inline(self, program: Program, given: dict[int, int]) -> list[int]:
        r"""
        Write all instructions of another program, and return their numbers here.

        INPUT:

        - ``given`` -- which of its instructions are there already, and where
        """
        number: list[int] = []
        for k, step in enumerate(program.instructions):
            if k in given:
                number.append(given[k])
                continue
            of = [number[i] for i in step.of]
            if step.op == "add":
                number.append(self.add(*of))
            elif step.op == "multiply":
                every = {x for i in of for x in self.steps[i].axes}
                summed = {x for i in step.of for x in program[i].axes} - set(step.axes)
                number.append(self.multiply(*of, *step.detail, axes=every - summed))
            elif step.op == "take":
                number.append(self.take(of[0], step.detail))
            elif step.op == "put":
                number.append(self.put(of[0], step.detail, step.shape))
            elif step.op == "sum":
                summed = {x for i in step.of for x in program[i].axes} - set(step.axes)
                number.append(self.sum(of[0], step.detail,
                                       set(self.steps[of[0]].axes) - summed))
            elif step.op == "reciprocal":
                number.append(self.reciprocal(of[0]))
            elif step.op == "function":
                number.append(self.function(step.detail[0], *of, number=step.detail[1]))
            else:
                number.append(self.write(step))
        return number


def _of_constants(name: str, values: np.ndarray) -> np.ndarray:
    # the function of rational numbers, where it is rational
    found = np.empty(values.size, dtype=object)
    for k, value in enumerate(values.ravel().tolist()):
        if (name, value) in (("exp", 0), ("log", 1)):
            found[k] = Fraction(1 if name == "exp" else 0)
            continue
        root = (Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
                if name == "sqrt" and value >= 0 else None)
        if root is None or root**2 != value:
            raise ValueError(f"{name} of the constant {value} is no rational number; write the "
                             "number that is meant, as a fraction or a float")
        found[k] = root
    return found.reshape(values.shape)


def index_letters(count: int) -> str:
    r"""
    Return the first letters of the alphabet, one an axis.
    """
    if count > 26:
        raise ValueError(f"an array of {count} axes; accepted are at most 26")
    return "abcdefghijklmnopqrstuvwxyz"[:count]

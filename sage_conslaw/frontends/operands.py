r"""
What the steps of a module work with: values, constants, and how they are filled in

A step is written once and carried out in two ways: on NumPy arrays of floats, and on the traced
arrays of a network. Constants are floats in the first case, and the exact fractions that these
are in the second one.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from sage_conslaw.program.constants import near_fraction
from sage_conslaw.program.trace import Array


class Numbers:
    r"""
    Constant numbers: an array, or one number.

    EXAMPLES::

        sage: from sage_conslaw.frontends.operands import Numbers
        sage: Numbers(0.5r).filled(True), Numbers(0.5r).filled(False)
        (Fraction(1, 2), 0.5)
    """

    def __init__(self, floats: Any) -> None:
        self.floats = floats

    @cached_property
    def exact(self) -> Any:
        r"""
        The numbers as the binary fractions that they are.
        """
        if not isinstance(self.floats, np.ndarray):
            return Fraction(self.floats)
        if self.floats.dtype.kind != "f":
            return self.floats
        found = np.empty(self.floats.size, dtype=object)
        found[:] = [Fraction(x) for x in self.floats.ravel().tolist()]
        return found.reshape(self.floats.shape)

    def filled(self, traced: bool) -> Any:
        r"""
        Return the numbers for traced arrays, or for arrays of floats.
        """
        return self.exact if traced else self.floats

    def rounded(self) -> tuple[float, Fraction] | None:
        r"""
        Return a number that is next to a simple fraction and is none, and that fraction.

        EXAMPLES::

            sage: from sage_conslaw.frontends.operands import Numbers
            sage: Numbers(0.01r).rounded()
            (0.01, Fraction(1, 100))
            sage: Numbers(0.25r).rounded() is None
            True
        """
        entries = (self.floats.ravel()[:10_000].tolist()
                   if isinstance(self.floats, np.ndarray) else [self.floats])
        for x in entries:
            if isinstance(x, float) and np.isfinite(x):
                near = near_fraction(Fraction(x))
                if near is not None:
                    return x, near
        return None


@dataclass(frozen=True, eq=False)
class Value:
    r"""
    What a step makes: an array that depends on parameters or inputs.

    ATTRIBUTES:

    - ``slot`` -- the number of the step
    - ``shape`` -- its shape
    - ``offset`` -- ``None``, or an array of floats that belong to it and are not in the array:
      0, minus infinity and huge negative numbers of masks, and NaN
    - ``part`` -- which of the results of the step it is, if it has several
    """

    slot: int
    shape: tuple[int, ...]
    offset: np.ndarray | None = None
    part: int | None = None


@dataclass(frozen=True)
class Step:
    r"""
    A step: a function, its arguments with :class:`Value` and :class:`Numbers` in them, and
    where in the module it comes from.
    """

    function: Callable
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    where: str


def changed(structure: Any, change: Callable[[Any], Any]) -> Any:
    r"""
    Return nested lists and tuples with all that is in them changed by a function.

    EXAMPLES::

        sage: from sage_conslaw.frontends.operands import changed
        sage: changed([1, (2, [3])], lambda x: 2 * x)
        [2, (4, [6])]
    """
    if isinstance(structure, (list, tuple)):
        parts = [changed(part, change) for part in structure]
        return tuple(parts) if isinstance(structure, tuple) else parts
    return change(structure)


def leaves(structure: Any) -> Iterator[Any]:
    r"""
    Yield all that is in nested lists, tuples and dictionaries.

    EXAMPLES::

        sage: from sage_conslaw.frontends.operands import leaves
        sage: list(leaves([1, (2, {"a": 3})]))
        [1, 2, 3]
    """
    if isinstance(structure, dict):
        structure = list(structure.values())
    if isinstance(structure, (list, tuple)):
        for part in structure:
            yield from leaves(part)
    else:
        yield structure


def carried_out(steps: list[Step | str], outputs: list[Value | Numbers],
                given: dict[str, Any]) -> list[Any]:
    r"""
    Carry out steps, and return what comes out.

    INPUT:

    - ``steps`` -- a list; a text stands for the array of this name
    - ``outputs`` -- what to return
    - ``given`` -- the arrays, by their names: all of floats, or some of them traced
    """
    tracer = next((a.tracer for a in given.values() if isinstance(a, Array)), None)
    traced = tracer is not None
    found: list[Any] = []

    def fill(x: Any) -> Any:
        if isinstance(x, Value):
            return found[x.slot] if x.part is None else found[x.slot][x.part]
        return x.filled(traced) if isinstance(x, Numbers) else x

    for step in steps:
        if isinstance(step, str):
            array = given[step]
            # beside traced arrays numbers are constants, such as those of a frozen parameter
            found.append(tracer.read(array, step) if traced else np.asarray(array, dtype=float))
            continue
        try:
            found.append(step.function(*changed(step.arguments, fill), **{
                name: changed(value, fill) for name, value in step.options.items()}))
        except (TypeError, ValueError, ZeroDivisionError) as error:
            raise type(error)(f"{error}, in {step.where}") from error
    return [fill(x) for x in outputs]

r"""
The protocol of interpreters

An interpreter has a method for each primitive; :func:`run` calls them in order.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from sage_conslaw.program.instructions import Instruction, Program


class NotRational(ValueError):
    r"""
    A program has functions that the number system does not have.
    """


class Interpreter(ABC):
    r"""
    A number system in which programs are run.

    Parameters and controls are given; every other primitive has a method. Each gets the
    instruction and the values of its operands, and returns a value of the instruction's
    shape.
    """

    @abstractmethod
    def constant(self, step: Instruction) -> Any:
        r"""
        Return the numbers of a constant.
        """

    @abstractmethod
    def add(self, step: Instruction, a: Any, b: Any) -> Any:
        r"""
        Return the sum of two arrays of one shape.
        """

    @abstractmethod
    def multiply(self, step: Instruction, a: Any, b: Any) -> Any:
        r"""
        Return a bilinear product.
        """

    @abstractmethod
    def take(self, step: Instruction, a: Any) -> Any:
        r"""
        Return a gather.
        """

    @abstractmethod
    def put(self, step: Instruction, a: Any) -> Any:
        r"""
        Return a scatter that adds.
        """

    @abstractmethod
    def sum(self, step: Instruction, a: Any) -> Any:
        r"""
        Return a sum over axes.
        """

    @abstractmethod
    def reciprocal(self, step: Instruction, a: Any) -> Any:
        r"""
        Return the inverse of every entry, or raise ``ZeroDivisionError``.
        """

    def function(self, step: Instruction, a: Any, *more: Any) -> Any:
        r"""
        Return a function of every entry; see :mod:`sage_conslaw.program.activations`.

        Most number systems have none: an error is raised.
        """
        raise NotRational(f"{step.detail[0]} of an array of shape {step.shape} is no rational "
                          "function")


def run(interpreter: Interpreter, program: Program, given: Mapping[int, Any],
        only: Iterable[int] | None = None) -> dict[int, Any]:
    r"""
    Run a program and return the values of its instructions.

    INPUT:

    - ``interpreter`` -- the number system
    - ``program`` -- a program
    - ``given`` -- the values of its parameters and controls, by the numbers of their
      instructions; values of other instructions that are given are not computed again
    - ``only`` -- ascending numbers of the instructions to be computed; by default all
    """
    values = dict(given)
    for k in range(len(program.instructions)) if only is None else only:
        if k in values:
            continue
        step = program.instructions[k]
        if step.op in ("parameter", "control"):
            continue  # not given: nothing that is asked for may need it
        values[k] = getattr(interpreter, step.op)(step, *(values[i] for i in step.of))
    return values

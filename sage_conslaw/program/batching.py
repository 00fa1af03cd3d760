r"""
Batches: a program for many samples or directions at once

EXAMPLES::

    sage: from sage_conslaw.program.batching import batched
    sage: from sage_conslaw.program.builder import Builder
    sage: build = Builder()
    sage: U = build.parameter("U", (2, 3)); x = build.control("x", (3,), "input")
    sage: many = batched(build.program([build.multiply(U, x, "ij", "j", "i")]), "sample", [x])
    sage: many.instructions[many.outputs[0]].axes
    ('sample',)
"""
from __future__ import annotations

from collections.abc import Iterable

from sage_conslaw.program.instructions import Instruction, Program


def batched(program: Program, axis: str, numbers: Iterable[int]) -> Program:
    r"""
    Return the program in which some controls, and all that depends on them, have a batch axis.

    INPUT:

    - ``program`` -- a program
    - ``axis`` -- the name of the batch axis
    - ``numbers`` -- the numbers of the controls that have one array for each element of it

    OUTPUT: a program with as many instructions, in the same order.
    """
    depends = program.depending_on(numbers)
    steps = tuple(
        Instruction(step.op, step.of, step.shape, tuple(sorted({*step.axes, axis})), step.detail)
        if depends[k] else step for k, step in enumerate(program.instructions))
    return Program(steps, program.outputs)



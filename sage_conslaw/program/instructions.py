r"""
Programs: straight lines of array instructions

A network, the gradient of one, a flow: each is a :class:`Program`, a list of instructions
that make one array each from arrays made before. The primitives are

==============  =====================================================================
``parameter``   a block of the state: parameters, velocities, the time
``control``     a free array: data, gates, cotangents, directions
``constant``    exact rational numbers
``add``         the sum of two arrays of one shape
``multiply``    a bilinear product of two arrays: matrix product, outer, entrywise, ...
``take``        a static gather: slices, transposes, broadcasts, patches
``put``         its adjoint, a scatter that adds
``sum``         the sum over some axes
``reciprocal``  the inverse of every entry
``function``    a function of every entry that is no rational one: an exponential, a root
==============  =====================================================================

An array may have *batch axes* in front of its own: the samples over which a pairing is
summed, the directions in which it is derived. They have names and no size: a program
does not depend on how many samples or directions there are.

They are written with a :class:`~sage_conslaw.program.builder.Builder`.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: The operations, in the order of the table above.
OPERATIONS = ("parameter", "control", "constant", "add", "multiply", "take", "put", "sum",
              "reciprocal", "function")
#: What a control stands for. Directions are those of tangents, and scales those of drifts.
ROLES = ("input", "gate", "cotangent", "restricted", "direction", "scale")


@dataclass(frozen=True, eq=False)
class Instruction:
    r"""
    One array of a program.

    ATTRIBUTES:

    - ``op`` -- one of :data:`OPERATIONS`
    - ``of`` -- tuple of the numbers of the instructions it is made from
    - ``shape`` -- tuple of integers, without the batch axes
    - ``axes`` -- sorted tuple of the names of the batch axes. Batch axes of the operands
      that are not among them are summed over.
    - ``detail`` -- for a ``parameter`` its name; for a ``control`` the pair (name, role);
      for a ``constant`` an object array of fractions; for ``multiply`` three texts of
      index letters; for ``take`` and ``put`` an integer array; for ``sum`` a tuple of axes;
      for a ``function`` the pair (name, number), the number being the same in all programs
      that are made from the one it was written in
    """

    op: str
    of: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()
    detail: Any = None

    @property
    def size(self) -> int:
        r"""
        The number of entries, without the batch axes.
        """
        return math.prod(self.shape)

    def key(self) -> tuple:
        r"""
        Return what equal instructions have in common, and no others.
        """
        detail = self.detail
        if isinstance(detail, np.ndarray):
            detail = (detail.shape, tuple(detail.ravel().tolist()) if detail.dtype == object
                      else detail.tobytes())
        return self.op, self.of, self.shape, self.axes, detail


@dataclass(frozen=True)
class Program:
    r"""
    A list of instructions, and which of them are its results.

    ATTRIBUTES:

    - ``instructions`` -- tuple of :class:`Instruction`; operands come before their use
    - ``outputs`` -- tuple of numbers of instructions; ``None`` stands for an array of zeros
    """

    instructions: tuple[Instruction, ...]
    outputs: tuple[int | None, ...]
    _kept: dict = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, number: int) -> Instruction:
        return self.instructions[number]

    def __reduce__(self) -> tuple:
        # what was derived has functions in it, and is derived again
        return Program, (self.instructions, self.outputs)

    def numbers(self, op: str, role: str | None = None) -> list[int]:
        r"""
        Return the numbers of the instructions of one kind.

        INPUT:

        - ``op`` -- an operation
        - ``role`` -- of controls, only those of this role
        """
        return [k for k, step in enumerate(self.instructions)
                if step.op == op and (role is None or step.detail[1] == role)]

    def names(self) -> set[str]:
        r"""
        Return the names of the parameters and the controls.

        EXAMPLES::

            sage: from sage_conslaw import NMF
            sage: sorted(NMF(1, 1, 1).pairing.names())
            ['U', 'V', 'w1']
        """
        return ({self[k].detail for k in self.numbers("parameter")}
                | {self[k].detail[0] for k in self.numbers("control")})

    def depending_on(self, numbers: Iterable[int]) -> list[bool]:
        r"""
        Return for each instruction whether it depends on one of some instructions.
        """
        chosen = set(numbers)
        depends: list[bool] = []
        for k, step in enumerate(self.instructions):
            depends.append(k in chosen or any(depends[i] for i in step.of))
        return depends

    def functions(self) -> list[int]:
        r"""
        Return the numbers of the instructions that are functions, in the order of the program.
        """
        return self.numbers("function")

    def kept(self, name: str, make: Callable[[Program], Any]) -> Any:
        r"""
        Return what was derived from the program under a name, made when it is first asked for.
        """
        if name not in self._kept:
            self._kept[name] = make(self)
        return self._kept[name]

    def without_dead_code(self, keep: Sequence[int] = ()) -> tuple[Program, dict[int, int]]:
        r"""
        Return the program with the instructions that its outputs need, and their new numbers.

        INPUT:

        - ``keep`` -- numbers of instructions that stay, needed or not
        """
        needed = set(keep) | {k for k in self.outputs if k is not None}
        for k in range(len(self.instructions) - 1, -1, -1):
            if k in needed:
                needed.update(self.instructions[k].of)
        number = {old: new for new, old in enumerate(sorted(needed))}
        steps = tuple(
            Instruction(step.op, tuple(number[i] for i in step.of), step.shape, step.axes,
                        step.detail)
            for step in (self.instructions[old] for old in sorted(needed)))
        outputs = tuple(None if k is None else number[k] for k in self.outputs)
        return Program(steps, outputs), number

    def to_json(self) -> dict:
        r"""
        Return the program as values that JSON can hold, without batch axes.

        EXAMPLES::

            sage: from sage_conslaw.program.builder import Builder
            sage: build = Builder()
            sage: total = build.sum(build.parameter("U", (2,)), (0,))
            sage: build.program([total]).to_json()["instructions"][1]
            {'axes': [0], 'of': [0], 'op': 'sum'}
        """
        return {"instructions": [_step_to_json(step) for step in self.instructions],
                "outputs": list(self.outputs)}


def _step_to_json(step: Instruction) -> dict:
    if step.axes:
        raise ValueError("a program with batch axes has no JSON")
    if step.op == "function":
        raise ValueError(f"a program with the function {step.detail[0]} has no JSON")
    entry: dict[str, Any] = {"op": step.op}
    if step.of:
        entry["of"] = list(step.of)
    if step.op in ("parameter", "control", "constant", "take", "put"):
        entry["shape"] = list(step.shape)
    if step.op == "parameter":
        entry["name"] = step.detail
    elif step.op == "control":
        entry["name"], entry["role"] = step.detail
    elif step.op == "constant":
        entry["values"] = [str(value) for value in step.detail.ravel()]
    elif step.op == "multiply":
        entry["left"], entry["right"], entry["out"] = step.detail
    elif step.op in ("take", "put"):
        entry["index"] = step.detail.ravel().tolist()
    elif step.op == "sum":
        entry["axes"] = list(step.detail)
    return entry

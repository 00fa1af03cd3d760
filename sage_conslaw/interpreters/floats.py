r"""
Programs in float64

For training a network, and for checking what the other interpreters find against numbers:
rounding errors are not bounded, so that nothing may be decided by these values. A gate is 1
where its argument is positive and 0 elsewhere; it is set when the program reaches it, so
that gates of later layers see what earlier ones let through.

A value is an array whose first axes are the batch axes of the instruction, in the order of
their names; then come its own axes.

EXAMPLES::

    sage: from sage_conslaw import Network
    sage: from sage_conslaw.functions import relu
    sage: from sage_conslaw.interpreters.floats import evaluate
    sage: network = Network(lambda x, U: relu(U * x), {"U": (2,)}, {"x": ()})
    sage: U, x = network.program.numbers("parameter") + network.program.numbers("control", "input")
    sage: evaluate(network.program, {U: [3, 4], x: 0.5r}, network.gates)[0].tolist()
    [1.5, 2.0]
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sage_conslaw.interpreters.base import Interpreter, run
from sage_conslaw.program.activations import ACTIVATIONS
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.derivatives import gradient
from sage_conslaw.program.gates import Gate
from sage_conslaw.program.instructions import Instruction, Program


class Floats(Interpreter):
    r"""
    Arrays of float64.

    INPUT:

    - ``program`` -- the program whose instructions are to be run
    - ``infinite`` -- whether a reciprocal of zero is infinite, and not an error
    """

    def __init__(self, program: Program, infinite: bool = False) -> None:
        self._infinite = infinite
        self._axes = program.kept("axes_of_operands", _axes_of_operands)

    def constant(self, step: Instruction) -> np.ndarray:
        return step.detail.astype(float)

    def add(self, step: Instruction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        rooms = [tuple(slice(None) if x in axes else None for x in step.axes)
                 for axes in self._axes[step]]
        return a[rooms[0]] + b[rooms[1]]

    def multiply(self, step: Instruction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        # index letters are lower case, batch axes get upper case
        first, second = self._axes[step]
        names = {x: chr(ord("A") + k) for k, x in enumerate(sorted({*first, *second}))}
        left, right, out = ("".join(names[x] for x in axes) + text
                            for axes, text in zip((first, second, step.axes), step.detail,
                                                  strict=True))
        return np.einsum(f"{left},{right}->{out}", a, b, optimize=True)

    def take(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        batch = a.shape[:len(step.axes)]
        flat = np.concatenate([a.reshape(batch + (-1,)) if a.size else np.zeros(batch + (0,)),
                               np.zeros(batch + (1,))], axis=-1)
        return flat[..., step.detail]

    def put(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        batch = a.shape[:len(step.axes)]
        index = step.detail.ravel()
        # what is dropped goes to a place of its own
        result = np.zeros((step.size + 1,) + batch)
        np.add.at(result, index, np.moveaxis(a.reshape(batch + (index.size,)), -1, 0))
        return np.moveaxis(result[:-1], 0, -1).reshape(batch + step.shape)

    def sum(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        axes = self._axes[step][0]
        return a.sum(axis=tuple([k for k, x in enumerate(axes) if x not in step.axes]
                                + [len(axes) + k for k in step.detail]))

    def reciprocal(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        if not self._infinite and not np.all(a):
            raise ZeroDivisionError("a reciprocal of zero")
        return 1 / a

    def function(self, step: Instruction, a: np.ndarray, *more: np.ndarray) -> np.ndarray:
        return ACTIVATIONS[step.detail[0]].of_floats(a, *more)


def _axes_of_operands(program: Program) -> dict[Instruction, list[tuple[str, ...]]]:
    return {step: [program[i].axes for i in step.of] for step in program.instructions}


def values(program: Program, given: Mapping[int, Any], gates: Sequence[Gate] = (),
           infinite: bool = False) -> dict[int, np.ndarray]:
    r"""
    Return all values of a program.

    INPUT: as for :func:`evaluate`, and

    - ``infinite`` -- whether a reciprocal of zero is infinite, and not an error
    """
    interpreter = Floats(program, infinite)
    found: dict[int, Any] = {k: np.asarray(a, dtype=float) for k, a in given.items()}
    start = 0
    for gate in sorted(gates, key=lambda gate: gate.control):
        found = run(interpreter, program, found, range(start, gate.control))
        start = gate.control
        if gate.control not in given:
            found[gate.control] = (found[gate.argument] > 0).astype(float)
    return run(interpreter, program, found, range(start, len(program.instructions)))


def evaluate(program: Program, given: Mapping[int, Any],
             gates: Sequence[Gate] = ()) -> list[np.ndarray | None]:
    r"""
    Return the outputs of a program.

    INPUT:

    - ``program`` -- a program
    - ``given`` -- the parameters and controls, by the numbers of their instructions: anything
      that NumPy reads as an array of the shape, behind batch axes if there are any
    - ``gates`` -- which controls are gates, and of what: those of a network, for its program
      and for programs that begin with it. Gates that are given are left as they are.

    EXAMPLES::

        sage: from sage_conslaw.interpreters.floats import evaluate
        sage: from sage_conslaw.program.builder import Builder
        sage: build = Builder()
        sage: x = build.parameter("x", (2,))
        sage: evaluate(build.program([build.reciprocal(x)]), {x: [2, 4]})[0].tolist()
        [0.5, 0.25]
    """
    found = values(program, given, gates)
    return [None if k is None else found[k] for k in program.outputs]


def outputs_and_gradients(
        program: Program, given: Mapping[int, Any],
        slopes: Callable[[list[np.ndarray]], Sequence[Any]],
        gates: Sequence[Gate] = ()) -> tuple[list[np.ndarray], list[np.ndarray]]:
    r"""
    Return the outputs of a program, and the gradients of a loss of them in its parameters.

    INPUT:

    - ``program``, ``given``, ``gates`` -- as for :func:`evaluate`
    - ``slopes`` -- function from the list of the outputs to the derivatives of the loss in
      them, arrays of the same shapes

    OUTPUT: list of the outputs, and list of arrays, one for each ``parameter``.

    EXAMPLES:

    A step of gradient descent for the square loss::

        sage: import numpy as np
        sage: from sage_conslaw import Network
        sage: from sage_conslaw.interpreters.floats import outputs_and_gradients
        sage: network = Network(lambda x, U: U @ x, {"U": (1, 2)}, {"x": (2,)})
        sage: U, x = network.program.numbers("parameter") + network.program.numbers("control")
        sage: outputs, gradients = outputs_and_gradients(
        ....:     network.program, {U: [[1, 2]], x: [3, 4]}, lambda y: [y[0] - 10])
        sage: outputs[0].tolist(), gradients[0].tolist()
        ([11.0], [[3.0, 4.0]])
    """
    derived, cotangents = program.kept("gradients_of_a_loss", _with_gradients)
    found = values(program, given, gates)
    outputs = [found[k] for k in program.outputs]
    for w, slope in zip(cotangents, slopes(outputs), strict=True):
        found[w] = np.asarray(slope, dtype=float)
    found = run(Floats(derived), derived, found)
    gradients = []
    for k, output in zip(program.numbers("parameter"), derived.outputs, strict=True):
        gradients.append(np.zeros(program[k].shape) if output is None else found[output])
    return outputs, gradients


def _with_gradients(program: Program) -> tuple[Program, list[int]]:
    build = Builder(program)
    cotangents = [build.control(f"slope{i}", program[k].shape, "cotangent", program[k].axes)
                  for i, k in enumerate(program.outputs)]
    return gradient(build.program(program.outputs), cotangents,
                    program.numbers("parameter")), cotangents

r"""
Derivatives of programs, which are programs

One rule a primitive, for each of the two ways:

==============  ==============================  ===================================
primitive       adjoint, from the cotangent     tangent, from those of the operands
==============  ==============================  ===================================
``add``         handed on                       sum
``multiply``    product with the other factor   product rule
``take``        ``put`` with the same index     ``take``
``put``         ``take`` with the same index    ``put``
``sum``         repeated along the axes         ``sum``
``reciprocal``  `-c / a^2`                      `-\dot a / a^2`
``function``    `c f'(a)`                       `f'(a) \dot a`
==============  ==============================  ===================================

A wrong rule would make ranks too large, and so show "no law" where there is one: nothing
else in the package differentiates a program, and the certificate's checker has rules of
its own.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sage_conslaw.program.activations import ACTIVATIONS
from sage_conslaw.program.builder import Builder, index_letters
from sage_conslaw.program.instructions import Program


def gradient(program: Program, cotangents: Sequence[int], wanted: Sequence[int]) -> Program:
    r"""
    Return the gradient of the pairing of a program's outputs with cotangents.

    INPUT:

    - ``program`` -- a program
    - ``cotangents`` -- numbers of instructions of the program, one an output, each of the
      shape of the output: the pairing is the sum of the products of their entries
    - ``wanted`` -- numbers of the instructions with respect to which it is derived

    OUTPUT: the program, with the instructions of the gradient after its own. Its outputs
    are the derivatives, one for each of ``wanted``; ``None`` where they vanish.

    Where the cotangents or other controls have a batch axis that an instruction does not
    have, its derivative is the sum over that axis. Where a sum is over an axis that nothing
    in it has, it is a multiple by a size that a program does not know, and an error is raised:
    cotangents have to have the axes of the outputs.

    EXAMPLES::

        sage: from sage_conslaw.interpreters.ring_elements import evaluate
        sage: from sage_conslaw.program.derivatives import gradient
        sage: from sage_conslaw.program.builder import Builder
        sage: build = Builder()
        sage: x = build.parameter("x", (2,)); w = build.control("w", (), "cotangent")
        sage: square = build.multiply(x, x, "a", "a", "")
        sage: derived = gradient(build.program([square]), [w], [x])
        sage: R.<x1, x2, y> = ZZ[]
        sage: evaluate(derived, {x: [x1, x2], w: y})[0].tolist()
        [2*x1*y, 2*x2*y]
    """
    build = Builder(program)
    reached = program.depending_on(wanted)
    adjoint: dict[int, int] = {}

    def send(target: int, value: int) -> None:
        # only what the target has of batch axes; the others are summed over
        value = build.sum(value, (), build[target].axes)
        adjoint[target] = build.add(adjoint[target], value) if target in adjoint else value

    for output, cotangent in zip(program.outputs, cotangents, strict=True):
        if output is not None and reached[output]:
            send(output, cotangent)
    for k in range(len(program.instructions) - 1, -1, -1):
        if k in adjoint and reached[k]:
            _pull(build, k, adjoint[k], reached, send)
    return build.program([adjoint.get(k) for k in wanted])


def _pull(build, k, cotangent, reached, send):
    # hand the cotangent of an instruction on to its operands
    step = build[k]
    if step.op == "add":
        for a in step.of:
            if reached[a]:
                _check_sums({*step.axes} - {*build[a].axes}, build[cotangent].axes)
                send(a, cotangent)
    elif step.op == "multiply":
        (a, b), (left, right, out) = step.of, step.detail
        if reached[a]:
            send(a, build.multiply(cotangent, b, out, right, left, axes=build[a].axes))
        if reached[b]:
            send(b, build.multiply(cotangent, a, out, left, right, axes=build[b].axes))
    elif step.op == "take":
        send(step.of[0], build.put(cotangent, step.detail, build[step.of[0]].shape))
    elif step.op == "put":
        send(step.of[0], build.take(cotangent, step.detail))
    elif step.op == "sum":
        send(step.of[0], _repeated(build, cotangent, build[step.of[0]].shape, step.detail))
    elif step.op == "reciprocal":
        letters = index_letters(len(step.shape))
        slope = build.scale(build.multiply(k, k, letters, letters, letters), -1)
        send(step.of[0], build.multiply(cotangent, slope, letters, letters, letters))
    elif step.op == "function":
        # what else it is made from has its changes from the argument
        slope = ACTIVATIONS[step.detail[0]].derivative(build, k, step.of)
        send(step.of[0], build.entrywise(cotangent, slope))


def _check_sums(summed, *axes):
    # a sum over an axis that no factor has
    if not summed <= set().union(*axes):
        raise ValueError(f"a sum over the batch axis {min(summed.difference(*axes))!r} of what "
                         "does not have it")


def _repeated(build, a, shape, axes):
    # the array repeated along axes that it lacks
    index = np.arange(build[a].size).reshape(
        [1 if k in axes else n for k, n in enumerate(shape)])
    return build.take(a, np.broadcast_to(index, shape))


def tangent(program: Program, moving: Sequence[int], directions: Sequence[int]) -> Program:
    r"""
    Return the derivative of a program's outputs along a direction.

    INPUT:

    - ``program`` -- a program
    - ``moving`` -- numbers of instructions
    - ``directions`` -- numbers of instructions of the program, one for each of ``moving``
      and of its shape: how it moves

    OUTPUT: the program, with the instructions of the derivative after its own. Its outputs
    are the derivatives of the outputs; ``None`` where they vanish.

    EXAMPLES::

        sage: from sage_conslaw.interpreters.ring_elements import evaluate
        sage: from sage_conslaw.program.derivatives import tangent
        sage: from sage_conslaw.program.builder import Builder
        sage: build = Builder()
        sage: x = build.parameter("x", ()); d = build.control("d", (), "direction")
        sage: inverse = build.reciprocal(x)
        sage: moved = tangent(build.program([inverse]), [x], [d])
        sage: evaluate(moved, {x: 2/1, d: 1/1})[0].item()
        Fraction(-1, 4)
    """
    build = Builder(program)
    moved: dict[int, int] = dict(zip(moving, directions, strict=True))
    for k in range(len(program.instructions)):
        if k not in moved:
            value = _push(build, k, moved)
            if value is not None:
                moved[k] = value
    return build.program([None if k is None else moved.get(k) for k in program.outputs])


def _push(build, k, moved):
    # the derivative of an instruction from those of its operands, None where it vanishes
    step = build[k]
    parts = []
    if step.op == "add":
        parts = [moved[a] for a in step.of if a in moved]
    elif step.op == "multiply":
        (a, b), (left, right, out) = step.of, step.detail
        # batch axes that the product sums over stay summed over, those of directions not
        summed = {*build[a].axes, *build[b].axes} - set(step.axes)
        for one, other, names in ((a, b, (left, right)), (b, a, (right, left))):
            if one in moved:
                _check_sums(summed, build[moved[one]].axes, build[other].axes)
                axes = {*build[moved[one]].axes, *build[other].axes} - summed
                parts.append(build.multiply(moved[one], other, *names, out, axes=axes))
    elif step.of and step.of[0] in moved:
        a = moved[step.of[0]]
        if step.op == "take":
            return build.take(a, step.detail)
        if step.op == "put":
            return build.put(a, step.detail, step.shape)
        if step.op == "sum":
            summed = set(build[step.of[0]].axes) - set(step.axes)
            _check_sums(summed, build[a].axes)
            return build.sum(a, step.detail, set(build[a].axes) - summed)
        if step.op == "function":
            return build.entrywise(a, ACTIVATIONS[step.detail[0]].derivative(build, k, step.of))
        letters = index_letters(len(step.shape))
        slope = build.scale(build.multiply(k, k, letters, letters, letters), -1)
        return build.multiply(a, slope, letters, letters, letters)
    if len(parts) == 2:
        return build.add(*parts)
    return parts[0] if parts else None

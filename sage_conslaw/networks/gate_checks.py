r"""
What a network has to be for its gates to be free controls

Three things are checked, and an error names what does not hold:

- the outputs are affine in each gate, for `g^2` is `g` for a gate and not for a free number
- what switches a gate depends on the data
- no two gates switch together: their arguments are no multiples of each other, unless
  they were found to be so when the function was traced and share a gate

The last two compare values at random points modulo primes of 31 bits: what is refused is
refused for sure or with a chance of an error below `10^{-18}`, and what is accepted is
right, but for a chance of no coincidence being seen that is zero: equal functions have
equal values everywhere.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.gates import Gate, squared_gates
from sage_conslaw.program.instructions import Program

#: Points at which arguments of gates are compared: three numbers that are proportional by
#: accident are so with a chance of about `2^{-60}`.
POINTS = 3


def check_gates(program: Program, gates: Sequence[Gate]) -> None:
    r"""
    Raise an error if the gates of a program cannot be free controls.

    INPUT:

    - ``program`` -- the program of a network
    - ``gates`` -- its blocks of gates

    EXAMPLES::

        sage: from sage_conslaw import Network
        sage: from sage_conslaw.functions import relu
        sage: Network(lambda x, U: relu(U @ x)**2, {"U": (2, 2)}, {"x": (2,)})
        Traceback (most recent call last):
        ...
        ValueError: function: an output has the square of a gate of gate1 (2,), ...
        sage: Network(lambda x, U, b: U @ x + relu(b), {"U": (2, 2), "b": (2,)}, {"x": (2,)})
        Traceback (most recent call last):
        ...
        ValueError: function: the argument of gate1[0] does not depend on the inputs, ...
        sage: Network(lambda x, U, V: relu(U @ x + V @ x) + relu((U + V) @ x),
        ....:         {"U": (2, 2), "V": (2, 2)}, {"x": (2,)})
        Traceback (most recent call last):
        ...
        ValueError: function: the arguments of gate1[0] and gate2[0] are multiples of each
        other, ...
    """
    for block in gates:
        if squared_gates(program, block):
            name, shape = program[block.control].detail[0], program[block.control].shape
            raise ValueError(f"function: an output has the square of a gate of {name} {shape}, or "
                             "a gate in a denominator; free gates need a network that is affine in "
                             "each of them")
    if gates:
        _check_arguments(program, gates)


def _check_arguments(program: Program, gates: Sequence[Gate]) -> None:
    source = PrimeSource(0)
    prime = source.prime()
    given = {k: source.point(program[k].size, prime).reshape((1,) + program[k].shape)
             for k in program.numbers("parameter") + program.numbers("control")}
    inputs = program.numbers("control", "input")
    places = [(g, index) for g in gates for index in np.ndindex(program[g.control].shape)]
    columns = []
    while len(columns) < 2 * POINTS:
        # data alone change from an even point to the next one
        for k in inputs if len(columns) % 2 else given:
            given[k] = source.point(program[k].size, prime).reshape(given[k].shape)
        values = run(ModularSeries(program, prime, 1), program, given)
        columns.append(np.concatenate([values[g.argument][0].ravel() for g in gates]))
    rows = np.array(columns).T
    for (gate, index), row in zip(places, rows, strict=True):
        if row.any() and (row[::2] == row[1::2]).all():
            raise ValueError(f"function: the argument of {_named(program, gate, index)} does not "
                             "depend on the inputs, so that no data switch it; a gate that is "
                             "free needs an argument that the data reach")
    first: dict[tuple[int, ...], int] = {}
    for number, row in enumerate(rows):
        if not row.any():
            continue  # times zero a gate does nothing
        lead = int(row[np.flatnonzero(row)[0]])
        key = tuple((row * pow(lead, -1, prime) % prime).tolist())
        if key in first:
            one, other = (_named(program, *places[k]) for k in (first[key], number))
            raise ValueError(f"function: the arguments of {one} and {other} are multiples of each "
                             "other, and switch together; compute the argument once, and use the "
                             "same array for both")
        first[key] = number


def _named(program: Program, gate: Gate, index: tuple[int, ...]) -> str:
    name = program[gate.control].detail[0]
    return f"{name}[{', '.join(map(str, index))}]" if index else name

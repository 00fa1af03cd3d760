r"""
What a network has to be for its gates to be free controls

An error names what does not hold:

- what switches a gate depends on the data
- an argument has both signs, somewhere
- no two gates switch together everywhere

The first and a part of the last, arguments that are
multiples of each other by a number, are decided by values at random points modulo a prime of
31 bits: what is accepted is right, for equal functions have equal values everywhere. The others
are decided by signs at real points, in float64: an argument that has one sign at all of
thousands of points is refused, though it might have the other one elsewhere; one that has both
is accepted, and one that is too seldom other than zero to tell. What is left to the reader, as
the hypothesis that is named, is that the data of *one* set of parameters reach all patterns.
Where two arguments have a quotient that no data change they do not, and this is said, as are
patterns that were not seen: see :mod:`~sage_conslaw.networks.gate_patterns`.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.interpreters import floats
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.networks.gate_patterns import unseen_patterns
from sage_conslaw.program.batching import batched
from sage_conslaw.program.gates import Gate
from sage_conslaw.program.instructions import Program
from sage_conslaw.system import limits

#: Points at which arguments of gates are compared: three numbers that are proportional by
#: accident are so with a chance of about `2^{-60}`.
POINTS = 3
#: Signs are compared at so many real points first, and up to so many where all are equal.
FIRST_POINTS = 48
MOST_POINTS = 2048
#: Fewer signs than this say nothing.
ENOUGH = 40

Place = tuple[Gate, tuple[int, ...]]


def check_gates(program: Program, gates: Sequence[Gate]) -> tuple[str, ...]:
    r"""
    Raise an error if the gates of a program cannot be free controls.

    INPUT:

    - ``program`` -- the program of a network
    - ``gates`` -- its blocks of gates

    OUTPUT: what has to be said of them, in words.

    EXAMPLES::

        sage: from sage_conslaw import Network
        sage: from sage_conslaw.functions import relu
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
        sage: Network(lambda x, U, a: relu(U @ x) + relu((1 - a**2 + a**4) * (U @ x)),
        ....:         {"U": (2, 2), "a": ()}, {"x": (2,)})
        Traceback (most recent call last):
        ...
        ValueError: function: gate1[0] and gate2[0] switch together, ...
        sage: Network(lambda x, U, V: U @ relu(1 + (V @ x)**4),
        ....:         {"U": (2, 2), "V": (2, 2)}, {"x": (2,)}).gates
        ()
        sage: Network(lambda x, U, V: U @ relu(1 + (V @ x)**4 - (V @ x)**2),
        ....:         {"U": (2, 2), "V": (2, 2)}, {"x": (2,)})
        Traceback (most recent call last):
        ...
        ValueError: function: the argument of gate1[0] is nowhere negative, ...
    """
    if not gates:
        return ()
    places = [(gate, index) for gate in gates
              for index, used in np.ndenumerate(_used(program, gate)) if used]
    rows, prime = _arguments_modulo_a_prime(program, places)
    # times zero a gate does nothing
    kept = [k for k, row in enumerate(rows) if any(row)]
    places, rows = [places[k] for k in kept], [rows[k] for k in kept]
    names = [_named(program, *place) for place in places]
    _check_dependence(rows, names)
    _check_multiples(rows, prime, names)
    return (_with_constant_quotients(rows, prime, names)
            + _check_signs(program, gates, places, names))


def _used(program: Program, gate: Gate) -> np.ndarray:
    # which gates of a block anything depends on: of an array of which a part is taken, that one
    used = np.zeros(program[gate.control].size, dtype=bool)
    for step in program.instructions:
        if gate.control in step.of:
            if step.op != "take":
                used[:] = True
            else:
                used[step.detail[step.detail >= 0]] = True
    if gate.control in program.outputs:
        used[:] = True
    return used.reshape(program[gate.control].shape)


def _arguments_modulo_a_prime(program: Program, places: Sequence[Place]
                              ) -> tuple[list[list[int]], int]:
    # a row for each gate; data alone change from an even column to the next one
    source = PrimeSource(0)
    prime = source.prime()
    every = program.numbers("parameter") + program.numbers("control")
    inputs = program.numbers("control", "input")
    given = {}
    for k in every:
        points = source.point(2 * POINTS * program[k].size, prime).reshape(
            (2 * POINTS,) + program[k].shape)
        if k not in inputs:
            points[1::2] = points[::2]
        given[k] = points[None]
    many = batched(program, "b", every)
    # functions that are not rational have any values: where they make arguments equal that seem
    # to differ here, the signs at real points show it
    values = run(ModularSeries(many, prime, 1, lambda step, a: source.point(
        a[0].size, prime).reshape(a[0].shape)), many, given)
    arguments = {gate.argument: np.broadcast_to(
        values[gate.argument][0], (2 * POINTS,) + program[gate.argument].shape)
        for gate, _ in places}
    return [arguments[gate.argument][(slice(None), *index)].tolist()
            for gate, index in places], prime


def _check_dependence(rows: list[list[int]], names: list[str]) -> None:
    for name, row in zip(names, rows, strict=True):
        if row[::2] == row[1::2]:
            raise ValueError(f"function: the argument of {name} does not depend on the inputs, so "
                             "that no data switch it; a gate that is free needs an argument that "
                             "the data reach")


def _check_multiples(rows: list[list[int]], prime: int, names: list[str]) -> None:
    first: dict[tuple[int, ...], str] = {}
    for name, row in zip(names, rows, strict=True):
        inverse = pow(next(x for x in row if x), -1, prime)
        key = tuple(x * inverse % prime for x in row)
        if key in first:
            raise ValueError(f"function: the arguments of {first[key]} and {name} are multiples "
                             "of each other, and switch together; compute the argument once, and "
                             "use the same array for both")
        first[key] = name


def _with_constant_quotients(rows: list[list[int]], prime: int, names: list[str]
                             ) -> tuple[str, ...]:
    # arguments that all data multiply by the same number
    groups: dict[tuple[int, ...], list[str]] = {}
    for name, row in zip(names, rows, strict=True):
        if all(row):
            key = tuple(b * pow(a, -1, prime) % prime
                        for a, b in zip(row[::2], row[1::2], strict=True))
            groups.setdefault(key, []).append(name)
    together = [group for group in groups.values() if len(group) > 1]
    if not together:
        return ()
    more = sum(map(len, together)) - 2
    return (f"{together[0][0]} and {together[0][1]}"
            f"{f' and {more} more gates' if more else ''} are free of each other, though no data "
            "change the quotients of their arguments",)


def _check_signs(program: Program, gates: Sequence[Gate], places: Sequence[Place],
                 names: list[str]) -> tuple[str, ...]:
    # arguments with one sign everywhere, and pairs with one product of signs; patterns that were
    # not seen are named
    generator = np.random.Generator(np.random.PCG64(0))
    signs = _signs(program, gates, places, generator, FIRST_POINTS)
    alone, pairs = np.arange(len(places)), _locked(signs)
    while True:
        alone = alone[np.ptp(signs[:, alone], axis=0) < 2]
        pairs = pairs[np.ptp(signs[:, pairs[:, 0]] * signs[:, pairs[:, 1]], axis=0) < 2]
        if not len(alone) and not len(pairs) or len(signs) >= MOST_POINTS:
            break
        signs = np.vstack([signs, _signs(program, gates, places, generator, len(signs))])
    for k in alone:
        if abs(signs[:, k]).sum() >= ENOUGH:
            never = "negative" if signs[:, k].max() > 0 else "positive"
            raise ValueError(f"function: the argument of {names[k]} is nowhere {never}, at "
                             f"{len(signs)} points that were tried, so that no data switch it; "
                             "write the function without this gate")
    for one, other in pairs:
        if abs(signs[:, one] * signs[:, other]).sum() >= ENOUGH:
            raise ValueError(f"function: {names[one]} and {names[other]} switch together, at "
                             f"{len(signs)} points that were tried; free gates need arguments "
                             "whose signs no other ones decide")
    if sum(step.size for step in program.instructions) > limits.NAMED_ENTRIES:
        return ()
    return unseen_patterns(signs, lambda count: _signs(program, gates, places, generator, count),
                           names)


def _locked(signs: np.ndarray) -> np.ndarray:
    # pairs of columns whose product has one sign wherever it is not zero, and is not all zero
    if signs.shape[1] > limits.COMPARED_GATES:
        return np.zeros((0, 2), dtype=np.int64)
    numbers = signs.astype(np.float32)
    total, both = numbers.T @ numbers, abs(numbers).T @ abs(numbers)
    return np.argwhere(np.triu((abs(total) == both) & (both > 0), 1))


def _signs(program: Program, gates: Sequence[Gate], places: Sequence[Place],
           generator: np.random.Generator, count: int) -> np.ndarray:
    # of all arguments at real points, with the gates as they are there
    every = program.numbers("parameter") + program.numbers("control")
    free = [k for k in every if k not in {gate.control for gate in gates}]
    many = batched(program, "b", every)
    size = max((step.size for step in program.instructions), default=1)
    found = []
    while count > 0:
        points = min(count, max(limits.BATCH_ENTRIES // max(size, 1), 1))
        count -= points
        # all magnitudes, so that no term of a sum decides all of its signs
        given = {}
        for k in free:
            shape = program[k].shape
            powers = (generator.integers(-8, 9, size=(points,) + (1,) * len(shape))
                      + generator.integers(-3, 4, size=(points,) + shape))
            given[k] = generator.uniform(-1, 1, size=(points,) + shape) * 2.0**powers
        with np.errstate(all="ignore"):
            # exponentials of large numbers are infinite, and say nothing
            values = floats.values(many, given, gates, infinite=True)
        found.append(np.array([values[gate.argument][(slice(None), *index)]
                               for gate, index in places]).reshape(len(places), points).T)
    signs = np.sign(np.vstack(found))
    return np.where(np.isfinite(signs), signs, 0).astype(np.int8)


def _named(program: Program, gate: Gate, index: tuple[int, ...]) -> str:
    name = program[gate.control].detail[0]
    return f"{name}[{', '.join(map(str, index))}]" if index else name

r"""
Gates: the controls that ReLUs and their kin are read with

Where `z > 0` a ReLU is the identity, elsewhere it is zero: `\sigma(z) = g z` with a gate
`g` that is 1 or 0. In the *lifted* reading gates are controls, free and independent of
each other: this supposes that the data reach every pattern of gates. Leaky ReLUs and
absolute values of one `z` have the same gate, `z` times `s + (1 - s) g` and `2 g - 1`.

One argument has one gate, however often it is computed, and so have its positive
multiples; a negative multiple has `1 - g`. Slices, transposes and concatenations of
arguments have those of their gates, and so have products with what is nowhere negative. That
has no gate itself, and a leaky ReLU of a leaky ReLU is one with the product of the slopes.

A pairing has to be affine in each gate, since `g^2 = g` does not hold for a free `g`.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sage_conslaw.program.builder import Builder
from sage_conslaw.program.instructions import Instruction, Program
from sage_conslaw.program.signs import Signs, support


@dataclass(frozen=True)
class Gate:
    r"""
    A block of gates.

    ATTRIBUTES:

    - ``control`` -- the number of the instruction of the control
    - ``argument`` -- the number of the instruction whose signs they are
    """

    control: int
    argument: int


class Gates:
    r"""
    The gates of a program that is being written.

    INPUT:

    - ``build`` -- the :class:`~sage_conslaw.program.builder.Builder`

    EXAMPLES::

        sage: from sage_conslaw.program.gates import Gates
        sage: from sage_conslaw.program.builder import Builder
        sage: build = Builder()
        sage: gates = Gates(build)
        sage: z = build.parameter("z", (2,))
        sage: gates.of(z) == gates.of(build.scale(z, 3))
        True
        sage: len(gates.blocks)
        1
    """

    def __init__(self, build: Builder) -> None:
        self._build = build
        self._signs = Signs(build)
        self._known: dict[int, int] = {}
        # which array has which gates, and whether they are 1 where it is positive
        self._gates: dict[int, tuple[int, bool]] = {}
        self._applied: dict[int, tuple[int, Fraction, Fraction]] = {}
        self.blocks: list[Gate] = []

    def apply(self, z: int, on: Fraction, off: Fraction) -> int:
        r"""
        Write an array times ``on`` where it is positive and ``off`` elsewhere.

        EXAMPLES::

            sage: from fractions import Fraction
            sage: from sage_conslaw.program.builder import Builder
            sage: from sage_conslaw.program.gates import Gates
            sage: build = Builder()
            sage: gates = Gates(build)
            sage: one, zero, half = Fraction("1"), Fraction("0"), Fraction("1/2")
            sage: z = build.parameter("z", (2,))
            sage: h = gates.apply(z, one, zero)
            sage: gates.apply(h, one, zero) == h
            True
            sage: leaky = gates.apply(gates.apply(z, one, half), one, half)
            sage: leaky == gates.apply(z, one, half^2)
            True
        """
        build = self._build
        sign = self._signs.of(z)
        if sign or on == off:
            return build.scale(z, on if sign >= 0 else off)
        scaled = build.scaled_from(z)
        if scaled is not None and scaled[1]:
            a, number = scaled
            return build.scale(self.apply(a, *((on, off) if number > 0 else (off, on))), number)
        if z in self._applied:
            # the sign is that of what it was applied to, or the opposite one
            a, first, second = self._applied[z]
            return self.apply(a, *((first * on, second * off) if first > 0 else
                                   (first * off, second * on)))
        gated = build.entrywise(self.of(z), z)
        self._signs.set(gated, 1)
        result = build.add(build.scale(z, off), build.scale(gated, on - off))
        if on * off > 0:
            self._applied[result] = z, on, off
        else:
            self._signs.set(result, 1 if on >= off else -1)
        return result

    def of(self, z: int) -> int:
        r"""
        Return the number of the array of gates of an argument.
        """
        if z not in self._known:
            self._known[z] = self._derived(z)
        return self._known[z]

    def _derived(self, z: int) -> int:
        build = self._build
        step = build[z]
        sign = self._signs.of(z)
        if step.op == "constant" or sign:
            return build.constant(step.detail > 0 if step.op == "constant" else
                                  np.full(step.shape, int(sign > 0), dtype=object))
        scaled = build.scaled_from(z)
        if scaled is not None and scaled[1]:
            gate = self.of(scaled[0])
            return gate if scaled[1] > 0 else self._complement(gate)
        if step.op == "take":
            return build.take(self.of(step.of[0]), step.detail)
        if step.op == "put" and _places_once(step.detail):
            return build.put(self.of(step.of[0]), step.detail, step.shape)
        if z in self._applied:
            a, first, _ = self._applied[z]
            return self.of(a) if first > 0 else self._complement(self.of(a))
        if step.op == "multiply" and set(step.detail[2]) == set(step.detail[0] + step.detail[1]):
            for one, other in ((0, 1), (1, 0)):
                sign = self._signs.of(step.of[one])
                if sign:  # what is nowhere negative does not change signs
                    gate = self._repeated(step.of[other], step.detail[other], step)
                    return gate if sign > 0 else self._complement(gate)
        parts = _disjoint_parts(build, z)
        if len(parts) > 1:
            # each has its own entries: what is zero there may have a gate that is not
            gates = [build.take(self.of(part), np.where(own, np.arange(step.size), -1).reshape(
                step.shape)) for part, own in parts]
            total = gates[0]
            for gate in gates[1:]:
                total = build.add(total, gate)
            return total
        number, factor = self._signs.part(z)
        if number not in self._gates:
            name, taken = f"gate{len(self.blocks) + 1}", build.program([]).names()
            while name in taken:
                name += "_"
            control = build.control(name, step.shape, "gate")
            self.blocks.append(Gate(control, z))
            self._gates[number] = control, factor > 0
        gate, positive = self._gates[number]
        return gate if positive == (factor > 0) else self._complement(gate)

    def _repeated(self, a: int, letters: str, step: Instruction) -> int:
        # the gates of an array along the axes of a product that has them in its letters
        index = np.arange(self._build[a].size).reshape(self._build[a].shape)
        out = step.detail[2]
        index = index.transpose([letters.index(c) for c in out if c in letters])
        index = index[tuple(slice(None) if c in letters else None for c in out)]
        return self._build.take(self.of(a), np.broadcast_to(index, step.shape))

    def _complement(self, gate: int) -> int:
        ones = self._build.constant(np.full(self._build[gate].shape, 1, dtype=object))
        return self._build.add(ones, self._build.scale(gate, -1))


def _places_once(index: np.ndarray) -> bool:
    kept = index[index >= 0]
    return len(np.unique(kept)) == len(kept)


def _disjoint_parts(build: Builder, k: int) -> list[tuple[int, np.ndarray]]:
    # the arrays of which a sum puts entries next to each other, and which entries; none if it
    # does not
    parts, left = [], [k]
    while left:
        i = left.pop()
        if build[i].op == "add":
            left.extend(build[i].of)
        else:
            parts.append(i)
    found = []
    total = np.zeros(build[k].size, dtype=int)
    for i in sorted(parts):
        own = support(build, i)
        if own is None:
            return []
        total += own
        found.append((i, own))
    return [] if (total > 1).any() else found


def squared_gates(program: Program, block: Gate) -> bool:
    r"""
    Return whether some output may have the square of a gate in it.

    INPUT:

    - ``program`` -- a program
    - ``block`` -- one of its blocks of gates

    ALGORITHM: For each gate it is followed through the program on which entries depend on
    it, and whether two such entries are multiplied. Where no two arrays that depend on the
    block are, entries need not be looked at.
    """
    reached = program.depending_on([block.control])
    if not any(step.op in ("reciprocal", "function") and reached[step.of[0]]
               or step.op == "multiply" and reached[step.of[0]] and reached[step.of[1]]
               for step in program.instructions):
        return False
    count = program[block.control].size
    depends: list[np.ndarray | None] = []
    for k, step in enumerate(program.instructions):
        parts = [depends[i] for i in step.of]
        if k == block.control:
            depends.append(np.eye(count, dtype=np.int64).reshape((count,) + step.shape))
            continue
        if all(part is None for part in parts):
            depends.append(None)
        elif step.op == "multiply":
            left, right, out = step.detail
            names = left, right
            if parts[0] is not None and parts[1] is not None and np.einsum(
                    f"Z{left},Z{right}->Z{out}", parts[0], parts[1]).any():
                return True
            total = np.zeros((count,) + step.shape, dtype=np.int64)
            for one, other in ((0, 1), (1, 0)):
                if parts[one] is not None:
                    ones = np.ones(program[step.of[other]].shape, dtype=np.int64)
                    total += np.einsum(f"Z{names[one]},{names[other]}->Z{out}", parts[one], ones)
            depends.append((total > 0).astype(np.int64))
        elif step.op == "add":
            depends.append(np.maximum(*(0 if part is None else part for part in parts)))
        elif step.op in ("reciprocal", "function"):
            return True
        else:
            depends.append(_moved(step, parts[0]))
    return False


def _moved(step, part: np.ndarray) -> np.ndarray:
    count = len(part)
    if step.op == "sum":
        return part.max(axis=tuple(1 + k for k in step.detail), initial=0)
    flat = part.reshape(count, -1)
    if step.op == "take":
        flat = np.concatenate([flat, np.zeros((count, 1), dtype=np.int64)], axis=1)
        return flat[:, step.detail.ravel()].reshape((count,) + step.shape)
    result = np.zeros((count, step.size), dtype=np.int64)
    kept = step.detail.ravel() >= 0
    np.maximum.at(result, (slice(None), step.detail.ravel()[kept]), flat[:, kept])
    return result.reshape((count,) + step.shape)

r"""
Gates: the controls that ReLUs and their kin are read with

Where `z > 0` a ReLU is the identity, elsewhere it is zero: `\sigma(z) = g z` with a gate
`g` that is 1 or 0. In the *lifted* reading gates are controls, free and independent of
each other: this supposes that the data reach every pattern of gates. Leaky ReLUs and
absolute values of one `z` have the same gate, `z` times `s + (1 - s) g` and `2 g - 1`.

One argument has one gate, however often it is computed, and so have its positive
multiples; a negative multiple has `1 - g`. Slices, transposes and concatenations of
arguments have those of their gates.

A pairing has to be affine in each gate, since `g^2 = g` does not hold for a free `g`.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sage_conslaw.program.builder import Builder
from sage_conslaw.program.instructions import Program


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
        self._known: dict[int, int] = {}
        self._positive: set[int] = set()
        self.blocks: list[Gate] = []

    def apply(self, z: int, on: Fraction, off: Fraction) -> int:
        r"""
        Write an array times ``on`` where it is positive and ``off`` elsewhere.

        What is nowhere negative needs no gate: a ReLU of a sum of ReLUs is that sum.

        EXAMPLES::

            sage: from fractions import Fraction
            sage: from sage_conslaw.program.builder import Builder
            sage: from sage_conslaw.program.gates import Gates
            sage: build = Builder()
            sage: gates = Gates(build)
            sage: one, zero = Fraction("1"), Fraction("0")
            sage: h = gates.apply(build.parameter("z", (2,)), one, zero)
            sage: gates.apply(h, one, zero) == h
            True
        """
        build = self._build
        if on == off or self._is_nonnegative(z):
            return build.scale(z, on)
        scaled = build.scaled_from(z)
        if scaled is not None and scaled[1] < 0 and self._is_nonnegative(scaled[0]):
            return build.scale(z, off)
        gated = build.scale(build.entrywise(self.of(z), z), on - off)
        result = build.add(build.scale(z, off), gated) if off else gated
        if on >= 0 >= off:
            self._positive.add(result)
        return result

    def _is_nonnegative(self, k: int) -> bool:
        # whether an array is nowhere negative, by what it is made with
        if k in self._positive:
            return True
        step = self._build[k]
        if step.op == "constant":
            return bool((step.detail >= 0).all())
        if step.op == "multiply" and step.of[0] == step.of[1] and (
                step.detail[0] == step.detail[1]):
            return True
        return (step.op in ("add", "multiply", "take", "put", "sum", "reciprocal")
                and all(self._is_nonnegative(i) for i in step.of))

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
        scaled = build.scaled_from(z)
        if scaled is not None and scaled[1]:
            gate = self.of(scaled[0])
            return gate if scaled[1] > 0 else self._complement(gate)
        if step.op == "take":
            return build.take(self.of(step.of[0]), step.detail)
        if step.op == "put" and _places_once(step.detail):
            return build.put(self.of(step.of[0]), step.detail, step.shape)
        if step.op == "add" and _disjoint(*(_support(build, k) for k in step.of)):
            return build.add(*(self.of(k) for k in step.of))
        control = build.control(f"gate{len(self.blocks) + 1}", step.shape, "gate")
        self.blocks.append(Gate(control, z))
        return control

    def _complement(self, gate: int) -> int:
        ones = self._build.constant(np.full(self._build[gate].shape, 1, dtype=object))
        return self._build.add(ones, self._build.scale(gate, -1))


def _places_once(index: np.ndarray) -> bool:
    kept = index[index >= 0]
    return len(np.unique(kept)) == len(kept)


def _support(build: Builder, k: int) -> np.ndarray | None:
    # which entries of an array may be other than zero, by what it is made with
    step = build[k]
    if step.op == "put":
        support = np.zeros(step.size, dtype=bool)
        support[step.detail[step.detail >= 0]] = True
        return support
    if step.op == "take":
        return step.detail.ravel() >= 0
    if step.op == "add":
        first, second = (_support(build, i) for i in step.of)
        return None if first is None or second is None else first | second
    return None


def _disjoint(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    return first is not None and second is not None and not (first & second).any()


def squared_gates(program: Program, block: Gate) -> bool:
    r"""
    Return whether some output may have the square of a gate in it.

    INPUT:

    - ``program`` -- a program
    - ``block`` -- one of its blocks of gates

    ALGORITHM: For each gate it is followed through the program on which entries depend on
    it, and whether two such entries are multiplied.
    """
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
        elif step.op == "reciprocal":
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

r"""
Points at which the functions of a network have values modulo a prime

Exponentials and logarithms have values everywhere, see
:mod:`sage_conslaw.counting.starting_values`. Roots are there at a part of all points: points are
drawn again until all roots exist.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sage_conslaw.counting.starting_values import (
    OWN,
    REFERENCE,
    SHARED,
    Relations,
    StartingValues,
    Values,
    shared_functions,
)
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.batching import batched
from sage_conslaw.program.instructions import Program
from sage_conslaw.system import limits

class NoRoot(ZeroDivisionError):
    r"""
    A root of parameters alone does not exist modulo the prime: another point may have it.
    """


#: What a way to draw points is, see :func:`drawn_until`.
Attempt = Callable[[int, int], tuple[dict[int, np.ndarray], StartingValues]]


class FunctionPoints:
    r"""
    Data at which the functions of a network have values modulo a prime, at one state.

    INPUT:

    - ``program`` -- the program of a network
    - ``relations`` -- :class:`Relations` of its functions
    - ``prime``, ``source`` -- the prime, and what residues are drawn from
    - ``theta`` -- the values of the parameters, by the numbers of their instructions
    - ``fixed`` -- controls that are no residues, by their numbers: values x their shape, taken
      in turn
    - ``same`` -- other points at the same state, with which values of functions of parameters
      alone are shared

    ERRORS: :class:`NoRoot` where a root of parameters alone does not exist.
    """

    def __init__(self, program: Program, relations: Relations, prime: int, source: Any,
                 theta: Mapping[int, np.ndarray], fixed: Mapping[int, np.ndarray] | None = None,
                 same: FunctionPoints | None = None) -> None:
        self._program, self._relations = program, relations
        self._prime, self._source = prime, source
        self._theta = {k: a[None] for k, a in theta.items()}
        self._controls = program.numbers("control")
        self._many = program.kept("points", lambda whole: batched(whole, "b", self._controls))
        self.shared = shared_functions(program)
        self._fixed = dict(fixed or {})
        self._known: dict[tuple[int, int], Values] = {} if same is None else {
            key: v for key, v in same._known.items() if key[1] == SHARED}
        self._known = self._tried(1, REFERENCE)[1]

    def draw(self, count: int) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        r"""
        Return controls, by their numbers, and values of functions, by theirs: ``count`` of each.
        """
        given, found = self._tried(count, OWN)
        values = {}
        for (number, kind), value in found.items():
            if kind != REFERENCE:
                values[number] = value.value if kind == OWN else value.value[0]
        return given, values

    def _tried(self, count: int, kind: int
               ) -> tuple[dict[int, np.ndarray], dict[tuple[int, int], Values]]:
        def attempt(size: int, tries: int) -> tuple[dict[int, np.ndarray], StartingValues]:
            turn = (tries + np.arange(size)) % max([1, *map(len, self._fixed.values())])
            given = {k: self._fixed[k][turn] if k in self._fixed else
                     self._source.point(size * self._program[k].size, self._prime).reshape(
                         (size,) + self._program[k].shape) for k in self._controls}
            starts = StartingValues(self._relations, self.shared, kind, self._prime,
                                    self._source, dict(self._known))
            run(ModularSeries(self._many, self._prime, 1, starts), self._many,
                {**self._theta, **{k: a[None] for k, a in given.items()}})
            if any(of == SHARED and not symbols.all() for _, of, symbols in starts.symbols):
                raise NoRoot("a root of the parameters does not exist modulo the prime")
            return given, starts

        return drawn_until(count, attempt, self._program, (kind,))[:2]


def drawn_until(count: int, attempt: Attempt, program: Program, kinds: tuple[int, ...],
                few: Callable[[], bool] = lambda: False, least: int = 0
                ) -> tuple[dict[int, np.ndarray], dict[tuple[int, int], Values], int]:
    r"""
    Draw points until there are enough at which all roots exist.

    INPUT:

    - ``count`` -- how many points
    - ``attempt`` -- function from a number of points, and how many were tried before, to what was
      drawn at so many, by the numbers of instructions, and to its :class:`StartingValues`
    - ``program`` -- the program of a network
    - ``kinds`` -- of what functions have values of their own at each point
    - ``few`` -- whether more points have to be tried though there are enough
    - ``least`` -- for how many points more are tried at a time

    OUTPUT: what was drawn, the :class:`Values` of functions, and how many points were tried.
    """
    parts = []
    have, size, tries = 0, count, 0
    while have < count or few():
        if tries > limits.ROOT_CANDIDATES:
            raise too_many_roots(program)
        given, starts = attempt(size, tries)
        valid = np.flatnonzero(starts.valid_points(size))[:count - have]
        tries, have = tries + size, have + len(valid)
        parts.append(({k: a[valid] for k, a in given.items()},
                      {key: v.at(valid) if key[1] in kinds else v
                       for key, v in starts.known.items()}))
        # as many as it takes, by what was seen so far
        size = min(1 + max(count - have, least) * tries // max(have, 1), limits.ROOT_BATCH)
    return ({k: np.concatenate([given[k] for given, _ in parts]) for k in parts[0][0]},
            {key: Values.joined([found[key] for _, found in parts]) if key[1] in kinds else v
             for key, v in parts[0][1].items()}, tries)


def too_many_roots(program: Program) -> ValueError:
    r"""
    Return the error for a program with so many roots that no points are found.
    """
    count = sum(program[k].size for k in program.functions() if program[k].detail[0] == "sqrt")
    return ValueError(f"network: all of its {count} roots of one sample exist modulo a prime at "
                      f"one of 2^{count} points, or at none where a radicand is zero or a number; "
                      f"{limits.ROOT_CANDIDATES:,} points were tried at most")


def draw_states(program: Program, relations: Relations, prime: int, source: Any, count: int
                ) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    r"""
    Draw states with a sample each, at which all functions have values modulo a prime.

    OUTPUT: parameters and controls, by the numbers of their instructions, and values of functions,
    by theirs: ``count`` of each.
    """
    every = program.numbers("parameter") + program.numbers("control")
    many = all_points(program)
    shared = shared_functions(program)

    def attempt(size: int, tries: int) -> tuple[dict[int, np.ndarray], StartingValues]:
        given = {k: source.point(size * program[k].size, prime).reshape(
            (size,) + program[k].shape) for k in every}
        starts = StartingValues(relations, shared, REFERENCE, prime, source, {})
        run(ModularSeries(many, prime, 1, starts), many, {k: a[None] for k, a in given.items()})
        return given, starts

    given, found, _ = drawn_until(count, attempt, program, (SHARED, REFERENCE))
    return given, {number: v.value for (number, _), v in found.items()}


def all_points(program: Program) -> Program:
    r"""
    Return a program of a network for a batch of states with a sample each.
    """
    return program.kept("all_points", lambda whole: batched(
        whole, "b", whole.numbers("parameter") + whole.numbers("control")))

r"""
First coefficients of functions along series, modulo a prime

Where a network applies functions that are not rational, a point of the count is a state, data, and
the values of these functions there. An exponential or a logarithm has any value, for it is
independent of the state and of the others, but for the relations that
:mod:`sage_conslaw.counting.function_relations` has found. A root is a root modulo the prime:
data are drawn again until there is one.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.series import power_modulo
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.batching import batched
from sage_conslaw.program.instructions import Instruction, Program
from sage_conslaw.system import limits

#: Of what a function is: of parameters alone, of one sample that is the same for all others, or
#: of a sample of its own.
SHARED, REFERENCE, OWN = range(3)
#: Functions whose argument is an exponent, and those whose value is.
EXPONENTIALS = ("exp", "gauss")

#: The number of a function, one of its entries, and of what it is.
Row = tuple[int, int, int]


class NoRoot(ZeroDivisionError):
    r"""
    A root of parameters alone does not exist modulo the prime: another point may have it.
    """


@dataclass
class Relations:
    r"""
    What exponents and logarithms have to do with each other.

    ATTRIBUTES:

    - ``combinations`` -- dictionary from a row to the rows it is a combination of, with rational
      coefficients; rows that are not there are independent
    - ``powers`` -- dictionary from rows to the power of a residue that their exponential is, so
      that roots of it are residues
    """

    combinations: dict[Row, tuple[tuple[Row, Fraction], ...]] = field(default_factory=dict)
    powers: dict[Row, int] = field(default_factory=dict)

    def of_one_sample(self) -> bool:
        r"""
        Return whether no sample has to do with another one.
        """
        return not any(row[2] == OWN and other[2] == REFERENCE
                       for row, combination in self.combinations.items()
                       for other, _ in combination)

    def degree(self, of_arguments: int) -> int:
        r"""
        Return a bound for the degree of all values in the residues that are drawn.

        INPUT:

        - ``of_arguments`` -- a bound for the degree of arguments, numerators and denominators,
          that logarithms may be combinations of

        EXAMPLES::

            sage: from fractions import Fraction
            sage: from sage_conslaw.counting.starting_values import Relations
            sage: one, other = (0, 0, 2), (1, 0, 2)
            sage: Relations({other: ((one, Fraction("-3")),)}).degree(5), Relations().degree(5)
            (30, 1)
        """
        if not self.combinations:
            return 1
        sums = [sum(abs(factor) * self.powers.get(row, 1) for row, factor in combination)
                for combination in self.combinations.values()]
        # negative powers are denominators
        return 2 * max(1, of_arguments) * math.ceil(max([1, *self.powers.values(), *sums]))


@dataclass
class Values:
    r"""
    A function at points: arrays of residues, points x entries.

    ATTRIBUTES:

    - ``name`` -- of the function
    - ``argument``, ``value`` -- its argument and its value
    - ``base`` -- for exponentials what they are a power of
    """

    name: str
    argument: np.ndarray
    value: np.ndarray
    base: np.ndarray

    def exponent(self, entry: int, prime: int) -> np.ndarray:
        r"""
        Return the exponent of an exponential, or the value of a logarithm, at all points.
        """
        if self.name == "log":
            return self.value[:, entry]
        argument = self.argument[:, entry] % prime
        if self.name == "gauss":
            return argument * argument % prime * ((prime - 1) // 2) % prime
        return argument

    def at(self, points: np.ndarray) -> Values:
        r"""
        Return the values at some of the points.
        """
        return Values(self.name, self.argument[points], self.value[points], self.base[points])

    @classmethod
    def joined(cls, parts: list[Values]) -> Values:
        r"""
        Return values at points as those at all points of several lists.
        """
        return cls(parts[0].name, *(np.concatenate([getattr(part, name) for part in parts])
                                    for name in ("argument", "value", "base")))


class StartingValues:
    r"""
    The values of functions at points, in the order in which a program asks for them.

    INPUT:

    - ``relations`` -- :class:`Relations`
    - ``shared`` -- the numbers of the functions of parameters alone
    - ``kind`` -- ``REFERENCE`` or ``OWN``: of what the others are
    - ``prime``, ``source`` -- the prime, and what residues are drawn from
    - ``known`` -- :class:`Values` by number and kind; what is found is added

    ATTRIBUTES:

    - ``valid`` -- at which points all roots exist that were asked for, or ``None``: at all
    - ``symbols`` -- list of triples (number, kind, array of booleans): which radicands are squares
      at the points that were valid before, points x entries
    """

    def __init__(self, relations: Relations, shared: frozenset[int], kind: int, prime: int,
                 source: Any, known: dict[tuple[int, int], Values]) -> None:
        self._relations, self._shared, self._kind = relations, shared, kind
        self._prime, self._source, self.known = prime, source, known
        self.valid: np.ndarray | None = None
        self.symbols: list[tuple[int, int, np.ndarray]] = []

    def __call__(self, step: Instruction, a: np.ndarray) -> np.ndarray:
        name, number = step.detail
        kind = SHARED if number in self._shared else self._kind
        batch = a.shape[1:a.ndim - len(step.shape)]
        if (number, kind) not in self.known:
            argument = a[0].reshape((-1, step.size))
            self._find(name, number, kind, argument)
        return self.known[number, kind].value.reshape(batch + step.shape)

    def _find(self, name: str, number: int, kind: int, argument: np.ndarray) -> None:
        if name == "sqrt":
            value = self._roots(number, kind, argument)
            self.known[number, kind] = Values(name, argument, value, value)
            return
        base = self._source.point(argument.size, self._prime).reshape(argument.shape)
        value = base.copy()
        # entries may have to do with earlier ones of the same function
        self.known[number, kind] = Values(name, argument, value, base)
        for entry in range(argument.shape[1]):
            row = number, entry, kind
            combination = self._relations.combinations.get(row)
            if combination is not None:
                value[:, entry] = (self._product(combination) if name in EXPONENTIALS
                                   else self._sum(combination))
            elif name in EXPONENTIALS:
                value[:, entry] = self._power(base[:, entry], self._relations.powers.get(row, 1))

    def _product(self, combination: tuple[tuple[Row, Fraction], ...]) -> Any:
        # an exponential of a combination of exponents and logarithms
        total: Any = 1
        for row, factor in combination:
            number, entry, kind = row
            other = self.known[number, kind]
            if other.name in EXPONENTIALS:
                part, exponent = other.base, factor * self._relations.powers.get(row, 1)
            else:
                part, exponent = other.argument, factor
            total = total * self._power(part[:, entry], int(exponent)) % self._prime
        return total

    def _sum(self, combination: tuple[tuple[Row, Fraction], ...]) -> Any:
        # a logarithm that is a combination of exponents and logarithms
        total: Any = 0
        for (number, entry, kind), factor in combination:
            part = self.known[number, kind].exponent(entry, self._prime)
            residue = factor.numerator * pow(factor.denominator, -1, self._prime) % self._prime
            total = (total + part * residue) % self._prime
        return total

    def _power(self, base: np.ndarray, exponent: int) -> np.ndarray:
        return power_modulo(base, exponent % (self._prime - 1), self._prime)

    def _roots(self, number: int, kind: int, argument: np.ndarray) -> np.ndarray:
        # the prime is 3 modulo 4
        root = power_modulo(argument, (self._prime + 1) // 4, self._prime)
        square = (root * root % self._prime == argument) & (argument != 0)
        if self.valid is None:
            self.valid = np.ones(1, dtype=bool)
        count = max(len(self.valid), len(square))
        before = np.broadcast_to(self.valid, count)
        self.symbols.append((number, kind, np.broadcast_to(square, (count, square.shape[1]))[
            before]))
        self.valid = before & np.broadcast_to(square.all(axis=1), count)
        return np.where(square, root, 1)


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
        self._shared = self.shared = shared_functions(program)
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
        parts = []
        have, size, tries = 0, count, 0
        while have < count:
            if tries > limits.ROOT_CANDIDATES:
                raise too_many_roots(self._program)
            turn = (tries + np.arange(size)) % max(1, *map(len, self._fixed.values()), 1)
            given = {k: self._fixed[k][turn] if k in self._fixed else
                     self._source.point(size * self._program[k].size, self._prime).reshape(
                         (size,) + self._program[k].shape) for k in self._controls}
            starts = StartingValues(self._relations, self._shared, kind, self._prime,
                                    self._source, dict(self._known))
            run(ModularSeries(self._many, self._prime, 1, starts), self._many,
                {**self._theta, **{k: a[None] for k, a in given.items()}})
            if any(of == SHARED and not symbols.all() for _, of, symbols in starts.symbols):
                raise NoRoot("a root of the parameters does not exist modulo the prime")
            every = np.broadcast_to(True if starts.valid is None else starts.valid, size)
            valid = np.flatnonzero(every)[:count - have]
            tries, have = tries + size, have + len(valid)
            parts.append(({k: a[valid] for k, a in given.items()},
                          {key: v.at(valid) if key[1] == kind else v
                           for key, v in starts.known.items()}))
            # as many as it takes, by what was seen so far
            size = min(1 + (count - have) * tries // max(have, 1), limits.ROOT_BATCH)
        return ({k: np.concatenate([given[k] for given, _ in parts]) for k in self._controls},
                {key: Values.joined([found[key] for _, found in parts]) if key[1] == kind else v
                 for key, v in parts[0][1].items()})


def shared_functions(program: Program) -> frozenset[int]:
    r"""
    Return the numbers of the functions of a program that depend on no control.
    """
    depends = program.depending_on(program.numbers("control"))
    return frozenset(program[k].detail[1] for k in program.functions() if not depends[k])


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
    many = program.kept("all_points", lambda whole: batched(whole, "b", every))
    shared = shared_functions(program)
    parts = []
    have, size, tries = 0, count, 0
    while have < count:
        if tries > limits.ROOT_CANDIDATES:
            raise too_many_roots(program)
        given = {k: source.point(size * program[k].size, prime).reshape(
            (size,) + program[k].shape) for k in every}
        starts = StartingValues(relations, shared, REFERENCE, prime, source, {})
        run(ModularSeries(many, prime, 1, starts), many, {k: a[None] for k, a in given.items()})
        valid = np.flatnonzero(np.broadcast_to(
            True if starts.valid is None else starts.valid, size))[:count - have]
        tries, have = tries + size, have + len(valid)
        parts.append(({k: a[valid] for k, a in given.items()},
                      {number: v.value[valid] for (number, _), v in starts.known.items()}))
        size = min(1 + (count - have) * tries // max(have, 1), limits.ROOT_BATCH)
    return ({k: np.concatenate([part[0][k] for part in parts]) for k in every},
            {n: np.concatenate([part[1][n] for part in parts]) for n in parts[0][1]})


def starting_at(starts: Mapping[int, np.ndarray]) -> Callable[[Instruction, np.ndarray],
                                                               np.ndarray]:
    # the values of functions, in the shape that their batch has
    def start(step: Instruction, a: np.ndarray) -> np.ndarray:
        batch = a.shape[1:a.ndim - len(step.shape)]
        return starts[step.detail[1]].reshape(batch + step.shape)
    return start

r"""
First coefficients of functions along series, modulo a prime

Where a network applies functions that are not rational, a point of the count is a state, data, and
the values of these functions there. An exponential or a logarithm has any value, for it is
independent of the state and of the others, but for the relations that
:mod:`sage_conslaw.counting.function_relations` has found. A root is a root modulo the prime, where
there is one.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.series import power_modulo
from sage_conslaw.program.instructions import Instruction, Program

#: Of what a function is: of parameters alone, of one sample that is the same for all others, or
#: of a sample of its own.
SHARED, REFERENCE, OWN = range(3)
#: Functions whose argument is an exponent, and those whose value is.
EXPONENTIALS = ("exp", "gauss")

#: The number of a function, one of its entries, and of what it is.
Row = tuple[int, int, int]
#: Rows with rational coefficients.
Combination = tuple[tuple[Row, Fraction], ...]


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

    combinations: dict[Row, Combination] = field(default_factory=dict)
    powers: dict[Row, int] = field(default_factory=dict)

    def sum_of(self, combination: Combination, known: Mapping[tuple[int, int], Values],
               prime: int) -> Any:
        r"""
        Return a combination of exponents and logarithms, at all points.
        """
        total: Any = 0
        for (number, entry, kind), factor in combination:
            part = known[number, kind].exponent(entry, prime)
            residue = factor.numerator * pow(factor.denominator, -1, prime) % prime
            total = (total + part * residue) % prime
        return total

    def exponential_of(self, combination: Combination,
                       known: Mapping[tuple[int, int], Values], prime: int) -> Any:
        r"""
        Return the exponential of a combination of exponents and logarithms, at all points.
        """
        total: Any = 1
        for row, factor in combination:
            number, entry, kind = row
            other = known[number, kind]
            if other.name in EXPONENTIALS:
                part, exponent = other.base, factor * self.powers.get(row, 1)
            else:
                part, exponent = other.argument, factor
            total = total * _power(part[:, entry], int(exponent), prime) % prime
        return total

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

    def valid_points(self, count: int) -> np.ndarray:
        r"""
        Return at which of so many points all roots exist that were asked for.
        """
        return np.broadcast_to(True if self.valid is None else self.valid, count)

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
                of = (self._relations.exponential_of if name in EXPONENTIALS
                      else self._relations.sum_of)
                value[:, entry] = of(combination, self.known, self._prime)
            elif name in EXPONENTIALS:
                value[:, entry] = _power(base[:, entry], self._relations.powers.get(row, 1),
                                         self._prime)

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


def _power(base: np.ndarray, exponent: int, prime: int) -> np.ndarray:
    return power_modulo(base, exponent % (prime - 1), prime)


def shared_functions(program: Program) -> frozenset[int]:
    r"""
    Return the numbers of the functions of a program that depend on no control.
    """
    depends = program.depending_on(program.numbers("control"))
    return frozenset(program[k].detail[1] for k in program.functions() if not depends[k])


def starting_at(starts: Mapping[int, np.ndarray]) -> Callable[[Instruction, np.ndarray],
                                                               np.ndarray]:
    r"""
    Return a function that gives values of functions, by their numbers, in the shape of a batch.
    """
    def start(step: Instruction, a: np.ndarray) -> np.ndarray:
        batch = a.shape[1:a.ndim - len(step.shape)]
        return starts[step.detail[1]].reshape(batch + step.shape)
    return start

r"""
Programs in sparse polynomials, all terms of an array in one table

A value is the list of the terms of all entries of an array: the entry, the monomial as the
sorted row of the indices of its factors, and an integer; all over one denominator. A
product is a join of two such lists over the axes that they share, so that no polynomial is
handled alone.

The inverse of an entry becomes a variable of its own, after all others; what was inverted
is kept, so that fields can be cleared of it.

EXAMPLES::

    sage: from sage_conslaw.interpreters.base import run
    sage: from sage_conslaw.interpreters.term_tables import TermTables
    sage: from sage_conslaw.program.builder import Builder
    sage: build = Builder()
    sage: U = build.parameter("U", (1, 2)); V = build.parameter("V", (2, 1))
    sage: product = build.multiply(U, V, "ij", "jk", "ik")
    sage: program = build.program([product])
    sage: tables = TermTables({U: 0, V: 2}, 4)
    sage: tables.prepare(program)
    sage: run(tables, program, tables.variables_of(program))[product].factors.tolist()
    [[0, 2], [1, 3]]
"""
from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.monomials import match, widened
from sage_conslaw.interpreters.base import Interpreter
from sage_conslaw.program.instructions import Instruction, Program
from sage_conslaw.system.memory import TooLarge

#: Coefficients up to this are held as 64-bit integers.
LARGEST_WORD = 2**62
#: An index that is no variable fills rows of factors up, at their end.
PADDING = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Terms:
    r"""
    The terms of all entries of an array.

    ATTRIBUTES:

    - ``entry`` -- integer array: the flat index of the entry that each term belongs to
    - ``factors`` -- integer array, terms x largest degree, rows sorted, filled up with
      ``PADDING``
    - ``coefficient`` -- integer array, of dtype ``object`` where integers may be large
    - ``denominator`` -- a positive integer, of all of them
    """

    entry: np.ndarray
    factors: np.ndarray
    coefficient: np.ndarray
    denominator: int = 1

    def __len__(self) -> int:
        return len(self.entry)

    def largest(self) -> int:
        r"""
        Return the largest absolute value of a numerator.
        """
        return int(max(abs(int(self.coefficient.max())), abs(int(self.coefficient.min())))
                   ) if len(self) else 0


class TermTables(Interpreter):
    r"""
    Tables of terms.

    INPUT:

    - ``first`` -- dictionary from the numbers of parameters and controls to the index of
      the variable of their first entry
    - ``variables`` -- how many variables these are
    - ``most`` -- more terms of one array raise ``TooLarge``

    ATTRIBUTES:

    - ``inverted`` -- for each variable from ``variables`` on, whose inverse it is: a
      dictionary from monomials to integers, and a denominator
    """

    def __init__(self, first: Mapping[int, int], variables: int, most: int = 20_000_000) -> None:
        self._first, self._variables, self._most = dict(first), variables, most
        self.inverted: list[tuple[dict[tuple[int, ...], int], int]] = []
        self._of: dict[tuple, int] = {}
        self._shapes: dict[Instruction, Any] = {}

    def sharing(self, other: TermTables) -> TermTables:
        r"""
        Share the variables of inverses with another interpreter, and return this one.
        """
        self.inverted, self._of = other.inverted, other._of
        return self

    def variables_of(self, program: Program) -> dict[int, Terms]:
        r"""
        Return the values of the parameters and controls of a program.
        """
        return {k: Terms(np.arange(program[k].size),
                         (start + np.arange(program[k].size, dtype=np.int32))[:, None],
                         np.ones(program[k].size, dtype=np.int64))
                for k, start in self._first.items()}

    def _check(self, terms: int) -> None:
        if terms > self._most:
            raise TooLarge(f"the expanded fields have more than {self._most:,} terms")

    def constant(self, step: Instruction) -> Terms:
        flat = step.detail.ravel()
        denominator = math.lcm(*(c.denominator for c in flat))
        entry = np.flatnonzero(flat != 0)
        numbers = np.array([int(c * denominator) for c in flat[entry]], dtype=object)
        return Terms(entry, np.zeros((len(entry), 0), dtype=np.int32), _narrowed(numbers),
                     denominator)

    def add(self, step: Instruction, a: Terms, b: Terms) -> Terms:
        self._check(len(a) + len(b))
        denominator = math.lcm(a.denominator, b.denominator)
        width = max(a.factors.shape[1], b.factors.shape[1])
        return Terms(np.concatenate([a.entry, b.entry]),
                     np.vstack([widened(x.factors, width, PADDING) for x in (a, b)]),
                     np.concatenate([_times(x.coefficient, denominator // x.denominator)
                                     for x in (a, b)]), denominator)

    def multiply(self, step: Instruction, a: Terms, b: Terms) -> Terms:
        left, right, out = step.detail
        sizes = self._shapes[step]
        first, second = (_indices(x.entry, text, sizes) for x, text in ((a, left), (b, right)))
        shared = [c for c in left if c in right]
        keys, others = (_flat(index, shared, sizes, len(x))
                        for index, x in ((first, a), (second, b)))
        order = np.argsort(others, kind="stable")
        groups = math.prod(sizes[c] for c in shared)
        starts = np.searchsorted(others[order], np.arange(groups + 1))
        total = int((starts[keys + 1] - starts[keys]).sum())
        self._check(total)
        one, place = match(keys, starts)
        other = order[place]
        entry = np.zeros(total, dtype=np.int64)
        for c in out:
            entry = entry * sizes[c] + (first[c][one] if c in first else second[c][other])
        factors = np.concatenate([a.factors[one], b.factors[other]], axis=1)
        factors.sort(axis=1)
        if a.largest() * b.largest() < LARGEST_WORD:
            coefficient = a.coefficient[one] * b.coefficient[other]
        else:
            coefficient = (a.coefficient.astype(object)[one]
                           * b.coefficient.astype(object)[other])
        return Terms(entry, _trimmed(factors), coefficient, a.denominator * b.denominator)

    def prepare(self, program: Program) -> None:
        r"""
        Learn the shapes of the operands of a program's products.
        """
        for step in program.instructions:
            if step.op == "multiply":
                sizes: dict[str, int] = {}
                for k, text in zip(step.of, step.detail, strict=False):
                    sizes.update(zip(text, program[k].shape, strict=True))
                self._shapes[step] = sizes
            elif step.op == "sum":
                self._shapes[step] = program[step.of[0]].shape

    def take(self, step: Instruction, a: Terms) -> Terms:
        index = step.detail.ravel()
        places = np.flatnonzero(index >= 0)
        order = np.argsort(a.entry, kind="stable")
        count = int(max(a.entry.max(initial=-1), index.max(initial=-1))) + 1
        starts = np.searchsorted(a.entry[order], np.arange(count + 1))
        to, place = match(index[places], starts)
        self._check(len(to))
        chosen = order[place]
        return Terms(places[to], a.factors[chosen], a.coefficient[chosen], a.denominator)

    def put(self, step: Instruction, a: Terms) -> Terms:
        return _at(a, step.detail.ravel()[a.entry])

    def sum(self, step: Instruction, a: Terms) -> Terms:
        shape = self._shapes[step]
        index = np.unravel_index(a.entry, shape) if shape else ()
        entry = np.zeros(len(a), dtype=np.int64)
        for k, n in enumerate(shape):
            if k not in step.detail:
                entry = entry * n + index[k]
        return _at(a, entry)

    def reciprocal(self, step: Instruction, a: Terms) -> Terms:
        polynomials = as_dictionaries(combined(a), step.size)
        entries, variables = [], []
        for entry, polynomial in enumerate(polynomials):
            if not polynomial:
                raise ZeroDivisionError("a reciprocal of zero")
            key = tuple(sorted(polynomial.items()))
            if key not in self._of:
                self._of[key] = self._variables + len(self.inverted)
                self.inverted.append((polynomial, a.denominator))
            entries.append(entry)
            variables.append(self._of[key])
        return Terms(np.array(entries, dtype=np.int64),
                     np.array(variables, dtype=np.int32).reshape(-1, 1),
                     np.ones(len(entries), dtype=np.int64))


def _at(a: Terms, entry: np.ndarray) -> Terms:
    keep = entry >= 0
    return Terms(entry[keep], a.factors[keep], a.coefficient[keep], a.denominator)


def _indices(entry: np.ndarray, text: str, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    if not text:
        return {}
    return dict(zip(text, np.unravel_index(entry, [sizes[c] for c in text]), strict=True))


def _flat(index: dict[str, np.ndarray], letters: list[str], sizes: dict[str, int],
          count: int) -> np.ndarray:
    flat = np.zeros(count, dtype=np.int64)
    for c in letters:
        flat = flat * sizes[c] + index[c]
    return flat


def _trimmed(factors: np.ndarray) -> np.ndarray:
    width = int((factors < PADDING).sum(axis=1).max(initial=0))
    return factors[:, :width]


def _narrowed(numbers: np.ndarray) -> np.ndarray:
    if all(abs(x) < LARGEST_WORD for x in numbers):
        return numbers.astype(np.int64)
    return numbers


def _times(coefficient: np.ndarray, factor: int) -> np.ndarray:
    if factor == 1:
        return coefficient
    return _narrowed(coefficient.astype(object) * factor)


def control_order(program: Program) -> list[int]:
    r"""
    Return the numbers of the controls: cotangents, then the others, the last ones first.
    """
    cotangents = program.numbers("control", "cotangent")
    others = [k for k in program.numbers("control") if k not in cotangents]
    return cotangents + others[::-1]


def first_variables(program: Program, numbers: list[int], start: int) -> dict[int, int]:
    r"""
    Return the index of the variable of the first entry of each of some instructions.
    """
    first = {}
    for k in numbers:
        first[k] = start
        start += program[k].size
    return first


def combined(a: Terms) -> Terms:
    r"""
    Add terms of one entry with equal monomials, and drop those that vanish.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.interpreters.term_tables import Terms, combined
        sage: a = Terms(np.array([0, 0, 1]), np.array([[3], [3], [3]], dtype=np.int32),
        ....:           np.array([1, -1, 2]))
        sage: combined(a).entry.tolist()
        [1]
    """
    if not len(a) or _all_different(a):
        return a
    columns = [a.factors[:, k] for k in range(a.factors.shape[1] - 1, -1, -1)]
    order = np.lexsort((*columns, a.entry))
    entry, factors, coefficient = a.entry[order], a.factors[order], a.coefficient[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (entry[1:] != entry[:-1]) | (factors[1:] != factors[:-1]).any(axis=1)
    if not new.all():
        if coefficient.dtype != object and a.largest() * len(order) >= LARGEST_WORD:
            coefficient = coefficient.astype(object)
        starts = np.flatnonzero(new)
        coefficient = np.add.reduceat(coefficient, starts)
        entry, factors = entry[starts], factors[starts]
    keep = coefficient != 0
    return Terms(entry[keep], _trimmed(factors[keep]), coefficient[keep], a.denominator)


def _all_different(a: Terms) -> bool:
    # terms with different keys are different; equal keys say nothing
    if not (a.coefficient != 0).all():
        return False
    with np.errstate(over="ignore"):
        keys = a.entry.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        for column in a.factors.T:
            keys = (keys ^ column.astype(np.uint64)) * np.uint64(0xD6E8FEB86659FD93)
            keys ^= keys >> np.uint64(29)
    keys.sort()
    return bool((keys[1:] != keys[:-1]).all())


def as_dictionaries(a: Terms, size: int) -> list[dict[tuple[int, ...], int]]:
    r"""
    Return the numerators of all entries as dictionaries from monomials to integers.
    """
    result: list[dict[tuple[int, ...], int]] = [{} for _ in range(size)]
    for entry, row, c in zip(a.entry.tolist(), a.factors.tolist(), a.coefficient.tolist(),
                             strict=True):
        result[entry][tuple(x for x in row if x != PADDING)] = int(c)
    return result

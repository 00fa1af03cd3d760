r"""
Which functions of a network are independent, and what the others have to do with each other

A count modulo a prime takes the values of exponentials and logarithms for free. This is right
where the functions are algebraically independent, over the rational functions of the state and the
data, and it is not where they are not: `(u + e^a) x` has the law that this hides. So it is
*proved* for each network.

Let `z_1, \dots, z_m` be all exponents and all logarithms, as functions of the state and of the
data of two samples. If no combination of them with rational coefficients is constant, then they,
their exponentials and the variables have the transcendence degree `m` plus that of the variables
(J. Ax, On Schanuel's conjectures, Annals of Mathematics 93 (1971), Theorem 3): complete them
by variables to a basis of the span of both, and count generators. Independent are they if the
series of their derivatives along random curves are, modulo a prime: a minor that is not
zero modulo the prime is none. Exponents that depend on other exponentials need these to be
independent first, so that what is lower in the program decides first. Two samples decide for
all: a combination that does not depend on the data is zero in the difference of two samples.

A combination that is constant is searched for modulo the prime and read as one with rational
coefficients. It is kept as a relation that the values of exponentials respect. To keep one that is
not true would do no harm: values are then taken at special points, where ranks are not larger
than elsewhere. One that cannot be read is an error.

Radicands have to be independent modulo squares over what comes before them: then the points with
all roots form an irreducible variety over `\QQ`, and any choice of roots is one of its points.
Products of them are no squares, up to a number, if their Legendre symbols at random points are
independent over `GF(2)`, together with the symbol that is 1 everywhere.

The integral of the normal density is independent of exponentials, for `e^{-z^2/2}` has
no integral among the functions that are rational in the others (Liouville's theorem on
elementary integrals), provided that its exponent is independent of the others.

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw import Network
    sage: from sage_conslaw.counting.function_relations import function_relations
    sage: network = Network(lambda x, U, V: U @ (np.exp(V * x) + np.exp(-2 * V * x)),
    ....:                   {"U": (2,), "V": (2,)}, {"x": ()})
    sage: sorted(function_relations(network.program).combinations.items())[0]
    ((1, 0, 1), (((0, 0, 1), Fraction(-2, 1)),))
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.dependence import Dependence
from sage_conslaw.arithmetic.function_series import bell, logarithm
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.counting.function_points import all_points, drawn_until, too_many_roots
from sage_conslaw.counting.starting_values import (
    OWN,
    REFERENCE,
    SHARED,
    Combination,
    Relations,
    Row,
    StartingValues,
    Values,
    shared_functions,
)
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.batching import batched
from sage_conslaw.program.instructions import Program
from sage_conslaw.system import limits

#: Orders of the series along a random curve.
ORDERS = 5
#: Numerators and denominators of coefficients of relations are at most this.
LARGEST = 1000
#: More columns, and more Legendre symbols, than rows: a rank that is too small by accident has a
#: chance below `2^{-24}` for the symbols, and none to speak of for residues.
MORE = 24


class Dependent(ValueError):
    r"""
    Functions of a network have to do with each other in a way that cannot be counted with.
    """


def function_relations(program: Program,
                       fixed: Mapping[int, np.ndarray] | None = None) -> Relations:
    r"""
    Return the relations of the functions of a network.

    INPUT:

    - ``program`` -- the program of a network
    - ``fixed`` -- controls that are the same for all data, by their numbers: gates

    ERRORS: :class:`Dependent`, with the reason, where functions are not independent and have no
    relation that values can respect.
    """
    fixed = dict(fixed or {})
    name = "relations " + " ".join(f"{k}:{a.tobytes().hex()}" for k, a in sorted(fixed.items()))
    return program.kept(name, lambda whole: _relations(whole, fixed))


def _relations(program: Program, fixed: Mapping[int, np.ndarray]) -> Relations:
    relations = Relations()
    if not program.functions():
        return relations
    _check_integrals(program)
    source = PrimeSource(0)
    prime = source.prime_with_roots()
    while True:
        search = _Search(program, relations, prime, source, fixed)
        found = search.new_relations()
        if not found:
            search.check_constants()
            search.check_roots()
            return relations
        relations.combinations.update(found)
        _set_powers(relations)


def _check_integrals(program: Program) -> None:
    # each integral of the normal density has a density of its own, of the same argument: then
    # integrals are told apart where densities are
    for k in program.functions():
        step = program[k]
        if step.detail[0] == "normal":
            density = program[step.of[1]]
            if (density.op != "function" or density.detail[0] != "gauss"
                    or density.of != step.of[:1]):
                raise Dependent("network: an integral of the normal density has no density of the "
                                "same argument")


def _set_powers(relations: Relations) -> None:
    relations.powers.clear()
    for combination in relations.combinations.values():
        for row, factor in combination:
            relations.powers[row] = math.lcm(relations.powers.get(row, 1), factor.denominator)


class _Search:
    # the rows of all functions along curves from points where all roots exist
    def __init__(self, program: Program, relations: Relations, prime: int, source: Any,
                 fixed: Mapping[int, np.ndarray]) -> None:
        self.fixed = fixed
        self.program, self.relations, self.prime, self.source = program, relations, prime, source
        self.shared = shared_functions(program)
        steps = [program[k] for k in program.functions()]
        self.sizes = {step.detail[1]: step.size for step in steps}
        self.names = {step.detail[1]: step.detail[0] for step in steps}
        rows = sum((1 if n in self.shared else 2) * size for n, size in self.sizes.items()
                   if self.names[n] not in ("sqrt", "normal"))
        self.count = -(-(rows + MORE) // (ORDERS - 1))
        self.symbols: dict[tuple[int, int], list[np.ndarray]] = {}
        self.given: list[dict[int, np.ndarray]] = []
        self.known: dict[tuple[int, int], Values] = {}
        self._draw()

    # --- points ---

    def _draw(self) -> None:
        program, count = self.program, self.count
        many = all_points(program)
        parameters = program.numbers("parameter")
        # states with a sample whose roots exist, then another sample for each of them
        theta, known, tries = self._states(many, count)
        left = np.arange(count)
        own: dict[int, np.ndarray] = {k: np.zeros((count,) + program[k].shape, dtype=np.int64)
                                      for k in program.numbers("control")}
        values: dict[tuple[int, int], Values] = {}
        while len(left) or self._few_symbols(OWN):
            if tries > limits.ROOT_CANDIDATES:
                raise too_many_roots(program)
            repeats = 1 if tries <= 2 * count else max(1, min(64, limits.ROOT_BATCH // count))
            of = np.repeat(left if len(left) else np.arange(count), repeats)
            tries += len(of)
            fresh = self._points(program.numbers("control"), len(of))
            starts = self._run(many, OWN, {**{k: theta[k][of] for k in parameters}, **fresh},
                               {key: v.at(of) for key, v in known.items()})
            valid = starts.valid_points(len(of))
            hit, first = np.unique(of[valid], return_index=True)
            first = np.flatnonzero(valid)[first]
            keep = np.isin(hit, left)
            hit, first = hit[keep], first[keep]
            for k, a in fresh.items():
                own[k][hit] = a[first]
            for key, v in starts.known.items():
                if key[1] == OWN:
                    whole = values.setdefault(key, Values(v.name, *(
                        np.ones((count,) + v.value.shape[1:], dtype=np.int64) for _ in range(3))))
                    for name in ("argument", "value", "base"):
                        getattr(whole, name)[hit] = getattr(v, name)[first]
            left = np.setdiff1d(left, hit)
        self.given = [theta, own]
        self.known = {**known, **values}

    def _states(self, many: Program, count: int
                ) -> tuple[dict[int, np.ndarray], dict[tuple[int, int], Values], int]:
        numbers = self.program.numbers("parameter") + self.program.numbers("control")

        def attempt(size: int, tries: int) -> tuple[dict[int, np.ndarray], StartingValues]:
            given = self._points(numbers, size)
            return given, self._run(many, REFERENCE, given, {})

        return drawn_until(count, attempt, self.program, (SHARED, REFERENCE),
                           lambda: self._few_symbols(SHARED, REFERENCE), MORE)

    def _points(self, numbers: Iterable[int], count: int) -> dict[int, np.ndarray]:
        return {k: np.broadcast_to(self.fixed[k], (count,) + self.program[k].shape)
                if k in self.fixed else
                self.source.point(count * self.program[k].size, self.prime).reshape(
                    (count,) + self.program[k].shape) for k in numbers}

    def _run(self, many: Program, kind: int, given: dict[int, np.ndarray],
             known: dict[tuple[int, int], Values]) -> StartingValues:
        starts = StartingValues(self.relations, self.shared, kind, self.prime, self.source,
                                dict(known))
        run(ModularSeries(many, self.prime, 1, starts), many,
            {k: a[None] for k, a in given.items()})
        for number, of, symbols in starts.symbols:
            self.symbols.setdefault((number, of), []).append(symbols)
        return starts

    def _few_symbols(self, *kinds: int) -> bool:
        return any(of in kinds and sum(map(len, found)) < self.sizes[number] + MORE
                   for (number, of), found in self.symbols.items())

    # --- rows along curves ---

    def new_relations(self) -> dict[Row, Combination]:
        r"""
        Return relations of the first function that has some that are not known.
        """
        rows = self._rows()
        found = Dependence((ORDERS - 1) * self.count, self.prime)
        free: list[Row] = []
        fresh: dict[Row, Combination] = {}
        for kinds in ((SHARED, REFERENCE), (OWN,)):
            for number, kind in rows:
                if kind not in kinds:
                    continue
                for entry, made in enumerate(found.extend(rows[number, kind])):
                    row = number, entry, kind
                    if made is None:
                        if row in self.relations.combinations:
                            raise Dependent(self._named(row) + " has a relation at some points "
                                            "that it does not have at others")
                        free.append(row)
                    elif row not in self.relations.combinations:
                        fresh[row] = tuple(
                            (other, self._fraction(int(c), row)) for other, c in
                            zip(free, made.tolist(), strict=True) if c)
        # what comes later was computed without these
        order = {number: k for k, number in enumerate(self.sizes)}
        first = min((order[number] for number, _, _ in fresh), default=0)
        return {row: combination for row, combination in fresh.items()
                if order[row[0]] == first}

    def _rows(self) -> dict[tuple[int, int], np.ndarray]:
        program = self.program
        parameters, controls = program.numbers("parameter"), program.numbers("control")
        many = program.kept("all_curves", lambda whole: batched(
            batched(whole, "s", controls), "b", parameters + controls))
        theta, own = self.given
        given = {k: self._curve(theta[k]) for k in parameters}
        given.update({k: np.stack([theta[k], own[k]], axis=1)[None] if k in self.fixed else
                      self._curve(np.stack([theta[k], own[k]], axis=1)) for k in controls})
        values = run(ModularSeries(many, self.prime, ORDERS, self._start), many, given)
        rows = {}
        for k in program.functions():
            name, number = program[k].detail
            if name in ("sqrt", "normal"):
                continue
            argument = self._padded(values[program[k].of[0]])
            samples = [(SHARED, argument)] if number in self.shared else [
                (REFERENCE, argument[:, :, 0]), (OWN, argument[:, :, 1])]
            for kind, a in samples:
                a = a.reshape(ORDERS, self.count, -1)
                if name == "log":
                    a = logarithm(a, np.zeros_like(a[0]), ORDERS, self.prime)
                elif name == "gauss":
                    # the exponent -z^2/2, from the logarithm of its exponential
                    a = bell(a, np.ones_like(a[0]), ORDERS, self.prime)
                    a = logarithm(a, np.zeros_like(a[0]), ORDERS, self.prime)
                rows[number, kind] = a[1:].reshape(-1, a.shape[2]).T
        return rows

    def _curve(self, start: np.ndarray) -> np.ndarray:
        rest = self.source.point((ORDERS - 1) * start.size, self.prime)
        return np.concatenate([start[None], rest.reshape((ORDERS - 1,) + start.shape)])

    def _padded(self, series: np.ndarray) -> np.ndarray:
        result = np.zeros((ORDERS,) + series.shape[1:], dtype=np.int64)
        result[:len(series)] = series
        return result

    def _start(self, step: Any, a: np.ndarray) -> np.ndarray:
        number = step.detail[1]
        if number in self.shared:
            return self.known[number, SHARED].value.reshape((self.count,) + step.shape)
        both = [self.known[number, kind].value.reshape((self.count,) + step.shape)
                for kind in (REFERENCE, OWN)]
        return np.stack(both, axis=1)

    def _fraction(self, residue: int, row: Row) -> Fraction:
        for denominator in range(1, LARGEST + 1):
            numerator = residue * denominator % self.prime
            numerator -= self.prime * (2 * numerator > self.prime)
            if abs(numerator) <= LARGEST:
                return Fraction(numerator, denominator)
        raise Dependent(f"{self._named(row)} is a combination of other exponents and logarithms, "
                        "with coefficients that are no small fractions")

    def _named(self, row: Row) -> str:
        number, entry, _ = row
        return f"network: {self.names[number]}{number + 1}[{entry}], in the order of the program,"

    # --- what is left to be sure of ---

    def check_constants(self) -> None:
        r"""
        Raise an error where a combination that is constant is not zero, or not zero for sure.
        """
        for row, combination in self.relations.combinations.items():
            number, entry, kind = row
            own = self.known[number, kind]
            if own.name == "gauss":
                raise Dependent(f"{self._named(row)} has an argument whose square has to do with "
                                "other exponents; the integral of it is not known then")
            for other, factor in combination:
                name = self.names[other[0]]
                if factor.denominator > 1 and name == "log":
                    raise Dependent(f"{self._named(row)} has to do with a root of an argument of a "
                                    "logarithm; write the root")
            if own.name == "log":
                value, of = own.argument[:, entry] % self.prime, self.relations.exponential_of
            else:
                value, of = own.exponent(entry, self.prime), self.relations.sum_of
            # a combination of nothing is one number
            if (value != of(combination, self.known, self.prime)).any():
                raise Dependent(f"{self._named(row)} differs by a constant from a combination of "
                                "other exponents and logarithms; write it with these")

    def check_roots(self) -> None:
        r"""
        Raise an error where radicands may be dependent modulo squares.
        """
        for (number, _), found in self.symbols.items():
            squares = np.concatenate(found)
            rows = [int("".join("0" if bit else "1" for bit in column) or "0", 2)
                    for column in squares.T] + [(1 << len(squares)) - 1]
            basis: dict[int, int] = {}
            for bits in rows:
                while bits and bits.bit_length() in basis:
                    bits ^= basis[bits.bit_length()]
                if not bits:
                    raise Dependent(
                        f"network: sqrt{number + 1}, in the order of the program, has radicands "
                        "whose product, or a product with earlier ones, is a square, or they are "
                        "numbers; take the root once, and write the others with it")
                basis[bits.bit_length()] = bits

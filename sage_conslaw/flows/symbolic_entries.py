r"""
Reading fields whose entries are expressions of SymPy, or of Sage's symbolic ring

Expressions of Sage's symbolic ring are made into SymPy's, which both come with. What is read
are the terms, so that fields in SymPy need no Sage.

EXAMPLES::

    sage: import sympy
    sage: from sage_conslaw.flows.symbolic_entries import read_symbolic
    sage: x, y = sympy.symbols("x y")
    sage: found = read_symbolic([{x: x*(y + 1)/2, y: 1/x}], None)
    sage: found.names, found.factors, found.denominators
    (('x', 'y'), (x,), (2,))
    sage: found.table.factors.tolist()
    [[0, 0, 1], [0, 0, 2], [2, 2, 2]]
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.flows.entries import (
    ACCEPTED,
    GivenFields,
    check_lengths,
    is_exact_number,
    is_of_symbolic_ring,
    is_of_sympy,
)
from sage_conslaw.system import limits
from sage_conslaw.system.memory import TooLarge
from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import exact_rational

try:
    import sympy
    from sympy.polys.rings import PolyElement, PolyRing
except ImportError as problem:
    raise ImportError("fields: symbolic entries are read with SymPy, which cannot be imported here "
                      f"({problem})") from None


def read_symbolic(rows: Sequence[Any], variables: Sequence[Any] | None) -> GivenFields:
    r"""
    Read fields with symbolic entries.

    INPUT:

    - ``rows`` -- fields, each a list of entries, or each a dictionary from variables to entries
    - ``variables`` -- symbols or names in the order of the entries; for dictionaries ``None``
      is the order of their keys

    OUTPUT: a :class:`~sage_conslaw.flows.entries.GivenFields`
    """
    if variables is None:
        variables = _keys(rows)
    names = [_name(variable) for variable in variables]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"variables: {name!r} is named twice")
    reader = _Reader(names, [v for v in variables if is_of_sympy(v)])
    fields = [_in_order(row, names, number) for number, row in enumerate(rows)]
    check_lengths(fields, len(names), f"one for each of the variables {', '.join(names)}")
    terms, factors, denominators = [], [], []
    for number, row in enumerate(fields):
        factor, entries = _cleared([reader.quotient(entry, f"entry {i} of field {number}")
                                    for i, entry in enumerate(row)], reader.ring)
        factors.append(factor.as_expr())
        denominators.append(math.lcm(*(int(c.denominator) for entry in entries
                                       for c in entry.values())))
        for i, entry in enumerate(entries):
            for exponents, c in sorted(entry.items(), reverse=True):
                c = Fraction(int(c.numerator), int(c.denominator)) * denominators[-1]
                monomial = tuple(k for k, power in enumerate(exponents) for _ in range(power))
                terms.append((number, i, monomial, int(c)))
    return GivenFields(tuple(names), set(denominators) != {1}, tuple(factors),
                       table=TermTable.from_terms(len(names), terms),
                       denominators=tuple(denominators))


def _keys(rows: Sequence[Any]) -> list:
    if not isinstance(rows[0], Mapping):
        if len(rows[0]) == 1:
            # one entry and one symbol leave no choice
            found = {s.name: s for row in rows for entry in row
                     for s in _expression(entry, "entry 0").free_symbols}
            if len(found) == 1:
                return list(found.values())
        raise ValueError("variables: got None, but entries are symbolic, and which variable each "
                         "entry belongs to is not known; give variables=[...] in the order of the "
                         "entries, or fields as dictionaries {x: ..., y: ...}")
    keys: dict[str, Any] = {}
    for row in rows:
        for key in row:
            keys.setdefault(_name(key), key)
    if not keys:
        raise ValueError("fields: got empty dictionaries; expected variables with their entries")
    return list(keys.values())


def _in_order(row: Any, names: list[str], number: int) -> list:
    if not isinstance(row, Mapping):
        return row
    given = {_name(key): entry for key, entry in row.items()}
    if len(given) < len(row):
        raise ValueError(f"fields: field {number} has two entries for one variable")
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ValueError(f"fields: field {number} has an entry for {unknown[0]}, which is none of "
                         f"the variables {', '.join(names)}")
    return [given.get(name, 0) for name in names]


def _name(variable: Any) -> str:
    # the name of a variable: of a symbol, or as it is
    if is_of_symbolic_ring(variable):
        variable = variable._sympy_()
    name = variable.name if isinstance(variable, sympy.Symbol) else variable
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"variables: got {shown(variable)}, expected symbols or names, of "
                         "letters, digits and underscores")
    return name


def _expression(entry: Any, where: str) -> Any:
    # an entry of any kind as an expression of SymPy
    if is_of_symbolic_ring(entry):
        try:
            entry = entry._sympy_()
        except (AttributeError, NotImplementedError, TypeError, ValueError):
            raise TypeError(f"fields: {where} is {shown(entry)}; expected {ACCEPTED}") from None
        if isinstance(entry, sympy.Lambda):  # a function such as f(x) = x^2
            entry = entry.expr
    if isinstance(entry, sympy.Poly):
        entry = entry.as_expr()
    if is_of_sympy(entry):
        return entry
    if not is_exact_number(entry):
        kind = "a text, and texts are not read" if isinstance(entry, str) else (
            f"of {type(entry).__name__}")
        raise TypeError(f"fields: {where} is {shown(entry)}, {kind}; expected {ACCEPTED}")
    number = exact_rational(entry)
    return sympy.Rational(number.numerator, number.denominator)


class _Reader:
    # expressions as quotients of two polynomials of SymPy

    def __init__(self, names: list[str], symbols: list[Any]) -> None:
        self.ring = PolyRing(names, sympy.QQ, "lex")
        self._generators = dict(zip(names, self.ring.gens))
        # symbols of one name can be different ones, by what is assumed of them
        self._symbols = {s.name: s for s in symbols}

    def quotient(self, entry: Any, where: str) -> tuple[PolyElement, PolyElement]:
        self._where = where
        above, below = self._value(_expression(entry, where))
        return above.cancel(below)

    def _value(self, e: Any) -> tuple[PolyElement, PolyElement]:
        one = self.ring.one
        if e.is_Symbol:
            return self._symbol(e), one
        if e.is_Rational:
            return self.ring(sympy.QQ(int(e.p), int(e.q))), one
        if e.is_Add:
            return self._sum([self._value(part) for part in e.args])
        if e.is_Mul:
            above = below = one
            for part in e.args:
                a, b = self._value(part)
                above, below = self._product(above, a), self._product(below, b)
            return above, below
        if e.is_Pow and e.exp.is_Integer:
            above, below = self._value(e.base)
            if e.exp < 0:
                if not above:
                    raise ValueError(f"fields: {self._where} is divided by zero")
                above, below = below, above
            return self._power(above, abs(int(e.exp))), self._power(below, abs(int(e.exp)))
        if e.is_Float:
            raise TypeError(f"fields: {self._where} has the float {e} in it; expected exact "
                            f"numbers, such as {sympy.nsimplify(e, rational=True)}")
        raise TypeError(f"fields: {self._where} has {shown(e)} in it, which is no polynomial and "
                        f"no quotient of polynomials; expected {ACCEPTED}")

    def _symbol(self, e: Any) -> PolyElement:
        if e.name not in self._generators:
            raise ValueError(f"fields: {self._where} has {e} in it, which is none of the variables "
                             f"{', '.join(self._generators)}; a constant without a value is a "
                             "variable with the entry 0")
        if self._symbols.setdefault(e.name, e) != e:
            raise ValueError(f"fields: {self._where} has a symbol {e} in it that is not the "
                             "variable of that name, since other things are assumed of it")
        return self._generators[e.name]

    def _sum(self, parts: list[tuple[PolyElement, PolyElement]]) -> tuple[PolyElement, PolyElement]:
        sums: dict[PolyElement, dict] = {}
        for above, below in parts:
            total = sums.setdefault(below, {})
            for exponents, c in above.items():
                total[exponents] = total.get(exponents, 0) + c
        common = self.ring.one
        for below in sums:
            common = common.lcm(below)
        above = self.ring.zero
        for below, total in sums.items():
            polynomial = self.ring.from_dict({m: c for m, c in total.items() if c})
            above += self._product(polynomial, common.exquo(below))
        return above, common

    def _product(self, a: PolyElement, b: PolyElement) -> PolyElement:
        self._check(len(a) * len(b), _degree(a) + _degree(b))
        return a * b

    def _power(self, a: PolyElement, k: int) -> PolyElement:
        terms = len(a)
        self._check(math.comb(terms + k - 1, k) if terms > 1 and k <= limits.FIELD_DEGREE else 1,
                    k * _degree(a))
        if k > limits.FIELD_DEGREE:
            raise TooLarge(f"fields: {self._where} has a number to the power {k:,} in it")
        return a**k

    def _check(self, terms: int, degree: int) -> None:
        if degree > limits.FIELD_DEGREE:
            raise ValueError(f"fields: {self._where} has a product of degree {degree:,} in it; "
                             f"expected at most {limits.FIELD_DEGREE:,}")
        if terms > limits.SYMBOLIC_TERMS:
            raise TooLarge(f"fields: {self._where} has a product in it that expands to more than "
                           f"{limits.SYMBOLIC_TERMS:,} terms")


def _degree(a: PolyElement) -> int:
    return max((sum(exponents) for exponents in a), default=0)


def _cleared(quotients: Iterable[tuple[PolyElement, PolyElement]],
             ring: PolyRing) -> tuple[PolyElement, list[PolyElement]]:
    # the least common denominator, with coprime integer coefficients, and all entries times it
    quotients = list(quotients)
    factor = ring.one
    for _, below in quotients:
        factor = factor.lcm(below)
    factor = factor.clear_denoms()[1].primitive()[1]
    if factor.is_ground:
        factor = ring.one
    return factor, [above * factor.exquo(below) for above, below in quotients]

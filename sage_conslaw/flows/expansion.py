r"""
The fields of a flow as polynomials

The programs of a flow are run in tables of terms. Each monomial in the controls has a field
of its own, its coefficient: together they are the fields for all values of the controls.

Fields with denominators are multiplied by them, which changes neither laws nor traces: a
field by the smallest power of each denominator that makes all of its entries polynomials. Where
a denominator depends on the controls, the fields for all values of them are multiplied by one
power, before their monomials are told apart.
"""
from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from sage_conslaw.arithmetic.monomials import widened
from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.flows.field_programs import FieldPrograms
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.term_tables import (
    PADDING,
    Terms,
    TermTables,
    combined,
    control_order,
    first_variables,
)
from sage_conslaw.program.instructions import Program

Polynomial = dict[tuple[int, ...], int]


def expanded_fields(programs: FieldPrograms, most: int) -> tuple[TermTable, tuple[int, ...]]:
    r"""
    Return the fields of a flow as a table of their terms, and their denominators.

    INPUT:

    - ``programs`` -- the programs of the flow
    - ``most`` -- more terms raise ``TooLarge``

    OUTPUT: the table, the drift first if there is one, then the fields of the data. They
    are ordered by their monomials in the controls: those of few factors first, cotangents
    before gates and gates before data; and a positive integer for each field, by which its
    terms have been multiplied.

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow
        sage: from sage_conslaw.flows.expansion import expanded_fields
        sage: flow = MomentumFlow(LinearNetwork([1, 1]), 1/2)
        sage: table, denominators = expanded_fields(flow.programs, 100)
        sage: table.factors.tolist(), table.coefficients.tolist(), denominators
        ([[0], [2], [2], [3]], [1, 2, -1, 1], (2, 1))
    """
    program = programs.data_field
    controls = control_order(program)
    size = programs.number_of_variables
    first = first_variables(program, program.numbers("parameter"), 0)
    first.update(first_variables(program, controls, size))
    total = size + sum(program[k].size for k in controls)
    tables = TermTables(first, total, most)
    data = _components(tables, program, programs)
    chosen = _inverses_of_controls(tables.inverted, size, total)
    if any(chosen):
        # all fields at once: what is multiplied by such a denominator has other controls
        data = _cleared(combined(data), size, tables.inverted, total, chosen)
    keys, field = _grouped_by_control(data, size, total)
    data = Terms(field * size + data.entry, _without_controls(data.factors, size, total),
                 data.coefficient, data.denominator)
    parts, number = [data], len(keys)
    if programs.drift is not None:
        state = first_variables(programs.drift, programs.drift.numbers("parameter"), 0)
        drift = _components(TermTables(state, total, most).sharing(tables), programs.drift,
                            programs)
        parts = [drift, Terms(data.entry + size, data.factors, data.coefficient,
                              data.denominator)]
        number += 1
    return _table(parts, max(number, 1), size, tables.inverted, total)


def _components(tables: TermTables, program: Program, programs: FieldPrograms) -> Terms:
    # the terms of all outputs, numbered by their variable
    tables.prepare(program)
    values = run(tables, program, tables.variables_of(program))
    parts, start = [], 0
    for output, block in zip(program.outputs, programs.sizes, strict=True):
        if output is not None:
            value = values[output]
            parts.append(Terms(value.entry + start, value.factors, value.coefficient,
                               value.denominator))
        start += block
    if not parts:
        return Terms(np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int32),
                     np.zeros(0, dtype=np.int64))
    total = parts[0]
    for part in parts[1:]:
        total = tables.add(program[0], total, part)
    return total


def _grouped_by_control(a: Terms, size: int, total: int) -> tuple[np.ndarray, np.ndarray]:
    # the monomials in the controls in order, and which of them each term has
    inside = (a.factors >= size) & (a.factors < total)
    lengths = inside.sum(axis=1)
    width = int(lengths.max(initial=0))
    # rows are sorted: the controls of a row are next to each other
    start = (a.factors < size).sum(axis=1)
    columns = start[:, None] + np.arange(width)
    valid = np.arange(width) < lengths[:, None]
    keys = np.full((len(a), width + 1), -1, dtype=np.int64)
    keys[:, 0] = lengths
    row, column = np.nonzero(valid)
    keys[row, column + 1] = a.factors[row, columns[row, column]]
    if not len(a):
        return keys, np.zeros(0, dtype=np.int64)
    if (total + 2)**(width + 1) < 2**63:  # then one number says it all
        code = np.zeros(len(a), dtype=np.int64)
        for column in keys.T:
            code = code * (total + 2) + column + 1
        order = np.argsort(code, kind="stable")
    else:
        order = np.lexsort(keys.T[::-1])
    new = np.ones(len(order), dtype=bool)
    new[1:] = (keys[order][1:] != keys[order][:-1]).any(axis=1)
    field = np.empty(len(order), dtype=np.int64)
    field[order] = np.cumsum(new) - 1
    return keys[order][new], field


def _without_controls(factors: np.ndarray, size: int, total: int) -> np.ndarray:
    kept = np.where((factors >= size) & (factors < total), PADDING, factors)
    kept.sort(axis=1)
    width = int((kept < PADDING).sum(axis=1).max(initial=0))
    return kept[:, :width]


def _table(parts: list[Terms], number: int, size: int,
           inverted: list[tuple[Polynomial, int]], total: int
           ) -> tuple[TermTable, tuple[int, ...]]:
    denominator = math.lcm(*(part.denominator for part in parts))
    width = max(part.factors.shape[1] for part in parts)
    factors = np.vstack([widened(part.factors, width, PADDING) for part in parts])
    whole = combined(Terms(
        np.concatenate([part.entry for part in parts]), factors,
        np.concatenate([part.coefficient.astype(object) * (denominator // part.denominator)
                        for part in parts]), denominator))
    if inverted:
        whole = _cleared(whole, size, inverted, total)
    field, component = np.divmod(whole.entry, size)
    coefficients = whole.coefficient.astype(object)
    shared = [0] * number
    for f, c in zip(field.tolist(), coefficients.tolist(), strict=True):
        shared[f] = math.gcd(shared[f], c)
    common = [math.gcd(whole.denominator, x) or whole.denominator for x in shared]
    if whole.denominator > 1:
        coefficients = np.array([c // common[f] for f, c in zip(
            field.tolist(), coefficients.tolist(), strict=True)], dtype=object)
    factors = np.where(whole.factors == PADDING, size, whole.factors).astype(np.int32)
    table = TermTable(size, field, component, factors, coefficients)
    return table, tuple(whole.denominator // x for x in common)


def _inverses_of_controls(inverted: list[tuple[Polynomial, int]], size: int,
                          total: int) -> list[bool]:
    # of which inverses the denominators depend on controls, by other inverses too
    found: list[bool] = []
    for polynomial, _ in inverted:
        found.append(any(size <= x < total or x >= total and found[x - total]
                         for monomial in polynomial for x in monomial))
    return found


def _cleared(a: Terms, size: int, inverted: list[tuple[Polynomial, int]], total: int,
             chosen: list[bool] | None = None) -> Terms:
    # polynomial by polynomial, for this is about flows with few denominators; of the inverses
    # chosen, or of all
    fields: dict[int, dict[int, Polynomial]] = {}
    for entry, row, c in zip(a.entry.tolist(), a.factors.tolist(), a.coefficient.tolist(),
                             strict=True):
        field, component = divmod(entry, size)
        monomial = tuple(x for x in row if x != PADDING)
        fields.setdefault(field, {}).setdefault(component, {})[monomial] = c
    entries: list[int] = []
    monomials: list[tuple[int, ...]] = []
    numbers: list[int] = []
    for field, components in fields.items():
        for j in range(len(inverted) - 1, -1, -1):
            if chosen is None or chosen[j]:
                components = _multiplied(components, total + j, *inverted[j])
        for component, polynomial in components.items():
            for monomial, c in polynomial.items():
                entries.append(field * size + component)
                monomials.append(monomial)
                numbers.append(c)
    width = max(map(len, monomials), default=0)
    factors = np.full((len(monomials), width), PADDING, dtype=np.int32)
    for row, monomial in enumerate(monomials):
        factors[row, :len(monomial)] = monomial
    return combined(Terms(np.array(entries, dtype=np.int64), factors,
                          np.array(numbers, dtype=object), a.denominator))


def _multiplied(components: Mapping[int, Polynomial], inverse: int, polynomial: Polynomial,
                denominator: int) -> dict[int, Polynomial]:
    # all entries of a field times the power of z = polynomial / denominator that clears 1 / z,
    # and times a number
    power = max((monomial.count(inverse) for entry in components.values() for monomial in entry),
                default=0)
    if not power:
        return dict(components)
    powers: list[Polynomial] = [{(): 1}]
    for _ in range(power):
        powers.append(product(powers[-1], polynomial))
    result: dict[int, Polynomial] = {}
    for component, entry in components.items():
        total: Polynomial = {}
        for monomial, c in entry.items():
            used = monomial.count(inverse)
            rest = tuple(x for x in monomial if x != inverse)
            # (p / d)^power / (p / d)^used, and all entries times d^power
            for other, e in powers[power - used].items():
                key = tuple(sorted(rest + other))
                total[key] = total.get(key, 0) + c * e * denominator**used
        result[component] = {m: c for m, c in total.items() if c}
    return result


def product(a: Polynomial, b: Polynomial) -> Polynomial:
    r"""
    Return the product of two polynomials.

    EXAMPLES::

        sage: from sage_conslaw.flows.expansion import product
        sage: product({(0,): 1, (1,): 1}, {(0,): 1, (1,): -1})
        {(0, 0): 1, (1, 1): -1}
    """
    total: Polynomial = {}
    for left, c in a.items():
        for right, d in b.items():
            key = tuple(sorted(left + right))
            total[key] = total.get(key, 0) + c * d
    return {m: c for m, c in total.items() if c}

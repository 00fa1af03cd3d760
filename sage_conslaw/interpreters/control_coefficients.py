r"""
The coefficients of a pairing by monomials in its controls, at elements of a ring
"""
from __future__ import annotations

from typing import Any

import numpy as np

from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.term_tables import (
    PADDING,
    TermTables,
    combined,
    control_order,
    first_variables,
)
from sage_conslaw.program.instructions import Program


def control_coefficients(pairing: Program, theta: list[np.ndarray]) -> list[Any]:
    r"""
    Return the coefficients of a number by monomials in the controls of its program.

    INPUT:

    - ``pairing`` -- a program without denominators, whose one output is a number
    - ``theta`` -- list of arrays, one for each parameter, with entries in any ring

    OUTPUT: list of elements of the ring, in the order of the monomials: those of few factors
    first, cotangents before gates and gates before data.
    """
    parameters = pairing.numbers("parameter")
    size = sum(pairing[k].size for k in parameters)
    controls = control_order(pairing)
    first = first_variables(pairing, parameters, 0)
    first.update(first_variables(pairing, controls, size))
    tables = TermTables(first, size + sum(pairing[k].size for k in controls))
    tables.prepare(pairing)
    values = run(tables, pairing, tables.variables_of(pairing))
    whole = combined(values[pairing.outputs[0]])
    entries = [x for block in theta for x in np.asarray(block, dtype=object).ravel()]
    total: dict[tuple[int, tuple[int, ...]], Any] = {}
    for row, c in zip(whole.factors.tolist(), whole.coefficient.tolist(), strict=True):
        factors = [x for x in row if x != PADDING]
        key = tuple(x for x in factors if x >= size)
        term = None if c == whole.denominator == 1 else (
            c if whole.denominator == 1 else c / whole.denominator)
        for x in factors:
            if x < size:
                term = entries[x] if term is None else term * entries[x]
        term = 1 if term is None else term
        place = len(key), key
        total[place] = total[place] + term if place in total else term
    return [total[place] for place in sorted(total)]

r"""
What kinds of fields and entries users give, asked without loading Sage or SymPy

EXAMPLES::

    sage: from sage_conslaw.flows.entries import table_rows
    sage: table_rows([(1, 2), vector([3, 4])]), table_rows([1, 2])
    ([[1, 2], [3, 4]], None)
"""
from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.system import limits
from sage_conslaw.system.messages import counted, shown
from sage_conslaw.system.of_sage import is_element, is_matrix, is_vector

#: What entries are accepted, in messages.
ACCEPTED = "polynomials over ZZ or QQ, all of one Sage polynomial ring, or symbolic expressions"


@dataclass(frozen=True)
class GivenFields:
    r"""
    Fields that were read.

    ATTRIBUTES:

    - ``names`` -- the names of the variables
    - ``rational`` -- whether coefficients are rational numbers, not integers
    - ``factors`` -- what each field was multiplied by to be polynomial
    - ``ring``, ``fields`` -- the polynomial ring, and the fields as tuples of its elements,
      where entries are polynomials of Sage
    - ``table``, ``denominators`` -- otherwise the terms with integer coefficients, and for each
      field the integer that it was multiplied by for that
    """

    names: tuple[str, ...]
    rational: bool
    factors: tuple[Any, ...]
    ring: Any = None
    fields: list[tuple] | None = None
    table: TermTable | None = None
    denominators: tuple[int, ...] = ()


def table_rows(table: Any, most: int = limits.GIVEN_FIELDS,
               most_entries: int = limits.GIVEN_ENTRIES,
               names: tuple[str, str] = ("fields", "field")) -> list | None:
    r"""
    Return the rows of a table as lists, or ``None`` if it is no table; dictionaries are left.

    INPUT:

    - ``table`` -- anything
    - ``most``, ``most_entries`` -- more rows, or more entries of a row, raise ``ValueError``
    - ``names`` -- what the table and a row are called in the message of it

    A polynomial is no row, though Sage iterates over its terms.

    TESTS::

        sage: from sage_conslaw.flows.entries import table_rows
        sage: table_rows([ZZ])
        Traceback (most recent call last):
        ...
        ValueError: fields: field 0 is Integer Ring, with more than 32,000 entries
    """
    whole, one = names
    if _is_of("sympy.matrices", "MatrixBase", table):
        table = table.tolist()
    if isinstance(table, (str, bytes)) or (is_element(table) and not is_matrix(table)):
        return None
    try:
        # parents of Sage that cannot be iterated over raise the second one
        given = list(itertools.islice(iter(table), most + 1))
    except (TypeError, NotImplementedError):
        return None
    if given and _row(given[0], most_entries) is None:
        return None
    if len(given) > most:
        raise ValueError(f"{whole}: got {shown(table)}, with more than {most:,} {one}s")
    rows = [_row(row, most_entries) for row in given]
    for number, row in enumerate(rows):
        if row is None:
            return None
        if not isinstance(row, Mapping) and len(row) > most_entries:
            raise ValueError(f"{whole}: {one} {number} is {shown(given[number])}, with more than "
                             f"{most_entries:,} entries")
    return rows


def _row(row: Any, most: int) -> Any:
    # a row as a list of one more entry than there may be; None if it is none
    if isinstance(row, Mapping):
        return row
    if isinstance(row, (str, bytes)) or (is_element(row) and not is_vector(row)):
        return None
    try:
        return list(itertools.islice(iter(row), most + 1))
    except (TypeError, NotImplementedError):
        return None


def check_lengths(rows: Iterable[list], size: int, expected: str) -> None:
    r"""
    Refuse rows that do not have an entry for each variable.

    EXAMPLES::

        sage: from sage_conslaw.flows.entries import check_lengths
        sage: check_lengths([[1]], 2, "one for each generator")
        Traceback (most recent call last):
        ...
        ValueError: fields: field 0 has 1 entry, expected 2, one for each generator
    """
    for number, row in enumerate(rows):
        if len(row) != size:
            entries = counted(len(row), "entry") if len(row) == 1 else f"{len(row)} entries"
            raise ValueError(f"fields: field {number} has {entries}, expected {size}, {expected}")


def is_of_sympy(value: Any) -> bool:
    r"""
    Return whether a value is an expression of SymPy, without loading SymPy.

    EXAMPLES::

        sage: import sympy
        sage: from sage_conslaw.flows.entries import is_of_sympy
        sage: is_of_sympy(sympy.Symbol("x")), is_of_sympy(SR.var("x"))
        (True, False)
    """
    return _is_of("sympy", "Basic", value)


def is_of_symbolic_ring(value: Any) -> bool:
    r"""
    Return whether a value is an expression of Sage, without loading Sage.

    EXAMPLES::

        sage: from sage_conslaw.flows.entries import is_of_symbolic_ring
        sage: is_of_symbolic_ring(SR.var("x")), is_of_symbolic_ring(polygen(QQ))
        (True, False)
    """
    return _is_of("sage.symbolic.expression", "Expression", value)


def _is_of(module: str, kind: str, value: Any) -> bool:
    # what is not loaded has no instances
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, kind))


def is_exact_number(entry: Any) -> bool:
    r"""
    Return whether an entry is an integer or a rational of Python, NumPy or Sage.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.flows.entries import is_exact_number
        sage: [is_exact_number(x) for x in (1, 1/2, np.int64(3), True, 0.5, "1")]
        [True, True, True, False, False, False]
    """
    if isinstance(entry, (bool, np.bool_, str)) or is_of_sympy(entry):
        return False
    if is_element(entry):
        return type(entry).__module__ in ("sage.rings.integer", "sage.rings.rational")
    return hasattr(entry, "numerator") and hasattr(entry, "denominator")

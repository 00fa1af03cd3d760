r"""
Reading the fields that users give

Entries are polynomials of Sage, or expressions of SymPy or of Sage's symbolic ring; a field is
a sequence of entries, or a dictionary from variables to entries. Here is found out which, and
what is no table, or endless, is refused. Entries are read in
:mod:`~sage_conslaw.flows.sage_entries` and :mod:`~sage_conslaw.flows.symbolic_entries`, and
neither Sage nor SymPy is loaded unless they are of it.

EXAMPLES::

    sage: from sage_conslaw.flows.reading import read_fields
    sage: R.<x, y> = QQ[]
    sage: found = read_fields([[1, x/y]])
    sage: found.names, found.fields, found.factors
    (('x', 'y'), [(y, x)], (y,))
"""
from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from sage_conslaw.flows.entries import (
    ACCEPTED,
    GivenFields,
    is_of_symbolic_ring,
    is_of_sympy,
    table_rows,
)
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.of_sage import is_element

#: What fields are accepted, in messages.
FIELDS = (f"a list of fields, each a list of {ACCEPTED}, or a dictionary from variables to these")


def read_fields(fields: Any, ring: Any = None, variables: Any = None) -> GivenFields:
    r"""
    Read fields, or raise an error that names what is wrong.

    INPUT: as for :class:`~sage_conslaw.flows.vector_fields.VectorFields`

    TESTS::

        sage: from sage_conslaw.flows.reading import read_fields
        sage: read_fields(ZZ)
        Traceback (most recent call last):
        ...
        TypeError: fields: got Integer Ring; expected a list of fields, each a list of ...
    """
    if isinstance(fields, np.ndarray) and fields.ndim == 2:
        raise TypeError("fields: got an array; expected a list of fields. For an array with one "
                        "row a variable and one column a field, as in the notebooks, use "
                        "VectorFields.from_array")
    if isinstance(fields, Mapping):
        fields = [fields]
    rows = table_rows(fields)
    if rows is None:
        raise TypeError(f"fields: got {shown(fields)}; expected {FIELDS}")
    if not rows:
        raise ValueError("fields: got no field; expected at least one")
    dictionaries = [isinstance(row, Mapping) for row in rows]
    if any(dictionaries) and not all(dictionaries):
        raise TypeError("fields: got dictionaries and lists; expected one kind of field")
    if all(dictionaries) and not any(rows) and variables is None and ring is None:
        raise ValueError("fields: got empty dictionaries; expected variables with their entries")
    chosen = None if variables is None else _variables(variables)
    entries = [entry for row in rows for entry in (
        [*row.keys(), *row.values()] if isinstance(row, Mapping) else row)]
    polynomial = any(_is_polynomial(entry) for entry in entries)
    if not polynomial and ring is None and (chosen is not None or any(
            is_of_sympy(entry) or is_of_symbolic_ring(entry) for entry in entries)):
        from sage_conslaw.flows.symbolic_entries import read_symbolic
        return read_symbolic(rows, chosen)
    if chosen is not None:
        raise ValueError(f"variables: got {shown(variables)}, but the variables are the generators "
                         "of the polynomial ring of the entries; expected None")
    return _sage_reader().read_polynomials(rows, ring)


def columns_of(array: Any) -> list[list]:
    r"""
    Return the columns of an array of shape variables x fields.

    EXAMPLES::

        sage: from sage_conslaw.flows.reading import columns_of
        sage: columns_of([[1, 2, 3], [4, 5, 6]])
        [[1, 4], [2, 5], [3, 6]]
    """
    rows = table_rows(array, limits.GIVEN_ENTRIES, limits.GIVEN_FIELDS, ("array", "row"))
    if (rows is None or getattr(array, "ndim", 2) != 2
            or any(isinstance(row, Mapping) for row in rows)):
        raise TypeError(f"array: got {shown(array)}; expected an array of shape variables x fields")
    if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError(f"array: rows of lengths {sorted({len(row) for row in rows})}; expected "
                         "an array of shape variables x fields, all rows of one length and not "
                         "empty")
    return [list(column) for column in zip(*rows)]


def _variables(variables: Any) -> list:
    refused = (f"variables: got {shown(variables)}, expected a list of symbols or of names, one "
               "for each entry of a field")
    if isinstance(variables, (str, bytes)) or is_of_sympy(variables) or is_element(variables):
        raise TypeError(refused)
    try:
        chosen = list(itertools.islice(iter(variables), limits.GIVEN_ENTRIES + 1))
    except TypeError:
        raise TypeError(refused) from None
    if not chosen or len(chosen) > limits.GIVEN_ENTRIES:
        raise ValueError(refused)
    return chosen


def _is_polynomial(entry: Any) -> bool:
    # of Sage, or a quotient of such
    return is_element(entry) and type(entry).__module__.startswith(
        ("sage.rings.polynomial", "sage.rings.fraction_field"))


def _sage_reader() -> Any:
    try:
        from sage_conslaw.flows import sage_entries
    except ImportError as problem:
        raise ImportError("fields: entries are polynomials of Sage, which cannot be imported here "
                          f"({problem}); expressions of SymPy, and the fields of a flow, need no "
                          "Sage") from None
    return sage_entries

r"""
The values of polynomials at points that come as arrays, as blocks or as numbers

Integers, of any size, and rationals stay exact; floats stay floats.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sage_conslaw.system import limits
from sage_conslaw.system.checks import bounded_list
from sage_conslaw.system.messages import shown
from sage_conslaw.system.of_sage import is_element, is_matrix, is_vector


#: Names and shapes of the arrays whose entries the variables are, in their order.
Blocks = tuple[tuple[str, tuple[int, ...]], ...]


def columns_of(theta: tuple, size: int, blocks: Blocks | None) -> tuple[Sequence[Any], bool]:
    r"""
    Return the values of the variables one by one, and whether they are floats.

    INPUT:

    - ``theta`` -- a tuple of ``size`` numbers; or of one array of shape `(\dots, D)`, or of one
      dictionary from the names of the blocks to arrays
    - ``size`` -- the number `D` of variables
    - ``blocks`` -- pairs (name, shape), or ``None``

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.laws.evaluation import columns_of
        sage: columns_of((np.array([[1.0, 2.0], [3.0, 4.0]]),), 2, None)
        ([array([1., 3.]), array([2., 4.])], True)
        sage: columns_of((1, 2/3), 2, None)
        ([1, 2/3], False)
    """
    if len(theta) == 1 and isinstance(theta[0], Mapping):
        theta = (_flat(theta[0], blocks),)
    columns = _listed(theta[0]) if len(theta) == 1 else theta
    found = columns.shape[-1] if isinstance(columns, np.ndarray) else len(columns)
    if found != size:
        raise ValueError(f"theta: got {found} entries along the last axis, expected {size}, "
                         "one for each variable")
    if not isinstance(columns, np.ndarray):
        # integers of NumPy would overflow
        columns = [int(c) if isinstance(c, np.integer) else c for c in columns]
        return columns, any(isinstance(c, (float, complex, np.inexact)) for c in columns)
    floating = columns.dtype.kind in "fc"
    if not floating:
        columns = columns.astype(object)
    return [columns[..., i] for i in range(size)], floating


def _listed(given: Any) -> Sequence[Any]:
    # an array whose last axis runs over the variables, or the list of their values
    if is_vector(given):
        return list(given)
    if is_matrix(given):  # rows are points
        given = [list(row) for row in given.rows()]
    if is_element(given):
        return [given]
    if not isinstance(given, np.ndarray) and hasattr(given, "__array__"):
        given = np.asarray(given)
    if isinstance(given, np.ndarray):
        return given if given.ndim else given.reshape(1)
    if not isinstance(given, Iterable):
        return [given]
    # numbers, or points one by one, but not without end
    values = bounded_list(given, "theta", "the values of the variables", limits.POINT_ENTRIES)
    if not values or not isinstance(values[0], Iterable) or isinstance(values[0], str):
        for value in values:
            _check_number(value, "theta")
        return values
    return _array(values, "theta", "points")


def _array(values: Any, name: str, noun: str) -> np.ndarray:
    # an array of numbers; NumPy says less of what is none
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name}: got {shown(values)}, expected {noun} of one length") from None
    if array.dtype.kind not in "biufcO":
        raise TypeError(f"{name}: got {shown(values)}, expected numbers")
    for entry in array.ravel() if array.dtype == object else ():
        _check_number(entry, name)
    return array


def _check_number(value: Any, name: str) -> None:
    if isinstance(value, (str, bytes, Mapping, list, tuple)) or value is None:
        raise TypeError(f"{name}: got {shown(value)}, expected a number")


def _flat(arrays: Mapping, blocks: Blocks | None) -> np.ndarray:
    # the blocks side by side
    if blocks is None:
        raise TypeError(f"theta: got {shown(arrays)}, expected an array: the variables of the "
                        "law are entries of no blocks")
    names = [name for name, _ in blocks]
    if set(arrays) != set(names):
        raise ValueError(f"theta: got the blocks {', '.join(map(str, arrays))}, expected "
                         f"{', '.join(names)}")
    parts, points = [], set()
    for name, shape in blocks:
        array = _array(arrays[name], f"theta[{name!r}]", "rows")
        axes = array.ndim - len(shape)
        if axes < 0 or array.shape[axes:] != shape:
            raise ValueError(f"theta[{name!r}]: got an array of shape {array.shape}, expected "
                             f"{shape}, axes before which number points")
        points.add(array.shape[:axes])
        parts.append(array.reshape(array.shape[:axes] + (-1,)))
    if len(points) > 1:
        raise ValueError("theta: the axes before the shapes of the blocks differ: "
                         f"{', '.join(map(str, sorted(points)))}")
    if all(part.dtype.kind in "fcbiu" for part in parts) and any(
            part.dtype.kind in "fc" for part in parts):
        return np.concatenate(parts, axis=-1)
    return np.concatenate([part.astype(object) for part in parts], axis=-1)


def value_of(terms: Iterable[tuple[tuple[int, ...], Any]], columns: Sequence[Any],
             floating: bool) -> Any:
    r"""
    Return the sum of terms at the values of the variables.

    INPUT:

    - ``terms`` -- pairs of the indices of a monomial's factors and a coefficient
    - ``columns``, ``floating`` -- as :func:`columns_of` returns them

    EXAMPLES::

        sage: from sage_conslaw.laws.evaluation import value_of
        sage: value_of([((0, 0), 3), ((1,), -1)], [2, 5], False)
        7
    """
    # each power of a variable is computed once
    powers: dict[tuple[int, int], Any] = {}
    total: Any = 0
    for monomial, c in terms:
        product: Any = float(c) if floating else c
        for variable in set(monomial):
            key = (variable, monomial.count(variable))
            if key not in powers:
                powers[key] = columns[variable]**key[1]
            product = product * powers[key]
        total = total + product
    return total


def filled(value: Any, columns: Sequence[Any]) -> Any:
    r"""
    Return a value in the shape of the points, also where no variable takes part in it.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.laws.evaluation import filled
        sage: filled(3, [np.array([1.0, 2.0])])
        array([3., 3.])
    """
    shape = np.shape(columns[0]) if columns and isinstance(columns[0], np.ndarray) else ()
    if shape and np.shape(value) != shape:
        return np.full(shape, value, dtype=columns[0].dtype)
    return value

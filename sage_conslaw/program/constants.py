r"""
Numbers of all kinds as exact fractions

EXAMPLES::

    sage: from sage_conslaw.program.constants import exact_array
    sage: exact_array([1, 1/2], "X").tolist()
    [Fraction(1, 1), Fraction(1, 2)]
"""
from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.of_sage import is_matrix
from sage_conslaw.system.rationals import exact_rational

#: What is accepted as a number, in messages.
ACCEPTED = "integers, fractions, rationals of Sage, or finite floats"


class RoundedFraction(UserWarning):
    r"""
    A float was given that is not the fraction it looks like.
    """


def exact_array(value: Any, name: str) -> np.ndarray:
    r"""
    Return numbers, or nested sequences of them, as an object array of fractions.

    INPUT:

    - ``value`` -- a number or an array of numbers: integers, fractions, rationals of Sage,
      floats. A float is the binary fraction that it is; a :class:`RoundedFraction` warning
      says so where it is next to a fraction with a small denominator.
    - ``name`` -- what they are, for messages

    EXAMPLES::

        sage: from sage_conslaw.program.constants import exact_array
        sage: exact_array(0.5r, "c").item()
        Fraction(1, 2)
        sage: exact_array("1/2", "c")
        Traceback (most recent call last):
        ...
        TypeError: c: got '1/2', expected integers, fractions, rationals of Sage, or finite floats
        sage: exact_array(sqrt(2), "c")
        Traceback (most recent call last):
        ...
        TypeError: c: got sqrt(2), expected integers, fractions, rationals of Sage, or finite floats
    """
    shape, flat = _shape_and_entries(value, name)
    entries = [_exact(entry, name) for entry in flat]
    rounded = next((entry for entry in entries if isinstance(entry, _Rounded)), None)
    if rounded is not None:
        warnings.warn(
            f"{name}: the float {float(rounded)!r} is taken as the binary fraction it is, "
            f"{rounded}, and not as {rounded.near}; write Fraction({rounded.near.numerator}, "
            f"{rounded.near.denominator}) if you mean that", RoundedFraction, stacklevel=4)
    result = np.empty(len(entries), dtype=object)
    result[:] = [Fraction(entry) for entry in entries]
    return result.reshape(shape)


def _shape_and_entries(value: Any, name: str) -> tuple[tuple[int, ...], list]:
    # not left to NumPy, to which rationals of Sage pass themselves off as floats
    if isinstance(value, np.ndarray):
        # short floats would become long ones
        short = value.dtype.kind == "f" and value.dtype.itemsize < 8
        return value.shape, list(value.ravel()) if short else value.ravel().tolist()
    if is_matrix(value):
        value = [list(row) for row in value.rows()]
    elif callable(getattr(value, "dot_product", None)):  # a vector of Sage
        value = list(value)
    if not isinstance(value, (list, tuple)):
        return (), [value]
    parts = [_shape_and_entries(entry, name) for entry in value]
    if len({shape for shape, _ in parts}) > 1:
        raise ValueError(f"{name}: got {shown(value)}, expected rows of one length")
    inner = parts[0][0] if parts else ()
    return (len(parts),) + inner, [entry for _, flat in parts for entry in flat]


class _Rounded(Fraction):
    # a fraction that was a float, and the simple fraction it is next to
    near: Fraction


def _exact(entry: Any, name: str) -> Fraction:
    refused = TypeError(f"{name}: got {shown(entry)}, expected {ACCEPTED}")
    if isinstance(entry, (str, bytes, complex)):
        raise refused
    if isinstance(entry, (bool, int, Fraction, np.bool_)):
        return Fraction(int(entry) if isinstance(entry, np.bool_) else entry)
    if isinstance(entry, float):
        if not np.isfinite(entry):
            raise ValueError(f"{name}: got {shown(entry)}, expected {ACCEPTED}")
        return _of_float(entry)
    try:
        # symbolic constants of Sage have numerators too, of which the square root of 2 is one
        return Fraction(exact_rational(entry))
    except TypeError:
        pass
    # real numbers of Sage with 53 bits are floats
    if type(entry).__name__ in ("RealNumber", "RealLiteral", "RealDoubleElement",
                                "RealDoubleElement_gsl", "float64", "float32", "float16"):
        if getattr(entry, "prec", lambda: 53)() <= 53 and np.isfinite(float(entry)):
            kind = type(entry) if isinstance(entry, np.floating) else float
            return _of_float(float(entry), kind)
    raise refused


def near_fraction(exact: Fraction, kind: type = float) -> Fraction | None:
    r"""
    Return the simple fraction that a number is next to: another one, and the same as a float.

    EXAMPLES::

        sage: from fractions import Fraction
        sage: from sage_conslaw.program.constants import near_fraction
        sage: near_fraction(Fraction(0.1r)), near_fraction(Fraction(0.5r)) is None
        (Fraction(1, 10), True)
    """
    near = exact.limit_denominator(limits.NAMED_DENOMINATOR)
    return near if near != exact and kind(float(near)) == kind(float(exact)) else None


def _of_float(value: float, kind: type = float) -> Fraction:
    exact = Fraction(value)
    near = near_fraction(exact, kind)
    if near is None:
        return exact
    rounded = _Rounded(exact)
    rounded.near = near
    return rounded

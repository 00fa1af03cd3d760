r"""
Rates: dampings and decays, exactly

A rate is what a person means by it: a float is the shortest decimal that is that float, so
that ``0.9`` is 9/10, whereas numbers in a network are the binary fractions that they are.
"""
from __future__ import annotations

import math
import re
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.constants import RoundedFraction, near_fraction
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import ExactRational, exact_rational

_TEXT = re.compile(r"\s*([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})"
                   r"(?:[eE][+-]?[0-9]{1,2})?)"
                   r"(?:\s*/\s*([0-9]{1,40}))?\s*", re.ASCII)


def exact_rate(value: Any, name: str, accepted: str) -> ExactRational:
    r"""
    Return a non-negative rate as an exact rational.

    INPUT:

    - ``value`` -- an integer, a rational of any kind, a text such as ``"0.9"`` or ``"1/3"``,
      or a float, which stands for its shortest decimal
    - ``name``, ``accepted`` -- for the message of an error

    EXAMPLES::

        sage: from sage_conslaw.flows.rates import exact_rate
        sage: [exact_rate(x, "damping", "a rate") for x in (3, 1/3, "0.9", 0.9r, "2/7")]
        [3, 1/3, 9/10, 9/10, 2/7]
        sage: exact_rate(-1, "damping", "a non-negative rational")
        Traceback (most recent call last):
        ...
        ValueError: damping: got -1, expected a non-negative rational
    """
    rate = as_written(value, name, accepted)
    if rate < 0:
        raise ValueError(f"{name}: got {shown(value)}, expected {accepted}")
    return rate


def as_written(value: Any, name: str, accepted: str) -> ExactRational:
    r"""
    Return a number as the exact rational that a person means by it.

    INPUT: as for :func:`exact_rate`

    EXAMPLES::

        sage: from sage_conslaw.flows.rates import as_written
        sage: [as_written(x, "k", "a number") for x in (-1, "-1/2", -0.5r)]
        [-1, -1/2, -1/2]
        sage: as_written("1/0", "k", "a rational number")
        Traceback (most recent call last):
        ...
        ValueError: k: got '1/0', expected a rational number
    """
    refused = f"{name}: got {shown(value)}, expected {accepted}"
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(refused)
    if isinstance(value, str):
        match = _TEXT.fullmatch(value)
        if not match or (match[2] and not int(match[2])):
            raise ValueError(refused)
        return ExactRational(Fraction(match[1]) / Fraction(match[2] or 1))
    if isinstance(value, Decimal) or _is_float(value):
        if not np.isfinite(float(value)):
            raise ValueError(refused)
        if isinstance(value, Decimal):
            return ExactRational(Fraction(value))
        # a float of NumPy has a shortest decimal of its own length; Sage's, of 53 bits, Python's
        # and one of more bits shows its digits
        text = (str(value) if isinstance(value, np.floating) or getattr(
            value, "prec", lambda: 53)() > 53 else repr(float(value)))
        return _decimal(Fraction(text), text, name)
    try:
        return exact_rational(value)
    except TypeError:
        raise TypeError(refused) from None


def _decimal(exact: Fraction, text: str, name: str) -> ExactRational:
    near = near_fraction(exact)
    if exact.denominator > limits.SHORT_DECIMAL and near is not None:
        warnings.warn(f"{name}: the float {text} is taken as the decimal it is, and not as {near}; "
                      f"write Fraction({near.numerator}, {near.denominator}) if you mean that",
                      RoundedFraction, stacklevel=5)
    return ExactRational(exact)


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) or (
        type(value).__name__ in ("RealNumber", "RealLiteral", "RealDoubleElement",
                                 "RealDoubleElement_gsl")
        and getattr(value, "prec", lambda: 53)() >= 53)


def common_measure(rates: list[Fraction]) -> Fraction:
    r"""
    Return the largest rational of which all positive rates are integer multiples.

    EXAMPLES::

        sage: from fractions import Fraction
        sage: from sage_conslaw.flows.rates import common_measure
        sage: common_measure([Fraction("1/2"), Fraction("1/3")])
        Fraction(1, 6)
    """
    denominator = math.lcm(*(rate.denominator for rate in rates))
    return Fraction(math.gcd(*(int(rate * denominator) for rate in rates)), denominator)


def time_degree_for(known: int | None, degree: int) -> int | None:
    r"""
    Return the degree in the time that laws of a degree in the other variables need.

    INPUT:

    - ``known`` -- the degree in the time of laws of degree 2, or ``None``
    - ``degree`` -- a non-negative integer

    ALGORITHM: Where `\theta` decays like `e^{-\lambda t}`, each factor of a law needs an
    `e^{\lambda t}`: the degree in the time grows with that of the law. Under a damping each
    velocity needs one; the known laws have one in two factors, and so have products of them.

    EXAMPLES::

        sage: from sage_conslaw.flows.rates import time_degree_for
        sage: [time_degree_for(3, d) for d in range(6)], time_degree_for(None, 2)
        ([3, 3, 3, 4, 6, 7], None)
    """
    return None if known is None else known * max(degree, 2) // 2

r"""
Functions that are no rational ones, a row each

A program applies them entry by entry. Each is known by a differential or an algebraic equation,
so that a series of it follows from its first coefficient, and by its derivative:

===========  =======================================  ==========================
name         what it is                               derivative
===========  =======================================  ==========================
``exp``      `e^z`                                    itself
``log``      the logarithm, of a positive `z`         `1 / z`
``sqrt``     the positive root `s` of `s^2 = z`       `1 / (2 s)`
``gauss``    `e^{-z^2/2} / \sqrt{2 \pi}`              `-z` times itself
``normal``   its integral from `-\infty` to `z`       ``gauss``, its second operand
===========  =======================================  ==========================

Others are made from these: the logistic function is `1 / (1 + e^{-z})`. Where values at a point
modulo a prime stand for those of real numbers, first coefficients are free residues, which
supposes that the functions are independent: see
:mod:`sage_conslaw.counting.exponents`.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Activation:
    r"""
    A function that programs apply.

    ATTRIBUTES:

    - ``name`` -- its name
    - ``derivative`` -- function of a builder, the instruction and its operands: writes the
      derivative and returns its number
    - ``of_floats`` -- the function of NumPy arrays
    - ``sign`` -- 1 if it is nowhere negative, else 0
    """

    name: str
    derivative: Callable[[Any, int, tuple[int, ...]], int]
    of_floats: Callable[..., Any]
    sign: int


def _normal(z: Any, _: Any = None) -> Any:
    return 0.5 * np.vectorize(math.erfc, otypes=[float])(-np.asarray(z, dtype=float)
                                                         / math.sqrt(2))


#: The functions, by their names.
ACTIVATIONS: dict[str, Activation] = {row.name: row for row in (
    Activation("exp", lambda build, k, of: k, np.exp, 1),
    Activation("log", lambda build, k, of: build.reciprocal(of[0]), np.log, 0),
    Activation("sqrt", lambda build, k, of: build.reciprocal(build.scale(k, 2)), np.sqrt, 1),
    Activation("gauss", lambda build, k, of: build.scale(build.entrywise(of[0], k), -1),
               lambda z: np.exp(-z * z / 2) / math.sqrt(2 * math.pi), 1),
    Activation("normal", lambda build, k, of: of[1], _normal, 1),
)}

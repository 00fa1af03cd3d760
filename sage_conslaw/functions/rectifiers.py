r"""
Functions that are one multiple of their argument where it is positive, and another elsewhere
"""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.trace import Array


def relu(z: Any) -> Any:
    r"""
    Return the array where it is positive, and 0 elsewhere.

    INPUT:

    - ``z`` -- an array of any shape
    """
    return _gated(z, 1, 0)


def leaky_relu(z: Any, slope: Any = Fraction(1, 100)) -> Any:
    r"""
    Return the array where it is positive, and a multiple of it elsewhere.

    INPUT:

    - ``z`` -- an array of any shape
    - ``slope`` -- a rational number, 1/100 by default

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import leaky_relu
        sage: leaky_relu(np.array([-1.0r, 2.0r]), 1/4).tolist()
        [-0.25, 2.0]
    """
    return _gated(z, 1, slope)


def absolute(z: Any) -> Any:
    r"""
    Return the absolute value of every entry.
    """
    return _gated(z, 1, -1)


def _gated(z: Any, on: Any, off: Any) -> Any:
    if isinstance(z, Array):
        return z.gated(on, off)
    array = np.asarray(z)
    if array.dtype == object:
        return np.where(array > 0, array, array * off)
    # no zero is negative
    return np.where(array > 0, array, array * float(off) + 0.0)

r"""
The damping of a momentum flow: a constant, or `c/t`
"""
from numbers import Rational as NumbersRational

import numpy as np

from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import exact_rational


def nonnegative_rational(value, name, accepted):
    r"""
    Return a non-negative rational of any exact kind as an exact one.

    EXAMPLES::

        sage: from sage_conslaw.flows.damping import nonnegative_rational
        sage: nonnegative_rational(3/2, "c", "a rational")
        3/2
    """
    # floats are refused, even where they are exact: 0.1 is not
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (np.integer, NumbersRational)):
        raise TypeError(f"{name}: got {shown(value)}, expected {accepted}")
    rational = exact_rational(value)
    if rational < 0:
        raise ValueError(f"{name}: got {shown(value)}, expected {accepted}")
    return rational


class InverseTime:
    r"""
    The damping `\tau(t) = c/t`.

    INPUT:

    - ``c`` -- a positive rational

    EXAMPLES::

        sage: from sage_conslaw import InverseTime, NESTEROV
        sage: InverseTime(3) == NESTEROV
        True
        sage: NESTEROV
        InverseTime(3)
        sage: InverseTime(0)
        Traceback (most recent call last):
        ...
        ValueError: c: got 0, expected a positive rational
    """

    def __init__(self, c):
        self.c = nonnegative_rational(c, "c", "a positive rational")
        if not self.c:
            raise ValueError(f"c: got {shown(c)}, expected a positive rational")

    def __repr__(self):
        return f"InverseTime({self.c})"

    def __eq__(self, other):
        return isinstance(other, InverseTime) and self.c == other.c

    def __hash__(self):
        return hash(("InverseTime", self.c))


#: The damping `3/t` of Nesterov's accelerated method.
NESTEROV = InverseTime(3)

r"""
The damping of a momentum flow: a constant, or `c/t`
"""
from __future__ import annotations

from typing import Any

from sage_conslaw.flows.rates import exact_rate
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import ExactRational


class InverseTime:
    r"""
    The damping `\tau(t) = c/t`.

    INPUT:

    - ``c`` -- a positive rational, however it is written, with a denominator of at most 64:
      the time is `r` with `t = r^q`

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

    def __init__(self, c: Any) -> None:
        self.c = exact_rate(c, "c", "a positive rational")
        if not self.c:
            raise ValueError(f"c: got {shown(c)}, expected a positive rational")
        if self.c.denominator > limits.TIME_ROOT:
            raise ValueError(f"c: got {shown(c)}, expected a positive rational with a denominator "
                             f"of at most {limits.TIME_ROOT}")

    def __repr__(self) -> str:
        return f"InverseTime({self.c})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InverseTime) and self.c == other.c

    def __hash__(self) -> int:
        return hash(("InverseTime", self.c))


#: The damping `3/t` of Nesterov's accelerated method.
NESTEROV = InverseTime(3)


def read_damping(damping: Any) -> ExactRational | InverseTime:
    r"""
    Return a damping, or raise an error that names it.

    EXAMPLES::

        sage: from sage_conslaw.flows.damping import read_damping
        sage: read_damping("0.9")
        9/10
    """
    if isinstance(damping, InverseTime):
        return damping
    return exact_rate(damping, "damping",
                      "a non-negative rational, a text such as '0.9', or InverseTime(c)")

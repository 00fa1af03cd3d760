r"""
Non-negative matrix factorisation
"""
from __future__ import annotations

from typing import Any

from sage_conslaw.architectures.base import Architecture, checked_size
from sage_conslaw.system.messages import shown


class NMF(Architecture):
    r"""
    The factorisation `\phi(\theta) = U V^T` with mirror geometry on `U` and `V`.

    INPUT:

    - ``n``, ``r``, ``m`` -- positive integers: `U` is `n \times r`, `V` is `m \times r`

    REFERENCES: arXiv 2405.12888, Section 4.2.1.

    EXAMPLES::

        sage: from sage_conslaw import NMF
        sage: NMF(2, 1, 1).variable_names()
        ('U1_1', 'U2_1', 'V1_1')

    TESTS::

        sage: NMF(2, -1, 1)
        Traceback (most recent call last):
        ...
        ValueError: r: got -1, expected a positive integer
    """

    sizes = ("n", "r", "m")
    mirror_blocks = ("U", "V")

    def __init__(self, n: int, r: int, m: int) -> None:
        self.n, self.r, self.m = (checked_size(x, name) for x, name in ((n, "n"), (r, "r"),
                                                                        (m, "m")))
        self.set_up(_factorised, {"U": (self.n, self.r), "V": (self.m, self.r)}, {},
                    f"n, r, m: {shown(self.n)}, {shown(self.r)}, {shown(self.m)}")

    def arguments(self) -> str:
        return f"{self.n}, {self.r}, {self.m}"


def _factorised(U: Any, V: Any) -> Any:
    return U @ V.T

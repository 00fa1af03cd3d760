r"""
Attention, through its products of matrices
"""
from __future__ import annotations

from typing import Any

from sage_conslaw.architectures.base import Architecture, checked_size
from sage_conslaw.system.messages import shown


class Attention(Architecture):
    r"""
    Multi-head attention, through `\phi(\theta) = (Q_h^T K_h, V_h^T O_h)` for each head `h`.

    The scores of a head depend on `Q_h^T K_h` alone, and what it adds to the output on
    `V_h^T O_h`.

    INPUT:

    - ``dim`` -- a positive integer: the dimension of a token
    - ``width`` -- a positive integer: the width of a head
    - ``heads`` -- a positive integer: their number, 1 by default

    The parameters are ``Q1``, ``K1``, ``V1``, ``O1``, then those of the second head and so
    on, each of shape `\mathrm{width} \times \mathrm{dim}`; with one head ``Q``, ``K``,
    ``V``, ``O``.

    REFERENCES: arXiv 2506.06194, Corollary 3.9; arXiv 2606.17816.

    EXAMPLES::

        sage: from sage_conslaw import Attention, GradientFlow, conservation_laws
        sage: conservation_laws(GradientFlow(Attention(3, 2)))
        Exactly 6 independent conservation laws in 24 variables, proved: there are no others.

    TESTS::

        sage: Attention(3, 2, heads=0)
        Traceback (most recent call last):
        ...
        ValueError: heads: got 0, expected a positive integer
    """

    sizes = ("dim", "width", "heads")

    def __init__(self, dim: int, width: int, heads: int = 1) -> None:
        self.dim, self.width, self.heads = (
            checked_size(x, name) for x, name in ((dim, "dim"), (width, "width"),
                                                  (heads, "heads")))
        if self.heads > 1000:
            raise ValueError(f"heads: got {shown(self.heads)}, expected at most 1000")
        numbers = [""] if self.heads == 1 else [str(h + 1) for h in range(self.heads)]
        blocks = {name + h: (self.width, self.dim) for h in numbers for name in "QKVO"}

        def products(**theta: Any) -> list[Any]:
            return [theta[a + h].T @ theta[b + h] for h in numbers
                    for a, b in (("Q", "K"), ("V", "O"))]

        self.set_up(products, blocks, {}, f"dim, width, heads: {shown(self.dim)}, "
                    f"{shown(self.width)}, {shown(self.heads)}")

    def arguments(self) -> str:
        return f"{self.dim}, {self.width}, heads={self.heads}"

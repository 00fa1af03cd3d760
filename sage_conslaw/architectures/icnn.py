r"""
Two-layer input-convex networks
"""
from __future__ import annotations

from typing import Any

from sage_conslaw.architectures.base import Architecture, checked_size
from sage_conslaw.functions import relu
from sage_conslaw.system.checks import checked_flag
from sage_conslaw.system.messages import shown


class ICNN(Architecture):
    r"""
    The network `x \mapsto U \sigma(V x + b)` with mirror geometry on `U`.

    Its function `\phi` has the entries `u_{ik} v_{kj}`, and `u_{ik} b_k` with bias.

    INPUT:

    - ``n``, ``r``, ``m`` -- positive integers: `U` is `n \times r`, `V` is
      `r \times m`, `b` has `r` entries
    - ``bias`` -- whether there is `b`

    REFERENCES: arXiv 2405.12888, Section 4.2.2.

    EXAMPLES::

        sage: from sage_conslaw import ICNN
        sage: model = ICNN(1, 2, 1, bias=True)
        sage: ring = PolynomialRing(ZZ, model.variable_names())
        sage: model.phi(model.arrange(ring.gens()))
        [U1_1*b1, U1_2*b2, U1_1*V1_1, U1_2*V2_1]
    """

    sizes = ("n", "r", "m", "bias")
    mirror_blocks = ("U",)

    def __init__(self, n: int, r: int, m: int, bias: bool = False) -> None:
        self.n, self.r, self.m = (checked_size(x, name) for x, name in ((n, "n"), (r, "r"),
                                                                        (m, "m")))
        self.bias = checked_flag(bias, "bias")
        blocks: dict[str, tuple[int, ...]] = {"U": (self.n, self.r), "V": (self.r, self.m)}
        if self.bias:
            blocks["b"] = (self.r,)
        self.set_up(_convex, blocks, {"x": (self.m,)},
                    f"n, r, m: {shown(self.n)}, {shown(self.r)}, {shown(self.m)}")

    def arguments(self) -> str:
        return f"{self.n}, {self.r}, {self.m}, bias={self.bias}"


def _convex(x: Any, U: Any, V: Any, b: Any = None) -> Any:
    z = V @ x
    return U @ relu(z if b is None else z + b)

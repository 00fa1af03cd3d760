r"""
Two-layer input-convex networks
"""
from sage_conslaw.architectures.base import Model, checked_size
from sage_conslaw.system.checks import checked_flag
from sage_conslaw.system.messages import shown


class ICNN(Model):
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
    links = ((0, False), (1, False))
    gated = True
    mirror_blocks = ("U",)

    def __init__(self, n, r, m, bias=False):
        self.n = checked_size(n, "n")
        self.r = checked_size(r, "r")
        self.m = checked_size(m, "m")
        self.bias = checked_flag(bias, "bias")
        blocks = [("U", (self.n, self.r)), ("V", (self.r, self.m))]
        if self.bias:
            blocks.append(("b", (self.r,)))
            self.bias_blocks = (2,)
        self._set_blocks(blocks, f"n, r, m: {shown(self.n)}, {shown(self.r)}, {shown(self.m)}")

    def _arguments(self):
        return f"{self.n}, {self.r}, {self.m}, bias={self.bias}"

r"""
ReLU networks, through their path lifting
"""
from sage_conslaw.architectures.base import Model, checked_widths
from sage_conslaw.architectures.linear import layer_blocks
from sage_conslaw.system.checks import checked_flag
from sage_conslaw.system.messages import shown


class ReLUNetwork(Model):
    r"""
    The ReLU network `x \mapsto U_1 \sigma(U_2 \sigma(\cdots U_q x + b_{q-1}) \cdots + b_1)`.

    Its function `\phi` is the path lifting: for every path of neurons from an
    input to an output the product of the weights along it, and with bias for
    every path that starts at a hidden neuron its bias times the weights from
    there to the output.

    INPUT:

    - ``widths`` -- the integers `n_0, \dots, n_q`, at least two: `U_l` is of shape
      `n_{l-1} \times n_l`, so `n_0` is the number of outputs and `n_q` of inputs
    - ``bias`` -- whether the hidden layers have biases; `b_l` has `n_l` entries

    The parameters are `U_1, \dots, U_q` row by row, then `b_1, \dots, b_{q-1}`.

    REFERENCES: arXiv 2307.00144, Section 4; arXiv 2405.12888, Section 4.1.2.

    EXAMPLES::

        sage: from sage_conslaw import ReLUNetwork
        sage: model = ReLUNetwork([1, 2, 1], bias=True); model
        ReLUNetwork([1, 2, 1], bias=True)
        sage: ring = PolynomialRing(ZZ, model.variable_names())
        sage: model.phi(model.arrange(ring.gens()))
        [U1_1_1*b1_1, U1_1_2*b1_2, U1_1_1*U2_1_1, U1_1_2*U2_2_1]

    TESTS::

        sage: ReLUNetwork([2, 2], bias="yes")
        Traceback (most recent call last):
        ...
        TypeError: bias: got 'yes', expected True or False
    """

    gated = True

    def __init__(self, widths, bias=False):
        self.widths = checked_widths(widths)
        self.bias = checked_flag(bias, "bias")
        blocks, depth = layer_blocks(self.widths), len(self.widths) - 1
        if self.bias:
            blocks += [(f"b{l}", (self.widths[l],)) for l in range(1, depth)]
        self._set_blocks(blocks, f"widths: {shown(list(self.widths))}")
        self.links = tuple((l, False) for l in range(depth))
        self.bias_blocks = tuple(range(depth, len(blocks)))

    def _arguments(self):
        return f"{list(self.widths)}, bias={self.bias}"

r"""
ReLU networks
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sage_conslaw.architectures.base import Architecture, checked_widths
from sage_conslaw.architectures.linear import layer_blocks
from sage_conslaw.functions import relu
from sage_conslaw.system.checks import checked_flag
from sage_conslaw.system.messages import shown


class ReLUNetwork(Architecture):
    r"""
    The ReLU network `x \mapsto U_1 \sigma(U_2 \sigma(\cdots U_q x + b_{q-1}) \cdots + b_1)`.

    With its gates as free controls its function `\phi` is the path lifting: for every path
    of neurons from an input to an output the product of the weights along it, and with
    bias for every path that starts at a hidden neuron its bias times the weights from
    there to the output.

    INPUT:

    - ``widths`` -- the integers `n_0, \dots, n_q`, at least two, **outputs first**: `U_l` is
      of shape `n_{l-1} \times n_l`, so `n_0` is the number of outputs and `n_q` of inputs
    - ``bias`` -- whether the hidden layers have biases; `b_l` has `n_l` entries
    - ``output_bias`` -- whether the outputs have a bias too, ``b0`` with `n_0` entries

    The parameters are `U_1, \dots, U_q` row by row, then `b_1, \dots, b_{q-1}`, then ``b0``.

    REFERENCES: arXiv 2307.00144, Section 4; arXiv 2405.12888, Section 4.1.2.

    EXAMPLES::

        sage: from sage_conslaw import ReLUNetwork
        sage: model = ReLUNetwork([1, 2, 1], bias=True); model
        ReLUNetwork([1, 2, 1], bias=True)
        sage: ring = PolynomialRing(ZZ, model.variable_names())
        sage: model.phi(model.arrange(ring.gens()))
        [U1_1_1*b1_1, U1_1_2*b1_2, U1_1_1*U2_1_1, U1_1_2*U2_2_1]
        sage: ReLUNetwork([1, 2, 1], output_bias=True).variable_names()
        ('U1_1_1', 'U1_1_2', 'U2_1_1', 'U2_2_1', 'b0_1')

    TESTS::

        sage: ReLUNetwork([2, 2], bias="yes")
        Traceback (most recent call last):
        ...
        TypeError: bias: got 'yes', expected True or False
    """

    sizes = ("widths", "bias", "output_bias")

    def __init__(self, widths: Iterable[int], bias: bool = False,
                 output_bias: bool = False) -> None:
        self.widths = checked_widths(widths)
        self.bias = checked_flag(bias, "bias")
        self.output_bias = checked_flag(output_bias, "output_bias")
        blocks: dict[str, tuple[int, ...]] = dict(layer_blocks(self.widths))
        depth = len(blocks)
        if self.bias:
            blocks.update({f"b{l}": (self.widths[l],) for l in range(1, depth)})
        if self.output_bias:
            blocks["b0"] = (self.widths[0],)

        def network(x: Any, **theta: Any) -> Any:
            for l in range(depth, 0, -1):
                x = theta[f"U{l}"] @ x
                if f"b{l - 1}" in theta:
                    x = x + theta[f"b{l - 1}"]
                if l > 1:
                    x = relu(x)
            return x

        self.set_up(network, blocks, {"x": (self.widths[-1],)},
                    f"widths: {shown(list(self.widths))}")

    def arguments(self) -> str:
        last = ", output_bias=True" if self.output_bias else ""
        return f"{list(self.widths)}, bias={self.bias}{last}"

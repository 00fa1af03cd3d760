r"""
Linear networks
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sage_conslaw.architectures.base import Architecture, checked_widths
from sage_conslaw.system.messages import shown


class LinearNetwork(Architecture):
    r"""
    The linear network `x \mapsto U_1 U_2 \cdots U_q x`, with `\phi(\theta) = U_1 \cdots U_q`.

    INPUT:

    - ``widths`` -- the integers `n_0, \dots, n_q`, at least two, **outputs first**: `U_l` is
      of shape `n_{l-1} \times n_l`, so `n_0` is the number of outputs and `n_q` of inputs

    The parameters are `U_1` row by row, then `U_2` and so on; ``U1_2_3`` is the
    entry of `U_1` in row 2 and column 3.

    REFERENCES: arXiv 2307.00144, Section 4; arXiv 2405.12888, Section 4.1.1.

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork
        sage: model = LinearNetwork([3, 2, 4]); model
        LinearNetwork([3, 2, 4])
        sage: model.number_of_parameters
        14

    TESTS::

        sage: LinearNetwork([3, 0])
        Traceback (most recent call last):
        ...
        ValueError: widths[1]: got 0, expected a positive integer
    """

    sizes = ("widths",)

    def __init__(self, widths: Iterable[int]) -> None:
        self.widths = checked_widths(widths)
        self.set_up(_linear, dict(layer_blocks(self.widths)), {"x": (self.widths[-1],)},
                    f"widths: {shown(list(self.widths))}")

    def arguments(self) -> str:
        return str(list(self.widths))


def _linear(x: Any, **weights: Any) -> Any:
    for weight in reversed(list(weights.values())):
        x = weight @ x
    return x


def layer_blocks(widths: tuple[int, ...]) -> list[tuple[str, tuple[int, int]]]:
    r"""
    Return the blocks of the weight matrices of a network with these widths.

    EXAMPLES::

        sage: from sage_conslaw.architectures.linear import layer_blocks
        sage: layer_blocks((3, 2, 4))
        [('U1', (3, 2)), ('U2', (2, 4))]
    """
    return [(f"U{l + 1}", (widths[l], widths[l + 1])) for l in range(len(widths) - 1)]

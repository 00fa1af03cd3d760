r"""
Convolutional networks
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sage_conslaw.architectures.base import Architecture, checked_size, checked_widths
from sage_conslaw.functions import convolve1d, convolve2d, relu
from sage_conslaw.system.checks import checked_flag, checked_integer
from sage_conslaw.system.messages import shown


class Convolution(Architecture):
    r"""
    The network `x \mapsto K_1 * \sigma(K_2 * \cdots \sigma(K_q * x))` of convolutions.

    INPUT:

    - ``channels`` -- the integers `c_0, \dots, c_q`, at least two, **outputs first**, as for
      widths: `K_l` leads from `c_l` channels to `c_{l-1}`
    - ``size`` -- the length of a signal, or of the sides of an image
    - ``kernel`` -- the length of all kernels, or a list of lengths, `K_1` first
    - ``dimensions`` -- 1 for signals or 2 for images
    - ``stride`` -- a positive integer, of all layers
    - ``relu`` -- whether there are ReLUs between the layers

    The parameters are ``K1``, ..., of shapes `c_{l-1} \times c_l \times k_l`, or
    `\times k_l \times k_l` for images.

    REFERENCES: arXiv 2506.06194, Theorem 3.6.

    EXAMPLES::

        sage: from sage_conslaw import Convolution, GradientFlow, conservation_laws
        sage: conservation_laws(GradientFlow(Convolution([1, 2, 1], 4, 2)))
        Exactly 2 independent conservation laws in 8 variables, all gates taken as free, proved:
        there are no others.

    TESTS::

        sage: Convolution([1, 2, 1], 2, 3)
        Traceback (most recent call last):
        ...
        ValueError: kernel: got 3, but a kernel of length 3 does not fit into 2 places at layer 2
    """

    sizes = ("channels", "size", "kernel", "dimensions", "stride", "relu")

    def __init__(self, channels: Iterable[int], size: int, kernel: int | Iterable[int],
                 dimensions: int = 1, stride: int = 1, relu: bool = True) -> None:
        self.channels = checked_widths(channels, "channels")
        self.size = checked_size(size, "size")
        self.dimensions = checked_integer(dimensions, "dimensions", "1 or 2", 1)
        if self.dimensions > 2:
            raise ValueError(f"dimensions: got {shown(dimensions)}, expected 1 or 2")
        self.stride = checked_size(stride, "stride")
        self.relu = checked_flag(relu, "relu")
        depth = len(self.channels) - 1
        self.kernel = self._lengths(kernel, depth)
        blocks = {f"K{l + 1}": (self.channels[l], self.channels[l + 1])
                  + (self.kernel[l],) * self.dimensions for l in range(depth)}
        convolve = convolve1d if self.dimensions == 1 else convolve2d
        step, gated = self.stride, self.relu

        def network(x: Any, **kernels: Any) -> Any:
            return _convolved(x, list(kernels.values()), convolve, step, gated)

        self.set_up(network, blocks, {"x": (self.channels[-1],) + (self.size,) * self.dimensions},
                    f"channels, kernel: {shown(list(self.channels))}, {shown(self.kernel)}")

    def _lengths(self, kernel: Any, depth: int) -> tuple[int, ...]:
        if hasattr(kernel, "__index__"):
            lengths = (checked_size(kernel, "kernel"),) * depth
        else:
            lengths = checked_widths([*kernel, 1] if isinstance(kernel, (list, tuple)) else kernel,
                                     "kernel")[:-1]
            if len(lengths) != depth:
                raise ValueError(f"kernel: got {shown(kernel)}, expected {depth} lengths")
        left = self.size
        for l in range(depth, 0, -1):
            if lengths[l - 1] > left:
                raise ValueError(f"kernel: got {shown(kernel)}, but a kernel of length "
                                 f"{lengths[l - 1]} does not fit into {left} places at layer {l}")
            left = (left - lengths[l - 1]) // self.stride + 1
        return lengths

    def arguments(self) -> str:
        lengths = set(self.kernel)
        kernel = self.kernel[0] if len(lengths) == 1 else list(self.kernel)
        return (f"{list(self.channels)}, {self.size}, {kernel}, dimensions={self.dimensions}, "
                f"stride={self.stride}, relu={self.relu}")


def _convolved(x: Any, kernels: list[Any], convolve: Any, stride: int, gated: bool) -> Any:
    for l in range(len(kernels), 0, -1):
        x = convolve(x, kernels[l - 1], stride=stride)
        if gated and l > 1:
            x = relu(x)
    return x

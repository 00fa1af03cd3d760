r"""
Functions that networks are written with, besides NumPy's

They take NumPy arrays, and the arrays of a network that is traced: a function written with
them can be trained in floats and be given to :class:`~sage_conslaw.networks.network.Network`.

================  ==================================================================
``relu``          `z` where it is positive, else 0
``leaky_relu``    `z` where it is positive, else a multiple of it
``absolute``      `|z|`
``convolve1d``    convolution over channels, as neural networks have it
``convolve2d``    the same over the two last axes
================  ==================================================================

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw.functions import relu
    sage: relu(np.array([-1.0r, 2.0r])).tolist()
    [0.0, 2.0]
"""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.trace import Array
from sage_conslaw.system.checks import checked_integer

__all__ = ["absolute", "convolve1d", "convolve2d", "leaky_relu", "relu"]


def relu(z: Any) -> Any:
    r"""
    Return the array where it is positive, and 0 elsewhere.

    INPUT:

    - ``z`` -- an array of any shape
    """
    return _gated(z, 1, 0)


def leaky_relu(z: Any, slope: Any = Fraction(1, 100)) -> Any:
    r"""
    Return the array where it is positive, and a multiple of it elsewhere.

    INPUT:

    - ``z`` -- an array of any shape
    - ``slope`` -- a rational number, 1/100 by default

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import leaky_relu
        sage: leaky_relu(np.array([-1.0r, 2.0r]), 1/4).tolist()
        [-0.25, 2.0]
    """
    return _gated(z, 1, slope)


def absolute(z: Any) -> Any:
    r"""
    Return the absolute value of every entry.
    """
    return _gated(z, 1, -1)


def _gated(z: Any, on: Any, off: Any) -> Any:
    if isinstance(z, Array):
        return z.gated(on, off)
    array = np.asarray(z)
    if array.dtype == object:
        return np.where(array > 0, array, array * off)
    # no zero is negative
    return np.where(array > 0, array, array * float(off) + 0.0)


def convolve1d(x: Any, kernel: Any, stride: int = 1, padding: int = 0,
               circular: bool = False) -> Any:
    r"""
    Convolve signals over channels: `y_{o,p} = \sum_{i,k} K_{o,i,k}\, x_{i, p s + k}`.

    INPUT:

    - ``x`` -- array, channels x length
    - ``kernel`` -- array, output channels x channels x length of the kernel
    - ``stride`` -- a positive integer `s`
    - ``padding`` -- a non-negative integer: zeros before and after
    - ``circular`` -- whether the padding repeats the signal instead

    OUTPUT: array, output channels x number of places where the kernel fits.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import convolve1d
        sage: convolve1d(np.array([[1, 2, 3]]), np.array([[[1, 1]]])).tolist()
        [[3, 5]]
    """
    return _convolved(x, kernel, stride, padding, circular, 1)


def convolve2d(x: Any, kernel: Any, stride: int = 1, padding: int = 0,
               circular: bool = False) -> Any:
    r"""
    Convolve images over channels; as :func:`convolve1d`, over the two last axes.

    INPUT:

    - ``x`` -- array, channels x height x width
    - ``kernel`` -- array, output channels x channels x height x width of the kernel
    - ``stride``, ``padding``, ``circular`` -- as for :func:`convolve1d`, for both axes

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import convolve2d
        sage: convolve2d(np.eye(3, dtype=int)[None], np.ones((1, 1, 2, 2), dtype=int)).tolist()
        [[[2, 1], [1, 2]]]
    """
    return _convolved(x, kernel, stride, padding, circular, 2)


def _convolved(x, kernel, stride, padding, circular, dimensions):
    name = f"convolve{dimensions}d"
    stride = checked_integer(stride, "stride", "a positive integer", 1)
    padding = checked_integer(padding, "padding", "a non-negative integer", 0)
    x, kernel = (a if isinstance(a, Array) else np.asarray(a) for a in (x, kernel))
    if (x.ndim != 1 + dimensions or kernel.ndim != 2 + dimensions
            or x.shape[0] != kernel.shape[1]):
        raise ValueError(f"{name}: shapes {x.shape} and {kernel.shape}; expected channels x "
                         f"{' x '.join(['size'] * dimensions)}, and output channels x channels x "
                         f"{' x '.join(['size'] * dimensions)}")
    if padding:
        width = ((0, 0),) + ((padding, padding),) * dimensions
        x = np.pad(x, width, mode="wrap" if circular else "constant")
    places = []
    for size, length in zip(x.shape[1:], kernel.shape[2:]):
        if length > size or not length:
            raise ValueError(f"{name}: a kernel of length {length} does not fit into {size} places")
        starts = np.arange(0, size - length + 1, stride)
        places.append(starts[:, None] + np.arange(length))
    if dimensions == 1:
        return np.tensordot(kernel, x[:, places[0]], ((1, 2), (0, 2)))
    rows = places[0][:, None, :, None]
    return np.tensordot(kernel, x[:, rows, places[1][None, :, None, :]], ((1, 2, 3), (0, 3, 4)))

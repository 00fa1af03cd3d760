r"""
Convolutions over channels, as neural networks have them
"""
from __future__ import annotations

from typing import Any

import numpy as np

from sage_conslaw.program.trace import as_array
from sage_conslaw.system.checks import checked_integer
from sage_conslaw.system.messages import shown


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
    x, kernel = as_array(x), as_array(kernel)
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


def avg_pool(x: Any, size: int, stride: int | None = None, dimensions: int = 1) -> Any:
    r"""
    Return the means over windows of the last axes.

    INPUT:

    - ``x`` -- array, channels x length, or channels x height x width
    - ``size`` -- a positive integer, the length of a window
    - ``stride`` -- a positive integer; the length of a window by default
    - ``dimensions`` -- 1 or 2, the number of axes

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import avg_pool
        sage: avg_pool(np.array([[1, 3, 5, 7]]), 2).tolist()
        [[2.0, 6.0]]
    """
    size = checked_integer(size, "size", "a positive integer", 1)
    stride = size if stride is None else checked_integer(stride, "stride", "a positive integer", 1)
    if dimensions not in (1, 2):
        raise ValueError(f"dimensions: got {shown(dimensions)}, expected 1 or 2")
    x = as_array(x)
    for axis in range(x.ndim - dimensions, x.ndim):
        length = x.shape[axis]
        if size > length:
            raise ValueError(f"avg_pool: a window of length {size} does not fit into {length} "
                             "places")
        starts = np.arange(0, length - size + 1, stride)
        places = (slice(None),) * axis + (starts[:, None] + np.arange(size),)
        x = x[places].mean(axis=axis + 1)
    return x

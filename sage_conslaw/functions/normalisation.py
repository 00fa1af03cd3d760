r"""
Softmax and norms: arrays divided by what some of their entries have in common
"""
from __future__ import annotations

from typing import Any

import numpy as np

from sage_conslaw.program.trace import Array, as_array


def softmax(z: Any, axis: int = -1) -> Any:
    r"""
    Return exponentials divided by their sum along an axis.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import softmax
        sage: softmax(np.zeros((2, 4))).tolist()[0]
        [0.25, 0.25, 0.25, 0.25]
    """
    powers = np.exp(_shifted(z, axis))
    return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(z: Any, axis: int = -1) -> Any:
    r"""
    Return the logarithm of the softmax along an axis.
    """
    z = _shifted(z, axis)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def layer_norm(z: Any, gain: Any = None, bias: Any = None, eps: Any = 0, axis: Any = -1) -> Any:
    r"""
    Return the array without its mean, divided by its standard deviation.

    INPUT:

    - ``z`` -- an array
    - ``gain``, ``bias`` -- arrays that it is multiplied by, and that is added, or ``None``
    - ``eps`` -- a number that is added to the variance
    - ``axis`` -- the axis, or the axes, along which mean and variance are

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import layer_norm
        sage: layer_norm(np.array([1.0r, 3.0r])).tolist()
        [-1.0, 1.0]
    """
    z = as_array(z)
    centred = z - z.mean(axis=axis, keepdims=True)
    return rms_norm(centred, gain, bias, eps, axis)


def rms_norm(z: Any, gain: Any = None, bias: Any = None, eps: Any = 0, axis: Any = -1) -> Any:
    r"""
    Return the array divided by the root of the mean of its squares.

    INPUT: as for :func:`layer_norm`
    """
    z = as_array(z)
    result = z / np.sqrt((z * z).mean(axis=axis, keepdims=True) + eps)
    result = result if gain is None else result * gain
    return result if bias is None else result + bias


def batch_norm(z: Any, gain: Any = None, bias: Any = None, eps: Any = 0, axis: int = 0) -> Any:
    r"""
    Return each channel of a batch without its mean, divided by its standard deviation.

    INPUT:

    - ``z`` -- an array, batch x channels, or batch x channels x places
    - ``gain``, ``bias`` -- arrays, one number a channel, or ``None``
    - ``eps`` -- a number that is added to the variance
    - ``axis`` -- the axis of the batch; the next one is that of the channels
    """
    z = as_array(z)
    channel = axis % z.ndim + 1 if axis % z.ndim == 0 else 1
    axes = tuple(k for k in range(z.ndim) if k != channel)
    shape = tuple(n if k == channel else 1 for k, n in enumerate(z.shape))
    gain, bias = (None if a is None else as_array(a).reshape(shape) for a in (gain, bias))
    return layer_norm(z, gain, bias, eps, axes)


def _shifted(z: Any, axis: int) -> Any:
    # what the largest entry is drops out, and exponentials do not overflow
    z = as_array(z)
    return z if isinstance(z, Array) else z - z.max(axis=axis, keepdims=True)

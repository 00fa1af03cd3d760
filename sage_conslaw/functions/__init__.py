r"""
Functions that networks are written with, besides NumPy's

They take NumPy arrays, and the arrays of a network that is traced: a function written with
them can be trained in floats and be given to :class:`~sage_conslaw.networks.network.Network`.

=======================  ==================================================================
``relu``                 `z` where it is positive, else 0
``leaky_relu``           `z` where it is positive, else a multiple of it
``absolute``             `|z|`
``exp``, ``log``,        as NumPy's
``sqrt``, ``tanh``
``reciprocal``           `1 / z`
``sigmoid``              `1 / (1 + e^{-z})`
``silu``                 `z / (1 + e^{-z})`
``gelu``                 `z \Phi(z)` with the normal distribution, or its ``"tanh"`` form
``softplus``             `\log(1 + e^z)`
``elu``                  `z` where it is positive, else `\alpha (e^z - 1)`
``softmax``,             exponentials divided by their sum along an axis, and the logarithms
``log_softmax``          of that
``layer_norm``,          centred and divided by the standard deviation, or only divided by the
``rms_norm``             root of the mean square, along axes
``batch_norm``           the same along the axis of a batch, for each channel
``convolve1d``,          convolution over channels, as neural networks have it
``convolve2d``
``avg_pool``             means over windows of the last axes
=======================  ==================================================================

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw.functions import relu, sigmoid
    sage: relu(np.array([-1.0r, 2.0r])).tolist()
    [0.0, 2.0]
    sage: sigmoid(np.array([0.0r])).tolist()
    [0.5]
"""
from sage_conslaw.functions.convolutions import avg_pool, convolve1d, convolve2d
from sage_conslaw.functions.normalisation import (
    batch_norm,
    layer_norm,
    log_softmax,
    rms_norm,
    softmax,
)
from sage_conslaw.functions.rectifiers import absolute, leaky_relu, relu
from sage_conslaw.functions.smooth import (
    elu,
    exp,
    gelu,
    log,
    reciprocal,
    sigmoid,
    silu,
    softplus,
    sqrt,
    tanh,
)

__all__ = ["absolute", "avg_pool", "batch_norm", "convolve1d", "convolve2d", "elu", "exp", "gelu",
           "layer_norm", "leaky_relu", "log", "log_softmax", "reciprocal", "relu", "rms_norm",
           "sigmoid", "silu", "softmax", "softplus", "sqrt", "tanh"]

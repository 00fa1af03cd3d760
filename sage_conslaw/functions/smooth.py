r"""
Smooth functions of one number, entry by entry

On the arrays of a traced network they are made from exponentials, logarithms and roots; on NumPy
arrays they are computed as NumPy would, without overflow.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from sage_conslaw.functions.rectifiers import relu
from sage_conslaw.program.activations import ACTIVATIONS
from sage_conslaw.program.trace import Array, as_array
from sage_conslaw.system.messages import shown


def exp(z: Any) -> Any:
    r"""
    Return `e^z` for every entry.
    """
    return np.exp(as_array(z))


def log(z: Any) -> Any:
    r"""
    Return the logarithm of every entry, which has to be positive.
    """
    return np.log(as_array(z))


def sqrt(z: Any) -> Any:
    r"""
    Return the positive root of every entry.
    """
    return np.sqrt(as_array(z))


def reciprocal(z: Any) -> Any:
    r"""
    Return `1 / z` for every entry.
    """
    return 1 / as_array(z)


def tanh(z: Any) -> Any:
    r"""
    Return the hyperbolic tangent of every entry.
    """
    return np.tanh(as_array(z))


def sigmoid(z: Any) -> Any:
    r"""
    Return the logistic function `1 / (1 + e^{-z})` of every entry.
    """
    z = as_array(z)
    return 1 / (1 + np.exp(-z)) if isinstance(z, Array) else 0.5 * (1 + np.tanh(0.5 * z))


def silu(z: Any) -> Any:
    r"""
    Return `z / (1 + e^{-z})` for every entry, also known as Swish.
    """
    return as_array(z) * sigmoid(z)


def gelu(z: Any, approximate: str = "none") -> Any:
    r"""
    Return the Gaussian error linear unit of every entry.

    INPUT:

    - ``z`` -- an array of any shape
    - ``approximate`` -- ``"none"`` for `z \Phi(z)` with the distribution function of the normal
      distribution, or ``"tanh"`` for
      `z (1 + \tanh(\sqrt{2 / \pi} (z + 0.044715 z^3))) / 2`, where the numbers are the floats

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.functions import gelu
        sage: gelu(np.array([0.0r, 1.0r])).round(6).tolist()
        [0.0, 0.841345]
        sage: gelu(np.array([1.0r]), "tanh").round(6).tolist()
        [0.841192]
    """
    z = as_array(z)
    if approximate == "none":
        return z * (z.normal() if isinstance(z, Array) else ACTIVATIONS["normal"].of_floats(z))
    if approximate != "tanh":
        raise ValueError(f"approximate: got {shown(approximate)}, expected 'none' or 'tanh'")
    factor = math.sqrt(2) * (2 / math.sqrt(math.pi)) * 0.5
    inner = factor * (z + 0.044715 * z * z * z)
    return z * sigmoid(2 * inner)


def softplus(z: Any) -> Any:
    r"""
    Return `\log(1 + e^z)` for every entry.
    """
    z = as_array(z)
    return np.log(1 + np.exp(z)) if isinstance(z, Array) else np.logaddexp(0.0, z)


def elu(z: Any, alpha: Any = 1) -> Any:
    r"""
    Return `z` where it is positive, and `\alpha (e^z - 1)` elsewhere.

    INPUT:

    - ``z`` -- an array of any shape
    - ``alpha`` -- a rational number
    """
    z = as_array(z)
    if isinstance(z, Array):
        off = 1 - z.gates()
        return relu(z) + off * (alpha * (np.exp(z) - 1))
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))

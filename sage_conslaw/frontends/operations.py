r"""
Operations of ATen in terms of NumPy, a row each

A row is a function of arrays, of floats or traced, with the arguments that ATen names. It is
known by the name of the operation, all of whose overloads it stands for.
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

import sage_conslaw.functions as functions
from sage_conslaw.frontends import layers
from sage_conslaw.frontends.operands import Numbers
from sage_conslaw.program.trace import Array


def _add(a: Any, b: Any, alpha: Any = 1) -> Any:
    return a + _times(b, alpha)


def _subtract(a: Any, b: Any, alpha: Any = 1) -> Any:
    return a - _times(b, alpha)


def _times(a: Any, number: Any) -> Any:
    return a if number == 1 else number * a


def _product_and_sum(total: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    return _times(total, beta) + _times(a @ b, alpha)


def _power(a: Any, exponent: Any) -> Any:
    if isinstance(exponent, (np.ndarray, Array)):
        raise TypeError(f"a power whose exponent is an array of shape {exponent.shape}; exponents "
                        "have to be numbers")
    exponent = float(exponent)
    return a ** (int(exponent) if exponent.is_integer() else exponent)


def _axes(a: Any, dim: Any) -> tuple[int, ...]:
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return tuple(range(a.ndim))
    return tuple(k % max(a.ndim, 1) for k in (dim if isinstance(dim, (list, tuple)) else [dim]))


def _sum(a: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return np.sum(a, axis=_axes(a, dim), keepdims=keepdim)


def _mean(a: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return np.mean(a, axis=_axes(a, dim), keepdims=keepdim)


def _variance(a: Any, dim: Any = None, correction: Any = 1, keepdim: bool = False) -> Any:
    return np.var(a, axis=_axes(a, dim), ddof=int(correction), keepdims=keepdim)


def _product(a: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    axes = _axes(a, dim)
    found = np.prod(a, axis=axes)
    return found.reshape([1 if k in axes else n for k, n in enumerate(a.shape)]
                         ) if keepdim else found


def _norm(a: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if ord == 1:
        return _sum(functions.absolute(a), dim, keepdim)
    if ord != 2:
        raise TypeError(f"a norm of order {float(ord)}; supported are 1 and 2")
    return np.sqrt(_sum(a * a, dim, keepdim))


def _cumulative_sum(a: Any, dim: Any, dtype: Any = None) -> Any:
    return np.cumsum(a, axis=dim) if a.ndim else a


def _elu(z: Any, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Any:
    if input_scale == 1:
        return _times(functions.elu(z, alpha), scale)
    # alpha (e^{c z} - 1) where z is negative
    positive = functions.relu(z)
    if isinstance(z, Array):
        off = 1 - z.gates()
        return _times(positive + off * (alpha * (np.exp(input_scale * z) - 1)), scale)
    return scale * (positive + alpha * np.expm1(input_scale * np.minimum(z, 0)))


def _celu(z: Any, alpha: Any = 1) -> Any:
    return _elu(z, alpha, 1, 1 / alpha)


#: The numbers of SELU, as PyTorch has them.
_SELU = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _selu(z: Any) -> Any:
    return _elu(z, *(Numbers(x).filled(isinstance(z, Array)) for x in _SELU))


def _mish(z: Any) -> Any:
    # tanh(log(1 + e^z)), in terms of e^z alone
    if not isinstance(z, Array):
        return z * np.tanh(np.logaddexp(0.0, z))
    e = np.exp(z)
    both = e * (e + 2)
    return z * both / (both + 2)


def _softplus(z: Any, beta: Any = 1, threshold: Any = 20) -> Any:
    # beyond the threshold PyTorch returns z, which differs by less than a rounding error
    if float(threshold) < 20:
        raise TypeError(f"softplus with the threshold {float(threshold)}; expected 20 or more")
    if beta == 1:
        return functions.softplus(z)
    return functions.softplus(beta * z) * (1 / beta)


def _clamp(z: Any, min: Any = None, max: Any = None) -> Any:
    if any(isinstance(x, (np.ndarray, Array)) for x in (min, max)):
        raise TypeError("clamp with bounds that are arrays; expected numbers")
    if min is None:
        return z if max is None else max - functions.relu(max - z)
    inner = min + functions.relu(z - min)
    return inner if max is None else inner - functions.relu(z - max)


def _relu6(z: Any) -> Any:
    return _clamp(z, 0, 6)


def _threshold(z: Any, threshold: Any, value: Any) -> Any:
    if threshold != 0 or value != 0:
        raise TypeError("threshold with numbers other than 0; write relu")
    return functions.relu(z)


def _inverse_root(a: Any) -> Any:
    return 1 / np.sqrt(a)


ROWS: dict[str, Callable] = {
    "add": _add, "sub": _subtract, "rsub": lambda a, b, alpha=1: b - _times(a, alpha),
    "mul": lambda a, b: a * b, "div": lambda a, b: a / b, "true_divide": lambda a, b: a / b,
    "neg": lambda a: -a, "reciprocal": functions.reciprocal, "square": lambda a: a * a,
    "pow": _power, "sqrt": functions.sqrt, "rsqrt": _inverse_root,
    "exp": functions.exp, "expm1": np.expm1, "log": functions.log, "log1p": np.log1p,
    "tanh": functions.tanh, "sinh": np.sinh, "cosh": np.cosh, "sigmoid": functions.sigmoid,
    "mm": lambda a, b: a @ b, "bmm": lambda a, b: a @ b, "matmul": lambda a, b: a @ b,
    "mv": lambda a, b: a @ b, "dot": lambda a, b: a @ b, "linear": layers.linear,
    "addmm": _product_and_sum, "baddbmm": _product_and_sum, "addmv": _product_and_sum,
    "addcmul": lambda a, b, c, value=1: a + _times(b * c, value),
    "addcdiv": lambda a, b, c, value=1: a + _times(b / c, value),
    "lerp": lambda a, b, weight: a + weight * (b - a),
    "sum": _sum, "mean": _mean, "var": _variance, "prod": _product, "cumsum": _cumulative_sum,
    "std": lambda *arguments, **options: np.sqrt(_variance(*arguments, **options)),
    "linalg_vector_norm": _norm,
    "relu": functions.relu, "abs": functions.absolute,
    "leaky_relu": lambda z, negative_slope: functions.leaky_relu(z, negative_slope),
    "clamp": _clamp, "clamp_min": lambda z, min: _clamp(z, min),
    "clamp_max": lambda z, max: _clamp(z, None, max), "threshold": _threshold,
    "hardtanh": lambda z, min_val=-1, max_val=1: _clamp(z, min_val, max_val), "relu6": _relu6,
    "gelu": lambda z, approximate="none": functions.gelu(z, approximate),
    "silu": functions.silu, "elu": _elu, "celu": _celu, "selu": _selu, "mish": _mish,
    "softplus": _softplus, "log_sigmoid": lambda z: -functions.softplus(-z),
    "log_sigmoid_forward": lambda z: (-functions.softplus(-z), None),
    "_trilinear": layers.trilinear, "convolution": layers.convolution,
    "native_layer_norm": layers.layer_norm, "native_group_norm": layers.group_norm,
    "_fused_rms_norm": layers.rms_norm,
    "_native_batch_norm_legit_functional": layers.batch_norm,
    "_native_batch_norm_legit_no_training": layers.batch_norm_of_constants,
    "_native_batch_norm_legit": layers.batch_norm_without_constants,
}


class Coefficients(Numbers):
    r"""
    The coefficients of means: 0, or 1 by an integer, of which the floats are roundings.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.frontends.operations import Coefficients
        sage: Coefficients(np.array([0.0r, 1.0r / 3.0r])).exact.tolist()
        [Fraction(0, 1), Fraction(1, 3)]
    """

    @cached_property
    def exact(self) -> Any:
        r"""
        The numbers that are meant.
        """
        found = np.empty(self.floats.size, dtype=object)
        found[:] = [Fraction(1, round(1 / x)) if x else Fraction(0)
                    for x in self.floats.ravel().tolist()]
        return found.reshape(self.floats.shape)


def linear_map(x: Any, matrix: Any, lead: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    r"""
    Return an array times a matrix, in its last axes.
    """
    return (x.reshape((*lead, -1)) @ matrix).reshape(shape)


#: Operations that PyTorch could write in terms of others that have no derivative, such as
#: comparisons; those with a row here are asked for as they are.
KEPT = ("softplus", "mish", "elu", "celu", "selu", "log_sigmoid_forward", "silu", "logsumexp",
        "hardtanh", "relu6", "leaky_relu", "gelu", "threshold", "_softmax", "_log_softmax",
        "native_layer_norm", "native_group_norm")

#: Operations that are linear in their first argument, and in how many of its last axes: PyTorch
#: carries them out once, on unit vectors.
LINEAR = {"avg_pool1d": 1, "avg_pool2d": 2, "avg_pool3d": 3, "adaptive_avg_pool1d": 1,
          "_adaptive_avg_pool2d": 2, "_adaptive_avg_pool3d": 3}

#: What to do about operations that have no row.
ADVICE = {
    "native_dropout": "call module.eval(), or set the probability of the dropout to 0",
    "bernoulli": "call module.eval(): a network has no random numbers",
    "amax": "write torch.softmax or torch.logsumexp, which are shifted by themselves; max "
            "pooling is not supported",
    "max": "max pooling is not supported; average pooling is",
    "max_pool2d_with_indices": "max pooling is not supported; average pooling is",
    "topk": "a choice among values is not supported; write the dense mixture of all experts",
    "sort": "a choice among values is not supported",
    "sin": "the sine of what depends on parameters or inputs is not supported; of constants it is",
    "cos": "the cosine of what depends on parameters or inputs is not supported; of constants it "
           "is",
    "view_as_complex": "complex numbers are not supported; write rotations in real numbers",
    "_embedding_bag": "write nn.Embedding and a sum",
    **dict.fromkeys(("gt", "ge", "lt", "le", "eq", "ne", "sign", "isnan", "isinf"),
                    "values are compared, and they are not known; write relu, leaky_relu, abs or "
                    "clamp"),
    **dict.fromkeys(("argmax", "argmin", "item", "_local_scalar_dense", "nonzero"),
                    "a value is asked for, and it is not known"),
}

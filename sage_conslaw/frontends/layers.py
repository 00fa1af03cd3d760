r"""
Convolutions, norms and trilinear products as ATen has them, in terms of NumPy
"""
from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from sage_conslaw.frontends.masks import gathered
from sage_conslaw.frontends.operands import Numbers
from sage_conslaw.program.trace import Array


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    r"""
    Return the rows of an array times the transpose of a matrix.
    """
    product = x @ weight.T
    return product if bias is None else product + bias


def trilinear(a: Any, b: Any, c: Any, expand1: Sequence[int], expand2: Sequence[int],
              expand3: Sequence[int], sumdim: Sequence[int], unroll_dim: int = 1) -> Any:
    r"""
    Return a sum of products of three arrays, each with axes of length 1 put in.
    """
    parts = []
    for array, axes in ((a, expand1), (b, expand2), (c, expand3)):
        shape = list(array.shape)
        for k in axes:
            shape.insert(k, 1)
        parts.append(array.reshape(shape))
    return (parts[0] * parts[1] * parts[2]).sum(axis=tuple(sumdim))


def convolution(x: Any, weight: Any, bias: Any, stride: Sequence[int], padding: Sequence[int],
                dilation: Sequence[int], transposed: bool, output_padding: Sequence[int],
                groups: int) -> Any:
    r"""
    Return a convolution over channels in groups, in any number of dimensions, or its adjoint.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.frontends.layers import convolution
        sage: x, kernel = np.array([[[1.0r, 2.0r, 3.0r]]]), np.array([[[1.0r, 10.0r]]])
        sage: convolution(x, kernel, None, [1], [0], [1], False, [0], 1).tolist()
        [[[21.0, 32.0]]]
        sage: convolution(x, kernel, None, [1], [0], [1], True, [0], 1).tolist()
        [[[1.0, 12.0, 23.0, 30.0]]]
    """
    dimensions = len(x.shape) - 2
    stride, padding, dilation, output_padding = (
        list(a) * dimensions if len(a) == 1 else list(a)
        for a in (stride, padding, dilation, output_padding))
    lengths = weight.shape[2:]
    places = np.arange(1, int(np.prod(x.shape)) + 1).reshape(x.shape)
    if transposed:
        # zeros between the entries, and the kernel turned round
        places = _spread(places, stride)
        before = [d * (n - 1) - p for d, n, p in zip(dilation, lengths, padding, strict=True)]
        after = [b + o for b, o in zip(before, output_padding, strict=True)]
        stride = [1] * dimensions
        inputs, outputs = weight.shape[0] // groups, weight.shape[1]
        order = np.arange(int(np.prod(weight.shape))).reshape(
            (groups, inputs, outputs) + lengths).swapaxes(1, 2)
        order = np.flip(order, axis=tuple(range(3, 3 + dimensions)))
        weight = gathered([weight], order)
    else:
        before = after = padding
        weight = weight.reshape((groups, weight.shape[0] // groups) + weight.shape[1:])
    windows = _windows(_padded(places, before, after), lengths, stride, dilation)
    # sample, group, channel, places of the kernel, places of the result
    batch, size = x.shape[0], windows.shape[2 + dimensions:]
    windows = windows.reshape(batch, groups, -1, int(np.prod(lengths)), int(np.prod(size)))
    weight = weight.reshape((groups, weight.shape[1], windows.shape[2], windows.shape[3]))
    result = np.einsum("ngckp,gock->ngop", gathered([x], windows - 1), weight)
    result = result.reshape((batch, groups * weight.shape[1]) + size)
    return result if bias is None else result + bias.reshape((-1,) + (1,) * dimensions)


def _spread(places: np.ndarray, stride: Sequence[int]) -> np.ndarray:
    shape = places.shape[:2] + tuple((n - 1) * s + 1 for n, s in zip(places.shape[2:], stride,
                                                                    strict=True))
    result = np.zeros(shape, dtype=np.int64)
    result[(slice(None), slice(None), *(slice(None, None, s) for s in stride))] = places
    return result


def _padded(places: np.ndarray, before: Sequence[int], after: Sequence[int]) -> np.ndarray:
    # a negative number of zeros takes entries away
    places = np.pad(places, [(0, 0), (0, 0), *((max(b, 0), max(a, 0)) for b, a in
                                                zip(before, after, strict=True))])
    cut = [slice(max(-b, 0), n - max(-a, 0)) for b, a, n in
           zip(before, after, places.shape[2:], strict=True)]
    return places[(slice(None), slice(None), *cut)]


def _windows(places: np.ndarray, lengths: Sequence[int], stride: Sequence[int],
             dilation: Sequence[int]) -> np.ndarray:
    # the kernel's own axes come before those of its places
    counts = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in
              zip(places.shape[2:], lengths, stride, dilation, strict=True)]
    result = np.empty(places.shape[:2] + tuple(lengths) + tuple(counts), dtype=np.int64)
    every = slice(None), slice(None)
    for offset in itertools.product(*map(range, lengths)):
        cut = [slice(i * d, i * d + (m - 1) * s + 1, s) for i, d, m, s in
               zip(offset, dilation, counts, stride, strict=True)]
        result[(*every, *offset)] = places[(*every, *cut)]
    return result


def _normed(x: Any, axes: tuple[int, ...], eps: Any) -> tuple[Any, Any, Any]:
    mean = np.mean(x, axis=axes, keepdims=True)
    centred = x - mean
    scale = 1 / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + eps)
    return centred * scale, mean, scale


def layer_norm(x: Any, shape: Sequence[int], weight: Any, bias: Any, eps: Any) -> Any:
    r"""
    Return a layer norm over the last axes, the means, and the inverses of the deviations.
    """
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    result, mean, scale = _normed(x, axes, eps)
    return _affine(result, weight, bias), mean, scale


def rms_norm(x: Any, shape: Sequence[int], weight: Any, eps: Any) -> Any:
    r"""
    Return the quotient by the root mean square over the last axes, and its inverse.
    """
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    # what PyTorch takes if there is no number
    eps = Numbers(float(np.finfo(float).eps)).filled(isinstance(x, Array)) if eps is None else eps
    scale = 1 / np.sqrt(np.mean(x * x, axis=axes, keepdims=True) + eps)
    return _affine(x * scale, weight, None), scale


def group_norm(x: Any, weight: Any, bias: Any, samples: int, channels: int, places: int,
               groups: int, eps: Any) -> Any:
    r"""
    Return a norm over groups of channels, the means, and the inverses of the deviations.
    """
    result, mean, scale = _normed(x.reshape((samples, groups, -1)), (2,), eps)
    result = result.reshape(x.shape)
    return (_affine(result, *(_of_channels(a, x) for a in (weight, bias))),
            mean.reshape((samples, groups)), scale.reshape((samples, groups)))


def batch_norm(x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
               training: bool, momentum: Any, eps: Any) -> Any:
    r"""
    Return a norm over the batch, or one with running statistics, which are constants.
    """
    if not training:
        return batch_norm_of_constants(x, weight, bias, running_mean, running_var, momentum, eps)
    axes = (0, *range(2, x.ndim))
    result, mean, scale = _normed(x, axes, eps)
    result = _affine(result, *(_of_channels(a, x) for a in (weight, bias)))
    # what becomes of the running statistics is no output
    return result, mean.reshape((-1,)), scale.reshape((-1,)), None, None


def batch_norm_without_constants(x: Any, weight: Any, bias: Any, training: bool, momentum: Any,
                                 eps: Any) -> Any:
    r"""
    Return a norm over the batch, with no running statistics.
    """
    return batch_norm(x, weight, bias, None, None, training, momentum, eps)


def batch_norm_of_constants(x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
                            momentum: Any, eps: Any) -> Any:
    r"""
    Return the array without running means and divided by running deviations.
    """
    # roots of constants are no rational numbers: they are floats, as they are in PyTorch
    scale = 1 / np.sqrt(np.asarray(running_var, dtype=float) + float(eps))
    scale = Numbers(scale).filled(isinstance(x, Array))
    result = (x - _of_channels(running_mean, x)) * _of_channels(scale, x)
    return _affine(result, *(_of_channels(a, x) for a in (weight, bias))), None, None


def _of_channels(a: Any, x: Any) -> Any:
    return None if a is None else a.reshape((1, -1) + (1,) * (x.ndim - 2))


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias

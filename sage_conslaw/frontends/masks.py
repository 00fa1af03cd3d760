r"""
Minus infinity, and huge negative numbers, before a softmax

A mask is added to scores, or put in their place, and what it forbids has exponential 0. Numbers
of a mask are known when a module is read: they are kept beside the array, its *offset*, and the
exponentials of what they forbid are left out. Exponentials need entries that are forbidden
nowhere, and so no number stands for infinity.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from sage_conslaw.frontends.operands import Numbers
from sage_conslaw.functions import log_softmax
from sage_conslaw.functions import softmax as plain_softmax
from sage_conslaw.program.trace import Array, assembled

#: Constants from here on are read as minus infinity where a softmax follows.
HUGE = -1e4


def gathered(arrays: list[Any], index: np.ndarray) -> Any:
    r"""
    Return entries of arrays, flattened and put one behind the other; -1 stands for zero.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.frontends.masks import gathered
        sage: gathered([np.array([5, 6]), np.array([7])], np.array([[2, 0], [-1, 1]])).tolist()
        [[7.0, 5.0], [0.0, 6.0]]
    """
    tracer = next((a.tracer for a in arrays if isinstance(a, Array)), None)
    if tracer is not None:
        return assembled([tracer.read(a) for a in arrays], lambda _: index)
    return np.concatenate([*(np.ravel(a) for a in arrays), [0.0]])[index]


def parted(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    r"""
    Return numbers without those of a mask, and the latter, ``None`` if there are none.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.frontends.masks import parted
        sage: finite, mask = parted(np.array([1.0r, -1e9r, -np.inf]))
        sage: finite.tolist(), mask.tolist()
        ([1.0, 0.0, 0.0], [0.0, -1000000000.0, -inf])
    """
    own = ~np.isfinite(numbers) | (numbers <= HUGE)
    return np.where(own, 0.0, numbers), np.where(own, numbers, 0.0) if own.any() else None


class Decided:
    r"""
    What is decided of the offsets along some axes.

    ATTRIBUTES:

    - ``live`` -- boolean array: what a softmax does not forbid
    - ``shift`` -- what is added to what is live, for offsets differ by little there
    - ``top`` -- the largest offset, with the axes kept
    - ``dead`` -- boolean array, with the axes kept: where all is minus infinity
    """

    def __init__(self, offset: np.ndarray, axes: tuple[int, ...]) -> None:
        with np.errstate(invalid="ignore", over="ignore"):
            self.top = offset.max(axis=axes, keepdims=True)
            self.dead = np.isneginf(self.top)
            own = offset - np.where(self.dead, 0.0, self.top)
        self.live = ~(own <= HUGE)
        self.shift = np.where(self.live, own, 0.0)


def exponentials(z: Any, live: np.ndarray) -> Any:
    r"""
    Return exponentials of what is live, and 0 elsewhere.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.frontends.masks import exponentials
        sage: exponentials(np.zeros(2), np.array([True, False])).tolist()
        [1.0, 0.0]
    """
    places = np.where(live, np.cumsum(live).reshape(live.shape) - 1, -1)
    return gathered([np.exp(gathered([z], np.flatnonzero(live)))], places)


def softmax(z: Any, axis: int, decided: Decided | None) -> Any:
    r"""
    Return the softmax along an axis; where all is forbidden it is 0.
    """
    if decided is None:
        return plain_softmax(z, axis)
    powers = exponentials(_shifted(z, axis, decided), decided.live)
    return powers / (powers.sum(axis=axis, keepdims=True) + decided.dead.astype(int))


def logarithm_of_softmax(z: Any, axis: int, decided: Decided | None) -> Any:
    r"""
    Return the logarithm of the softmax along an axis; where it is forbidden, an offset is left.
    """
    if decided is None:
        return log_softmax(z, axis)
    z = _shifted(z, axis, decided)
    total = exponentials(z, decided.live).sum(axis=axis, keepdims=True)
    return z * decided.live.astype(int) - np.log(total + decided.dead.astype(int))


def logarithm_of_sum(z: Any, axes: tuple[int, ...], keepdims: bool,
                     decided: Decided | None) -> Any:
    r"""
    Return the logarithm of the sum of the exponentials along some axes.
    """
    top = None
    if not isinstance(z, Array):
        live = np.ones(z.shape, dtype=bool) if decided is None else decided.live
        top = np.max(np.where(live, z, -np.inf), axis=axes, keepdims=True)
        z = z - np.where(np.isfinite(top), top, 0.0)
    if decided is None:
        total = np.exp(z).sum(axis=axes, keepdims=True)
    else:
        shift = Numbers(decided.shift).filled(isinstance(z, Array))
        total = exponentials(z + shift, decided.live).sum(
            axis=axes, keepdims=True) + decided.dead.astype(int)
    result = np.log(total)
    if top is not None:
        result = result + np.where(np.isfinite(top), top, 0.0)
    return result if keepdims else result.reshape(
        [n for k, n in enumerate(result.shape) if k not in axes])


def _shifted(z: Any, axis: int, decided: Decided) -> Any:
    # floats without the largest one that is live, that exponentials do not overflow
    if isinstance(z, Array):
        return z + Numbers(decided.shift).exact if decided.shift.any() else z
    z = z + decided.shift
    top = np.max(np.where(decided.live, z, -np.inf), axis=axis, keepdims=True)
    return z - np.where(np.isfinite(top), top, 0.0)

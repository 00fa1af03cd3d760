r"""
Series of functions that solve a differential or an algebraic equation, modulo a prime

Each takes the series `z` of the argument, the first coefficient of the result, a number of
orders and the prime; the rest follows from an equation. Series are arrays whose first axis is
the order; orders that are not there are zero.

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw.arithmetic.function_series import exponential, logarithm
    sage: z = np.array([[5], [1]])
    sage: e = exponential(z, np.array([3]), 4, 101); e.ravel().tolist()
    [3, 3, 52, 51]
    sage: logarithm(e, z[0], 4, 101).ravel().tolist()
    [5, 1, 0, 0]
"""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sage_conslaw.arithmetic.series import power_modulo, series_product


def _weighted(terms: list[np.ndarray], weights: list[int], others: list[np.ndarray],
              prime: int) -> np.ndarray:
    # the sum of weight * term * other
    total: np.ndarray = np.int64(0)  # type: ignore[assignment]
    for weight, term, other in zip(weights, terms, others, strict=True):
        total = (total + weight * term % prime * other) % prime
    return total


def exponential(z: np.ndarray, start: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Return the solution of `e' = e z'`.
    """
    found = [start % prime]
    for k in range(1, orders):
        top = min(k, len(z) - 1)
        total = _weighted([z[j] for j in range(1, top + 1)], list(range(1, top + 1)),
                          [found[k - j] for j in range(1, top + 1)], prime)
        found.append(np.broadcast_to(total * pow(k, -1, prime) % prime, found[0].shape))
    return np.array(found)


def logarithm(z: np.ndarray, start: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Return the solution of `l' = z' / z`.

    ERRORS: ``ZeroDivisionError`` where the argument is zero.
    """
    if not z[0].all():
        raise ZeroDivisionError("a logarithm of zero, modulo the prime")
    inverse = power_modulo(z[0], prime - 2, prime)
    found = [start % prime]
    for k in range(1, orders):
        lower = [j for j in range(1, k) if k - j < len(z)]
        total = k * z[k] % prime if k < len(z) else np.zeros_like(z[0])
        total = total - _weighted([found[j] for j in lower], lower, [z[k - j] for j in lower],
                                  prime)
        found.append(total % prime * inverse % prime * pow(k, -1, prime) % prime)
    return np.array(found)


def square_root(z: np.ndarray, start: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Return the solution of `s^2 = z`.

    ERRORS: ``ZeroDivisionError`` where the argument is zero.
    """
    if not start.all():
        raise ZeroDivisionError("a root of zero, modulo the prime")
    half = power_modulo(2 * start % prime, prime - 2, prime)
    found = [start % prime]
    for k in range(1, orders):
        total = z[k] if k < len(z) else np.zeros_like(z[0])
        total = total - _weighted(found[1:k], [1] * (k - 1), found[k - 1:0:-1], prime)
        found.append(total % prime * half % prime)
    return np.array(found)


def bell(z: np.ndarray, start: np.ndarray, orders: int, prime: int) -> np.ndarray:
    r"""
    Return the solution of `g' = -z z' g`.
    """
    square = series_product(z, z, orders, prime)
    return exponential(square * ((prime - 1) // 2) % prime, start, orders, prime)


def integral(z: np.ndarray, start: np.ndarray, orders: int, prime: int,
             slope: np.ndarray) -> np.ndarray:
    r"""
    Return the solution of `n' = g z'` for the series `g` of a slope.
    """
    found = [start % prime]
    for k in range(1, orders):
        lower = [j for j in range(1, k + 1) if j < len(z) and k - j < len(slope)]
        total = _weighted([z[j] for j in lower], lower, [slope[k - j] for j in lower], prime)
        found.append(np.broadcast_to(total * pow(k, -1, prime) % prime, found[0].shape))
    return np.array(found)


#: The series of the functions of programs, by their names.
FUNCTION_SERIES: dict[str, Callable] = {
    "exp": exponential, "log": logarithm, "sqrt": square_root, "gauss": bell,
    "normal": integral}

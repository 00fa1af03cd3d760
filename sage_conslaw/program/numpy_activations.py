r"""
NumPy's functions that are not rational, on traced arrays

All are made from the functions of :mod:`sage_conslaw.program.activations`.
"""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.program.trace import Array, add, multiply, tracer_of


def applied(name: str, z: Any, *more: Array) -> Array:
    r"""
    Return a function of every entry of a traced array.
    """
    tracer = tracer_of(z)
    return Array(tracer, tracer.build.function(name, tracer.read(z).number,
                                               *(a.number for a in more)))


def exponential(z: Any) -> Array:
    r"""
    Return `e^z`.
    """
    return applied("exp", z)


def hyperbolic_tangent(z: Any) -> Any:
    r"""
    Return `\tanh(z) = 1 - 2 / (e^{2 z} + 1)`.
    """
    return 1 - 2 / (exponential(multiply(2, z)) + 1)


def normal(z: Any) -> Any:
    r"""
    Return the distribution function of the normal distribution, `\Phi(-z)` being `1 - \Phi(z)`.

    EXAMPLES::

        sage: from sage_conslaw.program.numpy_activations import normal
        sage: from sage_conslaw.program.tracer import Tracer
        sage: tracer = Tracer()
        sage: z = tracer.parameter("z", ())
        sage: total = normal(z) + normal(-z)
        sage: len(tracer.build.program([total.number]).functions())
        2
    """
    tracer = tracer_of(z)
    array = tracer.read(z)
    scaled = tracer.build.scaled_from(array.number)
    if scaled is not None and scaled[1] < 0:
        return 1 - normal(array.scaled(-1))
    return applied("normal", array, applied("gauss", array))


def _half_of(z: Any, sign: int) -> Any:
    # (e^z + sign e^{-z}) / 2
    e = exponential(z)
    return (e + sign / e) * Fraction(1, 2)


def _logarithm_of_sum(a: Any, b: Any) -> Array:
    tracer = tracer_of(a, b)
    return applied("log", add(exponential(tracer.read(a)), exponential(tracer.read(b))))


#: What NumPy's functions of one number are made from.
SMOOTH_UFUNCS = {
    np.exp: exponential,
    np.expm1: lambda z: exponential(z) - 1,
    np.log: lambda z: applied("log", z),
    np.log1p: lambda z: applied("log", 1 + tracer_of(z).read(z)),
    np.sqrt: lambda z: applied("sqrt", z),
    np.tanh: hyperbolic_tangent,
    np.sinh: lambda z: _half_of(z, -1),
    np.cosh: lambda z: _half_of(z, 1),
    np.logaddexp: _logarithm_of_sum,
}

r"""
Metrics: the `M(\theta)` of a flow

===================  ==========================================================
``None``             the network's own geometry
``"euclidean"``      `M = 1`
``"mirror"``         `M = \mathrm{diag}(\theta)`
``"burg"``           `M = \mathrm{diag}(\theta^2)`, of the mirror map `-\log \theta`
``Power(k)``         `M = \mathrm{diag}(\theta^k)`, `k` a rational number
``"natural"``        the natural gradient, which has the laws of the Euclidean one
names of blocks      mirror on these, Euclidean on the others
a dictionary         for each block that it names one of those with a `k`, Euclidean else
a function           of the named arrays, all or some: returns the diagonal, as a
                     dictionary from names to arrays of their shapes, or to numbers,
                     Euclidean else; or a matrix `n \times n` for all entries of the
                     blocks, in their order
===================  ==========================================================

Laws are those of `\theta' = -M \nabla E`, with the `M` that is given: whether it is positive is
not asked, and where it is not symmetric the flow says so. For momentum `M` is taken at
`\tau\theta + \theta'` in place of `\theta` (arXiv 2405.12888, Section 3.2), but for the natural
gradient, whose Fisher matrix is that at `\theta`.
"""
from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.flows.rates import as_written
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.networks.network import Network
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.instructions import Program
from sage_conslaw.program.trace import Array
from sage_conslaw.program.tracer import Tracer
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.of_sage import is_matrix


@dataclass(frozen=True)
class Power:
    r"""
    The metric `M = \mathrm{diag}(\theta^k)`.

    INPUT:

    - ``k`` -- a rational number, however it is written. Where it is no integer `\theta` is
      taken to be positive, and the state of a gradient flow is the root `\rho` with
      `\theta = \rho^b`, `b` the denominator of `k`.

    EXAMPLES::

        sage: from sage_conslaw import Power
        sage: Power(1/2), Power("-1/3"), Power(0.5r)
        (Power(1/2), Power(-1/3), Power(1/2))
        sage: Power("x")
        Traceback (most recent call last):
        ...
        ValueError: k: got 'x', expected a rational number of absolute value at most 100, ...
    """

    k: Fraction

    def __init__(self, k: Any) -> None:
        accepted = (f"a rational number of absolute value at most {limits.METRIC_EXPONENT}, such "
                    "as 1/2 or '1/2'")
        value = Fraction(as_written(k, "k", accepted))
        if abs(value) > limits.METRIC_EXPONENT or value.denominator > limits.METRIC_EXPONENT:
            raise ValueError(f"k: got {shown(k)}, expected {accepted}")
        object.__setattr__(self, "k", value)

    def __repr__(self) -> str:
        return f"Power({self.k})"


_NAMED = {"euclidean": Power(0), "mirror": Power(1), "burg": Power(2)}


@dataclass(frozen=True)
class Metric:
    r"""
    A metric of a network.

    ATTRIBUTES:

    - ``form`` -- ``"diagonal"`` or ``"matrix"``
    - ``program`` -- a :class:`~sage_conslaw.program.instructions.Program` with the blocks of
      parameters; its outputs are the diagonal, block by block, ``None`` for ones, or one
      matrix
    - ``label`` -- what it is, as it was given
    - ``powers`` -- dictionary from the names of blocks to exponents, ``None`` for functions
    - ``fact`` -- what is to be said of it, or nothing
    """

    form: str
    program: Program
    label: Any
    powers: Any = None
    fact: str = ""

    @property
    def is_identity(self) -> bool:
        r"""
        Whether it is Euclidean on all blocks.
        """
        return self.form == "diagonal" and all(k is None for k in self.program.outputs)

    def to_json(self, network: Network) -> dict:
        r"""
        Return the metric of a network as values that JSON can hold, ones written out.
        """
        build = Builder(self.program)
        shapes = [shape for _, shape in network.blocks]
        outputs = [build.constant(np.full(shape, 1, dtype=object)) if k is None else k
                   for k, shape in zip(self.program.outputs, shapes, strict=False)]
        keep = self.program.numbers("parameter")
        program, _ = build.program(outputs).without_dead_code(keep)
        return {"form": self.form, "program": program.to_json()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metric) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash((self.form, self.fact, self.program.outputs, len(self.program.instructions)))

    def key(self) -> tuple:
        r"""
        Return what equal metrics have in common.
        """
        return (self.form, self.fact, self.program.outputs,
                [step.key() for step in self.program.instructions])


def read_metric(metric: Any, network: Network) -> Metric:
    r"""
    Return the metric that an argument stands for, or raise an error that names it.

    EXAMPLES::

        sage: from sage_conslaw import NMF
        sage: from sage_conslaw.flows.metrics import read_metric
        sage: read_metric({"U": "burg"}, NMF(1, 1, 1)).powers
        {'U': Fraction(2, 1), 'V': Fraction(0, 1)}
        sage: read_metric("riemannian", NMF(1, 1, 1))
        Traceback (most recent call last):
        ...
        ValueError: metric: got 'riemannian', expected None, 'euclidean', 'mirror', 'burg', ...
    """
    names = list(network.parameters)
    accepted = ("None, 'euclidean', 'mirror', 'burg', 'natural', Power(k), names of blocks among "
                f"{', '.join(names)}, a dictionary from such names to one of these, or a function")
    refused = f"metric: got {shown(metric)}, expected {accepted}"
    label, fact = None, ""
    if metric is None:
        powers = {n: Fraction(n in network.mirror_blocks) for n in names}
    elif isinstance(metric, str) and metric == "natural":
        powers = dict.fromkeys(names, Fraction(0))
        label = "natural"
        fact = ("the natural gradient spans what the gradient spans, where the Fisher matrix at "
                "theta of all data has constant rank: its laws are those of the Euclidean metric")
    elif isinstance(metric, (str, Power)):
        powers = dict.fromkeys(names, _exponent(metric, refused))
    elif isinstance(metric, Mapping):
        if not set(itertools.islice(metric, len(names) + 1)) <= set(names):
            raise ValueError(refused)
        powers = {n: _exponent(metric.get(n, "euclidean"), refused) for n in names}
    elif callable(metric) and not isinstance(metric, type):
        return _of_function(metric, network, refused)
    else:
        chosen = _some_names(metric, names, refused)
        powers = {n: Fraction(n in chosen) for n in names}
    return Metric("diagonal", _powers_program(network, powers), label or _label(powers), powers,
                  fact)


def _exponent(metric: Any, refused: str) -> Fraction:
    if isinstance(metric, Power):
        return metric.k
    if not isinstance(metric, str):
        raise TypeError(refused)
    if metric not in _NAMED:
        raise ValueError(refused)
    return _NAMED[metric].k


def _some_names(metric: Any, names: list[str], refused: str) -> set[str]:
    try:
        chosen = set(itertools.islice(iter(metric), len(names) + 1))
    except TypeError:
        raise TypeError(refused) from None
    if not chosen <= set(names):
        raise ValueError(refused)
    return chosen


def _label(powers: dict[str, Fraction]) -> Any:
    # as short as it can be said
    exponents = set(powers.values())
    if exponents == {0}:
        return "euclidean"
    if exponents <= {0, 1}:
        return tuple(name for name, k in powers.items() if k)
    words: dict[Any, str] = {0: "euclidean", 1: "mirror", 2: "burg"}
    return {name: words.get(k) or Power(k) for name, k in powers.items()}


def _powers_program(network: Network, powers: dict[str, Fraction]) -> Program:
    build = Builder()
    blocks = [build.parameter(name, shape) for name, shape in network.blocks]
    outputs: list[int | None] = []
    for block, (name, _) in zip(blocks, network.blocks, strict=True):
        k = powers[name]
        # exponents that are no integers need other variables, which are not here
        outputs.append(None if not k or k.denominator > 1 else _power(build, block, int(k)))
    return build.program(outputs)


def _power(build: Builder, a: int, k: int) -> int:
    if k < 0:
        return build.reciprocal(_power(build, a, -k))
    result = a
    for _ in range(k - 1):
        result = build.entrywise(result, a)
    return result


def rooted(network: Network, metric: Metric) -> tuple[Network, Metric]:
    r"""
    Return the network in roots of its parameters, and the metric there, where exponents
    are no integers.

    ALGORITHM: With `\theta = \rho^b` and `M = \theta^{a/b}` the flow of `\rho` has the
    metric `(d\rho/d\theta)^2 M = \rho^{a - 2 b + 2} / b^2`.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, Network, Power
        sage: network = Network(lambda U, V: U * V, {"U": (1,), "V": (1,)})
        sage: GradientFlow(network, metric={"U": Power(1/2)}).vector_fields()[0]
        (1/2*U_root_1*V1, U_root_1^3)
    """
    fractional = {n: k for n, k in (metric.powers or {}).items() if k.denominator > 1}
    if not fractional:
        return network, metric
    renamed = network.rooted({n: k.denominator for n, k in fractional.items()})
    assert isinstance(renamed, Network)
    build = Builder()
    outputs: list[int | None] = []
    for (name, shape), k in zip(renamed.blocks, metric.powers.values(), strict=True):
        block = build.parameter(name, shape)
        b = k.denominator
        exponent = k.numerator - 2 * b + 2 if b > 1 else int(k)
        power = (build.constant(np.full(shape, 1, dtype=object)) if not exponent
                 else _power(build, block, exponent))
        outputs.append(build.scale(power, Fraction(1, b * b)) if exponent or b > 1 else None)
    return renamed, Metric("diagonal", build.program(outputs), metric.label, metric.powers,
                           metric.fact)


class _Name(str):
    # of a function, in the repr of a flow
    def __repr__(self) -> str:
        return str(self)


def _of_function(function: Callable, network: Network, refused: str) -> Metric:
    names = list(network.parameters)
    try:
        takes = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        raise TypeError(refused) from None
    if not set(takes) <= set(names):
        raise TypeError(f"metric: the function takes {', '.join(takes)}, expected names of blocks "
                        f"among {', '.join(names)}")
    tracer = Tracer()
    given = {name: tracer.parameter(name, shape) for name, shape in network.blocks}
    value = tracer.call(function, {name: given[name] for name in takes})
    label = _Name(f"<function {getattr(function, '__name__', '?')}>")
    if isinstance(value, Mapping):
        outputs = _diagonal(value, network, tracer)
        fact = ""
    else:
        matrix = _matrix(value, network.number_of_parameters, tracer)
        outputs = [matrix]
        fact = ("" if _is_symmetric(tracer.build.program([matrix])) else
                "the matrix of the metric is not symmetric: the flow is that of M times the "
                "gradient")
    if any(step.op == "function" for step in tracer.build.steps):
        raise ValueError("metric: the function has exponentials, logarithms or roots; expected "
                         "polynomials or rational functions")
    if tracer.gates.blocks:
        raise ValueError("metric: the function has gates; expected polynomials or rational "
                         "functions")
    return Metric("matrix" if len(outputs) == 1 and not isinstance(value, Mapping) else "diagonal",
                  tracer.build.program(outputs), label, None, fact)


def _diagonal(value: Mapping, network: Network, tracer: Tracer) -> list[int | None]:
    names = list(network.parameters)
    if not set(itertools.islice(value, len(names) + 1)) <= set(names):
        raise ValueError(f"metric: the function returned the keys {shown(list(value))}, "
                         f"expected names of blocks among {', '.join(names)}")
    outputs: list[int | None] = []
    for name, shape in network.blocks:
        entry = None if name not in value else tracer.read(value[name], f"metric[{name!r}]")
        if entry is not None and not entry.shape:
            # one number for the block
            entry = tracer.read(np.broadcast_to(entry, shape))
        if entry is not None and entry.shape != shape:
            raise ValueError(f"metric: the function returned an array of shape {entry.shape} "
                             f"for {name!r}, expected {shape}")
        outputs.append(None if entry is None else entry.number)
    return outputs


def _matrix(value: Any, size: int, tracer: Tracer) -> int:
    accepted = f"a dictionary from names to arrays, or an array of shape {(size, size)}"
    if not isinstance(value, (Array, np.ndarray, list, tuple)) and not is_matrix(value):
        raise TypeError(f"metric: the function returned {shown(value)}, expected {accepted}")
    matrix = tracer.read(value, "metric")
    if matrix.shape != (size, size):
        raise ValueError(f"metric: the function returned an array of shape {matrix.shape}, "
                         f"expected {accepted}")
    return matrix.number


def _is_symmetric(program: Program) -> bool:
    # at a random point modulo a prime: what differs as a function differs there, but for a
    # chance of nothing, and nothing but a remark depends on it
    source = PrimeSource(0)
    prime = source.prime()
    given = {k: source.point(program[k].size, prime).reshape((1,) + program[k].shape)
             for k in program.numbers("parameter")}
    try:
        values = run(ModularSeries(program, prime, 1), program, given)
    except (ValueError, ZeroDivisionError):
        return True  # a prime that divides a denominator
    (number,) = program.outputs
    assert number is not None
    matrix = values[number][0]
    return bool(np.array_equal(matrix, matrix.T))

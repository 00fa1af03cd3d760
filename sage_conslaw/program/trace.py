r"""
Arrays in a function that is traced: a shape, and how they are made

They take part in NumPy's operators and functions through NumPy's own protocols; what each of
these does is in the tables of :mod:`sage_conslaw.program.numpy_functions`, which the tracer of
an array has.
"""
from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from sage_conslaw.program.builder import index_letters
from sage_conslaw.program.constants import exact_array
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.of_sage import is_matrix

#: What a network can be written with, in messages.
SUPPORTED = ("+ - * / @, ** with integer exponents, slices, .T, reshape, np.einsum, "
             "np.concatenate, np.where with a constant mask and their kin, and the functions of "
             "sage_conslaw.functions")

_COMPARISONS = (np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
                np.sign, np.signbit, np.logical_and, np.logical_or, np.logical_not)


class TraceError(TypeError):
    r"""
    A function does what no program can do.
    """


def as_array(value: Any) -> Any:
    r"""
    Return a traced array as it is, and anything else as an array of NumPy.
    """
    return value if isinstance(value, Array) else np.asarray(value)


def holds_arrays(value: Any) -> bool:
    r"""
    Return whether a value is a traced array, or a nested sequence that has one in it.
    """
    return isinstance(value, Array) or (isinstance(value, (list, tuple))
                                        and any(holds_arrays(entry) for entry in value))


class Array(NDArrayOperatorsMixin):
    r"""
    An array in a function that is traced: a shape, and how it is made.

    It takes part in NumPy's operators and functions; see :mod:`sage_conslaw.program.trace`.
    """

    __array_priority__ = 1000
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tracer: Any, number: int) -> None:
        self.tracer = tracer
        self.number = number
        check_size(self.shape)

    # --- what NumPy's arrays have ---

    @property
    def shape(self) -> tuple[int, ...]:
        r"""
        The shape.
        """
        return self.tracer.build[self.number].shape

    @property
    def ndim(self) -> int:
        r"""
        The number of axes.
        """
        return len(self.shape)

    @property
    def size(self) -> int:
        r"""
        The number of entries.
        """
        return self.tracer.build[self.number].size

    @property
    def T(self) -> Array:
        r"""
        The transpose.
        """
        return self.rearranged(lambda index: index.T)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array of shape ()")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.shape:
            raise TypeError("iteration over an array of shape ()")
        return iter([self[k] for k in range(self.shape[0])])

    def __getitem__(self, key: Any) -> Array:
        for part in key if isinstance(key, tuple) else (key,):
            if holds_arrays(part):
                raise TraceError(f"an index of an array of shape {self.shape} is an array whose "
                                 "values are not known; indices have to be integers, slices or "
                                 "constant arrays")
        try:
            return self.rearranged(lambda index: index[key])
        except (IndexError, TypeError, ValueError) as error:
            raise IndexError(f"the index {shown(key)} does not fit an array of shape "
                             f"{self.shape}: {error}") from None

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TraceError(f"an entry of an array of shape {self.shape} is assigned to; build the "
                         "array with np.concatenate, np.stack or np.where")

    def _refused(self, error: str | TraceError) -> TraceError:
        # kept: a function that meets this error has no value to go on with
        error = TraceError(error) if isinstance(error, str) else error
        self.tracer.refused = self.tracer.refused or error
        return error

    def __bool__(self) -> bool:
        raise self._refused(f"the truth value of an array of shape {self.shape} is not known: a "
                         "function is traced once, without values. Use np.where with a constant "
                         "mask, or relu, leaky_relu and absolute of sage_conslaw.functions")

    def _number(self, *_: Any) -> Any:
        raise self._refused(self._no_number())

    def _no_number(self) -> TraceError:
        return TraceError(f"the value of an array of shape {self.shape} is not known: a function "
                          "is traced once, without values; it cannot be made a Python number, or "
                          "an entry of an array of NumPy: build arrays with np.stack or "
                          "np.concatenate")

    __int__ = __float__ = __complex__ = __round__ = _number

    def __index__(self) -> int:
        raise self._no_number()  # not kept: one asks for it to learn whether there is one

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TraceError(f"an array of shape {self.shape} has no values and cannot be made a "
                         f"NumPy array; a network is made from {SUPPORTED}")

    def __repr__(self) -> str:
        return f"<traced array of shape {self.shape}>"

    def __getattr__(self, name: str) -> Any:
        methods = () if name.startswith("_") else self.tracer.methods
        if name in methods:
            function = methods[name]
            return lambda *arguments, **options: function(self, *arguments, **options)
        raise AttributeError(f"a traced array of shape {self.shape} has no attribute {name!r}; a "
                             f"network is made from {SUPPORTED}")

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function not in self.tracer.functions:
            raise unsupported(named(function), arguments)
        return self.tracer.functions[function](*arguments, **options)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        if method == "reduce" and ufunc is np.add:
            # not over all axes, as np.sum
            options.setdefault("axis", 0 if np.ndim(inputs[0]) else None)
            return self.tracer.functions[np.sum](*inputs, **options)
        if ufunc in _COMPARISONS:
            raise self._refused(
                f"{name} compares the values of an array, and they are not known: a function is "
                "traced once. Use np.where with a constant mask, or relu, leaky_relu and absolute "
                "of sage_conslaw.functions")
        if method != "__call__" or ufunc not in self.tracer.ufuncs or options:
            if options.get("out") is not None:
                raise TraceError(f"{name}: traced arrays are not changed in place; write a = a + b")
            raise unsupported(name, inputs)
        return self.tracer.ufuncs[ufunc](*inputs)

    # --- what they are made with ---

    def rearranged(self, rearrange: Any) -> Any:
        r"""
        Rearrange the entries as a function rearranges those of an array of integers.

        Where its result is a list or tuple of arrays, so is this.
        """
        result = rearrange(np.arange(self.size).reshape(self.shape))
        if isinstance(result, (list, tuple)):
            return type(result)([self._taken(part) for part in result])
        return self._taken(result)

    def _taken(self, index: Any) -> Array:
        check_size(np.shape(index))
        return Array(self.tracer, self.tracer.build.take(self.number, np.asarray(index)))

    def gated(self, on: Any, off: Any) -> Array:
        r"""
        Return the array times one number where it is positive, and another one elsewhere.

        INPUT:

        - ``on``, ``off`` -- rational numbers: 1 and 0 for a ReLU
        """
        numbers = [exact_array(x, "slope") for x in (on, off)]
        for x, array in zip((on, off), numbers, strict=True):
            if array.shape:
                raise TypeError(f"slope: got {shown(x)}, expected one rational number")
        on, off = (array.item() for array in numbers)
        return Array(self.tracer, self.tracer.gates.apply(self.number, on, off))

    def gates(self) -> Array:
        r"""
        Return the gates of the array: 1 where it is positive, and 0 elsewhere.
        """
        return Array(self.tracer, self.tracer.gates.of(self.number))

    def normal(self) -> Array:
        r"""
        Return the distribution function of the normal distribution of every entry.
        """
        return self.tracer.normal(self)

    def scaled(self, number: Any) -> Array:
        r"""
        Return the array times a rational number.
        """
        return Array(self.tracer, self.tracer.build.scale(self.number, number))


def check_size(shape: tuple[int, ...]) -> None:
    r"""
    Raise an error if an array has too many entries.
    """
    if math.prod(shape) > limits.ARRAY_ENTRIES:
        raise ValueError(f"function: an array of shape {shown(shape)} has more than "
                         f"{limits.ARRAY_ENTRIES:,} entries")


def named(function: Any) -> str:
    r"""
    Return the name of a function of NumPy, as it is called.
    """
    module = (function.__module__ or "numpy").split(".")
    inner = [part for part in module[1:] if part in ("linalg", "fft")]
    return ".".join(["np", *inner, function.__name__])


def unsupported(name: str, arguments: Sequence[Any]) -> TraceError:
    r"""
    Return the error for an operation that programs do not have.
    """
    shapes = ", ".join(str(x.shape) if hasattr(x, "shape") else shown(x, 30) for x in arguments)
    return TraceError(f"{name} of {shapes} is not supported; a network is made from {SUPPORTED}")


def tracer_of(*values: Any) -> Any:
    r"""
    Return the tracer of the first traced array among some values.
    """
    for value in values:
        if isinstance(value, Array):
            return value.tracer
        if isinstance(value, (list, tuple)) and holds_arrays(value):
            return tracer_of(*value)
    raise TraceError("a traced array is used where constants are expected; a network is made from "
                     f"{SUPPORTED}")


def broadcast(name: str, *arrays: Array) -> tuple[int, ...]:
    r"""
    Return the shape that arrays are broadcast to, or raise an error that names them.
    """
    try:
        return np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        shapes = " and ".join(str(a.shape) for a in arrays)
        raise ValueError(f"{name}: shapes {shapes} do not fit") from None


def add(a: Any, b: Any, name: str = "+") -> Array:
    r"""
    Return the sum of two arrays, broadcast.
    """
    tracer = tracer_of(a, b)
    a, b = tracer.read(a), tracer.read(b)
    shape = broadcast(name, a, b)
    first, second = (x.rearranged(lambda index: np.broadcast_to(index, shape)) for x in (a, b))
    return Array(tracer, tracer.build.add(first.number, second.number))


def multiply(a: Any, b: Any, name: str = "*") -> Array:
    r"""
    Return the product of two arrays entry by entry, broadcast.
    """
    tracer = tracer_of(a, b)
    refuse_sage_matrix(name, a, b)
    a, b = tracer.read(a), tracer.read(b)
    shape = broadcast(name, a, b)
    for one, other in ((a, b), (b, a)):
        number = tracer.build.number(one.number)
        if number is not None and other.shape == shape:
            return other.scaled(number)
    letters = index_letters(len(shape))
    texts, numbers = [], []
    for x in (a, b):
        # axes of length 1 that the other one repeats are left out
        own = x.shape
        lead = len(shape) - len(own)
        kept = [k for k, n in enumerate(own) if n == shape[lead + k]]
        reshaped = x.rearranged(
            lambda index, own=own, kept=kept: index.reshape([own[k] for k in kept]))
        numbers.append(reshaped.number)
        texts.append("".join(letters[lead + k] for k in kept))
    return Array(tracer, tracer.build.multiply(*numbers, *texts, letters))


def refuse_sage_matrix(name: str, a: Any, b: Any) -> None:
    r"""
    Raise an error where a product could be one of matrices or one entry by entry.
    """
    for one, other in ((a, b), (b, a)):
        if is_matrix(one):
            raise TraceError(f"{name} of a matrix of Sage and an array of shape "
                             f"{getattr(other, 'shape', ())}: with arrays it is entry by entry, "
                             "with matrices it is not; write @, or np.array of the rows")


def stack(arrays: Sequence[Array]) -> Array:
    r"""
    Return arrays of one shape below each other, along a new first axis.
    """
    return assembled(arrays, lambda parts: np.stack(parts))


def assembled(arrays: Sequence[Array], arrange: Any) -> Array:
    r"""
    Put arrays together as a function puts arrays of integers together.

    INPUT:

    - ``arrays`` -- list of traced arrays
    - ``arrange`` -- function from a list of integer arrays of their shapes to an array
    """
    tracer = arrays[0].tracer
    build = tracer.build
    sizes = [a.size for a in arrays]
    starts = np.cumsum([0] + sizes)
    result = np.asarray(arrange([np.arange(start, start + a.size).reshape(a.shape)
                                 for start, a in zip(starts, arrays, strict=False)]))
    total = build.constant(np.zeros(result.shape, dtype=object))
    for start, size, array in zip(starts, sizes, arrays, strict=False):
        own = (result >= start) & (result < start + size)
        if own.any():
            index = np.where(own, result - start, -1)
            total = build.add(total, build.take(array.number, index))
    return Array(tracer, total)


def is_integer(value: Any) -> bool:
    r"""
    Return whether a number is an integer of any exact kind.
    """
    if isinstance(value, (bool, np.bool_, np.ndarray)):
        return False
    try:  # rationals of Sage have an index where they are integers
        operator.index(value)
    except TypeError:
        return False
    return True


def flattened(value: Any) -> Iterator[Any]:
    r"""
    Yield the arrays in what a function returned: an array, or nested sequences of arrays.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)) and not (value and not isinstance(
            value[0], (Array, np.ndarray, tuple, list, dict))):
        for part in value:
            yield from flattened(part)
    else:
        yield value

r"""
Tracing: a function of arrays becomes a program

The function is called once, with arrays that have a shape and no values. What it does to
them, through operators and NumPy's own protocols, is written down.

EXAMPLES::

    sage: from sage_conslaw.program.tracer import Tracer
    sage: tracer = Tracer()
    sage: U, V = tracer.parameter("U", (2, 3)), tracer.parameter("V", (3, 2))
    sage: (U @ V).shape, (U * V.T + 1).shape
    ((2, 2), (2, 3))
    sage: if (U @ V)[0, 0]: pass
    Traceback (most recent call last):
    ...
    sage_conslaw.program.trace.TraceError: the truth value of an array of shape () is not known: ...
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sage_conslaw.program.builder import Builder
from sage_conslaw.program.constants import exact_array
from sage_conslaw.program.gates import Gates
from sage_conslaw.program.numpy_activations import normal
from sage_conslaw.program.numpy_functions import FUNCTIONS, METHODS, UFUNCS
from sage_conslaw.program.trace import Array, TraceError, holds_arrays, stack


class Tracer:
    r"""
    The program of a function while it is traced.

    ATTRIBUTES:

    - ``build`` -- the :class:`~sage_conslaw.program.builder.Builder`
    - ``gates`` -- its :class:`~sage_conslaw.program.gates.Gates`
    - ``refused`` -- the error that was raised when the function asked for a value, or ``None``
    - ``ufuncs``, ``functions``, ``methods`` -- what operators, functions and methods do
    """

    ufuncs: Mapping[Any, Callable] = UFUNCS
    functions: Mapping[Any, Callable] = FUNCTIONS
    methods: Mapping[str, Callable] = METHODS

    normal = staticmethod(normal)

    def __init__(self) -> None:
        self.refused: TraceError | None = None
        self.build = Builder()
        self.gates = Gates(self.build)

    def array(self, number: int) -> Array:
        r"""
        Return the array of an instruction.
        """
        return Array(self, number)

    def parameter(self, name: str, shape: Sequence[int]) -> Array:
        r"""
        Return a block of parameters.
        """
        return Array(self, self.build.parameter(name, shape))

    def control(self, name: str, shape: Sequence[int], role: str) -> Array:
        r"""
        Return a free array.
        """
        return Array(self, self.build.control(name, shape, role))

    def call(self, function: Callable, given: Mapping[str, Array]) -> Any:
        r"""
        Return what a function returns for traced arrays.

        An error that says that a value is not known is raised here even where the function
        has caught it, and gone on without the value that it wanted.
        """
        try:
            value = function(**given)
        except Exception as error:
            # NumPy and Python say less of a value that they cannot have
            if self.refused is None or self.refused is error:
                raise
            raise self.refused from None
        if self.refused is not None:
            raise self.refused
        return value

    def read(self, value: Any, name: str = "constant") -> Array:
        r"""
        Return a traced array for an array or for numbers.
        """
        if isinstance(value, Array):
            if value.tracer is not self:
                raise TraceError("an array of another network is used; give it to the function "
                                 "as a parameter")
            return value
        if isinstance(value, np.ndarray) and value.dtype == object:
            value = value.tolist()
        if isinstance(value, (list, tuple)) and holds_arrays(value):
            arrays = [self.read(entry, name) for entry in value]
            if len({array.shape for array in arrays}) > 1:
                shapes = ", ".join(str(array.shape) for array in arrays[:8])
                raise ValueError(f"{name}: got a list of arrays of the shapes {shapes}, which do "
                                 "not make one array; to return several arrays begin with one "
                                 "that is no number, as in np.array([1])")
            return stack(arrays)
        return Array(self, self.build.constant(exact_array(value, name)))

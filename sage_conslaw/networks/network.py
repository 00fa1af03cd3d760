r"""
Networks: a function of named arrays, traced once

EXAMPLES::

    sage: from sage_conslaw import Network
    sage: Network(lambda U, V: U * V, parameters={"U": (3,), "V": (3,)})
    Network of U (3,), V (3,)
"""
from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from sage_conslaw.networks.derived import MadeFromNetworks
from sage_conslaw.networks.gate_checks import check_gates
from sage_conslaw.networks.names import (
    check_arguments,
    checked_shapes,
    refuse_overridden,
    variable_names,
)
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.gates import Gate, squared_gates
from sage_conslaw.program.instructions import Program
from sage_conslaw.program.listing import listed
from sage_conslaw.program.trace import flattened
from sage_conslaw.program.tracer import Tracer
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown

#: Where the modules of other frameworks are read: front ends make networks, and networks know
#: them by their names alone.
FRONT_ENDS = {"torch": "sage_conslaw.frontends.from_torch"}


class Network(MadeFromNetworks):
    r"""
    A network, given as a function of named arrays.

    INPUT:

    - ``function`` -- a function of NumPy arrays, called once with traced arrays, by the names
      of its arguments; it returns an array, or a tuple, list or dictionary of arrays
    - ``parameters`` -- dictionary from the names of the parameters to their shapes
    - ``inputs`` -- dictionary from the names of the data to their shapes, or ``None``

    With ``inputs``, `g(\theta, x)` is the network, and laws are those of the gradients of
    `\langle w, g(\theta, x) \rangle` for all `x` and `w`. Without, the function is the
    `\phi(\theta)` on which the loss depends.

    Gates, of ReLUs and their kin, are read in the *lifted* way, as free controls;
    ``hypotheses`` says what this supposes.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, Network, trace_dimension
        sage: from sage_conslaw.functions import relu
        sage: skip = Network(lambda x, U, V: x + U @ relu(V @ x),
        ....:                parameters={"U": (2, 2), "V": (2, 2)}, inputs={"x": (2,)})
        sage: trace_dimension(GradientFlow(skip)).number_of_laws
        2
        sage: print(*skip.hypotheses, sep="; ")
        the inputs x take every value; the gradient of the loss takes every direction; the
        gates of gate1 (2,) take every pattern, freely (lifted reading)

    TESTS::

        sage: Network(lambda U: U.sum() if U[0] > 0 else U, {"U": (2,)})
        Traceback (most recent call last):
        ...
        sage_conslaw.program.trace.TraceError: np.greater compares the values of an array, ...
        sage: Network(lambda U, V: U @ V, {"U": (2, 3)})
        Traceback (most recent call last):
        ...
        TypeError: function: it takes the arguments U, V, expected U
    """

    #: What the natural geometry is on each block of parameters, where it is not Euclidean.
    mirror_blocks: tuple[str, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        # laws are those of the function: what a subclass says besides would be ignored
        super().__init_subclass__(**options)
        refuse_overridden(cls, ("arguments", "sizes", "mirror_blocks"))

    def __init__(self, function: Callable, parameters: Mapping[str, Any],
                 inputs: Mapping[str, Any] | None = None) -> None:
        if not callable(function):
            raise TypeError(f"function: got {shown(function)}, expected a function of arrays")
        parameters = checked_shapes(parameters, "parameters")
        inputs = {} if inputs is None else checked_shapes(inputs, "inputs")
        if not parameters:
            raise ValueError("parameters: got none, expected at least one name with its shape")
        self._set_up(function, parameters, inputs, (), ())
        self.trace()

    def _set_up(self, function: Callable, parameters: dict[str, tuple[int, ...]],
                inputs: dict[str, tuple[int, ...]], restricted: tuple[str, ...],
                facts: tuple[str, ...], title: str | None = None) -> None:
        # `parameters` are all that are not frozen; those that are restricted are controls
        common = set(parameters) & set(inputs)
        if common:
            raise ValueError(f"inputs: {sorted(common)[0]!r} is the name of a parameter too")
        _check_sizes(parameters, title or "parameters: their shapes", "parameters")
        _check_sizes(inputs, "inputs: their shapes", "entries")
        self._function, self._all_parameters = function, parameters
        self._restricted, self._facts, self._title = restricted, facts, title
        self._inputs = dict(inputs)
        self._parameters = {name: shape for name, shape in parameters.items()
                            if name not in restricted}
        check_arguments(function, [*parameters, *inputs])

    @classmethod
    def from_torch(cls, module: Any, example_inputs: Any) -> Network:
        r"""
        Return the network that a module of PyTorch is; see
        :func:`sage_conslaw.frontends.from_torch.from_torch`.

        INPUT:

        - ``module`` -- a ``torch.nn.Module``
        - ``example_inputs`` -- a tensor, a tuple of tensors, or a dictionary of them by the names
          of the arguments
        """
        if cls is not Network:
            raise TypeError(f"from_torch: it makes a Network, and no {cls.__name__}; call "
                            "Network.from_torch")
        return importlib.import_module(FRONT_ENDS["torch"]).from_torch(module, example_inputs)

    @staticmethod
    def _plain() -> Network:
        return Network.__new__(Network)

    def trace(self) -> None:
        r"""
        Trace the function now, and not when its program is first asked for.
        """
        _ = self._traced

    @property
    def program(self) -> Program:
        r"""
        The program of the network; its outputs are those of the function.
        """
        return self._traced[0]

    @property
    def gates(self) -> tuple[Gate, ...]:
        r"""
        The blocks of gates.
        """
        return self._traced[1]

    @cached_property
    def _traced(self) -> tuple[Program, tuple[Gate, ...], tuple[str, ...]]:
        tracer = Tracer()
        given = {}
        # parameters first, all of them: those that are not used are variables as well
        for name, shape in self.parameters.items():
            given[name] = tracer.parameter(name, shape)
        for name in self._restricted:
            given[name] = tracer.control(name, self._all_parameters[name], "restricted")
        for name, shape in self.inputs.items():
            given[name] = tracer.control(name, shape, "input")
        outputs = list(flattened(tracer.call(self._function, given)))
        if not outputs:
            raise TypeError("function: it returned no array")
        traced = [tracer.read(value, "output of the function") for value in outputs]
        program = tracer.build.program([array.number for array in traced])
        keep = [given[name].number for name in given]
        whole, number = program.without_dead_code(keep)
        while True:
            # what switches a gate stays, even where nothing else needs it
            blocks = [g for g in tracer.gates.blocks if g.control in number]
            keep += [g.argument for g in blocks if g.argument not in number]
            before = len(number)
            whole, number = program.without_dead_code(keep)
            if len(number) == before:
                break
        gates = tuple(Gate(number[g.control], number[g.argument]) for g in blocks)
        return whole, gates, check_gates(whole, gates)

    @cached_property
    def switched(self) -> tuple[int, ...]:
        r"""
        The numbers of the gates in which the network is not affine.

        They cannot be free numbers, for `g^2` is `g` for a gate: they are 0 or 1 in a count.

        EXAMPLES::

            sage: from sage_conslaw import Network
            sage: from sage_conslaw.functions import relu
            sage: network = Network(lambda x, U: relu(U @ x)**2, {"U": (2, 2)}, {"x": (2,)})
            sage: [network.program[k].detail[0] for k in network.switched]
            ['gate1']
        """
        return tuple(gate.control for gate in self.gates if squared_gates(self.program, gate))

    # --- what there is ---

    @property
    def parameters(self) -> Mapping[str, tuple[int, ...]]:
        r"""
        The shapes of the parameters, by their names.
        """
        return MappingProxyType(self._parameters)

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        r"""
        The shapes of the inputs, by their names.
        """
        return MappingProxyType(self._inputs)

    @property
    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        r"""
        The blocks of parameters: pairs (name, shape), in their order.
        """
        return tuple(self.parameters.items())

    @property
    def number_of_parameters(self) -> int:
        r"""
        The number `n` of parameters.
        """
        return sum(int(np.prod(shape)) for shape in self.parameters.values())

    def variable_names(self) -> tuple[str, ...]:
        r"""
        Return the name of each parameter: its block and its indices from 1.

        EXAMPLES::

            sage: from sage_conslaw import ReLUNetwork
            sage: ReLUNetwork([1, 2, 1], bias=True).variable_names()
            ('U1_1_1', 'U1_1_2', 'U2_1_1', 'U2_2_1', 'b1_1', 'b1_2')
        """
        return variable_names(self.blocks)

    def arrange(self, parameters: Sequence[Any]) -> list[np.ndarray]:
        r"""
        Arrange a flat sequence of parameters as the list of the blocks.
        """
        arrays, start = [], 0
        for shape in self.parameters.values():
            size = int(np.prod(shape))
            block = np.empty(size, dtype=object)
            block[:] = list(parameters[start:start + size])
            arrays.append(block.reshape(shape))
            start += size
        return arrays

    @property
    def facts(self) -> tuple[str, ...]:
        r"""
        What was fixed when the network was made from another one, and what is to be known of
        its gates, in words.
        """
        return self._facts + self._traced[2]

    @property
    def hypotheses(self) -> tuple[str, ...]:
        r"""
        What is supposed where laws of this network are counted, in words.
        """
        found = list(self._facts)
        if self.inputs:
            found.append(f"the inputs {', '.join(self.inputs)} take every value")
        found.append("the gradient of the loss takes every direction")
        if self._restricted:
            found.append(f"the parameters {', '.join(self._restricted)} take every value: laws in "
                         "the others alone")
        if self.gates:
            blocks = ", ".join(f"{self.program[g.control].detail[0]} "
                               f"{self.program[g.control].shape}" for g in self.gates)
            found.append(f"the gates of {blocks} take every pattern, freely (lifted reading)")
            found.extend(self._traced[2])
        unused = self.unused_parameters()
        if unused:
            found.append(f"the network does not depend on {', '.join(unused)}, along which the "
                         "loss has no gradient")
        return tuple(found)

    def unused_parameters(self) -> tuple[str, ...]:
        r"""
        Return the names of the parameters on which no output depends.
        """
        used = set().union(*(step.of for step in self.program.instructions),
                           {k for k in self.program.outputs if k is not None})
        return tuple(self.program[k].detail for k in self.program.numbers("parameter")
                     if k not in used)

    @cached_property
    def pairing(self) -> Program:
        r"""
        The program of the pairing `\langle w, g(\theta, x) \rangle`, a number.
        """
        build = Builder(self.program)
        total = build.constant(0)
        for k, w in zip(self.program.outputs, self.cotangents(build), strict=True):
            letters = "abcdefghijklmnopqrstuvwxyz"[:len(self.program[k].shape)]
            total = build.add(total, build.multiply(w, k, letters, letters, ""))
        return build.program([total])

    def cotangents(self, build: Builder) -> list[int]:
        r"""
        Write a cotangent for each output, and return their numbers.

        EXAMPLES:

        Their names are none of the parameters, inputs and gates::

            sage: from sage_conslaw import Network
            sage: network = Network(lambda w1, w2: w1 * w2, {"w1": (), "w2": ()})
            sage: network.pairing[network.pairing.numbers("control")[0]].detail
            ('w_1', 'cotangent')
        """
        prefix, taken = "w", self.program.names()
        while any(name.startswith(prefix) and name[len(prefix):].isdigit() for name in taken):
            prefix += "_"
        return [build.control(f"{prefix}{i + 1}", self.program[k].shape, "cotangent")
                for i, k in enumerate(self.program.outputs)]

    def __call__(self, /, **arrays: Any) -> Any:
        r"""
        Return the value of the network for arrays of numbers.

        EXAMPLES::

            sage: import numpy as np
            sage: from sage_conslaw import Network
            sage: network = Network(lambda U, V: U @ V, {"U": (1, 2), "V": (2, 1)})
            sage: network(U=np.array([[1, 2]]), V=np.array([[3], [4]])).tolist()
            [[11]]
        """
        return self._function(**arrays)

    def __repr__(self) -> str:
        if self._title:
            return self._title
        text = "Network of " + ", ".join(f"{n} {s}" for n, s in self.parameters.items())
        if self.inputs:
            text += "; inputs " + ", ".join(f"{n} {s}" for n, s in self.inputs.items())
        return text

    def __str__(self) -> str:
        return repr(self) + "\n" + listed(self.program)

    def __eq__(self, other: object) -> bool:
        # networks that compute the same in the same way
        return (isinstance(other, Network) and type(self) is type(other)
                and self.blocks == other.blocks and self._facts == other._facts
                and self.program.outputs == other.program.outputs
                and [step.key() for step in self.program.instructions]
                == [step.key() for step in other.program.instructions])

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.blocks, len(self.program.instructions)))

    def __copy__(self) -> Network:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: Any) -> Network:
        return self

    def __reduce__(self) -> Any:
        # functions of a session cannot be pickled, what was traced can
        self.trace()
        return _restored, (type(self), {k: v for k, v in vars(self).items()
                                        if k not in ("_function", "pairing")})


def _check_sizes(shapes: dict[str, tuple[int, ...]], given: str, noun: str) -> None:
    count = sum(math.prod(shape) for shape in shapes.values())
    if count > limits.PARAMETERS:
        text = f"{count:,}" if count < 10**15 else f"more than {10**15:,}"
        raise ValueError(f"{given} make {text} {noun}; accepted are at most {limits.PARAMETERS:,}")


def _restored(kind: type, state: dict) -> Network:
    network = kind.__new__(kind)
    vars(network).update(state)
    network._function = _forgotten
    return network


def _forgotten(**_: Any) -> Any:
    raise ValueError("the function of a network is not kept when it is pickled")

r"""
Networks: a function of named arrays, traced once

EXAMPLES::

    sage: from sage_conslaw import Network
    sage: Network(lambda U, V: U * V, parameters={"U": (3,), "V": (3,)})
    Network of U (3,), V (3,)
"""
from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from sage_conslaw.program.constants import exact_array
from sage_conslaw.program.gate_checks import check_gates
from sage_conslaw.program.gates import Gate
from sage_conslaw.program.instructions import Builder, Program
from sage_conslaw.program.listing import listed
from sage_conslaw.program.trace import Array, Tracer
from sage_conslaw.system.checks import checked_integer, checked_seed
from sage_conslaw.system.messages import shown

#: Networks with more parameters are refused.
MAX_PARAMETERS = 1_000_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,50}", re.ASCII)
_TIE = re.compile(r"\s*(-?)\s*([A-Za-z_][A-Za-z0-9_]*)(\.T)?\s*", re.ASCII)


class Network:
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

    def __init__(self, function: Callable, parameters: Mapping[str, Any],
                 inputs: Mapping[str, Any] | None = None) -> None:
        if not callable(function):
            raise TypeError(f"function: got {shown(function)}, expected a function of arrays")
        parameters = _checked_shapes(parameters, "parameters")
        inputs = {} if inputs is None else _checked_shapes(inputs, "inputs")
        if not parameters:
            raise ValueError("parameters: got none, expected at least one name with its shape")
        self._set_up(function, parameters, inputs, (), ())

    def _set_up(self, function: Callable, parameters: dict[str, tuple[int, ...]],
                inputs: dict[str, tuple[int, ...]], restricted: tuple[str, ...],
                facts: tuple[str, ...], title: str | None = None) -> None:
        # `parameters` are all that are not frozen; those that are restricted are controls
        common = set(parameters) & set(inputs)
        if common:
            raise ValueError(f"inputs: {sorted(common)[0]!r} is the name of a parameter too")
        self._check_sizes(parameters)
        self._function, self._all_parameters = function, parameters
        self._restricted, self._facts, self._title = restricted, facts, title
        self.inputs = inputs
        self.parameters = {name: shape for name, shape in parameters.items()
                           if name not in restricted}
        _check_arguments(function, [*parameters, *inputs])
        self.program, self.gates = self._traced()
        check_gates(self.program, self.gates)

    @staticmethod
    def _check_sizes(parameters: dict[str, tuple[int, ...]]) -> None:
        count = sum(int(np.prod(shape, dtype=object)) for shape in parameters.values())
        if count > MAX_PARAMETERS:
            text = f"{count:,}" if count < 10**15 else f"more than {10**15:,}"
            raise ValueError(f"parameters: their shapes make {text} parameters; accepted are at "
                             f"most {MAX_PARAMETERS:,}")

    def _traced(self) -> tuple[Program, tuple[Gate, ...]]:
        tracer = Tracer()
        given = {}
        # parameters first, all of them: those that are not used are variables as well
        for name, shape in self.parameters.items():
            given[name] = tracer.parameter(name, shape)
        for name in self._restricted:
            given[name] = tracer.control(name, self._all_parameters[name], "restricted")
        for name, shape in self.inputs.items():
            given[name] = tracer.control(name, shape, "input")
        outputs = list(_flattened(self._function(**given)))
        if not outputs:
            raise TypeError("function: it returned no array")
        traced = [tracer.read(value, "output of the function") for value in outputs]
        program = tracer.build.program([array.number for array in traced])
        keep = [given[name].number for name in given]
        program, number = program.without_dead_code(keep)
        gates = tuple(Gate(number[g.control], number[g.argument]) for g in tracer.gates.blocks
                      if g.control in number)
        return program, gates

    # --- what there is ---

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
        unused = self.unused_parameters()
        if unused:
            found.append(f"the network does not depend on {', '.join(unused)}, which stay as they "
                         "are")
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
        """
        return [build.control(f"w{i + 1}", self.program[k].shape, "cotangent")
                for i, k in enumerate(self.program.outputs)]

    def __call__(self, **arrays: Any) -> Any:
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

    def __reduce__(self) -> Any:
        # functions of a session cannot be pickled, what was traced can
        return _restored, (type(self), {k: v for k, v in vars(self).items()
                                        if k not in ("_function", "pairing")})

    # --- networks made from networks ---

    def _derived(self, function: Callable, parameters: dict, inputs: dict,
                 restricted: tuple[str, ...], facts: tuple[str, ...], title: str) -> Network:
        network = Network.__new__(Network)
        network._set_up(function, parameters, inputs, restricted, facts, title)
        network.mirror_blocks = tuple(n for n in self.mirror_blocks if n in network.parameters)
        return network

    def restrict(self, names: Iterable[str]) -> Network:
        r"""
        Return the network for laws in some parameters alone; the others become controls.

        INPUT:

        - ``names`` -- names of parameters, at least one

        REFERENCES: arXiv 2506.06194, Proposition 4.3.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, Network, trace_dimension
            sage: network = Network(lambda U, V: U * V, {"U": (2,), "V": (2,)})
            sage: trace_dimension(GradientFlow(network.restrict(["U"]))).number_of_laws
            0
        """
        chosen = _checked_names(names, self.parameters, "names")
        if not chosen:
            raise ValueError("names: got none, expected at least one name among "
                             f"{', '.join(self.parameters)}")
        others = tuple(n for n in self._all_parameters if n not in chosen)
        return self._derived(self._function, self._all_parameters, self.inputs, others,
                             self._facts, f"{self!r}, restricted to {', '.join(chosen)}")

    def freeze(self, names: Iterable[str], values: Mapping[str, Any] | None = None, *,
               seed: int = 0) -> Network:
        r"""
        Return the network in which some parameters are fixed numbers.

        INPUT:

        - ``names`` -- names of parameters; not all of them
        - ``values`` -- dictionary from these names to arrays of numbers; ``None`` draws one
          constant, small integers, for all data
        - ``seed`` -- an integer, of the numbers that are drawn

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, Network, trace_dimension
            sage: network = Network(lambda x, U, V: U @ V @ x, {"U": (1, 3), "V": (3, 2)},
            ....:                   inputs={"x": (2,)})
            sage: trace_dimension(GradientFlow(network.freeze(["V"]))).number_of_laws
            1
        """
        chosen = _checked_names(names, self.parameters, "names")
        if len(chosen) == len(self.parameters):
            raise ValueError("names: got all parameters, expected at least one that is left")
        fixed, fact = {}, "given"
        if values is None:
            generator = np.random.Generator(np.random.PCG64(checked_seed(seed) % 2**64))
            fact = f"drawn with the seed {seed}"
        elif not isinstance(values, Mapping) or set(values) != set(chosen):
            raise ValueError(f"values: got {shown(values)}, expected a dictionary with the keys "
                             f"{', '.join(chosen)}")
        for name in chosen:
            shape = self.parameters[name]
            array = (np.array(generator.integers(-9, 10, size=shape), dtype=object)
                     if values is None else exact_array(values[name], f"values[{name!r}]"))
            if array.shape != shape:
                raise ValueError(f"values[{name!r}]: got an array of shape {array.shape}, expected "
                                 f"{shape}")
            fixed[name] = array
        function = self._function
        left = {n: s for n, s in self._all_parameters.items() if n not in fixed}
        return self._derived(lambda **given: function(**given, **fixed), left, self.inputs,
                             self._restricted,
                             (*self._facts, f"{', '.join(chosen)} fixed, at numbers {fact}"),
                             f"{self!r}, {', '.join(chosen)} frozen")

    def tie(self, ties: Mapping[str, str | Callable]) -> Network:
        r"""
        Return the network in which some parameters are made from others.

        INPUT:

        - ``ties`` -- dictionary from names of parameters to what they are: a text, the name
          of another one, maybe with ``.T`` behind or ``-`` before it; or a function of others,
          by the names of its arguments

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, Network, trace_dimension
            sage: network = Network(lambda U, V: U @ V, {"U": (1, 3), "V": (3, 1)})
            sage: tied = network.tie({"V": "U.T"}); tied
            Network of U (1, 3), V (3, 1), V tied to U.T
            sage: trace_dimension(GradientFlow(tied)).number_of_laws
            2
        """
        if not isinstance(ties, Mapping):
            raise TypeError(f"ties: got {shown(ties)}, expected a dictionary such as "
                            "{'U': 'V.T'}")
        chosen = _checked_names(ties, self.parameters, "ties")
        left = {n: s for n, s in self._all_parameters.items() if n not in chosen}
        rules = {name: _tie_rule(name, ties[name], left) for name in chosen}
        function, shapes = self._function, self.parameters

        def tied(**given: Any) -> Any:
            made = {name: rule(given) for name, rule in rules.items()}
            for name, array in made.items():
                if array.shape != shapes[name]:
                    raise ValueError(f"ties: {name!r} becomes an array of shape {array.shape}, "
                                     f"expected {shapes[name]}")
            return function(**given, **made)

        text = ", ".join(f"{n} tied to {v if isinstance(v, str) else 'a function'}"
                         for n, v in ties.items())
        return self._derived(tied, left, self.inputs, self._restricted, self._facts,
                             f"{self!r}, {text}")

    def __matmul__(self, inner: Network) -> Network:
        r"""
        Return the network that applies another one first, then this one.

        The outputs of the other one are the inputs of this one, in their order.

        EXAMPLES::

            sage: from sage_conslaw import Network
            sage: first = Network(lambda x, A: A @ x, {"A": (3, 2)}, {"x": (2,)})
            sage: second = Network(lambda y, B: B @ y, {"B": (1, 3)}, {"y": (3,)})
            sage: second @ first
            Network of A (3, 2), B (1, 3); inputs x (2,)
            sage: first @ second
            Traceback (most recent call last):
            ...
            ValueError: composition: outputs of shapes (1,) and inputs of shapes (2,) do not fit
        """
        if not isinstance(inner, Network):
            return NotImplemented
        shapes = [inner.program[k].shape for k in inner.program.outputs]
        if shapes != list(self.inputs.values()):
            raise ValueError(f"composition: outputs of shapes {', '.join(map(str, shapes))} and "
                             f"inputs of shapes {', '.join(map(str, self.inputs.values())) or '-'} "
                             "do not fit")
        common = set(self._all_parameters) & (set(inner._all_parameters) | set(inner.inputs))
        if common:
            raise ValueError(f"composition: both networks have a parameter {sorted(common)[0]!r}; "
                             "write one of them with other names")
        outer_names, inner_names = self._all_parameters, inner._all_parameters
        outer_function, inner_function = self._function, inner._function
        entries = list(self.inputs)

        def composed(**given: Any) -> Any:
            between = list(_flattened(inner_function(
                **{n: a for n, a in given.items() if n not in outer_names})))
            return outer_function(**dict(zip(entries, between, strict=True)),
                                  **{n: given[n] for n in outer_names})

        parameters = {**inner_names, **outer_names}
        network = self._derived(composed, parameters, inner.inputs,
                                inner._restricted + self._restricted,
                                inner._facts + self._facts, "")
        network._title = None
        return network


def _restored(kind: type, state: dict) -> Network:
    network = kind.__new__(kind)
    vars(network).update(state)
    network._function = _forgotten
    return network


def _forgotten(**_: Any) -> Any:
    raise ValueError("the function of a network is not kept when it is pickled")


def variable_names(blocks: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[str, ...]:
    r"""
    Return the names of the entries of blocks: the block and the indices from 1.

    A name of one letter is followed by its indices at once, as in ``U1_2``; after others
    there is ``_``, as in ``U1_1_2`` or ``conv_1``. The entry of a number has the name of
    the block.

    EXAMPLES::

        sage: from sage_conslaw.program.network import variable_names
        sage: variable_names([("U", (1, 2)), ("conv", (1,)), ("a", ())])
        ('U1_1', 'U1_2', 'conv_1', 'a')
    """
    names = []
    for block, shape in blocks:
        start = block if len(block) == 1 or not shape else block + "_"
        for index in itertools.product(*(range(1, n + 1) for n in shape)):
            names.append(start + "_".join(map(str, index)))
    return tuple(names)


def _checked_shapes(shapes: Any, name: str) -> dict[str, tuple[int, ...]]:
    accepted = "a dictionary from names to shapes, such as {'U': (3, 2)}"
    if not isinstance(shapes, Mapping):
        raise TypeError(f"{name}: got {shown(shapes)}, expected {accepted}")
    found: dict[str, tuple[int, ...]] = {}
    for key, shape in shapes.items():
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            raise ValueError(f"{name}: got the name {shown(key)}, expected letters, digits and "
                             "underscores, at most 51 of them, and no digit first")
        entries = shape if isinstance(shape, (tuple, list)) else (shape,)
        found[key] = tuple(checked_integer(n, f"{name}[{key!r}]", "a shape of positive integers", 1)
                           for n in entries)
        if len(found[key]) > 20:
            raise ValueError(f"{name}[{key!r}]: got {shown(shape)}, expected at most 20 axes")
    return found


def _check_arguments(function: Callable, names: Sequence[str]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(**dict.fromkeys(names))
    except TypeError:
        takes = ", ".join(signature.parameters) or "none"
        raise TypeError(f"function: it takes the arguments {takes}, expected "
                        f"{', '.join(names)}") from None


def _flattened(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (tuple, list)) and not (value and not isinstance(
            value[0], (Array, np.ndarray, tuple, list, Mapping))):
        for part in value:
            yield from _flattened(part)
    else:
        yield value


def _checked_names(names: Any, known: Mapping[str, Any], argument: str) -> tuple[str, ...]:
    accepted = f"names among {', '.join(known)}"
    if isinstance(names, str):
        names = [names]
    try:
        chosen = set(itertools.islice(iter(names), len(known) + 1))
    except TypeError:
        raise TypeError(f"{argument}: got {shown(names)}, expected {accepted}") from None
    if not chosen <= set(known):
        raise ValueError(f"{argument}: got {shown(names)}, expected {accepted}")
    return tuple(name for name in known if name in chosen)


def _tie_rule(name: str, tie: Any, left: Mapping[str, Any]) -> Callable[[dict], Any]:
    if callable(tie):
        arguments = list(inspect.signature(tie).parameters)
        if not set(arguments) <= set(left):
            raise ValueError(f"ties: the function for {name!r} takes {', '.join(arguments)}, "
                             f"expected names among {', '.join(left)}")
        return lambda given: tie(**{n: given[n] for n in arguments})
    match = _TIE.fullmatch(tie) if isinstance(tie, str) else None
    if not match or match[2] not in left:
        raise ValueError(f"ties: {name!r} is {shown(tie)}, expected a function, or a text such as "
                         f"'V', 'V.T' or '-V' with a name among {', '.join(left)}")
    sign, source, transposed = match.groups()

    def made(given: dict) -> Any:
        array = given[source].T if transposed else given[source]
        return -array if sign else array

    return made

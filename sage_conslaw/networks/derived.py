r"""
Networks made from networks: parts of the parameters, fixed or tied ones, compositions
"""
from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from sage_conslaw.networks.names import checked_names
from sage_conslaw.program.constants import exact_array
from sage_conslaw.program.trace import Array, flattened
from sage_conslaw.system.checks import checked_integer, checked_seed
from sage_conslaw.system.messages import shown

_TIE = re.compile(r"\s*(-?)\s*([A-Za-z_][A-Za-z0-9_]*)(\.T)?\s*", re.ASCII)


class MadeFromNetworks:
    r"""
    What a network can be made into; each method returns another network.

    The function is traced anew, so that gates whose arguments have become equal are one.
    """

    def _derived(self, function: Callable, parameters: dict, inputs: dict,
                 restricted: tuple[str, ...], facts: tuple[str, ...],
                 title: str, mirror_blocks: tuple[str, ...] = ()) -> MadeFromNetworks:
        network = self._plain()
        network._set_up(function, parameters, inputs, restricted, facts, title)
        network.trace()
        network.mirror_blocks = tuple(n for n in (*self.mirror_blocks, *mirror_blocks)
                                      if n in network.parameters)
        return network

    def restrict(self, names: Iterable[str]) -> MadeFromNetworks:
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
        chosen = checked_names(names, self.parameters, "names")
        if not chosen:
            raise ValueError("names: got none, expected at least one name among "
                             f"{', '.join(self.parameters)}")
        others = tuple(n for n in self._all_parameters if n not in chosen)
        return self._derived(self._function, self._all_parameters, self.inputs, others,
                             self._facts, f"{self!r}, restricted to {', '.join(chosen)}")

    def freeze(self, names: Iterable[str], values: Mapping[str, Any] | None = None, *,
               seed: int = 0) -> MadeFromNetworks:
        r"""
        Return the network in which some parameters are fixed numbers.

        INPUT:

        - ``names`` -- names of parameters; not all of them
        - ``values`` -- dictionary from these names to arrays of numbers; ``None`` draws one
          constant for all data, integers of six digits
        - ``seed`` -- an integer, of the numbers that are drawn

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, Network, trace_dimension
            sage: network = Network(lambda x, U, V: U @ V @ x, {"U": (1, 3), "V": (3, 2)},
            ....:                   inputs={"x": (2,)})
            sage: trace_dimension(GradientFlow(network.freeze(["V"]))).number_of_laws
            1
        """
        chosen = checked_names(names, self.parameters, "names")
        if not chosen:
            raise ValueError("names: got none, expected at least one name among "
                             f"{', '.join(self.parameters)}")
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
            array = (np.array(generator.integers(10**5, 10**6, size=shape)
                              * generator.choice([-1, 1], size=shape), dtype=object)
                     if values is None else exact_array(values[name], f"values[{name!r}]"))
            if array.shape != shape:
                raise ValueError(f"values[{name!r}]: got an array of shape {array.shape}, expected "
                                 f"{shape}")
            fixed[name] = array
        function = self._function
        left = {n: s for n, s in self._all_parameters.items() if n not in fixed}
        rounded = {name: array.astype(float) for name, array in fixed.items()}

        def frozen(**given: Any) -> Any:
            in_floats = all(isinstance(a, np.ndarray) and a.dtype.kind == "f" or
                            isinstance(a, float) for a in given.values())
            return function(**given, **(rounded if in_floats else fixed))

        return self._derived(frozen, left, self.inputs, self._restricted,
                             (*self._facts, f"{', '.join(chosen)} fixed, at numbers {fact}"),
                             f"{self!r}, {', '.join(chosen)} frozen")

    def tie(self, ties: Mapping[str, str | Callable]) -> MadeFromNetworks:
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
        chosen = checked_names(ties, self.parameters, "ties")
        if not chosen:
            raise ValueError("ties: got none, expected at least one name among "
                             f"{', '.join(self.parameters)}")
        if len(chosen) == len(self.parameters):
            raise ValueError("ties: got all parameters, expected at least one that is left")
        left = {n: s for n, s in self._all_parameters.items() if n not in chosen}
        rules = {name: _tie_rule(name, ties[name], left) for name in chosen}
        function, shapes = self._function, self.parameters

        def tied(**given: Any) -> Any:
            made = {name: rule(given) for name, rule in rules.items()}
            for name, array in made.items():
                if np.shape(array) != shapes[name]:
                    raise ValueError(f"ties: {name!r} becomes an array of shape {np.shape(array)}, "
                                     f"expected {shapes[name]}")
            return function(**given, **made)

        text = ", ".join(f"{n} tied to {v if isinstance(v, str) else 'a function'}"
                         for n, v in ties.items())
        return self._derived(tied, left, self.inputs, self._restricted, self._facts,
                             f"{self!r}, {text}")

    def rooted(self, roots: Mapping[str, int]) -> MadeFromNetworks:
        r"""
        Return the network in roots of some parameters: `\theta = \rho^b` entry by entry.

        INPUT:

        - ``roots`` -- dictionary from names of parameters to positive integers `b`

        EXAMPLES::

            sage: from sage_conslaw import Network
            sage: Network(lambda U, V: U * V, {"U": (2,), "V": (2,)}).rooted({"U": 2})
            Network of U_root (2,), V (2,)

        TESTS::

            sage: Network(lambda U, V: U * V, {"U": (2,), "V": (2,)}).rooted({"W": 2})
            Traceback (most recent call last):
            ...
            ValueError: roots: got {'W': 2}, expected names among U, V
        """
        checked_names(roots, self._all_parameters, "roots")
        roots = {n: checked_integer(b, f"roots[{n!r}]", "a positive integer", 1)
                 for n, b in roots.items()}
        function = self._function
        new = {n: f"{n}_root" if n in roots else n for n in self._all_parameters}

        def of_roots(**given: Any) -> Any:
            made = {old: given.pop(name)**roots[old] for old, name in new.items() if old in roots}
            return function(**given, **made)

        if len(set(new.values()) | set(self.inputs)) < len(new) + len(self.inputs):
            raise ValueError("roots: two parameters or inputs would have one name, such as "
                             f"{sorted(new[n] for n in roots)[0]!r}; give them other names")
        facts = tuple(f"{n} is positive, and the power {b} of {new[n]}, entry by entry"
                      for n, b in roots.items())
        network = self._derived(of_roots, {new[n]: s for n, s in self._all_parameters.items()},
                                self.inputs, tuple(new[n] for n in self._restricted),
                                self._facts + facts, "")
        network._title = None
        return network

    def __matmul__(self, inner: MadeFromNetworks) -> MadeFromNetworks:
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
        if not isinstance(inner, MadeFromNetworks):
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
            between = [_as_array(value, given) for value in flattened(inner_function(
                **{n: a for n, a in given.items() if n not in outer_names}))]
            return outer_function(**dict(zip(entries, between, strict=True)),
                                  **{n: given[n] for n in outer_names})

        parameters = {**inner_names, **outer_names}
        network = self._derived(composed, parameters, inner.inputs,
                                inner._restricted + self._restricted,
                                inner._facts + self._facts, "", inner.mirror_blocks)
        network._title = None
        return network


def _as_array(value: Any, given: Mapping[str, Any]) -> Any:
    # lists of numbers and of traced arrays are arrays
    tracers = [a.tracer for a in given.values() if isinstance(a, Array)]
    return tracers[0].read(value, "output of the function") if tracers else np.asarray(value)


def _tie_rule(name: str, tie: Any, left: Mapping[str, Any]) -> Callable[[dict], Any]:
    if callable(tie):
        try:
            every = inspect.signature(tie).parameters.values()
        except (TypeError, ValueError):
            raise ValueError(f"ties: {name!r} is {shown(tie)}, whose arguments have no names; "
                             "write a function of names among " + ", ".join(left)) from None
        arguments = [a.name for a in every if a.name in left or a.default is a.empty]
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

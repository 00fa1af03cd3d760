r"""
The fields of a flow at random states and data, modulo a prime

EXAMPLES::

    sage: import numpy as np
    sage: from sage_conslaw import GradientFlow, Network
    sage: from sage_conslaw.arithmetic.primes import PrimeSource
    sage: from sage_conslaw.counting.field_samples import FieldSamples
    sage: network = Network(lambda x, U, V: U * np.exp(V * x), {"U": (), "V": ()}, {"x": ()})
    sage: samples = FieldSamples(GradientFlow(network).programs, PrimeSource(0))
    sage: states, fields = samples.draw(3)
    sage: states.shape, fields.shape
    ((3, 2), (3, 2))
"""
from __future__ import annotations

import numpy as np

from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.counting.function_points import draw_states
from sage_conslaw.counting.function_relations import function_relations
from sage_conslaw.counting.program_systems import packed, parted
from sage_conslaw.counting.starting_values import starting_at
from sage_conslaw.flows.field_programs import FieldPrograms
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.batching import batched
from sage_conslaw.program.instructions import Program


class FieldSamples:
    r"""
    Draw states and data, and evaluate the fields of a flow there.

    INPUT:

    - ``programs`` -- the programs of the flow
    - ``source`` -- what prime and points are drawn from

    ATTRIBUTES:

    - ``prime`` -- the prime that was drawn
    """

    def __init__(self, programs: FieldPrograms, source: PrimeSource) -> None:
        self._programs, self._source = programs, source
        self.prime = source.prime_with_roots()

    def draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        r"""
        Return states, and a field of random data at each: arrays of residues, count x variables.
        """
        network, program = self._programs.network.program, self._programs.data_field
        given, starts = draw_states(network, function_relations(network), self.prime,
                                    self._source, count)
        states = self._source.point(count * self._programs.number_of_variables,
                                    self.prime).reshape(count, -1)
        start = 1 if self._programs.time else 0
        for k in network.numbers("parameter"):
            states[:, start:start + network[k].size] = given[k].reshape(count, -1)
            start += network[k].size
        here = self._at(program, states)
        place = {network[k].detail: k for k in network.numbers("control")}
        for k in program.numbers("control"):
            fresh = (given[place[program[k].detail]] if program[k].detail in place else
                     self._source.point(count * program[k].size, self.prime).reshape(
                         (count,) + program[k].shape))
            here[k] = fresh[None]
        return states, self._values(program, here, starts, count)

    def drift(self, states: np.ndarray) -> np.ndarray | None:
        r"""
        Return the field that needs no data at some states, ``None`` if there is none.
        """
        program = self._programs.drift
        if program is None:
            return None
        return self._values(program, self._at(program, states), {}, len(states))

    def _at(self, program: Program, states: np.ndarray) -> dict[int, np.ndarray]:
        return parted(program, program.numbers("parameter"), states[None])

    def _values(self, program: Program, given: dict[int, np.ndarray],
                starts: dict[int, np.ndarray], count: int) -> np.ndarray:
        every = program.numbers("parameter") + program.numbers("control")
        many = program.kept("at_states", lambda whole: batched(whole, "b", every))
        values = run(ModularSeries(many, self.prime, 1, starting_at(starts)), many, given)
        return packed(self._programs, many, values, many.outputs, 1, count)[0]

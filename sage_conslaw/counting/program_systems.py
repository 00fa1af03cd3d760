r"""
The fields of a flow along a trajectory, from programs

A *system* knows the fields `\chi_i` of a flow without expanding them. Along a
series `x(z)` of states it evaluates

- ``drift(x)``: the field `F = \sum_i u_i(z) \chi_i` for random controls `u`, which
  ``extend_controls`` draws,
- ``jacobian_product(x, y)``: `J_F\, y` for a batch of directions `y(z)`,
- ``random_fields(x, count)``: a batch of random combinations of the `\chi_i`, but for
  ``drift_field(x)`` where it ``has_drift``.

Series are arrays whose first axis is the order and whose second numbers the
batch; the last axis runs over the variables.
"""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sage_conslaw.counting.patterns import PatternPoints
from sage_conslaw.counting.starting_values import starting_at
from sage_conslaw.flows.field_programs import FieldPrograms, needs_values
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.instructions import Program


class ProgramSystem:
    r"""
    A flow of a network, in truncated power series modulo a prime.

    INPUT:

    - ``programs`` -- :class:`~sage_conslaw.flows.field_programs.FieldPrograms` of the flow
    - ``prime`` -- the prime
    - ``source`` -- :class:`~sage_conslaw.arithmetic.primes.PrimeSource` of the controls
    - ``point`` -- the state where the trajectory begins; only networks with functions need it

    ERRORS: :class:`~sage_conslaw.counting.function_points.NoRoot` where a root of the
    parameters does not exist modulo the prime.
    """

    def __init__(self, programs: FieldPrograms, prime: int, source: Any,
                 point: np.ndarray | None = None) -> None:
        self.prime, self._source, self._programs = prime, source, programs
        self.variables = programs.number_of_variables
        self.has_drift = programs.drift is not None
        self._controls: dict[int, np.ndarray] = {}
        self._orders = 0
        #: how many constant assignments of the controls were drawn
        self.drawn = 0
        # the last state along which the field was evaluated, its orders, and all values
        self._along: tuple[np.ndarray, dict[int, np.ndarray]] | None = None
        # values of functions, along the trajectory and at fixed data
        self._points: PatternPoints | None = None
        self._starts: dict[int, np.ndarray] = {}
        network = programs.network.program
        if needs_values(programs.network):
            assert point is not None
            first, theta = 1 if programs.time else 0, {}
            for k in network.numbers("parameter"):
                theta[k] = point[first:first + network[k].size].reshape(network[k].shape)
                first += network[k].size
            self._points = PatternPoints(programs.network, prime, source, theta)

    # --- what a trial asks for ---

    def extend_controls(self, orders: int) -> None:
        r"""
        Draw the coefficients of the controls up to an order.
        """
        program = self._programs.derivative
        numbers = [k for k in program.numbers("control") if program[k].detail[1] != "direction"]
        for order in range(self._orders, orders):
            drawn: dict[int, np.ndarray] = {}
            if not order and self._points is not None:
                drawn, self._starts = self._drawn(program, self._programs.samples)
            for number, k in enumerate(numbers):
                role, shape = program[k].detail[1], program[k].shape
                fresh = (drawn[k] if k in drawn else
                         self.draw_scale(order) if role == "scale" else
                         self.draw_samples(order, number, self._programs.samples, shape))[None]
                old = self._controls.get(k)
                self._controls[k] = fresh if old is None else np.concatenate([old, fresh])
        self._orders = max(self._orders, orders)

    def drift(self, x: np.ndarray) -> np.ndarray:
        r"""
        Return `F(x)` for the controls, orders x 1 x variables.
        """
        return self._packed(self._programs.derivative, self._values_along(x),
                            self._programs.sum_outputs, len(x), 1)

    def random_fields(self, x: np.ndarray, count: int) -> np.ndarray:
        r"""
        Return random combinations of the fields of the data along `x`.
        """
        program = self._programs.data_fields
        given = self._state(program, x)
        starts: dict[int, np.ndarray] = {}
        if self._points is not None:
            drawn, starts = self._drawn(program, count)
            given.update({k: a[None] for k, a in drawn.items()})
        for number, k in enumerate(program.numbers("control")):
            if k not in given:
                given[k] = self.draw_constants(self.drawn, number, count, program[k].shape)[None]
        self.drawn += count
        values = run(ModularSeries(program, self.prime, len(x), starting_at(starts)), program,
                     given)
        return self._packed(program, values, program.outputs, len(x), count)

    def drift_field(self, x: np.ndarray) -> np.ndarray:
        r"""
        Return the field that needs no data along `x`, a batch of one.
        """
        program = self._programs.drift
        assert program is not None
        values = run(ModularSeries(program, self.prime, len(x)), program,
                     self._state(program, x))
        return self._packed(program, values, program.outputs, len(x), 1)

    def jacobian_product(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        r"""
        Return `J_F y` for a batch of directions, to the orders of ``y``.
        """
        program, orders = self._programs.derivative, len(y)
        values = dict(self._values_along(x, orders))
        values.update(parted(program, self._programs.directions, y))
        interpreter = ModularSeries(program, self.prime, orders, starting_at(self._starts))
        values = run(interpreter, program, values, self._programs.steps_of_derivative)
        return self._packed(program, values, program.outputs, orders, y.shape[1])

    # --- how it is done ---

    def _drawn(self, program: Program, count: int
               ) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        # data at which the functions of the network have values, by the numbers of a program
        assert self._points is not None
        given, starts = self._points.draw(count)
        network = self._programs.network.program
        place = {program[k].detail: k for k in program.numbers("control")}
        return {place[network[k].detail]: a for k, a in given.items()
                if network[k].detail in place}, starts

    def draw_scale(self, order: int) -> np.ndarray:
        r"""
        Draw the coefficient of `z^k` of the multiple of the drift.
        """
        return self._source.point(1, self.prime).reshape(())

    def draw_samples(self, order: int, number: int, samples: int,
                     shape: tuple[int, ...]) -> np.ndarray:
        r"""
        Draw the coefficients of `z^k` of the ``number``-th control, for all samples.
        """
        return self._source.point(samples * math.prod(shape), self.prime).reshape(
            (samples,) + shape)

    def draw_constants(self, first: int, number: int, count: int,
                       shape: tuple[int, ...]) -> np.ndarray:
        r"""
        Draw constant values of the ``number``-th control, the first of them for assignment
        ``first``.
        """
        return self._source.point(count * math.prod(shape), self.prime).reshape((count,) + shape)

    def _values_along(self, x: np.ndarray, orders: int | None = None) -> dict[int, np.ndarray]:
        # all values of the field along x, to as many orders as are needed
        orders = len(x) if orders is None else orders
        if self._along is not None:
            known = self._along[0]
            if orders <= len(known) and np.array_equal(x[:len(known)], known):
                return self._along[1]
        program = self._programs.derivative
        given: dict[int, np.ndarray] = {**self._state(program, x), **self._controls}
        interpreter = ModularSeries(program, self.prime, len(x), starting_at(self._starts))
        values = run(interpreter, program, given, self._programs.steps_of_sum)
        self._along = x, values
        return values

    def _state(self, program: Program, x: np.ndarray) -> dict[int, np.ndarray]:
        return parted(program, program.numbers("parameter"), x)

    def _packed(self, program: Program, values: Mapping[int, np.ndarray], outputs: Any,
                orders: int, count: int) -> np.ndarray:
        return packed(self._programs, program, values, outputs, orders, count)


def parted(program: Program, numbers: Sequence[int], x: np.ndarray) -> dict[int, np.ndarray]:
    r"""
    Return arrays whose last axis runs over all variables as those of blocks, by their numbers.
    """
    given, start = {}, 0
    for k in numbers:
        stop = start + program[k].size
        given[k] = x[..., start:stop].reshape(x.shape[:-1] + program[k].shape)
        start = stop
    return given


def packed(programs: FieldPrograms, program: Program, values: Mapping[int, np.ndarray],
           outputs: Sequence[int | None], orders: int, count: int) -> np.ndarray:
    r"""
    Return series of fields, orders x count x variables, from the values of a program.
    """
    result = np.zeros((orders, count, programs.number_of_variables), dtype=np.int64)
    start = 0
    for block, output in zip(programs.sizes, outputs, strict=True):
        if output is not None:
            value = values[output][:orders]
            batch = value.shape[1] if program[output].axes else 1
            result[:len(value), :, start:start + block] = value.reshape(len(value), batch, block)
        start += block
    return result

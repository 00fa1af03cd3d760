r"""
The fields of a flow as programs

From a network, a metric, a damping and a decay come the programs that interpreters run:

- ``data_fields``: the field of one assignment of the controls, `(0, M \nabla\langle w, g\rangle)`
  or `(0, 0, M \nabla\langle w, g\rangle)`
- ``drift``: the field that moves the state without data
- ``sum_of_fields``: a sum of fields for many samples of the controls, and a multiple of the
  drift
- ``derivative``: the derivative of ``sum_of_fields`` in a direction

The state is a list of blocks: the time where there is one, the parameters, the velocities.
"""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np

from sage_conslaw.flows.metrics import Metric
from sage_conslaw.networks.network import Network
from sage_conslaw.program.batching import batched
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.derivatives import gradient, tangent
from sage_conslaw.program.instructions import Program
from sage_conslaw.system import limits


def needs_values(network: Network) -> bool:
    r"""
    Return whether a network has functions that are not rational, or gates in which it is not
    affine.

    Its fields are no combinations of polynomials: they are known by their values.

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, Network
        sage: from sage_conslaw.flows.field_programs import needs_values
        sage: from sage_conslaw.functions import relu
        sage: squares = Network(lambda x, U: relu(U @ x)**2, {"U": (2, 2)}, {"x": (2,)})
        sage: needs_values(squares), needs_values(LinearNetwork([2, 2]))
        (True, False)
    """
    return bool(network.program.functions() or network.switched)


@dataclass(frozen=True)
class Time:
    r"""
    The time of a flow, as a variable of its state.

    ATTRIBUTES:

    - ``name`` -- ``"t"``; ``"s"`` for an exponential of the time; ``"r"`` for a root of it
    - ``rate`` -- the `g` of `s' = g s`; `None` if there is no exponential
    - ``root`` -- the `q` of `t = r^q`, 1 for the time itself
    """

    name: str
    rate: Fraction | None = None
    root: int = 1


@dataclass(frozen=True)
class FieldPrograms:
    r"""
    The fields of a flow.

    ATTRIBUTES:

    - ``network`` -- the network
    - ``metric`` -- :class:`~sage_conslaw.flows.metrics.Metric`
    - ``second_order`` -- whether the state has velocities
    - ``time`` -- :class:`Time`, or ``None`` where nothing moves without the data
    - ``damping`` -- the rate `\tau`, or the `c` of `c / t`
    - ``inverse_time`` -- whether it is the latter
    - ``decay`` -- dictionary from names of blocks to positive rates

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork
        sage: programs = GradientFlow(LinearNetwork([2, 1, 2])).programs
        sage: programs.number_of_variables, programs.drift is None
        (4, True)
    """

    network: Network
    metric: Metric
    second_order: bool = False
    time: Time | None = None
    damping: Fraction = Fraction(0)
    inverse_time: bool = False
    decay: Mapping[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.time is None and (self.second_order or self.decay or self.damping):
            raise ValueError("time: got None, expected a Time: velocities, damping and decay move "
                             "the state by themselves")

    @property
    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        r"""
        The blocks of the state: pairs (name, shape).
        """
        blocks: tuple[tuple[str, tuple[int, ...]], ...] = self.network.blocks
        if self.second_order:
            blocks += tuple((f"d{name}", shape) for name, shape in self.network.blocks)
        return (((self.time.name, ()),) if self.time else ()) + blocks

    @property
    def sizes(self) -> list[int]:
        r"""
        The number of variables of each block of the state.
        """
        return [int(np.prod(shape)) for _, shape in self.blocks]

    @property
    def number_of_variables(self) -> int:
        r"""
        The number `D` of variables.
        """
        return sum(self.sizes)

    @cached_property
    def samples(self) -> int:
        r"""
        How many samples of the controls are added up along a trajectory.
        """
        program = self.network.program
        directions = sum(program[k].size for k in program.outputs if k is not None)
        data = sum(program[k].size for k in program.numbers("control", "input")) or min(
            [program[k].size for k in program.numbers("control")], default=1)
        return max(1, min(directions, data, limits.SAMPLES))

    @cached_property
    def constant_denominator(self) -> int:
        r"""
        The least common denominator of all constants of the programs.
        """
        steps = self.sum_of_fields.instructions + (self.drift.instructions if self.drift else ())
        return math.lcm(*(c.denominator for step in steps if step.op == "constant"
                          for c in step.detail.ravel()))

    # --- the programs ---

    @cached_property
    def data_fields(self) -> Program:
        r"""
        The field of one assignment of the controls, with a batch axis.
        """
        plain = self.data_field
        return batched(plain, "b", plain.numbers("control"))

    @cached_property
    def data_field(self) -> Program:
        r"""
        The field of one assignment of the controls, without batch axes.
        """
        return self._data(None)

    @cached_property
    def drift(self) -> Program | None:
        r"""
        The field that moves the state without data, ``None`` if there is none.
        """
        if self.time is None:
            return None
        build = Builder()
        return build.program(self._drift(build, self._state(build)))

    @cached_property
    def sum_of_fields(self) -> Program:
        r"""
        The sum of the fields of many samples, and a multiple of the drift.
        """
        summed = self._data("s")
        if self.time is None:
            return summed
        build = Builder(summed)
        state = self._state(build)
        scale = build.control("u0", (), "scale")
        outputs: list[int | None] = []
        for data, free in zip(summed.outputs, self._drift(build, state), strict=True):
            if free is not None:
                free = build.entrywise(scale, free)
                data = free if data is None else build.add(data, free)
            outputs.append(data)
        return build.program(outputs)

    @cached_property
    def _derivative(self) -> tuple[Program, list[int], list[int | None]]:
        build = Builder(self.sum_of_fields)
        state = self._state(build)
        directions = [build.control(f"direction{k}", build[k].shape, "direction", ("t",))
                      for k in state]
        program = tangent(build.program(self.sum_of_fields.outputs), state, directions)
        # outputs of both: the values of the field are asked for too
        whole, number = program.without_dead_code(
            [k for k in self.sum_of_fields.outputs if k is not None] + directions + state
            + self.sum_of_fields.numbers("control"))
        values = [None if k is None else number[k] for k in self.sum_of_fields.outputs]
        return whole, [number[k] for k in directions], values

    @property
    def derivative(self) -> Program:
        r"""
        The derivative of :attr:`sum_of_fields` in a direction, after the instructions of it.
        """
        return self._derivative[0]

    @property
    def directions(self) -> list[int]:
        r"""
        The numbers of the controls of :attr:`derivative` that are the direction.
        """
        return self._derivative[1]

    @property
    def sum_outputs(self) -> list[int | None]:
        r"""
        The numbers of the outputs of :attr:`sum_of_fields` in :attr:`derivative`.
        """
        return self._derivative[2]

    @cached_property
    def steps_of_derivative(self) -> list[int]:
        r"""
        The numbers of the instructions of :attr:`derivative` that depend on the direction.
        """
        depends = self.derivative.depending_on(self.directions)
        return [k for k, d in enumerate(depends) if d]

    @cached_property
    def steps_of_sum(self) -> list[int]:
        r"""
        The numbers of the others.
        """
        others = set(self.steps_of_derivative)
        return [k for k in range(len(self.derivative.instructions)) if k not in others]

    # --- how they are written ---

    def _state(self, build: Builder) -> list[int]:
        return [build.parameter(name, shape) for name, shape in self.blocks]

    def _data(self, axis: str | None) -> Program:
        build = Builder()
        state = self._state(build)
        first = 1 if self.time else 0
        theta = state[first:first + len(self.network.blocks)]
        program = self.network.program
        given = dict(zip(program.numbers("parameter"), theta, strict=True))
        number = build.inline(program, given)
        outputs = [None if k is None else number[k] for k in program.outputs]
        cotangents = self.network.cotangents(build)
        whole = build.program(outputs)
        if axis:
            whole = batched(whole, axis, whole.numbers("control"))
        derived = gradient(whole, cotangents, theta)
        build = Builder(derived)
        slopes = self._with_metric(build, state, list(derived.outputs))
        zeros: list[int | None] = [None] * (len(state) - len(theta))
        return build.program(zeros + slopes).without_dead_code(
            state + whole.numbers("control"))[0]

    def _with_metric(self, build: Builder, state: list[int],
                     slopes: list[int | None]) -> list[int | None]:
        if self.metric.is_identity:
            return slopes
        program = self.metric.program
        given = dict(zip(program.numbers("parameter"), self._metric_state(build, state),
                         strict=True))
        number = build.inline(program, given)
        factors = [None if k is None else number[k] for k in program.outputs]
        if self.metric.form == "matrix":
            return self._times_matrix(build, factors[0], slopes)
        return [slope if slope is None or factor is None else build.entrywise(factor, slope)
                for slope, factor in zip(slopes, factors, strict=True)]

    def _times_matrix(self, build: Builder, matrix: int | None,
                      slopes: Sequence[int | None]) -> list[int | None]:
        sizes = [int(np.prod(shape)) for _, shape in self.network.blocks]
        starts = np.cumsum([0] + sizes)
        total = build.constant(np.zeros(starts[-1], dtype=object))
        for start, slope in zip(starts, slopes, strict=False):
            if slope is not None:
                index = start + np.arange(build[slope].size).reshape(build[slope].shape)
                total = build.add(total, build.put(slope, index, (starts[-1],)))
        assert matrix is not None
        flat = build.multiply(matrix, total, "ab", "b", "a")
        return [build.take(flat, start + np.arange(size).reshape(shape))
                for start, size, (_, shape) in zip(starts, sizes, self.network.blocks,
                                                   strict=False)]

    def _metric_state(self, build: Builder, state: list[int]) -> list[int]:
        # where the metric is evaluated: at theta, or at tau theta + v for momentum
        first = 1 if self.time else 0
        count = len(self.network.blocks)
        theta = state[first:first + count]
        if not self.second_order:
            return theta
        velocity = state[first + count:]
        return [build.add(self._damped(build, state[0], a), v)
                for a, v in zip(theta, velocity, strict=True)]

    def _damped(self, build: Builder, time: int, a: int) -> int:
        # tau a
        scaled = build.scale(a, self.damping)
        if not self.inverse_time:
            return scaled
        return build.entrywise(build.reciprocal(self._power(build, time)), scaled)

    def _power(self, build: Builder, time: int) -> int:
        assert self.time is not None
        power = time
        for bit in bin(self.time.root)[3:]:
            power = build.entrywise(power, power)
            if bit == "1":
                power = build.entrywise(power, time)
        return power

    def _drift(self, build: Builder, state: list[int]) -> list[int | None]:
        assert self.time is not None
        names = [name for name, _ in self.network.blocks]
        count = len(names)
        theta = state[1:1 + count]
        decays = [None if not self.decay.get(name) else build.scale(a, -self.decay[name])
                  for name, a in zip(names, theta, strict=True)]
        if not self.second_order:
            return [build.scale(state[0], self.time.rate), *decays]
        forces: list[int | None] = []
        for velocity, decay in zip(state[1 + count:], decays, strict=True):
            force = decay
            if self.damping:
                slowed = build.scale(self._damped(build, state[0], velocity), -1)
                force = slowed if force is None else build.add(slowed, force)
            forces.append(force)
        return [self._passing(build, state[0]), *state[1 + count:], *forces]

    def _passing(self, build: Builder, time: int) -> int:
        # the derivative of the time's variable: 1, g s, or 1 / (q r^(q-1))
        assert self.time is not None
        if self.time.rate:
            return build.scale(time, self.time.rate)
        if self.time.root == 1:
            return build.constant(1)
        inverse = build.reciprocal(self._power(build, time))
        return build.scale(build.entrywise(time, inverse), Fraction(1, self.time.root))

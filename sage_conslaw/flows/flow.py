r"""
What gradient and momentum flows share: a network, a metric, decay, named variables
"""
from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from sage_conslaw.flows.expansion import expanded_fields
from sage_conslaw.flows.field_programs import FieldPrograms, needs_values
from sage_conslaw.flows.metrics import Metric, read_metric, rooted
from sage_conslaw.flows.rates import exact_rate, time_degree_for
from sage_conslaw.flows.vector_fields import VectorFields
from sage_conslaw.interpreters.base import NotRational
from sage_conslaw.networks.names import refuse_overridden
from sage_conslaw.networks.network import Network
from sage_conslaw.system import limits
from sage_conslaw.system.memory import TooLarge
from sage_conslaw.system.messages import shown

#: What is accepted as a decay, in messages.
DECAYS = ("a non-negative rational, a text such as '0.01', or a dictionary from names of blocks "
          "to these")


class Flow:
    r"""
    What gradient and momentum flows share.

    ATTRIBUTES:

    - ``network`` -- the network, in the variables of the flow
    - ``decay`` -- dictionary from the names of blocks to positive rates
    """

    # what __init__ sets, and no subclass may put a method in the place of
    network: Network
    decay: dict[str, Fraction]

    #: Of which steps the flow is the limit, in words, where it was made from these.
    _limit = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # fields are made from the network: what a subclass says besides would be ignored
        refuse_overridden(cls)

    def __init__(self, network: Network, metric: Any, decay: Any) -> None:
        if not isinstance(network, Network):
            raise TypeError(f"network: got {shown(network)}, expected a network such as "
                            "LinearNetwork([3, 2, 3]) or Network(function, parameters)")
        self._given = network
        found = read_metric(metric, network)
        self.decay = _read_decay(decay, network)
        self._check_metric(found)
        self.network, self._metric = rooted(network, found)
        # rates are of theta, and a root of theta decays at a fraction of the rate
        roots = dict(zip(network.parameters, self.network.parameters, strict=True))
        self._decay = {roots[n]: r / self._root_of(n) for n, r in self.decay.items()}
        # blocks of one name would be one array
        self._refuse_repeated([name for name, _ in self.blocks()], "blocks of the state")

    def _check_metric(self, metric: Metric) -> None:
        # for flows that do not take all metrics
        pass

    def _root_of(self, name: str) -> int:
        powers = self._metric.powers or {}
        return powers[name].denominator if name in powers else 1

    @property
    def model(self) -> Network:
        r"""
        The network, as it was given.
        """
        return self._given

    @property
    def metric(self) -> Any:
        r"""
        The metric: the names of the blocks on which it is mirror, where it is Euclidean on
        the others; otherwise as it was given.
        """
        return () if self._metric.label == "euclidean" else self._metric.label

    @property
    def hypotheses(self) -> tuple[str, ...]:
        r"""
        What is supposed where laws of the flow are counted, in words.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF
            sage: GradientFlow(NMF(1, 1, 1), metric="natural").hypotheses[1]
            'the natural gradient spans what the gradient spans, ...'
        """
        return self.network.hypotheses + self._own_facts()

    def further_hypotheses(self) -> tuple[str, ...]:
        r"""
        Return those that are not about the data, the loss or the gates.
        """
        return self.network.facts + self._own_facts()

    def _own_facts(self) -> tuple[str, ...]:
        return tuple(fact for fact in (self._metric.fact, self._limit) if fact)

    @cached_property
    def programs(self) -> FieldPrograms:
        r"""
        The fields of the flow as programs.
        """
        return self._programs()

    def _programs(self) -> FieldPrograms:
        raise NotImplementedError

    @property
    def number_of_variables(self) -> int:
        r"""
        The number `D` of variables.
        """
        return self.programs.number_of_variables

    def variable_names(self) -> tuple[str, ...]:
        r"""
        Return the names of the state's variables: time, parameters, velocities.
        """
        names = self.network.variable_names()
        programs = self.programs
        every = [programs.time.name] if programs.time else []
        every += names
        if programs.second_order:
            every += ["d" + name for name in names]
        self._refuse_repeated(every, "variables")
        return tuple(every)

    def _refuse_repeated(self, names: list[str], what: str) -> None:
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"network: two {what} would be called {twice!r}, the time being "
                             "called t, s or r, and the velocity of U dU; give its blocks other "
                             "names")

    def to_json(self) -> dict:
        r"""
        Return the flow as values that JSON can hold, its network apart.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, MomentumFlow
            sage: MomentumFlow(LinearNetwork([1, 1]), "0.9", decay=1).to_json()["decay"]
            [['U1', '1']]
        """
        programs = self.programs
        damping = None
        if programs.second_order:
            damping = f"{programs.damping}{'/t' if programs.inverse_time else ''}"
        return {"kind": "momentum" if programs.second_order else "gradient", "damping": damping,
                "decay": [[name, str(rate)] for name, rate in programs.decay.items()],
                "metric": self._metric.to_json(self.network)}

    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        r"""
        Return the blocks of the state: pairs (name, shape).
        """
        return self.programs.blocks

    def __repr__(self) -> str:
        parts = [repr(self._given), *self._arguments(),
                 f"metric={self.metric or 'euclidean'!r}"]
        if self.decay:
            rates = set(self.decay.values())
            whole = len(rates) == 1 and set(self.decay) == set(self._given.parameters)
            shown_decay = (str(next(iter(rates))) if whole else
                           "{" + ", ".join(f"{n!r}: {r}" for n, r in self.decay.items()) + "}")
            parts.append(f"decay={shown_decay}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _arguments(self) -> list[str]:
        return []

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Flow) and type(self) is type(other)
                and self._given == other._given and self._arguments() == other._arguments()
                and self._metric == other._metric and self.decay == other.decay)

    def __hash__(self) -> int:
        # equal flows can be written in several ways
        return hash((type(self).__name__, self._given, self._metric, *self._arguments(),
                     *self.decay.items()))

    def __getstate__(self) -> dict:
        # what can be made again is not pickled
        return {key: value for key, value in vars(self).items()
                if key not in ("programs", "_fields")}

    def ring(self) -> Any:
        r"""
        Return the polynomial ring of the state, its variables named as the parameters.

        EXAMPLES::

            sage: from sage_conslaw import MomentumFlow, NMF
            sage: MomentumFlow(NMF(1, 1, 1), damping=2).ring()
            Multivariate Polynomial Ring in s, U1_1, V1_1, dU1_1, dV1_1 over Integer Ring
        """
        return self.vector_fields().ring()

    def time_degree(self) -> int | None:
        r"""
        Return the degree in the time that the known laws need, ``None`` without a time.
        """
        return None

    def time_degree_for(self, degree: int) -> int | None:
        r"""
        Return the degree in the time that laws of a degree in the other variables need.

        See :func:`~sage_conslaw.flows.rates.time_degree_for`; ``None`` without a time.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, LinearNetwork
            sage: flow = GradientFlow(LinearNetwork([1, 1]), decay=1)
            sage: [flow.time_degree_for(d) for d in (1, 2, 3, 4)]
            [2, 2, 3, 4]
        """
        return time_degree_for(self.time_degree(), degree)

    def time_meaning(self) -> str | None:
        r"""
        Say what the variable of the time is, ``None`` without a time.

        EXAMPLES::

            sage: from sage_conslaw import InverseTime, LinearNetwork, MomentumFlow
            sage: for damping in (0, 1/2, 3, InverseTime(3), InverseTime(7/2)):
            ....:     print(MomentumFlow(LinearNetwork([1, 1]), damping).time_meaning())
            t is the time
            s = e^(t/2), t the time
            s = e^(3*t), t the time
            t is the time
            r > 0, and r^2 is the time
        """
        time = self.programs.time
        if time is None:
            return None
        if time.rate:
            top, bottom = time.rate.numerator, time.rate.denominator
            exponent = ("t" if top == 1 else f"{top}*t") + ("" if bottom == 1 else f"/{bottom}")
            exponent = exponent if exponent == "t" else f"({exponent})"
            return f"{time.name} = e^{exponent}, t the time"
        if time.root > 1:
            return f"{time.name} > 0, and {time.name}^{time.root} is the time"
        return f"{time.name} is the time"

    def vector_fields(self) -> VectorFields:
        r"""
        Return the fields of the flow as polynomials, denominators cleared.

        ERRORS: ``TooLarge`` where they have too many variables or terms.
        """
        return self._fields

    @cached_property
    def _fields(self) -> VectorFields:
        size = self.number_of_variables
        if size > limits.EXPANDED_VARIABLES:
            raise TooLarge(f"network: the fields of {self._given!r} have {size:,} variables; "
                           f"expanded are at most {limits.EXPANDED_VARIABLES:,} variables")
        if needs_values(self.network):
            what = sorted({self.network.program[k].detail[0]
                           for k in self.network.program.functions()})
            what += ["gates in which it is not affine"] if self.network.switched else []
            raise NotRational(f"network: the fields of {self._given!r} are no rational functions, "
                              f"for it has {', '.join(what)}; its laws are counted and found "
                              "without them")
        try:
            table, denominators = expanded_fields(self.programs, limits.EXPANDED_TERMS)
        except ZeroDivisionError:
            raise ValueError(f"network: a denominator in the fields of {self!r} is zero at all "
                             "points") from None
        except TooLarge:
            raise TooLarge(f"network: the fields of {self._given!r} have {size:,} variables and "
                           f"more than {limits.EXPANDED_TERMS:,} terms; expanded are at most "
                           f"{limits.EXPANDED_VARIABLES:,} variables and "
                           f"{limits.EXPANDED_TERMS:,} terms") from None
        return VectorFields.from_terms(
            self.variable_names(), table, denominators,
            time=0 if self.programs.time else None, time_degree=self.time_degree() or 1,
            blocks=self.blocks())


def _read_decay(decay: Any, network: Network) -> dict[str, Fraction]:
    if decay is None:
        return {}
    names = list(network.parameters)
    if isinstance(decay, Mapping):
        if not set(itertools.islice(decay, len(names) + 1)) <= set(names):
            raise ValueError(f"decay: got {shown(decay)}, expected {DECAYS}; the blocks are "
                             f"{', '.join(names)}")
        rates = {n: exact_rate(decay.get(n, 0), f"decay[{n!r}]", DECAYS) for n in names}
    else:
        rates = dict.fromkeys(names, exact_rate(decay, "decay", DECAYS))
    return {n: rate for n, rate in rates.items() if rate}

r"""
The gradient flow of a network
"""
from __future__ import annotations

from typing import Any

from sage_conslaw.flows.field_programs import FieldPrograms, Time
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.rates import common_measure
from sage_conslaw.networks.network import Network


class GradientFlow(Flow):
    r"""
    The gradient flow `\theta' = -M(\theta) \nabla E(\theta) - \lambda \theta` of a network.

    INPUT:

    - ``network`` -- a network
    - ``metric`` -- ``None`` for the network's own geometry; ``"euclidean"`` for `M = 1`;
      ``"mirror"`` for `M = \mathrm{diag}(\theta)`; ``"burg"`` for `\mathrm{diag}(\theta^2)`;
      ``Power(k)`` for `\mathrm{diag}(\theta^k)`; ``"natural"``; names of blocks of parameters,
      on which the geometry then is mirror; a dictionary from names of blocks to one of
      these; or a function, see :mod:`sage_conslaw.flows.metrics`
    - ``decay`` -- weight decay: a rate `\lambda` for all parameters, or a dictionary from
      names of blocks to rates. It is not multiplied by the metric.

    With a decay the state is `(s, \theta)` with `s = e^{g t}`, where the rates are integer
    multiples of `g`, so that laws in `\theta e^{\lambda t}` are polynomials.

    REFERENCES: arXiv 2307.00144, Section 2; arXiv 2405.12888, Sections 2 and 4.2; for decay
    arXiv 2506.06194, Theorem 2.1.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, ICNN, LinearNetwork, polynomial_laws
        sage: GradientFlow(ICNN(1, 1, 1)).vector_fields()[0]
        (U1_1*V1_1, U1_1)
        sage: GradientFlow(ICNN(1, 1, 1), metric="euclidean").vector_fields()[0]
        (V1_1, U1_1)
        sage: flow = GradientFlow(LinearNetwork([1, 1, 1]), decay="0.1"); flow
        GradientFlow(LinearNetwork([1, 1, 1]), metric='euclidean', decay=1/10)
        sage: print(*polynomial_laws(flow, 2, time_degree=2))
        s^2*U1_1_1^2 - s^2*U2_1_1^2

    TESTS::

        sage: GradientFlow(ICNN(1, 1, 1), metric="riemannian")
        Traceback (most recent call last):
        ...
        ValueError: metric: got 'riemannian', expected None, 'euclidean', 'mirror', 'burg', ...
        sage: GradientFlow(ICNN(1, 1, 1), decay=-1)
        Traceback (most recent call last):
        ...
        ValueError: decay: got -1, expected a non-negative rational, a text such as '0.01', ...
    """

    def __init__(self, network: Network, metric: Any = None, decay: Any = None) -> None:
        super().__init__(network, metric, decay)

    def _programs(self) -> FieldPrograms:
        if not self._decay:
            return FieldPrograms(self.network, self._metric)
        time = Time("s", common_measure(list(self._decay.values())))
        return FieldPrograms(self.network, self._metric, time=time, decay=self._decay)

    def time_degree(self) -> int | None:
        r"""
        Return the degree in the time that the known laws need, ``None`` without a time.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF
            sage: GradientFlow(NMF(1, 1, 1)).time_degree() is None
            True
            sage: GradientFlow(NMF(1, 1, 1), decay={"U": 1/2, "V": 1/3}).time_degree()
            6
        """
        time = self.programs.time
        if time is None or not time.rate:
            return None
        # laws of degree 2 need twice the fastest decay
        return int(2 * max(self._decay.values()) / time.rate)

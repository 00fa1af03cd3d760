r"""
The momentum flow of a network, with constant damping or damping `c / t`
"""
from __future__ import annotations

from fractions import Fraction
from typing import Any

from sage_conslaw.flows.damping import InverseTime, read_damping
from sage_conslaw.flows.field_programs import FieldPrograms, Time
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.metrics import Metric
from sage_conslaw.flows.rates import exact_rate
from sage_conslaw.networks.network import Network
from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import ExactRational


class MomentumFlow(Flow):
    r"""
    The momentum flow `\theta'' + \tau \theta' + \lambda \theta = -M \nabla E(\theta)`.

    INPUT:

    - ``network`` -- a network
    - ``damping`` -- the `\tau`: a non-negative rational constant, however it is written
      (``9/10``, ``"0.9"``; a float stands for its shortest decimal), or ``InverseTime(c)``
      for `c/t`, such as ``NESTEROV`` for `3/t`
    - ``metric`` -- as for :class:`~sage_conslaw.flows.gradient.GradientFlow`, but evaluated at
      `\tau\theta + \theta'`: on the blocks with mirror geometry
      `M = \mathrm{diag}(\tau\theta + \theta')`
    - ``decay`` -- as for :class:`~sage_conslaw.flows.gradient.GradientFlow`

    The state is (time, `\theta`, `v`) with `v = \theta'`, ``dU1_2_3`` being the
    velocity of ``U1_2_3``. The first field is, without decay,

    - `(1, v, 0)` without damping, in the time `t`,
    - `(\tau s, v, -\tau v)` for a constant `\tau`, in `s = e^{\tau t}`,
    - `(t, t v, -c v)` for an integer `c` in `c/t`, multiplied by `t` to be polynomial;
      for `c = p/q` the time is `r` with `t = r^q`,

    and `(0, 0, M \nabla\phi_i)` follow, where for `c/t` with a mirror block the
    metric is multiplied by `t` as well.

    REFERENCES: arXiv 2405.12888, Sections 3 and 4.

    EXAMPLES::

        sage: from sage_conslaw import ICNN, LinearNetwork, MomentumFlow, NESTEROV
        sage: MomentumFlow(LinearNetwork([1, 1]), damping=2).vector_fields()[0]
        (2*s, dU1_1_1, -2*dU1_1_1)
        sage: for field in MomentumFlow(ICNN(1, 1, 1), damping=NESTEROV).vector_fields():
        ....:     print(field)
        (t, t*dU1_1, t*dV1_1, -3*dU1_1, -3*dV1_1)
        (0, 0, 0, t*V1_1*dU1_1 + 3*U1_1*V1_1, t*U1_1)
        sage: MomentumFlow(LinearNetwork([1, 1]), damping="0.9")
        MomentumFlow(LinearNetwork([1, 1]), damping=9/10, metric='euclidean')

    TESTS::

        sage: MomentumFlow(LinearNetwork([1, 1]), damping=-1)
        Traceback (most recent call last):
        ...
        ValueError: damping: got -1, expected a non-negative rational, a text such as '0.9', ...
    """

    damping: ExactRational | InverseTime

    def __init__(self, network: Network, damping: Any = 0, metric: Any = None,
                 decay: Any = None) -> None:
        self.damping = read_damping(damping)
        super().__init__(network, metric, decay)

    @classmethod
    def from_pytorch(cls, network: Network, lr: Any, momentum: Any, weight_decay: Any = 0,
                     metric: Any = None) -> MomentumFlow:
        r"""
        Return the flow that ``torch.optim.SGD`` follows in the limit of small steps.

        INPUT:

        - ``network`` -- a network
        - ``lr`` -- a positive rational, the learning rate `\eta`
        - ``momentum`` -- a rational between 0 and 1, both excluded, the `\mu`; without momentum
          the limit is the gradient flow
        - ``weight_decay`` -- a non-negative rational, of all parameters
        - ``metric`` -- as for :class:`MomentumFlow`

        ALGORITHM: The steps `\theta_{k+1} = \theta_k + \mu(\theta_k - \theta_{k-1}) - \eta
        (\nabla E + \omega \theta_k)` are those of a difference scheme with the step `\eta` for
        `\theta'' + \frac{1 - \mu}{\eta} \theta' + \frac{\omega}{\eta} \theta = -\frac1\eta
        \nabla E`, in the time `t = k \eta`. The limit taken is that of small steps in which
        `(1 - \mu)^2 / \eta` stays as it is, and a factor before `E` changes no law. The flow
        says so among its :attr:`hypotheses`.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, MomentumFlow
            sage: flow = MomentumFlow.from_pytorch(LinearNetwork([1, 1]), lr=0.01, momentum=0.9)
            sage: flow
            MomentumFlow(LinearNetwork([1, 1]), damping=10, metric='euclidean')
            sage: flow.hypotheses[-1]
            'the flow is the limit of SGD with lr 1/100 and momentum 9/10 for small steps, ...'
            sage: MomentumFlow.from_pytorch(LinearNetwork([1, 1]), lr=0.01, momentum=1)
            Traceback (most recent call last):
            ...
            ValueError: momentum: got 1, expected a rational between 0 and 1, both excluded
            sage: MomentumFlow.from_pytorch(LinearNetwork([1, 1]), lr=0.01, momentum=0)
            Traceback (most recent call last):
            ...
            ValueError: momentum: got 0, but SGD without momentum tends to the gradient flow;
            write GradientFlow(network, decay=...)
        """
        rate = exact_rate(lr, "lr", "a positive rational")
        if not rate:
            raise ValueError(f"lr: got {shown(lr)}, expected a positive rational")
        accepted = "a rational between 0 and 1, both excluded"
        mu = exact_rate(momentum, "momentum", accepted)
        if not mu:
            raise ValueError(f"momentum: got {shown(momentum)}, but SGD without momentum tends to "
                             "the gradient flow; write GradientFlow(network, decay=...)")
        if mu >= 1:
            raise ValueError(f"momentum: got {shown(momentum)}, expected {accepted}")
        decay = exact_rate(weight_decay, "weight_decay", "a non-negative rational")
        flow = cls(network, damping=(1 - mu) / rate, metric=metric, decay=decay / rate)
        flow._limit = (f"the flow is the limit of SGD with lr {rate} and momentum {mu} for small "
                       "steps, (1 - momentum)^2 / lr staying as it is")
        return flow

    def _check_metric(self, metric: Metric) -> None:
        for name, k in (metric.powers or {}).items():
            if k.denominator > 1:
                raise ValueError(f"metric: got Power({k}) on {name!r}; a momentum flow takes "
                                 "integer exponents, for its metric is a function of tau theta + "
                                 "theta', whose roots are no variables")

    def _arguments(self) -> list[str]:
        return [f"damping={self.damping}"]

    def rate(self) -> ExactRational:
        r"""
        Return the number in the damping: the constant, or `c` for `c/t`.
        """
        return self.damping.c if isinstance(self.damping, InverseTime) else self.damping

    def _programs(self) -> FieldPrograms:
        rate = Fraction(self.rate())
        inverse_time = isinstance(self.damping, InverseTime)
        if inverse_time:
            root = rate.denominator
            time = Time("t" if root == 1 else "r", root=root)
        else:
            time = Time("s", rate) if rate else Time("t")
        return FieldPrograms(self.network, self._metric, True, time, rate, inverse_time,
                             self._decay)

    def time_degree(self) -> int:
        r"""
        Return the degree in the time that the known laws need.

        It is 1 in `t` without damping and in `s = e^{\tau t}`, and `p` in `r` under `c/t`
        with `c = p/q` and `t = r^q`.

        EXAMPLES::

            sage: from sage_conslaw import InverseTime, LinearNetwork, MomentumFlow, NESTEROV
            sage: MomentumFlow(LinearNetwork([1, 1]), damping=NESTEROV).time_degree()
            3
            sage: MomentumFlow(LinearNetwork([1, 1]), damping=InverseTime(7/2)).time_degree()
            7
        """
        return self.rate().numerator if isinstance(self.damping, InverseTime) else 1

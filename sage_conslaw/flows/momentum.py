r"""
The momentum flow of a model, with constant damping or damping `c / t`
"""
import math

import numpy as np

from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.flows.damping import InverseTime, nonnegative_rational
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.vector_fields import VectorFields


class MomentumFlow(Flow):
    r"""
    The momentum flow `\theta'' + \tau \theta' = -M \nabla E(\theta)` of a model.

    On the blocks with mirror geometry `M = \mathrm{diag}(\tau\theta + \theta')`.

    INPUT:

    - ``model`` -- a model
    - ``damping`` -- the `\tau`: a non-negative rational constant, or
      ``InverseTime(c)`` for `c/t`, such as ``NESTEROV`` for `3/t`
    - ``metric`` -- as for :class:`GradientFlow`

    The state is (time, `\theta`, `v`) with `v = \theta'`, ``dU1_2_3`` being the
    velocity of ``U1_2_3``. The first field is

    - `(1, v, 0)` without damping, in the time `t`,
    - `(\tau s, v, -\tau v)` for a constant `\tau`, in `s = e^{\tau t}`,
    - `(t, t v, -c v)` for `c/t`, multiplied by `t` to be polynomial,

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

    TESTS::

        sage: MomentumFlow(LinearNetwork([1, 1]), damping=-1)
        Traceback (most recent call last):
        ...
        ValueError: damping: got -1, expected a non-negative rational or InverseTime(c)
        sage: MomentumFlow(LinearNetwork([1, 1]), damping=0.5)
        Traceback (most recent call last):
        ...
        TypeError: damping: got 0.500000000000000, expected a non-negative rational or ...
    """

    def __init__(self, model, damping=0, metric=None):
        super().__init__(model, metric)
        if not isinstance(damping, InverseTime):
            damping = nonnegative_rational(damping, "damping",
                                            "a non-negative rational or InverseTime(c)")
        self.damping = damping

    def __repr__(self):
        return (f"MomentumFlow({self.model!r}, damping={self.damping}, "
                f"metric={self.metric or 'euclidean'!r})")

    @property
    def number_of_variables(self):
        r"""
        The number `D = 2 n + 1` of variables.
        """
        return 2 * self.model.number_of_parameters + 1

    def variable_names(self):
        r"""
        Return the names of the state's variables: time, parameters, velocities.
        """
        names = self.model.variable_names()
        constant = not isinstance(self.damping, InverseTime) and self.damping > 0
        return ("s" if constant else "t",) + names + tuple("d" + name for name in names)

    def denominator(self):
        r"""
        Return the least positive integer that makes the coefficients of the fields integers.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, MomentumFlow
            sage: MomentumFlow(LinearNetwork([1, 1]), damping=3/2).denominator()
            2
        """
        return self.rate().denominator

    def rate(self):
        r"""
        Return the number in the damping: the constant, or `c` for `c/t`.
        """
        return self.damping.c if isinstance(self.damping, InverseTime) else self.damping

    def time_degree(self):
        r"""
        Return the degree in the time that the known laws need.

        It is 1 in `t` without damping and in `s = e^{\tau t}`, and `c` under
        `c/t`, rounded up.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, MomentumFlow, NESTEROV
            sage: MomentumFlow(LinearNetwork([1, 1]), damping=NESTEROV).time_degree()
            3
        """
        return math.ceil(self.damping.c) if isinstance(self.damping, InverseTime) else 1

    def size(self):
        r"""
        Return bounds for the degree of the fields and for the sum of the absolute
        values of all their coefficients, denominators cleared.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, MomentumFlow
            sage: MomentumFlow(LinearNetwork([1, 1]), damping=1/2).size()
            (1, 12)
        """
        rate = self.rate()
        norm = rate.numerator + rate.denominator
        inverse_time = isinstance(self.damping, InverseTime)
        metric = (1 + inverse_time) if self.metric else 0
        degree = max(1 + inverse_time, len(self.model.links) - 1 + metric)
        n = self.model.number_of_parameters
        return degree, norm * (self.model.number_of_terms() + 2 * n + 1)

    def vector_fields(self):
        r"""
        Return `\chi_0` and the fields `(0, 0, M \nabla\phi_i)`.
        """
        self._check_size()
        n, size = self.model.number_of_parameters, self.number_of_variables
        rate = self.rate()
        top, bottom = rate.numerator, rate.denominator
        inverse_time = isinstance(self.damping, InverseTime)
        factor = 0 if inverse_time else size  # the time, or no factor
        theta, velocity = np.arange(1, n + 1), np.arange(n + 1, size)
        every, first = np.full(n, factor), np.zeros(n, dtype=np.int64)
        # field, component, factors, coefficient; all fields multiplied by `bottom`
        if top and not inverse_time:
            start = (first[:1], first[:1], np.array([[0]]), top)
        else:
            start = (first[:1], first[:1], np.array([[factor]]), bottom)
        parts = [start, (first, theta, np.column_stack([every, velocity]), bottom)]
        if top:
            parts.append((first, velocity, velocity[:, None], -top))
        entry, parameter, factors = self._gradient_terms()
        factors = np.where(factors == n, size, factors + 1)
        mirror = np.array(self.mirrored())[parameter]
        # the time multiplies the metric where a block is mirror
        scale = np.full((len(entry), 1), factor if self.metric else size)
        for chosen, extra, coefficient in (
                (~mirror, (), bottom), (mirror, (n + 1 + parameter,), bottom)):
            columns = np.column_stack((factors, scale) + extra)
            parts.append((entry[chosen] + 1, parameter[chosen] + n + 1, columns[chosen],
                          coefficient))
        if top:
            columns = np.column_stack([factors, parameter + 1])
            parts.append((entry[mirror] + 1, parameter[mirror] + n + 1, columns[mirror], top))
        width = max(part[2].shape[1] for part in parts)
        table = TermTable(
            size, np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]),
            np.sort(np.vstack([np.pad(part[2], ((0, 0), (0, width - part[2].shape[1])),
                                      constant_values=size) for part in parts]), axis=1),
            np.concatenate([np.full(len(part[0]), part[3], dtype=object) for part in parts]))
        return VectorFields.from_terms(self.variable_names(), table, denominator=bottom, time=0,
                                       time_degree=self.time_degree())

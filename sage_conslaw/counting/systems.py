r"""
Fields of a flow in truncated power series, modulo a prime

A *system* knows the fields `\chi_i` of a flow without expanding them. Along a
series `x(z)` of states it evaluates

- ``drift(x)``: the field `F = \sum_i u_i(z) \chi_i` for random controls `u`, which
  ``extend_controls`` draws,
- ``jacobian_product(x, y)``: `J_F\, y` for a batch of directions `y(z)`,
- ``random_fields(x, count)``: a batch of random combinations of the `\chi_i`, but for
  ``drift_field(x)`` where it ``has_drift``.

=====================  ======================================================
:class:`ChainSystem`   gradient and momentum flows of the models
:class:`TableSystem`   any polynomial fields, through their tables of terms
=====================  ======================================================

Series are arrays whose first axis is the order and whose second numbers the
batch; the last axis runs over the variables.
"""
import numpy as np

from sage_conslaw.arithmetic.arrays import accumulate, matmul
from sage_conslaw.counting.chain import series_product
from sage_conslaw.counting.chain import Chain
from sage_conslaw.flows.damping import InverseTime
from sage_conslaw.flows.momentum import MomentumFlow


class ChainSystem:
    r"""
    A gradient or momentum flow of a model, in truncated power series.

    INPUT:

    - ``flow`` -- a flow
    - ``prime`` -- the prime
    - ``source`` -- :class:`~sage_conslaw.arithmetic.primes.PrimeSource` of the controls
    """

    def __init__(self, flow, prime, source):
        self.prime, self._source = prime, source
        model = flow.model
        self._chain = Chain(model, prime)
        self._momentum = isinstance(flow, MomentumFlow)
        self._mirrored = np.array(flow.mirrored(), dtype=bool)
        self.parameters = model.number_of_parameters
        self.variables = flow.number_of_variables
        self._control, self._drift_control, self._kept = None, None, None
        self.control_degree = self._chain.depth + 1 if self._chain.gated else 2
        self.control_terms = self._chain.enough_cotangents()
        if self._momentum:
            rate = flow.rate()
            self._rate = rate.numerator * pow(rate.denominator, -1, prime) % prime
            self._inverse_time = isinstance(flow.damping, InverseTime)

    @property
    def has_drift(self):
        r"""
        Whether there is a field besides the gradients of `\phi`.
        """
        return self._momentum

    def extend_controls(self, orders):
        r"""
        Draw the coefficients of the controls up to an order.
        """
        have = 0 if self._control is None else len(self._control[0])
        for _ in range(have, orders):
            fresh = self._chain.random_control(self._source, self._chain.enough_cotangents())
            if self._control is None:
                self._control = [part[None] for part in fresh]
            else:
                self._control = [np.concatenate([old, part[None]])
                                 for old, part in zip(self._control, fresh)]
            drift = self._source.point(1, self.prime)[None]
            self._drift_control = (drift if self._drift_control is None
                                   else np.concatenate([self._drift_control, drift]))

    def drift(self, x):
        r"""
        Return `F(x)` for the controls, orders x 1 x variables.
        """
        result = self._pushed(x, self._gradient_along(x)[0])
        if self._momentum:
            scale = self._drift_control[:len(x), None]
            result = (result + self._times(scale, self._free(x[:, None]))) % self.prime
        return result

    def random_fields(self, x, count):
        r"""
        Return random combinations of the fields of `\phi` along `x`.
        """
        control = [part[None] for part in self._chain.random_control(self._source, count)]
        return self._pushed(x, self._chain.gradients(self._parameters(x), control))

    def drift_field(self, x):
        r"""
        Return the first field of a momentum flow along `x`, a batch of one.
        """
        return self._free(x[:, None])

    def jacobian_product(self, x, y):
        r"""
        Return `J_F y` for a batch of directions, to one order less than ``x``.
        """
        orders, p = len(y), self.prime
        theta = self._parameters(x)[:orders]
        control = [part[:orders] for part in self._control]
        moved = self._parameters_of(y)
        gradient, state = self._gradient_along(x[:orders])
        bent = self._chain.derivative(theta, control, state, moved)
        if not self._momentum:
            if not self._mirrored.any():
                return bent
            metric = np.where(self._mirrored, theta, self._one(orders))[:, None]
            turned = np.where(self._mirrored, moved, 0)
            return (self._times(metric, bent) + self._times(turned, gradient)) % p
        force = self._times(self._metric(x[:orders])[:, None], bent)
        if self.metric_moves:
            force = (force + self._times(self._metric_derivative(x[:orders], y), gradient)) % p
        result = np.zeros_like(y)
        result[..., self.parameters + 1:] = force
        scale = self._drift_control[:orders, None]
        return (result + self._times(scale, self._free_derivative(x[:orders], y))) % p

    def _gradient_along(self, x):
        # the gradient of the sum of the controls along x, and the states of the chain, kept
        # for all the directions that are bent along one trajectory
        orders = len(x)
        if self._kept is None or not np.array_equal(self._kept[0][:orders], x):
            control = [part[:orders] for part in self._control]
            self._kept = (x, *self._chain.gradient_of_sum(self._parameters(x), control))
        _, gradient, states = self._kept
        return gradient[:orders], [[part if part is None else part[:orders] for part in parts]
                                   for parts in states]

    # --- the parts of the state ---

    @property
    def metric_moves(self):
        # whether the metric of a momentum flow depends on the state
        return bool(self._mirrored.any())

    def _parameters(self, x):
        return x[:, 1:self.parameters + 1] if self._momentum else x

    def _parameters_of(self, y):
        return y[..., 1:self.parameters + 1] if self._momentum else y

    def _one(self, orders):
        one = np.zeros((orders, 1), dtype=np.int64)
        one[0] = 1
        return one

    def _times(self, left, right):
        return series_product(left, right, max(len(left), len(right)), self.prime)

    def _factor(self, x):
        # 1, or the time where the fields were multiplied by it
        return x[:, :1] if self._inverse_time and self.metric_moves else self._one(len(x))

    def _metric(self, x):
        theta, velocity = self._parameters(x), x[:, self.parameters + 1:]
        factor = self._factor(x)
        moving = (self._rate * theta + self._times(factor, velocity)) % self.prime
        return np.where(self._mirrored, moving, factor)

    def _metric_derivative(self, x, y):
        velocity, factor = x[:, None, self.parameters + 1:], self._factor(x)[:, None]
        moved = (self._rate * self._parameters_of(y)
                 + self._times(factor, y[..., self.parameters + 1:])) % self.prime
        still = np.zeros((len(y), 1, 1), dtype=np.int64)
        if self._inverse_time and self.metric_moves:
            still = y[..., :1]
            moved = (moved + self._times(still, velocity)) % self.prime
        return np.where(self._mirrored, moved, still)

    def _pushed(self, x, gradient):
        # M grad phi as a field of the state
        if not self._momentum:
            if not self._mirrored.any():
                return gradient
            metric = np.where(self._mirrored, x, self._one(len(x)))
            return self._times(metric[:, None], gradient)
        result = np.zeros(gradient.shape[:2] + (self.variables,), dtype=np.int64)
        result[..., self.parameters + 1:] = self._times(self._metric(x)[:, None], gradient)
        return result

    def _free(self, x):
        # the field of a momentum flow without data
        n, p = self.parameters, self.prime
        velocity = x[..., n + 1:]
        result = np.zeros_like(x)
        if self._inverse_time:
            time = x[..., :1]
            result[..., :1] = time
            result[..., 1:n + 1] = self._times(time, velocity)
        else:
            result[..., 0] = self._rate * x[..., 0] % p if self._rate else self._one(len(x))
            result[..., 1:n + 1] = velocity
        result[..., n + 1:] = -self._rate * velocity % p
        return result

    def _free_derivative(self, x, y):
        n, p = self.parameters, self.prime
        result = np.zeros_like(y)
        moved = y[..., n + 1:]
        if self._inverse_time:
            result[..., :1] = y[..., :1]
            result[..., 1:n + 1] = (self._times(x[:, None, :1], moved)
                                    + self._times(y[..., :1], x[:, None, n + 1:])) % p
        else:
            result[..., 0] = self._rate * y[..., 0] % p
            result[..., 1:n + 1] = moved
        result[..., n + 1:] = -self._rate * moved % p
        return result


class TableSystem:
    r"""
    Polynomial fields given by their terms, in truncated power series.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` of the fields
    - ``prime``, ``source`` -- as for :class:`ChainSystem`
    - ``point`` -- the point where the trajectory starts: fields whose values there
      depend on those of other fields are combinations of them, and left out
    """
    has_drift = False
    control_degree = control_terms = 1

    def __init__(self, table, prime, source, point):
        self.prime, self._source = prime, source
        chosen, self._table, _, _ = table.modulo(prime).independent(point, prime)
        self._fields = len(chosen)
        self.variables = table.variables
        self._control = np.zeros((0, len(chosen)), dtype=np.int64)

    def extend_controls(self, orders):
        r"""
        Draw the coefficients of the controls up to an order.
        """
        for _ in range(len(self._control), orders):
            self._control = np.vstack([self._control,
                                       self._source.point(self._fields, self.prime)])

    def _product(self, factors, start):
        # the product of a series and of the factors of the terms, term by term
        for column in factors:
            start = series_product(start, column, len(start), self.prime)
        return start

    def _factors(self, x):
        extended = np.concatenate([x, np.zeros((len(x), 1), dtype=np.int64)], axis=1)
        extended[0, -1] = 1
        return [extended[:, column] for column in self._table.factors.T]

    def _sum(self, values, keys, size):
        return np.array([accumulate(keys, v, size, self.prime) for v in values])

    def drift(self, x):
        r"""
        Return `F(x)` for the controls, orders x 1 x variables.
        """
        start = self._control[:len(x), self._table.field] * self._table.coefficients % self.prime
        values = self._product(self._factors(x), start)
        return self._sum(values, self._table.component, self.variables)[:, None]

    def random_fields(self, x, count):
        r"""
        Return random combinations of the fields along `x`.
        """
        start = np.zeros((len(x), len(self._table)), dtype=np.int64)
        start[0] = self._table.coefficients
        values = self._product(self._factors(x), start)
        keys = self._table.field * self.variables + self._table.component
        fields = self._sum(values, keys, self._fields * self.variables)
        fields = fields.reshape(len(x), self._fields, self.variables)
        weights = self._source.point(count * self._fields, self.prime).reshape(count, -1)
        return np.array([matmul(weights, f, self.prime) for f in fields])

    def jacobian_product(self, x, y):
        r"""
        Return `J_F y` for a batch of directions, to the orders of ``y``.
        """
        p, orders = self.prime, len(y)
        factors = self._factors(x[:orders])
        start = self._control[:orders, self._table.field] * self._table.coefficients % p
        # the products of the factors before each one, and of those after it
        before, after = [start], [np.ones_like(start[:1])]
        for factor in factors[:-1]:
            before.append(self._product([factor], before[-1]))
        for factor in factors[:0:-1]:
            last = np.zeros_like(start)
            last[:len(after[-1])] = after[-1]
            after.append(self._product([factor], last))
        rows, variables, values = [], [], []
        for q, column in enumerate(self._table.factors.T):
            moving = column < self.variables
            part = self._product([after[len(factors) - 1 - q][:, moving]], before[q][:, moving])
            rows.append(self._table.component[moving])
            variables.append(column[moving])
            values.append(part)
        result = np.zeros_like(y)
        if not rows:
            return result
        keys = np.concatenate(rows) * self.variables + np.concatenate(variables)
        places, group = np.unique(keys, return_inverse=True)
        jacobian = self._sum(np.concatenate(values, axis=1), group, len(places))
        row, variable = np.divmod(places, self.variables)
        for k in range(orders):
            for i in range(k + 1):
                product = y[k - i][:, variable] * jacobian[i] % p
                key = np.arange(y.shape[1])[:, None] * self.variables + row
                result[k] += accumulate(key.ravel(), product.ravel(), result[k].size,
                                        p).reshape(result[k].shape)
        return result % p

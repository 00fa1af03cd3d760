r"""
Polynomial fields that are given by their terms, along a trajectory

A system as :mod:`~sage_conslaw.counting.program_systems` describes it, without a program.
"""
from __future__ import annotations

import numpy as np

from sage_conslaw.arithmetic.arrays import accumulate, matmul
from sage_conslaw.arithmetic.series import padded, series_product


class TableSystem:
    r"""
    Polynomial fields given by their terms, in truncated power series.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` of the fields
    - ``prime``, ``source`` -- as for
      :class:`~sage_conslaw.counting.program_systems.ProgramSystem`
    - ``point`` -- the point where the trajectory starts: fields whose values there
      depend on those of other fields are combinations of them, and left out
    """
    has_drift = False

    def __init__(self, table, prime, source, point):
        self.prime, self._source = prime, source
        chosen, self._table, _, _ = table.modulo(prime).independent(point, prime)
        self._fields = len(chosen)
        self.variables = table.variables
        self._control = np.zeros((0, len(chosen)), dtype=np.int64)
        #: how many combinations of the fields were drawn
        self.drawn = 0

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
            start = padded(series_product(start, column, len(start), self.prime), len(start))
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
        self.drawn += count
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

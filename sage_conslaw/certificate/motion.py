r"""
The field of a flow along a series of states, and how it changes with the state
"""
from sage_conslaw.certificate.packing import Single
from sage_conslaw.certificate.reader import CertificateError
from sage_conslaw.certificate.series import Evaluation, add_product, inverse


class Motion:
    r"""
    The field `F = u_0 \chi_0 + \sum_s M \nabla p(\theta, u_s)` along a series of states.

    INPUT:

    - ``flow``, ``program`` -- a :class:`Flow <sage_conslaw.certificate.flow.Flow>` and the
      :class:`Program <sage_conslaw.certificate.program.Program>` of `p`
    - ``x`` -- list of the series of all variables
    - ``orders`` -- how many coefficients are computed
    - ``prime`` -- the prime
    - ``drift`` -- the series `u_0`
    - ``samples`` -- list of the controls `u_s`, as an :class:`Evaluation
      <sage_conslaw.certificate.series.Evaluation>` takes them
    """
    def __init__(self, flow, program, x, orders, prime, drift, samples):
        self._flow, self._orders, self._prime = flow, orders, prime
        self._single, self._drift = Single(prime), drift
        n, first = flow.parameters, flow.offset
        theta, velocities = x[first:first + n], x[first + n:]
        self._samples = [Evaluation(program, theta, controls, orders, prime, "program")
                         for controls in samples]
        self._gradient = self._total([sample.gradient() for sample in self._samples])
        self._set_drift(x, theta, velocities)
        at = theta
        if flow.momentum:
            at = [self._combined([([1], v), (self._tau, y)]) for v, y in zip(velocities, theta)]
        self._metric = Evaluation(flow.metric, at, {}, orders, prime, "flow.metric.program")

    def _set_drift(self, x, theta, velocities):
        # the entries of the drift; of each of them, and of the point where the metric is taken,
        # the derivatives that are not zero, as pairs (series, variable)
        flow, prime, n = self._flow, self._prime, self._flow.parameters
        first = flow.offset
        rates = [rate and [self._residue(rate)] for rate in flow.rates]
        self._tau, slope = None, None
        if flow.momentum and flow.rate[0]:
            self._tau = c = [self._residue(flow.rate)]
            if flow.inverse_time:
                r = inverse(x[0], self._orders, prime)
                if r is None:
                    raise CertificateError("point[0]: the time is zero modulo the prime")
                # tau is c x^{-q} for the root x of the time, and changes by - q c x^{-q-1}
                powers = [[1], r]
                for _ in range(flow.root):
                    powers.append(self._product(powers[-1], r))
                self._tau = self._product(c, powers[-2])
                slope = self._product([-flow.root % prime], self._product(c, powers[-1]))
        self._free, self._free_slopes = [], []
        if first:
            growth = self._tau
            if not flow.momentum:
                growth = [self._residue(flow.measure)]
            if flow.inverse_time or not growth:
                inverse_root = [self._residue((1, flow.root))]
                self._free.append([1])
                self._free_slopes.append([])
                if flow.root > 1:
                    # x^{1-q} / q
                    self._free[0] = self._product(inverse_root, powers[flow.root - 1])
                    self._free_slopes[0].append((self._product(
                        [1 - flow.root], self._product(inverse_root, powers[flow.root])), 0))
            else:
                self._free.append(self._product(growth, x[0]))
                self._free_slopes.append([(growth, 0)])
        if flow.momentum:
            self._free += velocities
            self._free_slopes += [[([1], 1 + n + i)] for i in range(n)]
        self._at_slopes = []
        for i in range(n):
            # of - tau v - lambda theta, and of tau theta + v
            slopes, at = [], [([1], first + i)]
            if rates[i]:
                slopes.append((self._minus(rates[i]), first + i))
            if flow.momentum:
                at = [([1], 1 + n + i)]
                if self._tau:
                    slopes.append((self._minus(self._tau), 1 + n + i))
                    at.append((self._tau, 1 + i))
            self._free.append(self._combined([(factor, x[y]) for factor, y in slopes]))
            if slope:
                slopes.append((self._minus(self._product(slope, velocities[i])), 0))
                at.append((self._product(slope, theta[i]), 0))
            self._free_slopes.append(slopes)
            self._at_slopes.append(at)

    # --- series ---

    def _residue(self, rational):
        above, below = rational
        return above * pow(below, -1, self._prime) % self._prime

    def _product(self, a, b):
        return self._combined([(a, b)])

    def _minus(self, a):
        return [-x % self._prime for x in a]

    def _combined(self, pairs, batch=None, orders=None):
        # the sum of the products of pairs of series; None stands for zero
        total = [0] * (self._orders if orders is None else orders)
        for factor, other in pairs:
            if factor is not None:
                add_product(total, factor, other)
        reduce = (batch or self._single).reduce
        return [reduce(y) for y in total]

    def _total(self, gradients, batch=None, orders=None):
        if len(gradients) == 1:
            return gradients[0]
        return [self._combined([([1], gradient[i]) for gradient in gradients], batch, orders)
                for i in range(self._flow.parameters)]

    def _rows(self, values):
        # for every parameter which entries of the metric multiply which entries of the gradient
        flow, n = self._flow, self._flow.parameters
        if flow.form == "matrix":
            matrix = values[flow.metric.outputs[0]]
            return [[] if matrix is None else [(matrix[i * n + j], j) for j in range(n)]
                    for i in range(n)]
        rows = []
        for k in flow.metric.outputs:
            for i in range(flow.metric.instructions[k].size):
                rows.append([] if values[k] is None else [(values[k][i], len(rows))])
        return rows

    # --- the field ---

    def value(self):
        r"""
        Return the series of all entries of `F`.
        """
        force = [self._combined([(m, self._gradient[j]) for m, j in row])
                 for row in self._rows(self._metric.values)]
        if not self._flow.has_drift:
            return force
        result = [self._product(self._drift, entry) for entry in self._free]
        start = len(result) - len(force)
        for i, entry in enumerate(force):
            result[start + i] = self._combined([([1], result[start + i]), ([1], entry)])
        return result

    def change(self, y, orders, batch):
        r"""
        Return the product of the Jacobian of `F` with a batch of directions.

        INPUT:

        - ``y`` -- list of the series of all entries of the directions, as batches
        - ``orders`` -- how many coefficients are computed
        - ``batch`` -- the :class:`Batch <sage_conslaw.certificate.packing.Batch>`
        """
        flow, first = self._flow, self._flow.offset
        directions = [series[:orders] for series in y[first:first + flow.parameters]]
        gradient = self._total([sample.gradient_change(directions, orders, batch)
                                for sample in self._samples], batch, orders)
        at = [self._combined([(factor, y[e]) for factor, e in slopes], batch, orders)
              for slopes in self._at_slopes]
        moved = self._rows(self._metric.changes(at, orders, batch))
        force = [self._combined([(m, gradient[j]) for m, j in row]
                                + [(self._gradient[j], m) for m, j in turned], batch, orders)
                 for row, turned in zip(self._rows(self._metric.values), moved)]
        if not flow.has_drift:
            return force
        start = len(self._free) - len(force)
        result = []
        for e, slopes in enumerate(self._free_slopes):
            pairs = [(self._product(self._drift, factor), y[z]) for factor, z in slopes]
            if e >= start:
                pairs.append(([1], force[e - start]))
            result.append(self._combined(pairs, batch, orders))
        return result

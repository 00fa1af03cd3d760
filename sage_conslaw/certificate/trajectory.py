r"""
Vectors of a trace along a trajectory, modulo a prime

With a series `u_0(z)`, and for every sample `s` one for each entry of the controls, let

.. MATH::

    F = u_0(z) \chi_0 + \sum_s M \nabla p(\theta, u_s(z)),

where `\chi_0` is the drift, if there is one, and let `x(z)` be the solution of `x' = F(x)` that
starts at the point. With the Jacobian `J` of `F` along it and `L y = y' - J y`, the vectors are
`(L^k y)(0)`, where `y` is along `x(z)` the drift, or `M \nabla p` for one constant value of the
controls. No field is multiplied by anything to make it polynomial.

The coefficients of `u` are residues of :mod:`sage_conslaw.certificate.stream`:

=====================================  =======================================================
label                                  what the residues are
=====================================  =======================================================
``drift K``                            the coefficient of `z^K` in `u_0`, the first of them
``sample S order K control J``         the coefficients of `z^K` in `u_S`, for the entries of
                                       control `J` of the program, row-major
``vector C control J``                 the entries of control `J` in the constant value `C`
=====================================  =======================================================

Samples and controls are counted from 0, controls in the order of their appearance. A trajectory
of order `K` needs coefficients of orders below `K` only, and a prime above `K`: the coefficients of
`x(z)` are found one after the other, divided by their number.
"""
from collections import Counter

from sage_conslaw.certificate.motion import Motion
from sage_conslaw.certificate.packing import Batch
from sage_conslaw.certificate.program import BILINEAR, INVERSE, LINEAR
from sage_conslaw.certificate.reader import CertificateError
from sage_conslaw.certificate.stream import residues

#: Bytes that the changes of all values may take for one batch, and the most slots of a batch.
MAX_BATCH_BYTES = 50_000_000
MAX_SLOTS = 512


class Trajectory:
    r"""
    The vectors that a certificate names.

    INPUT:

    - ``certificate`` -- a :class:`FlowCertificate
      <sage_conslaw.certificate.version2.FlowCertificate>` with a trajectory
    - ``work`` -- a :class:`Work <sage_conslaw.certificate.algebra.Work>`, from which the
      work to be done is taken at once
    """
    def __init__(self, certificate, work):
        self._flow, self._program = certificate.flow, certificate.program
        self._point, self._prime = certificate.point, certificate.prime
        self._choice = choice = certificate.trajectory
        # the highest order of each assignment, the highest of all first
        orders = {}
        for k, assignment in choice.vectors:
            orders[assignment] = max(k, orders.get(assignment, 0))
        self._columns = sorted(orders.items(), key=lambda pair: (-pair[1], pair[0]))
        self._batch, self._slots = None, max(1, len(self._columns))
        if choice.order >= self._prime:
            raise CertificateError(f"trace: order is {choice.order}, expected less than the prime")
        if choice.order:
            self._choose_batch()
        self._plan(work)

    def _choose_batch(self):
        # slots wide enough for the sums of products, and as many as there is room for
        flow, order = self._flow, self._choice.order
        most = max(_most_products(self._program), _most_products(flow.metric))
        products = 4 * order * (most + flow.parameters + 4) + self._choice.samples
        width = Batch(self._prime, 1, products).width
        entries = 2 * sum(step.size for program in (self._program, flow.metric)
                          for step in program.instructions) + 8 * flow.size
        room = MAX_BATCH_BYTES // (entries * order * width)
        self._slots = max(1, min(len(self._columns), MAX_SLOTS, room))
        self._batch = Batch(self._prime, self._slots, products)

    def _plan(self, work):
        choice, flow = self._choice, self._flow
        products, entries = _amounts(self._program)
        of_metric, entries_of_metric = _amounts(flow.metric)
        if flow.form == "matrix":
            of_metric += flow.parameters**2

        def amount(orders, samples):
            # a value takes one product where a gradient takes two more
            pairs = orders * (orders + 1) // 2
            return (samples * (3 * products * pairs + 4 * entries * orders)
                    + of_metric * pairs + (entries_of_metric + 8 * flow.size) * orders)

        for _, order in self._columns:
            work.plan(amount(order + 1, 1), "trace.vectors")
        controls = sum(self._program.instructions[k].size for k in self._program.having("control"))
        work.plan(choice.samples * choice.order * (controls + 1), "trace")
        for order in range(1, choice.order + 1):
            work.plan(amount(order, choice.samples), "trace")
        if choice.order:
            # as much as 500 bytes of a batch are done in the time of one product
            weight = 2 * (1 + self._batch.bytes // 500)
            for start in range(0, len(self._columns), self._slots):
                for order in range(1, self._columns[start][1] + 1):
                    work.plan(weight * amount(order, choice.samples), "trace.vectors")

    def values(self):
        r"""
        Yield the vectors, as lists of residues.

        ALGORITHM: `L` is applied to a batch of series `y` at a time. A series that is needed up
        to `z^k` loses one order each time. Those of smaller `k` join when the others are as short
        as they are.
        """
        order = self._choice.order
        drift, samples = self._controls()
        x = [[c] for c in self._point]
        for k in range(order):
            # up to z^k the field needs the solution up to z^k, and gives one coefficient more
            divisor = pow(k + 1, -1, self._prime)
            for series, change in zip(x, self._motion(x, k + 1, drift, samples).value()):
                series.append(change[k] * divisor % self._prime)
        along = self._motion(x, order, drift, samples) if order else None
        found = {}
        for start in range(0, len(self._columns), self._slots):
            self._apply(self._columns[start:start + self._slots], x, along, found)
        for k, assignment in self._choice.vectors:
            yield found[k, assignment]

    def _motion(self, x, orders, drift, samples):
        return Motion(self._flow, self._program, x, orders, self._prime, drift, samples)

    def _draw(self, label, count):
        return residues(self._choice.seed, self._prime, label, count)

    def _control_sizes(self):
        program = self._program
        return [(j, k, program.instructions[k].size)
                for j, k in enumerate(program.having("control"))]

    def _controls(self):
        # the series u_0, and for every sample those of the entries of each control
        orders, samples = range(self._choice.order), []
        drift = [self._draw(f"drift {k}", 1)[0] for k in orders]
        for s in range(self._choice.samples if self._choice.order else 0):
            samples.append({})
            for j, k, size in self._control_sizes():
                drawn = [self._draw(f"sample {s} order {order} control {j}", size)
                         for order in orders]
                samples[-1][k] = [list(series) for series in zip(*drawn)]
        return drift, samples

    def _along(self, assignment, x, orders):
        # y: the drift, or M grad p for constant controls
        if assignment < 0:
            return self._motion(x, orders, [1], []).value()
        controls = {k: [[c] for c in self._draw(f"vector {assignment} control {j}", size)]
                    for j, k, size in self._control_sizes()}
        return self._motion(x, orders, [], [controls]).value()

    def _apply(self, columns, x, along, found):
        # all powers of L to the series of some columns
        prime, batch = self._prime, self._batch
        wanted = set(map(tuple, self._choice.vectors))
        y, joined = [[0] * (columns[0][1] + 2) for _ in x], 0
        for length in range(columns[0][1] + 1, 0, -1):
            if joined:
                changes = along.change(y, length, batch)
                y = [[batch.reduce((k + 1) * series[k + 1] + (prime - 1) * change[k])
                      for k in range(length)] for series, change in zip(y, changes)]
            else:
                y = [series[:length] for series in y]
            new = [self._along(assignment, x, length) for assignment, order in columns[joined:]
                   if order + 1 == length]
            if batch is None:
                rows = [[series[0] for series in row] for row in new]
            else:
                for e, series in enumerate(y if new else ()):
                    for k in range(length):
                        series[k] += batch.pack([row[e][k] for row in new], joined)
                rows = zip(*(batch.unpack(series[0]) for series in y))
            joined += len(new)
            for (assignment, order), row in zip(columns[:joined], rows):
                power = order - length + 1
                if (power, assignment) in wanted:
                    found[power, assignment] = list(row)


def _amounts(program):
    # the products of a program, and the entries of its arrays
    products = sum(len(step.routes[0]) if step.kind == BILINEAR
                   else 3 * step.size if step.kind == INVERSE else 0
                   for step in program.instructions)
    return products, sum(step.size for step in program.instructions)


def _most_products(program):
    # how many products are added up in one entry, of a value or of an adjoint, at most
    most = [2] * len(program.instructions)
    forward = 2
    for step in program.instructions:
        if step.kind == LINEAR:
            for k, (sources, targets) in zip(step.of, step.routes):
                if sources:
                    forward = max(forward, len(step.of) * max(Counter(targets).values()))
                    most[k] += max(Counter(sources).values())
        elif step.kind == BILINEAR and step.routes[0]:
            number = len(step.routes[0])
            forward = max(forward, 2 * number // step.size)
            for k in step.of:
                most[k] += 2 * number // program.instructions[k].size
        elif step.kind == INVERSE:
            most[step.of[0]] += 2
    return max(forward, *most)

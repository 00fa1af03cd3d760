r"""
Programs in truncated power series modulo a prime: values, gradients, and how they change

A series is the list of its coefficients; those that are left out are zero. The values of a
program are series of residues, and so are the *adjoints*, the derivatives of its output by all
its entries. *Changes* of values and adjoints, when the parameters change in some direction, are
series of batches of residues, for many directions at a time
(:mod:`sage_conslaw.certificate.packing`).

Differentiation has a rule for each kind of instruction, and no others. With the value `c` of an
instruction, its operands `a` and `b`, adjoints `\bar a`, and changes `\dot a`,

=========  =====================  =======================  ============================
kind       value                  change of the value      what the adjoint `\bar c` adds
=========  =====================  =======================  ============================
linear     `c = a`                `\dot a`                 `\bar c` to `\bar a`
bilinear   `c = a b`              `\dot a b + a \dot b`    `b \bar c` to `\bar a`,
                                                           `a \bar c` to `\bar b`
inverse    `c = a^{-1}`           `- c^2 \dot a`           `- c^2 \bar c` to `\bar a`
=========  =====================  =======================  ============================

and what adjoints add to changes of adjoints are the derivatives of the last column.
"""
from sage_conslaw.certificate.packing import Single
from sage_conslaw.certificate.program import BILINEAR, GIVEN, INVERSE, LINEAR
from sage_conslaw.certificate.reader import CertificateError


def add_product(total, factor, other):
    r"""
    Add the product of two series to a third, up to its order.

    INPUT:

    - ``total`` -- list of numbers, not reduced
    - ``factor`` -- series of residues
    - ``other`` -- series of residues, or of batches of them
    """
    orders = len(total)
    for i, x in zip(range(orders), factor):
        if x:
            for k, y in zip(range(i, orders), other):
                total[k] += x * y


def inverse(z, orders, prime):
    r"""
    Return the series `r` with `r z = 1`, ``None`` where there is none.

    EXAMPLES::

        sage: from sage_conslaw.certificate.series import inverse
        sage: inverse([2, 1], 3, 5)
        [3, 1, 2]
    """
    if not z or not z[0]:
        return None
    first = pow(z[0], -1, prime)
    found = [first]
    for k in range(1, orders):
        total = sum(x * y for x, y in zip(z[1:k + 1], reversed(found)))
        found.append(-first * total % prime)
    return found


class LinearRule:
    r"""
    Sums of entries of operands, along routes.
    """
    @staticmethod
    def value(step, totals, operands):
        r"""
        Add values to the totals; changes of values add up in the same way.
        """
        for operand, (sources, targets) in zip(operands, step.routes):
            if operand is not None:
                for i, o in zip(sources, targets):
                    _add(totals[o], operand[i])

    @staticmethod
    def adjoint(step, totals, adjoint):
        r"""
        Add to the adjoints of the operands, or to their changes; ``None`` for operands that do not
        depend on a parameter.
        """
        for total, (sources, targets) in zip(totals, step.routes):
            if total is not None:
                for i, o in zip(sources, targets):
                    _add(total[i], adjoint[o])


class BilinearRule:
    r"""
    Sums of products of an entry of each of two operands.
    """
    @staticmethod
    def value(step, totals, left, right):
        r"""
        Add the products of two operands; ``left`` are series of residues.
        """
        for i, j, o in zip(*step.routes):
            add_product(totals[o], left[i], right[j])

    @staticmethod
    def change(step, totals, values, changes):
        r"""
        Add the change of the products, where values of either operand change or not.
        """
        (a, b), (da, db) = values, changes
        for i, j, o in zip(*step.routes):
            if da is not None:
                add_product(totals[o], b[j], da[i])
            if db is not None:
                add_product(totals[o], a[i], db[j])

    @staticmethod
    def adjoint(step, totals, values, adjoint):
        r"""
        Add to the adjoints of the operands, or to their changes from that of the adjoint.
        """
        (left, right), (a, b) = totals, values
        for i, j, o in zip(*step.routes):
            if left is not None:
                add_product(left[i], b[j], adjoint[o])
            if right is not None:
                add_product(right[j], a[i], adjoint[o])

    @staticmethod
    def adjoint_change(step, totals, changes, adjoint):
        r"""
        Add to the changes of the adjoints of the operands what comes from the operands' own.
        """
        (left, right), (da, db) = totals, changes
        for i, j, o in zip(*step.routes):
            if left is not None and db is not None:
                add_product(left[i], adjoint[o], db[j])
            if right is not None and da is not None:
                add_product(right[j], adjoint[o], da[i])


class InverseRule:
    r"""
    Inverses, one entry at a time.
    """
    @staticmethod
    def slope(value, orders, prime):
        r"""
        Return `-c^2` for a value `c`.
        """
        total = [0] * orders
        add_product(total, value, value)
        return [-x % prime for x in total]

    @staticmethod
    def bend(value, adjoint, orders, prime):
        r"""
        Return `-2 c \bar c`, what the change of `c` adds to that of `- c^2 \bar c`.
        """
        total = [0] * orders
        add_product(total, value, adjoint)
        return [-2 * x % prime for x in total]


def _add(total, series):
    for k, x in zip(range(len(total)), series):
        total[k] += x


class Evaluation:
    r"""
    A program along series of parameters and controls.

    INPUT:

    - ``program`` -- a :class:`Program <sage_conslaw.certificate.program.Program>`
    - ``parameters`` -- list of series, one for each entry of all parameters
    - ``controls`` -- dictionary from the number of each control to the series of its entries
    - ``orders`` -- how many coefficients are computed
    - ``prime`` -- the prime
    - ``where`` -- what the program is, for refusals

    ATTRIBUTES:

    - ``values`` -- for each instruction the list of its entries

    EXAMPLES::

        sage: from sage_conslaw.certificate.program import parse_program
        sage: from sage_conslaw.certificate.series import Evaluation
        sage: program = parse_program({"instructions": [
        ....:     {"op": "parameter", "name": "U", "shape": [int(2)]},
        ....:     {"op": "multiply", "of": [int(0), int(0)], "left": "a", "right": "a",
        ....:      "out": ""}], "outputs": [int(1)]}, "program")
        sage: found = Evaluation(program, [[3, 1], [5]], {}, 2, 101, "program")
        sage: found.values[1], found.gradient()
        ([[34, 6]], [[6, 2], [10, 0]])
    """
    def __init__(self, program, parameters, controls, orders, prime, where):
        self._program, self._orders, self._prime = program, orders, prime
        self._single = Single(prime)
        self.values, start = [], 0
        for k, step in enumerate(program.instructions):
            operands = [self.values[i] for i in step.of]
            if step.op == "parameter":
                entries, start = parameters[start:start + step.size], start + step.size
            elif step.op == "control":
                entries = controls[k]
            elif step.kind == GIVEN:
                entries = [[a * pow(b, -1, prime) % prime] if a else [] for a, b in step.values]
            elif step.kind == INVERSE:
                entries = [inverse(z, orders, prime) for z in operands[0]]
                if None in entries:
                    raise CertificateError(f"{where}.instructions[{k}]: the inverse of what is "
                                           "zero at the point modulo the prime")
            else:
                entries = [[0] * orders for _ in range(step.size)]
                if step.kind == LINEAR:
                    LinearRule.value(step, entries, operands)
                else:
                    BilinearRule.value(step, entries, *operands)
                entries = self._reduced(entries, self._single)
            self.values.append(entries)
        self._adjoints = None

    @staticmethod
    def _reduced(totals, batch):
        reduce = batch.reduce
        return [[reduce(x) if x else 0 for x in total] for total in totals]

    def gradient(self):
        r"""
        Return the derivatives of the output by the parameters, which are series.
        """
        program, prime, orders = self._program, self._prime, self._orders
        steps = program.instructions
        self._adjoints = adjoints = [None] * len(steps)
        output = program.outputs[0]
        if program.depends[output]:
            adjoints[output] = [[1] + [0] * (orders - 1)]
        for k in range(output, -1, -1):
            if adjoints[k] is None:
                continue
            step = steps[k]
            adjoint = adjoints[k] = self._reduced(adjoints[k], self._single)
            values, totals = [self.values[i] for i in step.of], self._open(step, adjoints, orders)
            if step.kind == LINEAR:
                LinearRule.adjoint(step, totals, adjoint)
            elif step.kind == BILINEAR:
                BilinearRule.adjoint(step, totals, values, adjoint)
            elif step.kind == INVERSE:
                for total, value, x in zip(totals[0], self.values[k], adjoint):
                    add_product(total, InverseRule.slope(value, orders, prime), x)
        return self._of_parameters(adjoints)

    def _open(self, step, adjoints, orders):
        # the adjoints of the operands, to be added to
        program = self._program
        for i in step.of:
            if adjoints[i] is None and program.depends[i]:
                adjoints[i] = [[0] * orders for _ in range(program.instructions[i].size)]
        return [adjoints[i] for i in step.of]

    def _of_parameters(self, adjoints):
        found = []
        for k in self._program.having("parameter"):
            found += adjoints[k] or [[] for _ in range(self._program.instructions[k].size)]
        return found

    def changes(self, directions, orders, batch):
        r"""
        Return the changes of the values, for each instruction a list or ``None`` for no change.

        INPUT:

        - ``directions`` -- list of series of batches, one for each entry of all parameters
        - ``orders`` -- how many coefficients are computed
        - ``batch`` -- the :class:`Batch <sage_conslaw.certificate.packing.Batch>`
        """
        found, start = [], 0
        for k, step in enumerate(self._program.instructions):
            before = [found[i] for i in step.of]
            entries = None
            if step.op == "parameter":
                entries, start = directions[start:start + step.size], start + step.size
            elif any(x is not None for x in before):
                entries = [[0] * orders for _ in range(step.size)]
                if step.kind == LINEAR:
                    LinearRule.value(step, entries, before)
                elif step.kind == BILINEAR:
                    BilinearRule.change(step, entries, [self.values[i] for i in step.of], before)
                else:
                    for total, value, x in zip(entries, self.values[k], before[0]):
                        add_product(total, InverseRule.slope(value, orders, self._prime), x)
                entries = self._reduced(entries, batch)
            found.append(entries)
        return found

    def gradient_change(self, directions, orders, batch):
        r"""
        Return the changes of the gradient, after it was computed.

        INPUT: as for :meth:`changes`
        """
        program, prime = self._program, self._prime
        steps, output = program.instructions, program.outputs[0]
        changes = self.changes(directions, orders, batch)
        found = [None] * len(steps)
        for k in range(output, -1, -1):
            step, adjoint = steps[k], self._adjoints[k]
            if adjoint is None or step.kind == GIVEN:
                continue
            totals = self._open(step, found, orders)
            moved = [changes[i] for i in step.of]
            change = None if found[k] is None else self._reduced(found[k], batch)
            if change is not None:
                if step.kind == LINEAR:
                    LinearRule.adjoint(step, totals, change)
                elif step.kind == BILINEAR:
                    BilinearRule.adjoint(step, totals, [self.values[i] for i in step.of], change)
                else:
                    for total, value, x in zip(totals[0], self.values[k], change):
                        add_product(total, InverseRule.slope(value, orders, prime), x)
            if step.kind == BILINEAR:
                BilinearRule.adjoint_change(step, totals, moved, adjoint)
            elif step.kind == INVERSE and changes[k] is not None:
                for total, value, x, y in zip(totals[0], self.values[k], adjoint, changes[k]):
                    add_product(total, InverseRule.bend(value, x, orders, prime), y)
        return [[batch.reduce(x) for x in total] for total in self._of_parameters(found)]

r"""
The vector fields of a flow, expanded from its program

The output of the program is expanded into a polynomial `p` over `\QQ` in the parameters
`\theta`, the controls, and a new variable `r` for every reciprocal: `r z = 1`, where `z` is the
polynomial to be inverted, which may contain reciprocals that came before. Two reciprocals of the
same polynomial share one variable; that of a number is a number. Nothing is ever cancelled: `r z`
stays as it is.

The data fields are `M \nabla p`, for all values of the controls, where `\partial r / \partial x =
-r^2 \, \partial z / \partial x` and the metric `M` is expanded in the same way. If the damping is
`c/t` there is a reciprocal of the time too, of `x^q` if `t = x^q` and the state has `x`. The
fields are made polynomial: whether a law is annihilated does not change when a field is
multiplied by a function that is not zero. The reciprocals are numbered: first that of the time,
then those of the program in the order of its instructions and their entries, then those of the
metric. To *clear* one of them, `r`, multiply all components of a field by `z^k`, where `k` is the
largest exponent of `r` in any of them; so `r^e` becomes `z^{k-e}`. The fields are

1. the components of `M \nabla p`, cleared of those reciprocals that depend on controls, the last
   one first;
2. the coefficients of every monomial in the controls in them; each is one field;
3. each of these cleared of all other reciprocals, the last one first;

and in front of them the drift if there is one, cleared of the time. Fields that are zero are left
out. Number the entries of the controls: first those with the role ``"cotangent"``, in order of
appearance, then all others in *reverse* order of appearance, each row-major. A monomial in the
controls is the ascending list of the numbers of its factors; the data fields are in the order of
the lengths of these lists, and for equal lengths in that of the lists.

For every `z` it is checked that it is not zero as a rational function: cleared of its own
reciprocals it is not the polynomial zero.
"""
from bisect import bisect_left

from sage_conslaw.certificate.contents import Polynomials
from sage_conslaw.certificate.form import MAX_DEGREE, common_denominator
from sage_conslaw.certificate.polynomials import Algebra, Polynomial
from sage_conslaw.certificate.program import BILINEAR, GIVEN, LINEAR
from sage_conslaw.certificate.reader import CertificateError

#: The most fields that are accepted.
MAX_FIELDS = 200_000


class Expansion:
    r"""
    The expanded fields of a flow.

    INPUT:

    - ``certificate`` -- a :class:`FlowCertificate
      <sage_conslaw.certificate.version2.FlowCertificate>`
    - ``work`` -- a :class:`Work <sage_conslaw.certificate.algebra.Work>`, from which work is taken
      before it is done, step by step
    """
    def __init__(self, certificate, work):
        self._flow, self._program = certificate.flow, certificate.program
        self._size = certificate.flow.size
        self._algebra = Algebra(work, "program")
        # state variables come first, then controls, then reciprocals
        self._first_control = self._size
        self._controls = self._numbered_controls()
        self._first_reciprocal = self._size + sum(len(x) for x in self._controls.values())
        self._inverted, self._known, self._depends = [], {}, []

    def fields(self):
        r"""
        Return the fields, as a list of :class:`Polynomials
        <sage_conslaw.certificate.contents.Polynomials>`.
        """
        flow = self._flow
        if flow.inverse_time:
            self._reciprocal(Polynomial({(0,) * flow.root: 1}), "flow")
        gradient = self._gradient()
        self._algebra.where = "flow.metric.program"
        family = self._times_metric(gradient)
        self._algebra.where = "fields"
        family = self._without_reciprocals(family, only=self._depends)
        fields = [self._drift()] if flow.has_drift else []
        groups = self._grouped(family)
        if len(groups) > MAX_FIELDS:
            raise CertificateError(f"program: it has {len(groups)} fields, accepted are at most "
                                   f"{MAX_FIELDS:,}")
        fields += [groups[key] for key in sorted(groups, key=lambda key: (len(key), key))]
        result = []
        for i, field in enumerate(fields):
            field = self._without_reciprocals(field)
            if any(p.terms for p in field.values()):
                result.append(self._as_terms(field, f"fields[{i}]"))
        return result

    # --- programs ---

    def _numbered_controls(self):
        program, found, number = self._program, {}, self._first_control
        controls = program.having("control")
        order = [k for k in controls if program.instructions[k].role == "cotangent"]
        order += [k for k in reversed(controls) if program.instructions[k].role != "cotangent"]
        for k in order:
            size = program.instructions[k].size
            found[k] = range(number, number + size)
            number += size
        return found

    def _values(self, program, parameters, where):
        # the entries of all arrays of a program; parameters are those of its parameters
        values, start, algebra = [], 0, self._algebra
        for k, step in enumerate(program.instructions):
            operands = [values[i] for i in step.of]
            if step.op == "parameter":
                entries, start = parameters[start:start + step.size], start + step.size
            elif step.op == "control":
                entries = [_variable(x) for x in self._controls[k]]
            elif step.kind == GIVEN:
                entries = [_constant(value) for value in step.values]
            elif step.kind in (LINEAR, BILINEAR):
                parts = [[] for _ in range(step.size)]
                if step.kind == LINEAR:
                    for operand, (sources, targets) in zip(operands, step.routes):
                        for i, o in zip(sources, targets):
                            parts[o].append(operand[i])
                    entries = [algebra.sum(part) for part in parts]
                else:
                    left, right = operands
                    for i, j, o in zip(*step.routes):
                        parts[o].append((left[i], right[j]))
                    entries = [algebra.sum_of_products(part) for part in parts]
            else:
                entries = [self._reciprocal(z, f"{where}.instructions[{k}]") for z in operands[0]]
            values.append(entries)
        return values

    def _reciprocal(self, z, where):
        if not z.terms:
            raise CertificateError(f"{where}: the inverse of zero")
        if z.degree == 0:
            above = z.terms[()]
            return Polynomial({(): -z.denominator if above < 0 else z.denominator}, abs(above))
        key = frozenset(z.terms.items()), z.denominator
        if key not in self._known:
            if not self._without_reciprocals({0: z})[0].terms:
                raise CertificateError(f"{where}: the inverse of what is zero")
            self._known[key] = len(self._inverted)
            self._depends.append(any(
                x >= self._first_control and (x < self._first_reciprocal
                                              or self._depends[x - self._first_reciprocal])
                for monomial in z.terms for x in monomial))
            self._inverted.append(z)
        return _variable(self._name(self._known[key]))

    def _name(self, k):
        return self._first_reciprocal + k

    def _gradient(self):
        # reciprocals are differentiated from the last one on: what a later one leaves for an
        # earlier one is added to it before its turn
        flow, algebra = self._flow, self._algebra
        first = flow.offset
        parameters = [_variable(first + i) for i in range(flow.parameters)]
        values = self._values(self._program, parameters, "program")
        slopes = {x: [p] for x, p in
                  algebra.derivatives(values[self._program.outputs[0]][0]).items()}
        for k in reversed(range(len(self._inverted))):
            r = self._name(k)
            if r in slopes:
                square = Polynomial({(r, r): -1})
                factor = algebra.sum_of_products([(algebra.sum(slopes.pop(r)), square)])
                for x, p in algebra.derivatives(self._inverted[k]).items():
                    slopes.setdefault(x, []).append(algebra.sum_of_products([(factor, p)]))
        return {i: algebra.sum(slopes[first + i]) for i in range(flow.parameters)
                if first + i in slopes}

    # --- fields ---

    def _times_metric(self, gradient):
        # {component: entry of M grad p}; M is taken at theta, or at tau theta + velocity
        flow, algebra, n = self._flow, self._algebra, self._flow.parameters
        parameters = [_variable(flow.offset + i) for i in range(n)]
        if flow.momentum:
            for i, theta in enumerate(parameters):
                parts = [(_variable(1 + n + i), algebra.one)]
                if flow.rate[0]:
                    parts.append((self._tau(), theta))
                parameters[i] = algebra.sum_of_products(parts)
        values = self._values(flow.metric, parameters, "flow.metric.program")
        start = 1 + n if flow.momentum else flow.offset
        if flow.form == "matrix":
            matrix = values[flow.metric.outputs[0]]
            rows = {i: [(matrix[i * n + j], p) for j, p in gradient.items()] for i in range(n)}
        else:
            diagonal = [entry for k in flow.metric.outputs for entry in values[k]]
            rows = {i: [(diagonal[i], p)] for i, p in gradient.items()}
        return {start + i: algebra.sum_of_products(row) for i, row in rows.items()}

    def _tau(self):
        rate = _constant(self._flow.rate)
        if not self._flow.inverse_time:
            return rate
        return Polynomial({(self._name(0),): rate.terms[()]}, rate.denominator)

    def _drift(self):
        flow, algebra, n = self._flow, self._algebra, self._flow.parameters
        start = 1 + n if flow.momentum else 1
        field = {}
        for i, rate in enumerate(flow.rates):
            parts = []
            if flow.momentum:
                velocity = _variable(1 + n + i)
                field[1 + i] = velocity
                if flow.rate[0]:
                    parts.append((self._tau(), velocity))
            if rate is not None:
                parts.append((_constant(rate), _variable(1 + i)))
            if parts:
                total = algebra.sum_of_products(parts)
                field[start + i] = algebra.sum_of_products([(total, Polynomial({(): -1}))])
        growth = flow.rate if flow.momentum else flow.measure
        if flow.root > 1:
            field[0] = Polynomial({(0, self._name(0)): 1}, flow.root)
        elif flow.inverse_time or growth[0] == 0:
            field[0] = algebra.one
        else:
            field[0] = algebra.sum_of_products([(_constant(growth), _variable(0))])
        return field

    def _grouped(self, family):
        # {monomial in the controls: its coefficient, a field}
        first, last = self._first_control, self._first_reciprocal
        groups = {}
        for component, p in family.items():
            for monomial, c in p.terms.items():
                start, end = bisect_left(monomial, first), bisect_left(monomial, last)
                group = groups.setdefault(monomial[start:end], {})
                group.setdefault(component, {})[monomial[:start] + monomial[end:]] = c
        return {key: {component: Polynomial(terms, family[component].denominator)
                      for component, terms in group.items()} for key, group in groups.items()}

    def _without_reciprocals(self, field, only=None):
        # cleared of all reciprocals, or of those chosen, the last one first
        first = self._first_reciprocal
        while True:
            places = {x - first for p in field.values() for monomial in p.terms
                      for x in monomial[bisect_left(monomial, first):]}
            if only is not None:
                places = {k for k in places if only[k]}
            if not places:
                return field
            # this one is gone then, and what comes in its place has only those before it
            field = self._cleared(field, max(places))

    def _cleared(self, field, k):
        # all entries times the largest power of the polynomial that the k-th reciprocal inverts
        r, algebra = self._name(k), self._algebra
        most = max((_exponent(p, r) for p in field.values()), default=0)
        if most == 0:
            return field
        algebra.plan(sum(len(p.terms) * (1 + p.degree) for p in field.values()))
        powers = [algebra.one]
        for _ in range(most):
            powers.append(algebra.sum_of_products([(powers[-1], self._inverted[k])]))
        found = {}
        for component, p in field.items():
            parts = [{} for _ in powers]
            for monomial, c in p.terms.items():
                exponent = monomial.count(r)
                parts[exponent][tuple(x for x in monomial if x != r) if exponent
                                else monomial] = c
            found[component] = algebra.sum_of_products(
                [(Polynomial(part, p.denominator), powers[most - exponent])
                 for exponent, part in enumerate(parts) if part])
        return found

    def _as_terms(self, field, where):
        terms, denominator = {}, 1
        for component, p in field.items():
            if p.degree > MAX_DEGREE:
                raise CertificateError(f"{where}: expanded it is of degree {p.degree}, accepted is "
                                       f"at most {MAX_DEGREE}")
            if p.denominator != 1:
                denominator = common_denominator(denominator, p.denominator, where)
            for monomial, c in p.terms.items():
                terms[component, monomial] = c, p.denominator
        return Polynomials(terms, denominator)


def _variable(x):
    return Polynomial({(x,): 1})


def _constant(value):
    above, below = value
    return Polynomial({(): above} if above else {}, below if above else 1)


def _exponent(p, x):
    return max((monomial.count(x) for monomial in p.terms), default=0)

r"""
A slow second reading of certificates of version 2.

Fields are those of the programs, read with Sage's polynomials. For vectors along a trajectory
programs are evaluated in jets: with the derivative `\Phi(z)` of the trajectory by its start, `(L^k
y)(0)` is the k-th derivative of `\Phi^{-1} y` at 0.
"""

import functools
import json
import math

import numpy as np
from sage.all import GF, QQ, Integer, PolynomialRing, matrix

import certificate_theorems
from certificate_theorems import (
    Malformed,
    _ints,
    _keys,
    _polynomial,
    _rank,
    _rational,
    lie_bracket,
    need,
)
from formal_programs import ROLES, Formal, cells_of, evaluated, read_steps
from jets import JetRing, Jets, stream


class TooLarge(Exception):
    """What is read is too large to be read slowly."""


# Flows -------------------------------------------------------------------------------------------

class Reading:
    """The fields of a program and a flow, given as JSON values."""

    def __init__(self, program, flow):
        self.steps = steps = read_steps(program)
        self.metric_steps = None
        need(len(program["outputs"]) == 1 and steps[program["outputs"][0]]["shape"] == ())
        self.blocks = [(step["name"], step["shape"]) for step in steps if step["op"] == "parameter"]
        self.n = n = sum(math.prod(shape) for _, shape in self.blocks)
        need(n > 0)
        sizes = [math.prod(step["shape"]) for step in steps]
        if n > 30 or sum(sizes) > 500:
            raise TooLarge
        self._read_flow(flow)
        self.D, self.output = len(self.names), program["outputs"][0]
        need(len(set(self.names)) == self.D)

    def hypotheses(self):
        roles = {step["role"] for step in self.steps if step["op"] == "control"}
        return [text for role, text in ROLES.items() if role in roles]

    def _read_flow(self, flow):
        kind, damping, decay, metric = _keys(flow, "kind", "damping", "decay", "metric")
        need(kind in ("gradient", "momentum") and type(kind) is str)
        self.momentum = kind == "momentum"
        self.tau, self.inverse, self.q = QQ(0), False, 1
        if self.momentum:
            need(type(damping) is str)
            self.inverse = damping.endswith("/t")
            self.tau = _rational(damping[:-2] if self.inverse else damping)
            need(self.tau >= 0 and not (self.inverse and self.tau == 0))
            if self.inverse:
                self.q = int(self.tau.denominator())
            need(self.q <= 64)
        else:
            need(damping is None)
        known = [name for name, _ in self.blocks]
        need(type(decay) is list)
        rates = {}
        for entry in decay:
            need(type(entry) is list and len(entry) == 2)
            need(type(entry[0]) is str and entry[0] in known and entry[0] not in rates)
            rates[entry[0]] = _rational(entry[1])
            need(rates[entry[0]] != 0)
        need(list(rates) == [name for name in known if name in rates])
        self.rates = [rates.get(name, QQ(0)) for name, shape in self.blocks
                      for _ in range(math.prod(shape))]
        # the largest rational number of which all rates are multiples
        whole = math.lcm(*(int(rate.denominator()) for rate in rates.values()))
        self.g = QQ((math.gcd(*(int(rate * whole) for rate in rates.values())), whole))
        self.rationals = [self.tau, self.g, *rates.values()]
        self._read_metric(metric)
        names = []
        for name, shape in self.blocks:
            for cell in cells_of(shape):
                names.append(name + ("_" if len(name) > 1 and shape else "")
                             + "_".join(str(i + 1) for i in cell))
        if self.momentum:
            time = "s" if self.tau and not self.inverse else "t" if self.q == 1 else "r"
            names = [time] + names + ["d" + name for name in names]
        elif rates:
            names = ["s"] + names
        self.names, self.drifting = names, self.momentum or bool(rates)

    def _read_metric(self, metric):
        form, program = _keys(metric, "form", "program")
        need(type(form) is str and form in ("diagonal", "matrix"))
        self.metric_steps = steps = read_steps(program)
        need([(step["name"], step["shape"]) for step in steps
              if step["op"] == "parameter"] == self.blocks)
        need(not any(step["op"] == "control" for step in steps))
        shapes = [steps[k]["shape"] for k in program["outputs"]]
        need(shapes == ([(self.n, self.n)] if form == "matrix"
                        else [shape for _, shape in self.blocks]))
        self.matrix, self.metric_outputs = form == "matrix", program["outputs"]

    def _expand(self):
        n, D = self.n, self.D
        controls = [k for k, step in enumerate(self.steps) if step["op"] == "control"]
        order = [k for k in controls if self.steps[k]["role"] == "cotangent"]
        order += [k for k in controls[::-1] if k not in order]
        number = sum(math.prod(self.steps[k]["shape"]) for k in controls)
        reciprocals = 1 + sum(math.prod(step["shape"]) for step in self.steps + self.metric_steps
                              if step["op"] == "reciprocal")
        self.formal = formal = Formal(D, number, reciprocals)
        x = formal.variables
        first = 1 if self.drifting else 0
        tau = formal.ring(self.tau)
        if self.inverse:
            tau *= formal.reciprocal(x[0]**self.q)
        free, at = iter(x[D:D + number]), {}
        for k in order:
            at[k] = [next(free) for _ in range(math.prod(self.steps[k]["shape"]))]
        theta = x[first:first + n]
        p = evaluated(formal, self.steps, theta, at)[self.output][()]
        gradient = [formal.derivative(p, y) for y in theta]
        start = theta
        if self.momentum:
            start = [tau * y + v for y, v in zip(theta, x[1 + n:])]
        values = evaluated(formal, self.metric_steps, start, {})
        if self.matrix:
            m = values[self.metric_outputs[0]]
            force = [sum((m[i, j] * gradient[j] for j in range(n)), formal.ring(0))
                     for i in range(n)]
        else:
            entries = [entry for k in self.metric_outputs for entry in values[k].values()]
            force = [a * b for a, b in zip(entries, gradient)]
        zero = formal.ring(0)
        self.data = [zero] * (D - n) + force
        self.drift = None
        if self.momentum:
            if self.inverse and self.q > 1:
                time = x[0] * formal.variables[D + number] / self.q
            else:
                time = tau * x[0] if self.tau and not self.inverse else formal.ring(1)
            v = x[1 + n:D]
            self.drift = [time] + v + [-tau * b - rate * a
                                       for a, b, rate in zip(theta, v, self.rates)]
        elif self.drifting:
            self.drift = [self.g * x[0]] + [-rate * y for y, rate in zip(theta, self.rates)]

    @functools.cached_property
    def fields(self):
        """The fields in canonical order, cleared of reciprocals, in a ring of the state alone."""
        self._expand()
        formal, D = self.formal, self.D
        used = len(formal.inverted)
        state = PolynomialRing(QQ, D, "z")
        depends = []
        for z in formal.inverted:
            places = [formal.variables.index(x) for x in z.variables()]
            depends.append(any(D <= k < D + formal.controls or k >= D + formal.controls
                               and depends[k - D - formal.controls] for k in places))
        data = self.data
        for k in reversed(range(used)):
            if depends[k]:
                data = self._cleared(data, k)
        groups = {}
        for component, entry in enumerate(data):
            for exponents, c in entry.dict().items():
                exponents = [int(e) for e in exponents]
                inner = exponents[D:D + formal.controls]
                key = tuple(k for k, e in enumerate(inner) for _ in range(e))
                exponents[D:D + formal.controls] = [0] * formal.controls
                groups.setdefault(key, [formal.ring(0)] * D)
                groups[key][component] += formal.ring({tuple(exponents): c})
        fields = [] if self.drift is None else [self.drift]
        fields += [groups[key] for key in sorted(groups, key=lambda key: (len(key), key))]
        result = []
        for field in fields:
            for k in reversed(range(used)):
                field = self._cleared(field, k)
            if any(field):
                result.append([state({tuple(int(e) for e in exponents)[:D]: c
                                      for exponents, c in entry.dict().items()})
                               for entry in field])
        return result

    def _cleared(self, field, k):
        formal = self.formal
        r = formal.variables[self.D + formal.controls + k]
        most = max(entry.degree(r) for entry in field)
        if most <= 0:
            return field
        return [sum((entry.coefficient({r: e}) * formal.inverted[k]**(most - e)
                     for e in range(most + 1)), formal.ring(0)) for entry in field]

    # --- trajectories ---

    def vectors(self, prime, point, seed, samples, order, chosen):
        """Return the vectors of a trace along a trajectory, as lists of residues."""
        need(order < prime)
        constants = [QQ(text) for step in self.steps + self.metric_steps if step["op"] == "constant"
                     for text in step["values"]]
        need(all(c.denominator() % prime for c in constants + self.rationals))
        jets = Jets(prime, self.n, self.D, order + 1)
        sizes = [(j, k, math.prod(self.steps[k]["shape"])) for j, k in enumerate(
            k for k, step in enumerate(self.steps) if step["op"] == "control")]

        def controls(labels):
            return {k: [jets.series([draw[i] for draw in drawn]) for i in range(size)]
                    for j, k, size in sizes
                    for drawn in [[stream(seed, prime, f"{label} control {j}", size)
                                   for label in labels]]}

        # the state: a jet for each variable, without derivatives by parameters
        x = [jets.number(c) for c in point]
        for i, y in enumerate(x):
            y[0, 1 + i, 0] = 1
        along = [controls([f"sample {s} order {e}" for e in range(order)])
                 for s in range(samples)] if order else []
        scale = jets.series([stream(seed, prime, f"drift {e}", 1)[0] for e in range(order)])
        for e in range(order):
            step = self._field(jets, x, scale, along)
            for y, f in zip(x, step):
                y[..., e + 1] = f[..., e] * pow(e + 1, -1, prime) % prime
        # the derivative of the trajectory by its start, and its inverse, order by order
        flow = [np.array([y[0, 1:, e] for y in x]) for e in range(order + 1)]
        inverse = [flow[0]]
        for e in range(1, order + 1):
            inverse.append(-sum(flow[i].dot(inverse[e - i]) for i in range(1, e + 1)) % prime)
        rows = []
        for power, c in chosen:
            y = self._field(jets, x, jets.number(int(c < 0)),
                            [] if c < 0 else [controls([f"vector {c}"])])
            y = np.array([entry[0, 0] for entry in y])
            total = sum(inverse[e].dot(y[:, power - e]) for e in range(power + 1))
            rows.append([int(z) * math.factorial(power) % prime for z in total])
        return rows

    def _field(self, jets, x, scale, samples):
        # the field along jets: scale times the drift, and the data field of each sample
        n, D, first, ring = self.n, self.D, 1 if self.drifting else 0, JetRing(jets)
        theta, v = x[first:first + n], x[first + n:]
        tau = jets.number(self.tau)
        if self.inverse:
            power = x[0]
            for _ in range(self.q - 1):
                power = jets.product(power, x[0])
            inverted = jets.reciprocal(power)
            tau = jets.product(tau, inverted)
        gradient = [jets.number(0) for _ in range(n)]
        moving = [y.copy() for y in theta]
        for i, y in enumerate(moving):
            y[1 + i, 0, 0] = 1
        for controls in samples:
            p = evaluated(ring, self.steps, ring.of(moving),
                          {k: ring.of(u) for k, u in controls.items()})[self.output][()].array
            for i, slope in enumerate(gradient):
                slope[0] += p[1 + i]
        start = theta
        if self.momentum:
            start = [jets.product(tau, a) + b for a, b in zip(theta, v)]
        values = evaluated(ring, self.metric_steps, ring.of(start), {})
        if self.matrix:
            m = values[self.metric_outputs[0]]
            force = [sum(jets.product(m[i, j].array, gradient[j]) for j in range(n))
                     for i in range(n)]
        else:
            entries = [entry.array for k in self.metric_outputs for entry in values[k].values()]
            force = list(map(jets.product, entries, gradient))
        result = [jets.number(0)] * (D - n) + force
        if self.drifting:
            rates = [jets.number(-rate) for rate in self.rates]
            drift = [jets.product(r, y) for r, y in zip(rates, theta)]
            if self.momentum:
                drift = v + [a - jets.product(tau, b) for a, b in zip(drift, v)]
                time = jets.number(1)
                if self.inverse and self.q > 1:
                    time = jets.product(jets.number(QQ((1, self.q))),
                                        jets.product(x[0], inverted))
                elif self.tau and not self.inverse:
                    time = jets.product(tau, x[0])
            else:
                time = jets.product(jets.number(self.g), x[0])
            result = [jets.product(scale, a) + b for a, b in zip([time] + drift, result)]
        return [y % jets.prime for y in result]


# Certificates ------------------------------------------------------------------------------------

@functools.lru_cache(maxsize=400)
def reading(text):
    """Return the reading of a program and a flow, given as a JSON text."""
    return Reading(*json.loads(text))


@functools.lru_cache(maxsize=2000)
def _vectors(text, prime, point, seed, samples, order, chosen):
    return reading(text).vectors(prime, point, seed, samples, order, chosen)


@functools.lru_cache(maxsize=2000)
def _bracket(text, word):
    fields = reading(text).fields
    if len(word) == 1:
        return fields[word[0]]
    return lie_bracket(fields[word[0]], _bracket(text, word[1:]))


def proves(data):
    """Decide whether a value of JSON is a certificate of version 2 of something true."""
    (schema, version, claim, hypotheses, program, flow, variables, prime, point, trace,
     laws) = _keys(data, "schema", "version", "claim", "hypotheses", "program", "flow", "variables",
                   "prime", "point", "trace", "laws")
    need(schema == "sage_conslaw.certificate" and type(version) is int and version == 2)
    text = json.dumps([program, flow])
    found = reading(text)
    size = found.D
    need(variables == found.names)
    need(type(prime) is int and 2 <= prime < 2**64 and Integer(prime).is_prime())
    need(len(_ints(point, 0, prime - 1)) == size)
    _check_hypotheses(hypotheses, found.hypotheses())
    need(type(laws) is list)
    h = [_polynomial(PolynomialRing(QQ, size, "z"), law) for law in laws]
    need(all(law.denominator() % prime for law in h))
    for law in h:
        gradient = [law.derivative(x) for x in law.parent().gens()]
        need(any(gradient))
        need(all(sum(a * b for a, b in zip(gradient, field)) == 0 for field in found.fields))
    need(_rank([[law.derivative(x) for x in law.parent().gens()] for law in h], point,
               prime) == len(laws))
    rank = size - len(laws)
    claimed = _keys(claim, "number_of_variables", "lie_dimension", "number_of_laws")
    need(_ints(claimed, 0, size) == [size, rank, len(laws)])
    return _trace_rank(text, trace, prime, point, rank)


def _check_hypotheses(given, needed):
    need(type(given) is list and len(given) <= 20)
    need(all(type(text) is str and 0 < len(text) <= 300 and text.isprintable() and text.isascii()
             for text in given))
    need(given[:len(needed)] == needed)
    need(not set(given[len(needed):]) & set(ROLES.values()))


def _trace_rank(text, trace, prime, point, rank):
    # whether there are as many words or vectors as are claimed, all of them independent
    found = reading(text)
    need(type(trace) is dict)
    if trace.get("kind") == "trajectory":
        _, *numbers, chosen = _keys(trace, "kind", "seed", "samples", "order", "vectors")
        need(all(type(x) is int for x in numbers) and type(chosen) is list)
        seed, samples, order = numbers
        need(0 <= seed < 2**64 and 1 <= samples <= 4096 and 0 <= order <= 64)
        for vector in chosen:
            need(type(vector) is list and len(vector) == 2)
            _ints(vector[:1], 0, order)
            _ints(vector[1:], -1 if found.drifting else 0, 2**31 - 1)
        need(order == max([k for k, _ in chosen], default=0) and len(chosen) == rank)
        rows = chosen and _vectors(text, prime, tuple(point), seed, samples, order,
                                   tuple(map(tuple, chosen)))
        field = GF(prime)
        rows = matrix(field, len(chosen), found.D, [[field(x) for x in row] for row in rows])
        return rows.rank() == rank
    kind, words = _keys(trace, "kind", "words")
    need(kind == "words" and type(words) is list and len(words) == rank)
    need(all(QQ(c).denominator() % prime for field in found.fields for entry in field
             for c in entry.coefficients()))
    for word in words:
        need(_ints(word, 0, len(found.fields) - 1))
    return _rank([_bracket(text, tuple(word)) for word in words], point, prime) == rank


def is_theorem(text):
    """Decide whether a text is a certificate of something true; None where it is too large."""
    try:
        data = certificate_theorems._load(text)
        if isinstance(data, dict) and type(data.get("version")) is int and data["version"] == 2:
            return proves(data)
        return certificate_theorems._proves(data)
    except Malformed:
        return False
    except TooLarge:
        return None

r"""
Small certificates of version 2, made without the package: tiny programs written by hand.

Words and vectors are found with the slow second reading; laws are found from its fields by Sage's
linear algebra.
"""

import functools
import itertools
import json
import math

from sage.all import GF, QQ, PolynomialRing, matrix

from program_theorems import reading

PRIME = 2**31 - 1


# Programs ----------------------------------------------------------------------------------------

class Writer:
    """Write a program as JSON, one instruction a call; each returns its number."""

    def __init__(self):
        self.steps = []

    def _write(self, op, **entries):
        self.steps.append({"op": op, **entries})
        return len(self.steps) - 1

    def parameter(self, name, *shape):
        return self._write("parameter", name=name, shape=list(shape))

    def control(self, name, role, *shape):
        return self._write("control", name=name, role=role, shape=list(shape))

    def constant(self, values, *shape):
        return self._write("constant", shape=list(shape), values=[str(x) for x in values])

    def add(self, a, b):
        return self._write("add", of=[a, b])

    def multiply(self, a, b, rule):
        left, right, out = rule.replace("->", ",").split(",")
        return self._write("multiply", of=[a, b], left=left, right=right, out=out)

    def take(self, a, index, *shape):
        return self._write("take", of=[a], shape=list(shape), index=index)

    def put(self, a, index, *shape):
        return self._write("put", of=[a], shape=list(shape), index=index)

    def sum(self, a, *axes):
        return self._write("sum", of=[a], axes=list(axes))

    def reciprocal(self, a):
        return self._write("reciprocal", of=[a])

    def program(self, *outputs):
        return {"instructions": self.steps, "outputs": list(outputs)}


def product(n, r, m):
    """Return the pairing of a cotangent with the product of two matrices."""
    write = Writer()
    u, v = write.parameter("U", n, r), write.parameter("V", r, m)
    w = write.control("w", "cotangent", n, m)
    return write.program(write.multiply(write.multiply(u, v, "ij,jk->ik"), w, "ik,ik->"))


def gated(n, r, m):
    """Return that of a network with one hidden layer, of free gates, and with data."""
    write = Writer()
    u, v = write.parameter("U", r, n), write.parameter("V", m, r)
    x, gate = write.control("x", "input", n), write.control("gate1", "gate", r)
    w = write.control("w1", "cotangent", m)
    hidden = write.multiply(write.multiply(u, x, "ij,j->i"), gate, "i,i->i")
    return write.program(write.multiply(write.multiply(v, hidden, "ij,j->i"), w, "i,i->"))


def hadamard(n, *unused):
    """Return that of the entrywise product of two vectors, beside parameters without use."""
    write = Writer()
    u, v = write.parameter("U", n), write.parameter("V1", n)
    for name in unused:
        write.parameter(name)
    w = write.control("w", "cotangent", n)
    return write.program(write.multiply(write.multiply(u, v, "i,i->i"), w, "i,i->"))


def quotient():
    """Return that of x U V / (1 + V^2) + x^2 V / (1 + V^2)^2, the former in a roundabout way."""
    write = Writer()
    u, v, x = write.parameter("U"), write.parameter("V"), write.control("x", "input")
    below = write.add(write.constant([1]), write.multiply(v, v, ",->"))
    r = write.reciprocal(below)
    value = write.multiply(write.multiply(u, v, ",->"), write.multiply(r, below, ",->"), ",->")
    value = write.multiply(write.multiply(value, r, ",->"), write.constant(["1/2"]), ",->")
    other = write.multiply(write.multiply(v, r, ",->"), write.multiply(x, r, ",->"), ",->")
    value = write.multiply(write.add(value, other), x, ",->")
    return write.program(write.multiply(value, write.control("w", "cotangent"), ",->"))


def inverse_of_data():
    """Return that of U / (x + V), where what is inverted depends on a control."""
    write = Writer()
    u, v, x = write.parameter("U"), write.parameter("V"), write.control("x", "input")
    r = write.reciprocal(write.add(x, v))
    nested = write.reciprocal(write.add(r, v))
    value = write.multiply(write.multiply(u, r, ",->"), nested, ",->")
    return write.program(write.multiply(value, write.control("w", "cotangent"), ",->"))


def shuffled():
    """Return a pairing with every operation, a restricted block and a block without entries."""
    write = Writer()
    a, b = write.parameter("a_", 2), write.parameter("conv1", 1, 2)
    write.parameter("empty", 0, 3)
    w, c = write.control("w", "cotangent", 2), write.control("C", "restricted", 2)
    wide = write.take(a, [1, -1, 0, 1], 2, 2)
    wide = write.multiply(wide, write.take(b, [0, 1, 1, 0], 2, 2), "ij,ij->ij")
    total = write.add(write.sum(wide, 1), write.put(a, [1, -1], 2))
    total = write.multiply(total, c, "i,i->i")
    half = write.multiply(total, write.constant(["-1/2", 0, 3, "2/3"], 2, 2), "i,ij->j")
    return write.program(write.multiply(half, w, "i,i->"))


def alone():
    """Return a program without controls: one function of two numbers."""
    write = Writer()
    u, v = write.parameter("U"), write.parameter("V")
    return write.program(write.multiply(write.multiply(u, u, ",->"), v, ",->"))


# Flows -------------------------------------------------------------------------------------------

def shapes(program):
    return {step["name"]: tuple(step["shape"]) for step in program["instructions"]
            if step["op"] == "parameter"}


def metric(program, mirror=(), inverse=()):
    """Return a diagonal metric: theta on some blocks, 1 / theta on others, and else 1."""
    write, outputs = Writer(), []
    blocks = {name: write.parameter(name, *shape) for name, shape in shapes(program).items()}
    for name, shape in shapes(program).items():
        if name in mirror:
            outputs.append(blocks[name])
        elif name in inverse:
            outputs.append(write.reciprocal(blocks[name]))
        else:
            outputs.append(write.constant([1] * math.prod(shape), *shape))
    return {"form": "diagonal", "program": write.program(*outputs)}


def full_metric(program):
    """Return a matrix as metric that depends on the first parameter."""
    write = Writer()
    blocks = [write.parameter(name, *shape) for name, shape in shapes(program).items()]
    n = sum(map(math.prod, shapes(program).values()))
    corner = write.take(blocks[0], [0] + [-1] * (n * n - 1), n, n)
    whole = write.constant([1 + (i == j) for i in range(n) for j in range(n)], n, n)
    return {"form": "matrix", "program": write.program(write.add(corner, whole))}


def gradient(program, metric_=None, decay=()):
    return {"kind": "gradient", "damping": None, "decay": [list(pair) for pair in decay],
            "metric": metric_ or metric(program)}


def momentum(program, damping="0", metric_=None, decay=()):
    return {**gradient(program, metric_, decay), "kind": "momentum", "damping": damping}


# Certificates ------------------------------------------------------------------------------------

def laws_of(fields, variables, degree):
    """Return a basis of the polynomials up to a degree that all fields annihilate."""
    ring = PolynomialRing(QQ, variables, "z")
    monomials = [ring({e: 1}) for e in itertools.product(range(degree + 1), repeat=ring.ngens())
                 if 0 < sum(e) <= degree]
    rows = []
    for monomial in monomials:
        row = {}
        for i, field in enumerate(fields):
            image = sum(monomial.derivative(x) * entry for x, entry in zip(ring.gens(), field))
            row.update({(i, tuple(e)): c for e, c in image.dict().items()})
        rows.append(row)
    columns = sorted(set().union(*rows))
    table = matrix(QQ, len(rows), len(columns), [[row.get(c, 0) for c in columns] for row in rows])
    return [sum(c * m for c, m in zip(kernel, monomials)) for kernel in table.kernel().basis()]


def terms(polynomial):
    """Return the terms of a law, as a certificate has them."""
    return sorted([[i for i, e in enumerate(exponents) for _ in range(int(e))], str(c)]
                  for exponents, c in polynomial.dict().items())


def independent(polynomials, point, prime):
    """Return those whose gradients do not depend on those before, at a point modulo a prime."""
    field, rows, found = GF(prime), [], []
    for h in polynomials:
        row = [h.derivative(x).change_ring(field)(*map(field, point)) for x in h.parent().gens()]
        if matrix(field, rows + [row]).rank() > len(rows):
            rows.append(row)
            found.append(h)
    return found


def certify(program, flow, degree, kind="words", prime=PRIME, seed=7, samples=1, further=()):
    """Return a certificate, its laws of some degree and its trace found by trying."""
    text = json.dumps([program, flow])
    found = reading(text)
    point = [(3 * i * i + 5 * i + 2 + seed) % prime for i in range(found.D)]
    laws = independent(laws_of(found.fields, found.D, degree), point, prime) if degree else []
    rank = found.D - len(laws)
    trace = (words_trace if kind == "words" else trajectory_trace)(found, prime, point, rank, seed,
                                                                   samples)
    return {
        "schema": "sage_conslaw.certificate", "version": 2,
        "claim": {"number_of_variables": found.D, "lie_dimension": rank,
                  "number_of_laws": len(laws)},
        "hypotheses": found.hypotheses() + list(further), "program": program, "flow": flow,
        "variables": found.names, "prime": prime, "point": point, "trace": trace,
        "laws": [terms(law) for law in laws],
    }


def words_trace(found, prime, point, rank, *_):
    from certificate_theorems import independent_words
    words = independent_words(found.fields, prime, point)
    if len(words) != rank:
        raise RuntimeError(f"{len(words)} words are independent, expected {rank}")
    return {"kind": "words", "words": [list(map(int, word)) for word in words]}


def trajectory_trace(found, prime, point, rank, seed, samples):
    field, rows, chosen = GF(prime), [], []
    for order in range(8):
        tries = [(order, c) for c in range(-1 if found.drifting else 0, 12)]
        for vector, row in zip(tries, found.vectors(prime, point, seed, samples, order, tries)):
            if matrix(field, rows + [row]).rank() > len(rows):
                rows.append(row)
                chosen.append(list(vector))
        if len(rows) >= rank:
            break
    if len(rows) != rank:
        raise RuntimeError(f"{len(rows)} vectors are independent, expected {rank}")
    return {"kind": "trajectory", "seed": seed, "samples": samples,
            "order": max([k for k, _ in chosen], default=0), "vectors": chosen}


def cases():
    """Return (program, flow, degree of its laws) by names."""
    u_v, two, one = product(1, 1, 1), product(2, 1, 2), hadamard(1)
    three, four = product(2, 1, 1), product(1, 2, 1)
    return {
        "linear": (product(2, 2, 2), gradient(product(2, 2, 2)), 2),
        "narrow": (two, gradient(two), 2),
        "gated": (gated(1, 2, 1), gradient(gated(1, 2, 1)), 2),
        "unused": (hadamard(2, "t", "c"), gradient(hadamard(2, "t", "c")), 2),
        "alone": (alone(), gradient(alone()), 2),
        "mirror": (u_v, gradient(u_v, metric(u_v, ["U", "V"])), 1),
        "matrix": (three, gradient(three, full_metric(three)), 0),
        "decay": (one, gradient(one, decay=[("U", "1/2"), ("V1", "1/3")]), 0),
        "equal decay": (one, gradient(one, decay=[("U", "1/2"), ("V1", "1/2")]), 4),
        "no damping": (one, momentum(one), 2),
        "damping": (four, momentum(four, "2"), 3),
        "inverse time": (one, momentum(one, "1/t"), 3),
        "rotations": (four, momentum(four, "1/t", decay=[("V", "2")]), 3),
        "root of time": (one, momentum(one, "1/2/t"), 3),
        "damping and decay": (one, momentum(one, "1/2", decay=[("U", "3")]), 0),
        "mirror momentum": (u_v, momentum(u_v, "3/t", metric(u_v, ["U"])), 0),
        "inverse metric": (u_v, gradient(u_v, metric(u_v, inverse=["U", "V"])), 3),
        "inverse metric momentum": (u_v, momentum(u_v, "1/2", metric(u_v, inverse=["V"])), 0),
        "quotient": (quotient(), gradient(quotient()), 0),
        "inverse of data": (inverse_of_data(), gradient(inverse_of_data()), 0),
        "every operation": (shuffled(), gradient(shuffled()), 2),
    }


def names():
    """Return the names of all certificates, with words and with vectors."""
    return [f"{name}, {kind}" for name in cases() for kind in ("words", "trajectory")]


def fuzz_names():
    """Return the names of those whose second reading does not take long."""
    slow = {"rotations", "damping", "no damping", "inverse time", "damping and decay"}
    return [name for name in names() if name.split(",")[0] not in slow or "words" in name]


@functools.lru_cache(maxsize=None)
def flow_example(name):
    """Return a certificate of version 2 as a JSON text."""
    case, kind = name.split(", ")
    program, flow, degree = cases()[case]
    further = ["all parameters are positive"] if "metric" in case else []
    return json.dumps(certify(program, flow, degree, kind, further=further))

r"""
A slow second reading of programs in certificates, with Sage's polynomials.

Programs are evaluated in a ring of polynomials in the state, the controls and a variable for each
reciprocal, and differentiated with Sage's derivatives.
"""

import itertools
import math
import re

from sage.all import QQ, PolynomialRing

from certificate_theorems import _ints, _keys, _rational, need

ROLES = {
    "cotangent": "the gradient of the loss in the outputs takes every value",
    "input": "the inputs take every value",
    "gate": "the gates are free: every entry takes every value, whatever the parameters and the "
            "inputs",
    "restricted": "the restricted parameters take every value: the laws are those in the other "
                  "parameters alone",
}
ENTRIES = {
    "parameter": "name shape", "control": "name shape role", "constant": "shape values",
    "add": "of", "multiply": "of left right out", "take": "of shape index",
    "put": "of shape index", "sum": "of axes", "reciprocal": "of",
}


def cells_of(shape):
    return list(itertools.product(*map(range, shape)))


def _shape(value):
    _ints(value, 0, 10**6)
    need(len(value) <= 26 and math.prod(value) <= 10**5)
    return tuple(value)


def read_steps(program):
    """Return the instructions of a program, with a shape each, if its form is right."""
    steps, outputs = _keys(program, "instructions", "outputs")
    need(type(steps) is list and steps and type(outputs) is list and outputs)
    shapes, names = [], set()
    for step in steps:
        need(type(step) is dict and type(step.get("op")) is str and step["op"] in ENTRIES)
        op = step["op"]
        _keys(step, "op", *ENTRIES[op].split())
        of = step.get("of", [])
        need("of" not in ENTRIES[op].split() or len(_ints(of, 0, len(shapes) - 1)) == (
            2 if op in ("add", "multiply") else 1))
        if op in ("parameter", "control"):
            need(type(step["name"]) is str
                 and re.fullmatch("[A-Za-z_][A-Za-z_0-9]{0,63}", step["name"], re.ASCII))
            need(step["name"] not in names)
            names.add(step["name"])
        need(op != "control" or type(step["role"]) is str and step["role"] in ROLES)
        if op == "add":
            need(shapes[of[0]] == shapes[of[1]])
            shape = shapes[of[0]]
        elif op == "reciprocal":
            shape = shapes[of[0]]
        elif op == "sum":
            axes = _ints(step["axes"], 0, len(shapes[of[0]]) - 1)
            need(sorted(set(axes)) == axes)
            shape = tuple(n for k, n in enumerate(shapes[of[0]]) if k not in axes)
        elif op == "multiply":
            shape = _check_letters(step, shapes[of[0]], shapes[of[1]])
        else:
            shape = _shape(step["shape"])
        if op == "constant":
            need(type(step["values"]) is list and len(step["values"]) == math.prod(shape))
            for text in step["values"]:
                _rational(text)
        if op in ("take", "put"):
            inner = math.prod(shapes[of[0]])
            running, bound = (math.prod(shape), inner) if op == "take" else (inner,
                                                                             math.prod(shape))
            need(len(_ints(step["index"], -1, bound - 1)) == running)
        shapes.append(shape)
    _ints(outputs, 0, len(steps) - 1)
    return [dict(step, shape=shape) for step, shape in zip(steps, shapes)]


def _check_letters(step, left, right):
    sizes = {}
    for text, shape in ((step["left"], left), (step["right"], right)):
        need(type(text) is str and len(text) == len(shape))
        for letter, size in zip(text, shape):
            need(sizes.setdefault(letter, size) == size)
    out = step["out"]
    need(type(out) is str)
    for text in (step["left"], step["right"], out):
        need(len(set(text)) == len(text) <= 26 and re.fullmatch("[A-Za-z]*", text, re.ASCII))
    need(set(out) <= set(sizes))
    need(all((c in step["left"]) + (c in step["right"]) + (c in out) > 1 for c in sizes))
    return tuple(sizes[c] for c in out)


class Formal:
    """The ring of the state, the controls and the reciprocals of a flow."""

    def __init__(self, size, controls, reciprocals):
        names = ([f"x{i}" for i in range(size)] + [f"u{i}" for i in range(controls)]
                 + [f"r{i}" for i in range(reciprocals)])
        self.size, self.controls = size, controls
        self.ring = PolynomialRing(QQ, names) if len(names) > 1 else PolynomialRing(QQ, 1, names)
        self.variables = list(self.ring.gens())
        self.inverted, self.slopes = [], {}

    def number(self, c):
        return self.ring(c)

    def reciprocal(self, z):
        need(z != 0)
        if z.is_constant():
            return self.ring(1 / z.constant_coefficient())
        if z not in self.inverted:
            need(self.actual(z) != 0)
            self.inverted.append(z)
        return self.variables[self.size + self.controls + self.inverted.index(z)]

    def actual(self, polynomial):
        """Return the rational function that a formal polynomial stands for."""
        values = list(self.variables[:self.size + self.controls])
        field = self.ring.fraction_field()
        values = [field(x) for x in values]
        for z in self.inverted:
            values.append(1 / z(*values, *[0] * (len(self.variables) - len(values))))
        values += [field(0)] * (len(self.variables) - len(values))
        return polynomial(*values)

    def derivative(self, polynomial, x):
        """Return the derivative by a variable of the state, reciprocals included."""
        result = polynomial.derivative(x)
        for k, _ in enumerate(self.inverted):
            r = self.variables[self.size + self.controls + k]
            slope = polynomial.derivative(r)
            if slope != 0:
                result += slope * self._slope(k, x)
        return result

    def _slope(self, k, x):
        if (k, x) not in self.slopes:
            r = self.variables[self.size + self.controls + k]
            self.slopes[k, x] = -r**2 * self.derivative(self.inverted[k], x)
        return self.slopes[k, x]


def evaluated(ring, steps, parameters, controls):
    """Return the entries of all instructions, as dictionaries from cells to elements."""
    found, parameters = [], iter(parameters)
    for k, step in enumerate(steps):
        cells, op = cells_of(step["shape"]), step["op"]
        of = [found[i] for i in step.get("of", [])]
        if op == "parameter":
            value = {cell: next(parameters) for cell in cells}
        elif op == "control":
            value = dict(zip(cells, controls[k]))
        elif op == "constant":
            value = {cell: ring.number(QQ(text)) for cell, text in zip(cells, step["values"])}
        elif op == "add":
            value = {cell: of[0][cell] + of[1][cell] for cell in cells}
        elif op == "reciprocal":
            value = {cell: ring.reciprocal(of[0][cell]) for cell in cells}
        else:
            value = dict.fromkeys(cells, ring.number(0))
        if op == "sum":
            for cell, entry in of[0].items():
                value[tuple(i for k, i in enumerate(cell) if k not in step["axes"])] += entry
        elif op == "take":
            flat = list(of[0].values())
            value = {cell: flat[i] if i >= 0 else ring.number(0)
                     for cell, i in zip(cells, step["index"])}
        elif op == "put":
            for entry, i in zip(of[0].values(), step["index"]):
                if i >= 0:
                    value[cells[i]] += entry
        elif op == "multiply":
            for a, b in itertools.product(of[0], of[1]):
                place = dict(zip(step["left"], a))
                if all(place.setdefault(c, i) == i for c, i in zip(step["right"], b)):
                    value[tuple(place[c] for c in step["out"])] += of[0][a] * of[1][b]
        found.append(value)
    return found

"""What must hold for every program: interpreters agree, and derivatives are those of Sage."""

from fractions import Fraction

import numpy as np
from sage.all import GF, QQ, ZZ, PolynomialRing, PowerSeriesRing, prod

from program_strategies import given_symbols, some_numbers
from sage_conslaw.interpreters import floats
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.interpreters.ring_elements import evaluate
from sage_conslaw.interpreters.term_tables import PADDING, TermTables, combined
from sage_conslaw.program.batching import batched
from sage_conslaw.program.bounds import bounds
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.derivatives import gradient, tangent
from sage_conslaw.program.instructions import Program

PRIME = 2147483629
FIELD = GF(PRIME)
ORDERS = 4


def residue(x):
    """Return a fraction modulo the prime."""
    return x.numerator * pow(x.denominator, -1, PRIME) % PRIME


def residues(array):
    """Return an array of fractions modulo the prime."""
    flat = [residue(Fraction(x)) for x in np.asarray(array, dtype=object).ravel()]
    return np.array(flat, dtype=np.int64).reshape(np.shape(array))


def rationals(x):
    """Return a fraction as a rational of Sage."""
    return QQ(x.numerator) / QQ(x.denominator)


def in_series(program, given, orders=1, only=None):
    """Return the outputs modulo the prime, orders first; zeros behind what is not there."""
    values = run(ModularSeries(program, PRIME, orders), program, given, only)
    return [None if k is None else np.concatenate(
        [values[k], np.zeros((orders - len(values[k]),) + values[k].shape[1:], dtype=np.int64)])
        for k in program.outputs]


def same(found, expected):
    """Assert that two lists of arrays are equal, None standing for zeros."""
    for one, other in zip(found, expected, strict=True):
        if one is None or other is None:
            assert one is None or not np.any(one)
            assert other is None or not np.any(other)
        else:
            assert np.shape(one) == np.shape(other)
            assert np.array_equal(one, other)


def arranged(entries, shape):
    """Return an object array of a shape."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


# --- values ---

def values_agree(case, program):
    """Fractions, residues and floats; the same shapes as the program says."""
    exact = evaluate(program, case.values)
    for array, k in zip(exact, program.outputs):
        assert array.shape == program[k].shape
    given = {k: residues(a)[None] for k, a in case.values.items()}
    same([a[0] for a in in_series(program, given)], [residues(a) for a in exact])
    for a, b in zip(floats.evaluate(program, case.values), exact):
        assert a.shape == b.shape
        assert np.allclose(a, b.astype(float), rtol=1e-9, atol=1e-9)


def series_agree(case, program):
    """Residues of higher orders are those of power series of Sage."""
    ring = PowerSeriesRing(FIELD, "z", default_prec=ORDERS)
    given, series = {}, {}
    for k, value in case.values.items():
        # given are as many orders as there are, or fewer
        count = case.generator.randrange(1, ORDERS + 1)
        given[k] = np.array([residues(value)] + [
            residues(some_numbers(case.random, value.shape)) for _ in range(count - 1)])
        array = np.empty(value.size, dtype=object)
        array[:] = [ring(given[k].reshape(count, -1)[:, i].tolist()).add_bigoh(ORDERS)
                    for i in range(value.size)]
        series[k] = array.reshape(value.shape)
    expected = evaluate(program, series, lambda x: ring(FIELD(residue(x))).add_bigoh(ORDERS))
    for found, array in zip(in_series(program, given, ORDERS), expected):
        coefficients = [[int(c) for c in x.padded_list(ORDERS)] for x in array.ravel()]
        assert found.reshape(ORDERS, -1).T.tolist() == coefficients


def symbolic(case, program, numbers):
    """Return a ring, the symbols of some instructions, and the outputs in its fractions."""
    size = sum(program[k].size for k in numbers)
    ring = PolynomialRing(QQ, size, "x") if size else PolynomialRing(QQ, 1, "x")
    symbols = given_symbols(program, ring, numbers)
    divides = program.numbers("reciprocal")
    into = ring.fraction_field() if divides else ring
    given = {k: arranged([into(rationals(x)) for x in a.ravel()], a.shape)
             for k, a in case.values.items()}
    for k, a in symbols.items():
        given[k] = arranged([into(x) for x in a.ravel()], a.shape)
    return ring, symbols, evaluate(program, given, lambda x: into(rationals(x)))


def tables_agree(case, program):
    """Tables of terms are the polynomials of Sage, inverses being variables."""
    numbers = sorted(case.values)
    ring, _, expected = symbolic(case, program, numbers)
    first, size = {}, 0
    for k in numbers:
        first[k] = size
        size += program[k].size
    tables = TermTables(first, size)
    tables.prepare(program)
    values = run(tables, program, tables.variables_of(program))
    variables = list(ring.gens())[:size]

    def element(row):
        product = ring(1)
        for x in row:
            product = product * (1 if x == PADDING else variables[x])
        return product

    for polynomial, denominator in tables.inverted:
        variables.append(denominator / sum(c * element(m) for m, c in polynomial.items()))
    for k, array in zip(program.outputs, expected):
        terms = combined(values[k])
        total = [ring(0)] * program[k].size
        for entry, row, c in zip(terms.entry, terms.factors.tolist(), terms.coefficient):
            total[entry] = total[entry] + int(c) * element(row) / terms.denominator
        assert total == list(array.ravel())
        rows = [tuple(row) for row in np.column_stack([terms.entry, terms.factors]).tolist()]
        assert len(set(rows)) == len(rows) and 0 not in terms.coefficient


# --- derivatives ---

def paired(case, program):
    """Return the program with a cotangent for each output, and random numbers for them."""
    build, cotangents, given = Builder(program), [], dict(case.values)
    for i, k in enumerate(program.outputs):
        w = build.control(f"w{i}", program[k].shape, "cotangent")
        cotangents.append(w)
        given[w] = some_numbers(case.random, program[k].shape)
    return build.program(program.outputs), cotangents, given


def derivatives_agree(case, program):
    """Gradient and tangent are those of Sage, of first and second order; both are adjoint."""
    parameters = program.numbers("parameter")
    program, cotangents, given = paired(case, program)
    build = Builder(program)
    directions = [[build.control(f"d{n}{i}", program[k].shape, "direction")
                   for i, k in enumerate(parameters)] for n in range(2)]
    program = build.program(program.outputs)
    for k in directions[0] + directions[1]:
        given[k] = some_numbers(case.random, program[k].shape)
    sage = SageDerivatives(case, program, parameters, given)
    # first order
    first = gradient(program, cotangents, parameters)
    slopes = evaluate(first, given)
    same(slopes, sage.numbers(sage.slopes(cotangents)))
    forth = tangent(program, parameters, directions[0])
    moved = evaluate(forth, given)
    same(moved, sage.numbers(sage.along(sage.outputs, directions[0])))
    assert dot(moved, [given[w] for w in cotangents]) == dot(
        slopes, [given[d] for d in directions[0]])
    # second order: the tangent of the gradient, and the gradient of the tangent
    bent = [evaluate(tangent(first, parameters, d), given) for d in directions]
    expected = sage.numbers(sage.along(sage.slopes(cotangents), directions[0]))
    same(bent[0], expected)
    kept = [(k, w) for k, w in zip(forth.outputs, cotangents) if k is not None]
    forth = Program(forth.instructions, tuple(k for k, _ in kept))
    same(evaluate(gradient(forth, [w for _, w in kept], parameters), given), expected)
    assert dot(bent[0], [given[d] for d in directions[1]]) == dot(
        bent[1], [given[d] for d in directions[0]])
    # the gradient of the pairing of the gradient with a direction
    kept = [(k, d) for k, d in zip(first.outputs, directions[0]) if k is not None]
    twice = Program(first.instructions, tuple(k for k, _ in kept))
    same(evaluate(gradient(twice, [d for _, d in kept], parameters), given), expected)


class SageDerivatives:
    """The outputs of a program as elements of Sage, which derives them."""

    def __init__(self, case, program, parameters, given):
        self.ring, symbols, self.outputs = symbolic(case, program, parameters)
        self.blocks, self.given = [symbols[k] for k in parameters], given
        point = {x: rationals(c) for k, a in symbols.items()
                 for x, c in zip(a.ravel(), case.values[k].ravel())}
        self.point = [point.get(x, 0) for x in self.ring.gens()]

    def slopes(self, cotangents):
        """Return the gradient of the pairing of the outputs with cotangents."""
        pairing = self.ring(0)
        for array, w in zip(self.outputs, cotangents):
            for x, c in zip(array.ravel(), self.given[w].ravel()):
                pairing = pairing + x * rationals(c)
        return [arranged([pairing.derivative(x) for x in a.ravel()], a.shape)
                for a in self.blocks]

    def along(self, arrays, directions):
        """Return the derivatives of arrays along a direction."""
        return [arranged([sum((y.derivative(x) * rationals(c)
                               for a, d in zip(self.blocks, directions)
                               for x, c in zip(a.ravel(), self.given[d].ravel())), self.ring(0))
                          for y in array.ravel()], array.shape) for array in arrays]

    def numbers(self, arrays):
        """Return arrays at the point."""
        return [arranged([self.at(x) for x in a.ravel()], a.shape) for a in arrays]

    def at(self, element):
        """Return an element at the point."""
        top, bottom = (self.ring(x) for x in (element.numerator(), element.denominator()))
        value = QQ(top(*self.point)) / QQ(bottom(*self.point))
        return Fraction(int(value.numerator()), int(value.denominator()))


def dot(one, other):
    """Return the sum of the products of all entries."""
    return sum(x * y for a, b in zip(one, other) if a is not None
               for x, y in zip(a.ravel(), b.ravel()))


# --- batches ---

SIZES = {"b": 2, "s": 3, "t": 2}


def drawn(generator, axes, shape):
    """Return random residues with batch axes, one or two orders of them."""
    shape = (generator.randrange(1, 3),) + tuple(SIZES[x] for x in axes) + shape
    flat = [generator.randrange(PRIME) for _ in range(int(np.prod(shape)))]
    return np.array(flat, dtype=np.int64).reshape(shape)


def element(step_axes, value, place, lead=1):
    """Return the array of a batch at a place."""
    return value[(slice(None),) * lead + tuple(place[x] for x in step_axes)]


def everything(program, given):
    """Return all values modulo the prime, two orders of them or one where there are no more."""
    return run(ModularSeries(program, PRIME, 2), program, given)


def batched_values_agree(case, program):
    """All values of a program with batch axes are those of its elements; floats too."""
    generator, whole, axes_of = case.generator, program, {}
    for k in program.numbers("control"):
        axes_of[k] = tuple(x for x in "bst" if generator.randrange(2))
    for axis in "tbs":
        whole = batched(whole, axis, [k for k, axes in axes_of.items() if axis in axes])
    given = {k: drawn(case.random, axes_of.get(k, ()), program[k].shape) for k in case.values}
    numbers = {k: 1 + a[0] / PRIME for k, a in given.items()}
    values, in_floats = everything(whole, given), floats.values(whole, numbers)
    for place in (dict(zip("bst", place)) for place in np.ndindex(2, 3, 2)):
        alone = everything(program, {k: element(axes_of.get(k, ()), a, place)
                                     for k, a in given.items()})
        alone_in_floats = floats.values(program, {k: element(axes_of.get(k, ()), a, place, 0)
                                                  for k, a in numbers.items()})
        for k, step in enumerate(whole.instructions):
            assert np.array_equal(element(step.axes, values[k], place), alone[k])
            assert np.allclose(element(step.axes, in_floats[k], place, 0), alone_in_floats[k])


def batched_gradients_agree(case, program):
    """
    A gradient batched over samples is the sum of theirs, for each assignment of a batch, and
    so are its derivatives in a batch of directions; gradients one by one are a batch of them.
    """
    generator = case.generator
    build, parameters = Builder(program), program.numbers("parameter")
    controls = program.numbers("control")
    cotangents = [build.control(f"w{i}", program[k].shape, "cotangent")
                  for i, k in enumerate(program.outputs)]
    program = build.program(program.outputs)
    sampled = cotangents + [k for k in controls if generator.randrange(2)]
    axes_of = {k: ("b", "s") if k in sampled else ("b",) for k in controls + cotangents}
    one = gradient(program, cotangents, parameters)
    many = gradient(batched(program, "s", sampled), cotangents, parameters)
    given = {k: drawn(case.random, axes_of.get(k, ()), program[k].shape)
             for k in [*case.values, *cotangents]}
    # derivatives in many directions at once
    build = Builder(many)
    directions = [build.control(f"d{i}", program[k].shape, "direction", ("t",))
                  for i, k in enumerate(parameters)]
    whole = tangent(build.program(many.outputs), parameters, directions)
    whole = batched(whole, "b", controls + cotangents)
    build = Builder(one)
    alone = [build.control(f"d{i}", program[k].shape, "direction")
             for i, k in enumerate(parameters)]
    bent = tangent(build.program(one.outputs), parameters, alone)
    moved = [drawn(case.random, ("t",), program[k].shape) for k in parameters]
    values = everything(whole, {**given, **dict(zip(directions, moved))})
    apart = batched(batched(one, "s", sampled), "b", controls + cotangents)
    apart_values = everything(apart, given)
    for b in range(SIZES["b"]):
        slopes = [0] * len(parameters)
        curved = [[0] * len(parameters) for _ in range(SIZES["t"])]
        for s in range(SIZES["s"]):
            place = {"b": b, "s": s}
            there = {k: element(axes_of.get(k, ()), a, place) for k, a in given.items()}
            found = everything(one, there)
            for i, k in enumerate(one.outputs):
                if k is not None:
                    slopes[i] = (slopes[i] + found[k]) % PRIME
                    assert np.array_equal(element(apart[k].axes, apart_values[k], place),
                                          found[k])
            for t in range(SIZES["t"]):
                found = everything(bent, {**there, **{d: a[:, t] for d, a in zip(alone, moved)}})
                for i, k in enumerate(bent.outputs):
                    if k is not None:
                        curved[t][i] = (curved[t][i] + found[k]) % PRIME
        for i, (k, k2) in enumerate(zip(many.outputs, whole.outputs)):
            # parameters have no samples, and so have their derivatives
            assert k is None or many[k].axes == ()
            assert k2 is None or set(whole[k2].axes) <= {"b", "t"}
            same([None if k is None else element(whole[k].axes, values[k], {"b": b})],
                 [None if one.outputs[i] is None else slopes[i]])
            for t in range(SIZES["t"]):
                same([None if k2 is None else element(whole[k2].axes, values[k2],
                                                      {"b": b, "t": t})],
                     [None if bent.outputs[i] is None else curved[t][i]])


# --- bounds ---

def bounds_hold(case, program):
    """Degrees and norms of numerators are at most what is said."""
    numbers = sorted(case.values)
    whole = Program(program.instructions, tuple(range(len(program.instructions))))
    ring, symbols, expected = symbolic(case, whole, numbers)
    found = bounds(program)
    state = [x for k in program.numbers("parameter") for x in symbols[k].ravel()]
    others = [x for k in program.numbers("control") for x in symbols[k].ravel()]
    bottoms = []  # the denominators, as they are defined

    def numerators(k):
        bound, scale = found.values[k], ring(found.values[k].scale)
        for bottom, e in zip(bottoms, bound.exponents):
            scale = scale * bottom**e
        return [scale * x for x in expected[k].ravel()]

    def check(x, bound):
        x = ring(x)  # a polynomial, with integers
        assert all(c in ZZ for c in x.coefficients())
        assert sum(abs(c) for c in x.coefficients()) <= bound.norm
        for monomial in x.monomials():
            assert sum(monomial.degree(y) for y in state) <= bound.degree
            assert sum(monomial.degree(y) for y in others) <= bound.control_degree

    for k, step in enumerate(program.instructions):
        if step.op == "reciprocal":
            bottoms.append(ring(prod(numerators(step.of[0]))))
        for x in numerators(k):
            check(x, found.values[k])
    for bottom, bound in zip(bottoms, found.denominators, strict=True):
        check(bottom, bound)
    lifted, exponents = found.common([k for k in program.outputs])
    for bound, k in zip(lifted, program.outputs):
        scale = ring(bound.scale)
        for bottom, e in zip(bottoms, exponents):
            scale = scale * bottom**e
        for x in expected[k].ravel():
            check(scale * x, bound)

"""Random programs from all primitives, of few small arrays, and values for them."""

import itertools
import math
import random
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from sage_conslaw.interpreters.ring_elements import evaluate
from sage_conslaw.program.builder import Builder

SHAPES = [(), (1,), (2,), (3,), (2, 1), (1, 2), (2, 2), (2, 3), (1, 2, 2), (0,), (2, 0)]
NUMBERS = [Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(-2, 3)]
ROLES = ["input", "gate", "cotangent", "restricted"]
LARGEST = 8


def some_number(generator):
    """Return a fraction with a small denominator that is not 0."""
    numerator = generator.choice([-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7])
    return Fraction(numerator, generator.choice([1, 1, 2, 3]))


def some_numbers(generator, shape):
    """Return an array of such fractions."""
    array = np.empty(math.prod(shape), dtype=object)
    array[:] = [some_number(generator) for _ in range(array.size)]
    return array.reshape(shape)


class RandomProgram:
    """
    A program that is written at random; a generator decides, and another one draws numbers.

    ``numbers`` are the instructions to go on with, ``degree`` bounds their degrees, and
    ``values`` are the parameters and controls at a point where no denominator vanishes.
    """

    def __init__(self, generator, reciprocals=True, variables=8, degree=5):
        self.generator, self.most, self.reciprocals = generator, degree, reciprocals
        self.random = random.Random(generator.randrange(2**32))
        self.build, self.numbers, self.degree, self.values = Builder(), [], {}, {}
        left = variables
        for kind in ["parameter"] * generator.randrange(1, 4) + (
                ["control"] * generator.randrange(3) + ["constant"]):
            shape = generator.choice([s for s in SHAPES if math.prod(s) <= max(left, 0)])
            left -= math.prod(shape)
            self.write_given(kind, shape)
        for _ in range(generator.randrange(3, 10)):
            getattr(self, "write_" + generator.choice(
                ["add", "multiply", "multiply", "multiply", "take", "put", "sum",
                 "reciprocal"]))()

    def __getitem__(self, number):
        return self.build[number]

    def keep(self, number, degree):
        self.degree[number] = min(degree, self.degree.get(number, degree))
        self.numbers.append(number)

    def pick(self):
        # late arrays rather than early ones, each again and again
        late = self.numbers[-4:] if self.generator.randrange(2) else self.numbers
        return self.generator.choice(late)

    def write_given(self, kind, shape):
        pick, number = self.generator, len(self.values)
        if kind == "constant":
            values = [pick.choice(NUMBERS) for _ in range(math.prod(shape))]
            self.keep(self.build.constant(
                np.array(values + [None], dtype=object)[:-1].reshape(shape)), 0)
            return
        k = (self.build.parameter(f"p{number}", shape) if kind == "parameter" else
             self.build.control(f"c{number}", shape, pick.choice(ROLES)))
        self.values[k] = some_numbers(self.random, shape)
        self.keep(k, 1)

    def write_add(self):
        a = self.pick()
        b = self.generator.choice([k for k in self.numbers if self[k].shape == self[a].shape])
        self.keep(self.build.add(a, b), max(self.degree[a], self.degree[b]))

    def write_multiply(self):
        pick, a, b = self.generator, self.pick(), self.pick()
        left = "".join(pick.sample("pqrstu", len(self[a].shape)))
        sizes = dict(zip(left, self[a].shape))
        right, new = "", iter("uvwxyz"[::-1])
        for n in self[b].shape:
            same = [c for c in left if sizes[c] == n and c not in right]
            right += pick.choice(same) if same and pick.randrange(3) else next(
                c for c in new if c not in left)
            sizes[right[-1]] = n
        shared = [c for c in left if c in right]
        out = [c for c in sizes if c not in shared or pick.randrange(2)]
        pick.shuffle(out)
        degree = self.degree[a] + self.degree[b]
        if math.prod(sizes[c] for c in out) <= LARGEST and degree <= self.most and len(out) <= 4:
            self.keep(self.build.multiply(a, b, left, right, "".join(out)), degree)

    def some_gather(self, a):
        # an index: any, a transpose, a broadcast, a slice, a reversal, zeros first
        pick, shape = self.generator, self[a].shape
        index = np.arange(math.prod(shape)).reshape(shape)
        kind = pick.choice(["any", "any", "transpose", "broadcast", "slice", "reverse", "pad",
                            "shift"])
        if kind == "transpose":
            return index.transpose(pick.sample(range(index.ndim), index.ndim))
        if kind == "broadcast":
            places = index.ndim + 1
            where = pick.randrange(places)
            wide = np.expand_dims(index, where)
            return np.repeat(wide, pick.randrange(1, 3), axis=where)
        if kind == "slice" and index.ndim:
            return index[pick.choice([slice(1, None), slice(None, None, 2), slice(0, 1), 0])
                         if len(index) else slice(None)]
        if kind == "reverse":
            return index[::-1] if index.ndim else index
        if kind == "shift" and index.ndim and len(index):
            return np.concatenate([np.full_like(index[:1], -1), index[:-1]])
        if kind == "pad" and index.ndim:
            return np.pad(index + 1, [(pick.randrange(2), 0)] * index.ndim) - 1
        shape = pick.choice(SHAPES)
        places = [pick.randrange(-1, index.size) for _ in range(math.prod(shape))]
        return np.array(places, dtype=int).reshape(shape)

    def write_take(self):
        a = self.pick()
        index = self.some_gather(a)
        if index.size <= LARGEST:
            self.keep(self.build.take(a, index), self.degree[a])

    def write_put(self):
        pick, a = self.generator, self.pick()
        size = self[a].size
        if pick.randrange(2):
            # the adjoint of a gather of a
            target = pick.choice([k for k in self.numbers])
            index, shape = self.some_gather(target), self[target].shape
            same = [k for k in self.numbers if self[k].shape == index.shape]
            if same:
                a = pick.choice(same)
                self.keep(self.build.put(a, index, shape), self.degree[a])
            return
        shape = pick.choice(SHAPES)
        index = [pick.randrange(-1, math.prod(shape)) for _ in range(size)]
        self.keep(self.build.put(a, np.array(index, dtype=int).reshape(self[a].shape), shape),
                  self.degree[a])

    def write_sum(self):
        a = self.pick()
        axes = [k for k in range(len(self[a].shape)) if self.generator.randrange(2)]
        self.keep(self.build.sum(a, axes), self.degree[a])

    def write_reciprocal(self):
        # of what is not zero at the point, so not zero everywhere
        a = self.pick()
        few = self[a].size <= 3 and self.degree[a] <= 2
        if not self.reciprocals or not few or 2 * self.degree[a] > self.most:
            return
        if all(evaluate(self.build.program([a]), self.values)[0].ravel()):
            self.reciprocals = self.generator.randrange(2)  # few of them
            self.keep(self.build.reciprocal(a), 2 * self.degree[a] + 1)

    def program(self, outputs=None):
        """Return the program, with some of its last arrays as its results."""
        count = self.generator.randrange(1, 4) if outputs is None else outputs
        return self.build.program(self.numbers[-count:])


def generators():
    """Return the strategy of generators that decide what is written."""
    return st.randoms(use_true_random=False)


def given_symbols(program, ring, numbers):
    """Return arrays of the variables of a ring for some instructions, in their order."""
    variables = itertools.chain(ring.gens(), itertools.repeat(None))
    found = {}
    for k in numbers:
        array = np.empty(program[k].size, dtype=object)
        array[:] = list(itertools.islice(variables, program[k].size))
        found[k] = array.reshape(program[k].shape)
    return found

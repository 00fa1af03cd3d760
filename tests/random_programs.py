"""Random programs and flows as JSON values, from all operations, with arrays of few entries."""

import itertools
import math

from program_certificates import Writer, shapes

SHAPES = [(), (1,), (2,), (2, 1), (1, 2), (2, 2), (0,), (2, 0)]
NUMBERS = ["0", "1", "-1", "2", "1/2", "-2/3", "5"]


class RandomProgram(Writer):
    """Write instructions at random; ``shape`` and ``degree`` are those of the arrays so far."""

    def __init__(self, generator):
        super().__init__()
        self.generator, self.shape, self.degree = generator, [], []

    def keep(self, shape, degree):
        self.shape.append(tuple(shape))
        self.degree.append(degree)

    def given(self, kind, number, *role):
        shape = self.generator.choice(SHAPES)
        if kind == "constant":
            values = [self.generator.choice(NUMBERS) for _ in range(math.prod(shape))]
            self.constant(values, *shape)
        else:
            getattr(self, kind)(f"{kind[0]}{number}", *role, *shape)
        self.keep(shape, int(kind != "constant"))

    def instruction(self, reciprocals):
        pick = self.generator
        k = pick.randrange(len(self.shape))
        shape, size, degree = self.shape[k], math.prod(self.shape[k]), self.degree[k]
        op = pick.choice(["add", "multiply", "multiply", "multiply", "take", "put", "sum",
                          "reciprocal"])
        if op == "add":
            other = pick.choice([i for i, s in enumerate(self.shape) if s == shape])
            self.add(k, other)
            self.keep(shape, max(degree, self.degree[other]))
        elif op == "multiply":
            self.random_product(k, pick.randrange(len(self.shape)))
        elif op == "take":
            new = pick.choice(SHAPES)
            self.take(k, [pick.randrange(-1, size) for _ in range(math.prod(new))], *new)
            self.keep(new, degree)
        elif op == "put":
            new = pick.choice(SHAPES)
            self.put(k, [pick.randrange(-1, math.prod(new)) for _ in range(size)], *new)
            self.keep(new, degree)
        elif op == "sum":
            axes = [a for a in range(len(shape)) if pick.randrange(2)]
            self.sum(k, *axes)
            self.keep([n for a, n in enumerate(shape) if a not in axes], degree)
        elif reciprocals and degree == 1 and 0 < size <= 2:
            # one more than a square sum is seldom zero
            below = self.add(k, self.constant([pick.choice(["1", "3", "-1/2"])] * size, *shape))
            self.keep(shape, 0)
            self.keep(shape, degree)
            self.reciprocal(below)
            self.keep(shape, degree + 1)

    def random_product(self, a, b):
        pick, sizes = self.generator, {}
        left = "abcdef"[:len(self.shape[a])]
        sizes.update(zip(left, self.shape[a]))
        right, new = "", iter("uvwxyz")
        for n in self.shape[b]:
            same = [c for c in left if sizes[c] == n and c not in right]
            right += pick.choice(same) if same and pick.randrange(3) else next(new)
            sizes[right[-1]] = n
        free = [c for c in sizes if not (c in left and c in right)]
        free += [c for c in sizes if c not in free and pick.randrange(2)]
        pick.shuffle(free)
        shape = [sizes[c] for c in free]
        degree = self.degree[a] + self.degree[b]
        if len(free) <= 3 and math.prod(shape) <= 8 and degree <= 6:
            self.multiply(a, b, f"{left},{right}->{''.join(free)}")
            self.keep(shape, degree)


def random_program(generator, reciprocals=True):
    """Return the JSON of a program with one output without axes."""
    write = RandomProgram(generator)
    for number in range(generator.randrange(1, 4)):
        write.given("parameter", number)
    for number in range(generator.randrange(3)):
        write.given("control", number, generator.choice(["cotangent", "input", "gate",
                                                         "restricted"]))
    write.given("constant", 0)
    for _ in range(generator.randrange(2, 9)):
        write.instruction(reciprocals)
    # a sum of the sums of some arrays: all that was written can be reached
    total = None
    for k in generator.sample(range(len(write.shape)), min(3, len(write.shape))):
        part = write.sum(k, *range(len(write.shape[k])))
        total = part if total is None else write.add(total, part)
    return write.program(total)


def random_metric(generator, program, reciprocals=True):
    """Return a metric of a program, of either form."""
    blocks = shapes(program)
    n = sum(map(math.prod, blocks.values()))
    write = RandomProgram(generator)
    for name, shape in blocks.items():
        write.parameter(name, *shape)
        write.keep(shape, 1)
    write.given("constant", 0)
    for _ in range(generator.randrange(4)):
        write.instruction(reciprocals)

    def output(shape):
        k, size = generator.randrange(len(write.shape)), math.prod(shape)
        index = [generator.randrange(-1, math.prod(write.shape[k])) for _ in range(size)]
        taken = write.take(k, index, *shape)
        return write.add(taken, write.constant(["1"] * size, *shape))

    if generator.randrange(3) == 0:
        return {"form": "matrix", "program": write.program(output((n, n)))}
    return {"form": "diagonal", "program": write.program(*map(output, blocks.values()))}


def random_flow(generator, program, reciprocals=True):
    """Return a flow of a program."""
    decay = [[name, generator.choice(["1", "1/2", "-3", "2/3"])] for name in shapes(program)
             if generator.randrange(3) == 0]
    damping = None
    if generator.randrange(2):
        damping = generator.choice(["0", "1", "3/2", "1/t", "3/t", "5/2/t"] if reciprocals
                                   else ["0", "1", "3/2"])
    return {"kind": "gradient" if damping is None else "momentum", "damping": damping,
            "decay": decay, "metric": random_metric(generator, program, reciprocals)}


def random_cases(generator, reciprocals=True):
    """Yield pairs of a program and a flow without end, each with some parameters but few."""
    for _ in itertools.count():
        program = random_program(generator, reciprocals)
        if 0 < sum(map(math.prod, shapes(program).values())) <= 5:
            yield program, random_flow(generator, program, reciprocals)

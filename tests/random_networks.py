"""Random networks with gates, written for NumPy's arrays and for traced ones."""

import numpy as np

from sage_conslaw import Network
from sage_conslaw.functions import absolute, convolve1d, convolve2d, leaky_relu, relu

GATED = [relu, absolute, lambda z: leaky_relu(z, 0.25), lambda z: leaky_relu(z, 2),
         lambda z: leaky_relu(z, -0.5), lambda z: np.maximum(z, 0), lambda z: -np.minimum(0, z)]


class RandomNetwork:
    """
    A network that is written at random: a list of layers, each a function of all that is there.

    A layer takes the arrays of the layers before, the first of which is the input, and the
    parameters by their names.
    """

    def __init__(self, generator):
        self.generator, self.parameters, self.layers = generator, {}, []
        self.sizes = [generator.choice([2, 3, 4])]
        self.inputs = {"x": (self.sizes[0],)}
        for _ in range(generator.randrange(2, 5)):
            kinds = ["dense", "dense", "bias", "skip", "joined", "scaled", "sliced", "signals",
                     "einsum", "stacked"]
            if self.sizes[-1] == 4:
                kinds += ["images"] * 3
            size = getattr(self, "write_" + generator.choice(kinds))()
            self.sizes.append(size)
        self.write_dense(False)

    def parameter(self, *shape):
        name = f"p{len(self.parameters)}"
        self.parameters[name] = shape
        return name

    def write(self, layer):
        self.layers.append(layer)

    def write_dense(self, gated=True):
        pick, size = self.generator, self.generator.choice([1, 2, 3, 4])
        U, gate = self.parameter(size, self.sizes[-1]), pick.choice(GATED) if gated else np.copy
        self.write(lambda h, p: gate(p[U] @ h[-1]))
        return size

    def write_bias(self):
        pick, size = self.generator, self.generator.choice([2, 3, 4])
        U, b, gate = self.parameter(size, self.sizes[-1]), self.parameter(size), pick.choice(GATED)
        self.write(lambda h, p: gate(p[U] @ h[-1] + p[b]))
        return size

    def write_skip(self):
        size, gate = self.sizes[-1], self.generator.choice(GATED)
        U, V = self.parameter(size, 2), self.parameter(2, size)
        self.write(lambda h, p: h[-1] + p[U] @ gate(p[V] @ h[-1]))
        return size

    def write_joined(self):
        # two functions of one argument, and a multiple of it
        one, other = self.generator.choice(GATED), self.generator.choice(GATED)
        U = self.parameter(2, self.sizes[-1])

        def layer(h, p):
            z = p[U] @ h[-1]
            return np.concatenate([one(z), other(-3 * z)[::-1]])

        self.write(layer)
        return 4

    def write_scaled(self):
        # a parameter that is nowhere negative
        gate = self.generator.choice(GATED)
        U, a = self.parameter(3, self.sizes[-1]), self.parameter()
        self.write(lambda h, p: gate(p[a]**2 * (p[U] @ h[-1])))
        return 3

    def write_sliced(self):
        U, gate = self.parameter(2, 3, self.sizes[-1]), self.generator.choice(GATED)
        self.write(lambda h, p: (gate((p[U] @ h[-1]).T)[1:] + 0.5)[:, 0])
        return 2

    def write_stacked(self):
        U, gate = self.parameter(2, self.sizes[-1]), self.generator.choice(GATED)
        V = self.parameter(2, self.sizes[-1])
        self.write(lambda h, p: gate(np.stack([p[U] @ h[-1], p[V] @ h[-1]], axis=1)).ravel())
        return 4

    def write_signals(self):
        size, padding, circular = self.sizes[-1], 1, bool(self.generator.randrange(2))
        K, gate = self.parameter(1, 1, 2), self.generator.choice(GATED)
        self.write(lambda h, p: gate(convolve1d(h[-1][None], p[K], 1, padding, circular)[0]))
        return size + 1

    def write_images(self):
        K, gate = self.parameter(2, 1, 2, 2), self.generator.choice(GATED)
        self.write(lambda h, p: gate(convolve2d(h[-1].reshape(1, 2, 2), p[K])).reshape(2))
        return 2

    def write_einsum(self):
        U, V, gate = self.parameter(2, 3), self.parameter(3, self.sizes[-1]), (
            self.generator.choice(GATED))
        self.write(lambda h, p: gate(np.einsum("ij,jk,k->i", p[U], p[V], h[-1])))
        return 2

    def __call__(self, x, **parameters):
        arrays = [x]
        for layer in self.layers:
            arrays.append(layer(arrays, parameters))
        return arrays[-1]

    def network(self):
        """Return the network, or raise an error if its gates cannot be free."""
        return Network(self, self.parameters, self.inputs)

    def numbers(self, seed):
        """Return random floats for all arguments."""
        generator = np.random.Generator(np.random.PCG64(seed))
        return {name: generator.uniform(-2, 2, size=shape)
                for name, shape in {**self.parameters, **self.inputs}.items()}


def gated_expression(generator):
    """
    Return a random function of x, U and V, all of two by two or two entries: gates of gates.

    Each array is made from two of those before, ``a`` and ``b``, and a number ``c``.
    """
    kinds = {
        "relu": lambda a, b, c, U, V: relu(a), "leaky": lambda a, b, c, U, V: leaky_relu(a, c),
        "absolute": lambda a, b, c, U, V: absolute(a),
        "minimum": lambda a, b, c, U, V: np.minimum(a, 0),
        "negative": lambda a, b, c, U, V: -a, "multiple": lambda a, b, c, U, V: a * c,
        "sum": lambda a, b, c, U, V: a + b, "difference": lambda a, b, c, U, V: a - b,
        "reversed": lambda a, b, c, U, V: a[::-1],
        "joined": lambda a, b, c, U, V: np.stack([a, b])[:, 1],
        "slice": lambda a, b, c, U, V: np.concatenate([a, b])[1:3],
        "repeated": lambda a, b, c, U, V: a[[1, 1]],
        "padded": lambda a, b, c, U, V: np.pad(a, 1)[1 + (c > 0):][:2],
        "masked": lambda a, b, c, U, V: np.where([True, False], a, b),
        "bias": lambda a, b, c, U, V: a + V[0],
        "times square": lambda a, b, c, U, V: a * (1 + U[0]**2),
        "times relu": lambda a, b, c, U, V: relu(b) * a, "dense": lambda a, b, c, U, V: U @ a,
    }
    steps = [(kinds[generator.choice(list(kinds))], generator.random(), generator.random(),
              generator.choice([-3, -1, -0.5, 0, 0.5, 1, 2]))
             for _ in range(generator.randrange(2, 9))]

    def function(x, U, V):
        arrays = [U @ x, V @ x]
        for step, first, second, c in steps:
            a, b = (arrays[int(k * len(arrays))] for k in (first, second))
            arrays.append(step(a, b, c, U, V))
        return arrays[-1] + arrays[-2]

    return function

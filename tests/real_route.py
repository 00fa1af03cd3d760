r"""
A second route to the dimension of a trace: real numbers of 120 digits, nothing modulo a prime.

The function of a network is run on object arrays of truncated power series in mpmath, which
remember what they were made from, so that gradients are series again. Along `x' = F(x)`, with `F`
a sum of fields of random data that depend on `z`, all fields are pulled back to the point where
the trajectory begins: `Y = P y(x(z))` with `P' = -P J` has the derivatives `(L^k y)(0)`, where
`L y = y' - J y`. Their rank is read off a gap of at least `10^{35}`.

Nothing of the package is used. Networks are written with the functions of a namespace, for which
``REAL`` has equivalents: `lambda f: lambda x, U, V: U @ f.tanh(V @ x)`.
"""

import itertools
import random
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from mpmath import mp, mpf

DIGITS = 120
#: pivots from this on count, and what is only rounding errors is at most that, where numbers are
#: about 1; between them nothing is said, and neither where fields are large
SMALLEST, NOISE, LARGEST = mpf(10) ** -60, mpf(10) ** -95, mpf(10) ** 12
#: orders along a trajectory; where the last of them adds something, the next number is tried
ORDERS = 4, 6, 9, 13


class Undefined(ValueError):
    """A logarithm or a root of a negative number: another point may be better."""


class NoGap(ArithmeticError):
    """The pivots do not say what the rank is."""


class Number:
    """A truncated power series, and the numbers that it was made from with their derivatives."""

    __slots__ = ("series", "of", "place")
    places = itertools.count()

    def __init__(self, series, of=()):
        self.series, self.of, self.place = series, of, next(self.places)

    def __add__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        if not isinstance(other, Number):
            return Number([self.series[0] + real(other), *self.series[1:]], ((self, None),))
        series = [a + b for a, b in zip(self.series, other.series, strict=True)]
        return Number(series, ((self, None), (other, None)))

    def __mul__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        if not isinstance(other, Number):
            c = real(other)
            return Number([c * a for a in self.series], ((self, lambda: c),))
        return Number(product(self.series, other.series),
                      ((self, lambda: other), (other, lambda: self)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other if not isinstance(other, np.ndarray) else NotImplemented

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        return self * (other.inverse() if isinstance(other, Number) else 1 / real(other))

    def __rtruediv__(self, other):
        return self.inverse() * other

    def __pow__(self, exponent):
        result = 1
        for _ in range(abs(exponent)):
            result = result * self
        return result if exponent >= 0 else 1 / result

    def inverse(self):
        z, series = self.series, [1 / self.series[0]]
        for k in range(1, len(z)):
            series.append(-series[0] * sum(z[j] * series[k - j] for j in range(1, k + 1)))
        result = Number(series, ((self, lambda: -(result * result)),))
        return result

    def exp(self):
        z, series = self.series, [mp.exp(self.series[0])]
        for k in range(1, len(z)):
            series.append(sum(j * z[j] * series[k - j] for j in range(1, k + 1)) / k)
        result = Number(series, ((self, lambda: result),))
        return result

    def log(self):
        z = self.positive()
        series = [mp.log(z[0])]
        for k in range(1, len(z)):
            rest = sum((j * series[j] * z[k - j] for j in range(1, k)), mpf(0)) / k
            series.append((z[k] - rest) / z[0])
        return Number(series, ((self, self.inverse),))

    def sqrt(self):
        z = self.positive()
        series = [mp.sqrt(z[0])]
        for k in range(1, len(z)):
            rest = sum((series[j] * series[k - j] for j in range(1, k)), mpf(0))
            series.append((z[k] - rest) / (2 * series[0]))
        result = Number(series, ((self, lambda: result.inverse() / 2),))
        return result

    def tanh(self):
        # t' = (1 - t^2) z', order by order
        z, series = self.series, [mp.tanh(self.series[0])]
        for k in range(1, len(z)):
            slope = [(j == 0) - c for j, c in enumerate(product(series, series))]
            series.append(sum(j * z[j] * slope[k - j] for j in range(1, k + 1)) / k)
        result = Number(series, ((self, lambda: 1 - result * result),))
        return result

    def normal(self):
        z, density = self.series, (self * self / -2).exp() / mp.sqrt(2 * mp.pi)
        series = [mp.ncdf(z[0])]
        for k in range(1, len(z)):
            series.append(sum(j * z[j] * density.series[k - j] for j in range(1, k + 1)) / k)
        # the density once more, of this number, so that it has derivatives
        return Number(series, ((self, lambda: density),))

    def positive(self):
        if self.series[0] < 0:
            raise Undefined("a logarithm or a root of a negative number")
        return self.series


def real(number):
    """Return a rational number, a float or an integer of NumPy in many digits."""
    if isinstance(number, Fraction):
        return mpf(number.numerator) / number.denominator
    return number if isinstance(number, mpf) else mpf(
        int(number) if isinstance(number, np.integer) else number)


def product(a, b):
    """Return the product of two series, to the orders of the first."""
    return [sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))]


# --- the functions that networks are written with ---

def entrywise(name):
    """Return the function of arrays that calls a method of every entry."""
    return np.frompyfunc(lambda z: getattr(z, name)(), 1, 1)


def softmax(z, axis=-1):
    """Return exponentials divided by their sum."""
    powers = exp(z)
    return powers / np.sum(powers, axis=axis, keepdims=True)


def log_softmax(z, axis=-1):
    """Return arguments without the logarithm of the sum of their exponentials."""
    return z - log(np.sum(exp(z), axis=axis, keepdims=True))


def rms_norm(z, gain=None, bias=None, eps=0, axis=-1):
    """Return an array divided by the root of the mean of its squares."""
    count = np.size(z) // np.size(np.sum(z, axis=axis))
    result = z / sqrt(np.sum(z * z, axis=axis, keepdims=True) / count + eps)
    result = result if gain is None else gain * result
    return result if bias is None else result + bias


def layer_norm(z, gain=None, bias=None, eps=0, axis=-1):
    """Return an array without its mean, divided by its standard deviation."""
    count = np.size(z) // np.size(np.sum(z, axis=axis))
    return rms_norm(z - np.sum(z, axis=axis, keepdims=True) / count, gain, bias, eps, axis)


def gelu(z, approximate="none"):
    """Return the Gaussian error linear unit, in either form."""
    if approximate == "none":
        return z * entrywise("normal")(z)
    inner = mp.sqrt(2 / mp.pi) * (z + Fraction(44715, 10**6) * z * z * z)
    return z * (1 + tanh(inner)) / 2


exp, log, sqrt, tanh = map(entrywise, ("exp", "log", "sqrt", "tanh"))
REAL = SimpleNamespace(
    exp=exp, log=log, sqrt=sqrt, tanh=tanh, softmax=softmax, log_softmax=log_softmax,
    rms_norm=rms_norm, layer_norm=layer_norm, gelu=gelu,
    sigmoid=lambda z: (1 + tanh(z / 2)) / 2, silu=lambda z: z * (1 + tanh(z / 2)) / 2,
    softplus=lambda z: log(1 + exp(z)), reciprocal=lambda z: 1 / z,
    relu=np.frompyfunc(lambda z: z if z.series[0] > 0 else z * 0, 1, 1))


# --- derivatives ---

def gradient(total, leaves):
    """Return the derivatives of a number by others, or zeros: numbers with derivatives again."""
    found, waiting = {total.place: total}, [total]
    while waiting:
        for parent, _ in waiting.pop().of:
            if parent.place not in found:
                found[parent.place] = parent
                waiting.append(parent)
    slopes = {total.place: constant(1, len(total.series))}
    for place in sorted(found, reverse=True):
        if place not in slopes:
            continue
        for parent, derivative in found[place].of:
            part = slopes[place] if derivative is None else slopes[place] * derivative()
            before = slopes.get(parent.place)
            slopes[parent.place] = part if before is None else before + part
    return [slopes.get(leaf.place) or constant(0, len(total.series)) for leaf in leaves]


def constant(value, orders):
    """Return a number that does not depend on anything."""
    return Number([mpf(value)] + [mpf(0)] * (orders - 1))


def flattened(value):
    """Return all entries of an array, or of a list, tuple or dictionary of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [entry for part in value for entry in flattened(part)]
    return list(np.asarray(value, dtype=object).ravel())


# --- the fields ---

class RealNetwork:
    """The fields of a network along a trajectory, from a function of object arrays."""

    def __init__(self, function, parameters, inputs, seed, positive, size):
        self.function, self.parameters, self.inputs = function, parameters, inputs or {}
        self.generator, self.positive, self.scale = random.Random(seed), positive, size
        self.size, self.entries = (sum(int(np.prod(shape)) for shape in shapes.values())
                                   for shapes in (self.parameters, self.inputs))
        self.point = [[c] for c in self.drawn(self.size)]
        self.outputs = len(self.values(self.leaves(self.point, 1), self.drawn_series(1), 1))

    def drawn(self, count):
        """Return random numbers that are not next to zero."""
        sign = 1 if self.positive else -1
        return [self.generator.choice([1, sign]) * self.scale * (
            mpf(self.generator.getrandbits(400)) / 2**400 + mpf(1) / 4) for _ in range(count)]

    def drawn_series(self, orders):
        """Return random series for all entries of the inputs."""
        return [self.drawn(orders) for _ in range(self.entries)]

    def sample(self, orders):
        """Return data and cotangents, both with random series of this many orders."""
        return self.drawn_series(orders), [self.drawn(orders) for _ in range(self.outputs)]

    def leaves(self, state, orders):
        """Return numbers from series, to a number of orders."""
        return [Number((series + [mpf(0)] * orders)[:orders]) for series in state]

    def values(self, leaves, data, orders):
        """Return all outputs of the network."""
        arrays = {**arranged(self.parameters, leaves),
                  **arranged(self.inputs, self.leaves(data, orders))}
        return flattened(self.function(**arrays))

    def field(self, state, sample, orders):
        """Return the field of a sample along a trajectory, and the leaves it depends on."""
        data, cotangents = sample
        leaves, total = self.leaves(state, orders), constant(0, orders)
        for value, w in zip(self.values(leaves, data, orders), self.leaves(cotangents, orders)):
            total = total + w * value
        return gradient(total, leaves), leaves

    def trajectory(self, samples, orders):
        """Return the solution of `x' = F(x)`, with `F` the sum of the fields of samples."""
        state = [list(series) for series in self.point]
        for k in range(1, orders):
            fields = [self.field(state, sample, k)[0] for sample in samples]
            for series, *parts in zip(state, *fields):
                series.append(sum(part.series[k - 1] for part in parts) / k)
        return state

    def jacobian(self, state, samples, orders):
        """Return the coefficients of the matrix `J` along a trajectory."""
        total = [0] * orders
        for sample in samples:
            field, leaves = self.field(state, sample, orders)
            rows = [gradient(entry, leaves) for entry in field]
            for k in range(orders):
                total[k] = total[k] + np.array([[c.series[k] for c in row] for row in rows])
        return total

    def pulled_back(self, samples, orders, count):
        """Return for each order the coefficients of random fields pulled back to the start."""
        state = self.trajectory(samples, orders)
        J = self.jacobian(state, samples, orders - 1)
        P = [np.array([[mpf(i == j) for j in range(self.size)] for i in range(self.size)])]
        for k in range(orders - 1):
            P.append(-sum(P[j].dot(J[k - j]) for j in range(k + 1)) / (k + 1))
        fields = [self.field(state, self.sample(1), orders)[0] for _ in range(count)]
        y = [np.array([[entry.series[k] for entry in field] for field in fields])
             for k in range(orders)]
        return [sum(y[k - j].dot(P[j].T) for j in range(k + 1)) for k in range(orders)]


def arranged(shapes, numbers):
    """Return arrays of the numbers, by their names."""
    arrays, start = {}, 0
    for name, shape in shapes.items():
        array = np.empty(int(np.prod(shape)), dtype=object)
        array[:] = numbers[start:start + array.size]
        arrays[name], start = array.reshape(shape), start + array.size
    return arrays


# --- the rank ---

class Pivots:
    """The rank of vectors that come in blocks, by orthogonal projections with pivoting."""

    def __init__(self):
        self.basis, self.dropped = [], mpf(0)

    def extend(self, rows):
        """Add a block of vectors, and return how many are independent of those before."""
        before = len(self.basis)
        if max(map(mp.norm, rows)) > LARGEST:
            raise NoGap("fields are too large")
        # twice, against the rounding errors of the first time
        rows = [self.projected(self.projected(row)) for row in rows]
        while len(self.basis) < len(rows[0]):
            sizes = [mp.norm(row) for row in rows]
            largest = max(sizes)
            if largest <= SMALLEST:
                self.dropped = max(self.dropped, largest)
                break
            q = rows[sizes.index(largest)] / largest
            self.basis.append(q)
            rows = [row - q * q.dot(row) for row in rows]
            rows = [row - q * q.dot(row) for row in rows]
        if self.dropped > NOISE:
            raise NoGap(f"a pivot is {mp.nstr(self.dropped, 3)}")
        return len(self.basis) - before

    def projected(self, row):
        """Return a vector without its components along the basis."""
        for q in self.basis:
            row = row - q * q.dot(row)
        return row


def real_trace_dimension(function, parameters, inputs=None, seed=0, samples=1, patience=1):
    r"""
    Return the dimension of the trace, from real numbers.

    INPUT:

    - ``function``, ``parameters``, ``inputs`` -- as for ``Network``, with functions of ``REAL``
    - ``samples`` -- how many samples the trajectory has; with gates more than one
    - ``patience`` -- how many orders have to add nothing
    """
    found, failed = [], None
    # roots and logarithms are real for positive numbers at the latest; small numbers have no large
    # exponentials and are not where tanh is flat
    for k, (positive, size) in enumerate(itertools.product([False, True], [1, 0.5, 0.25, 0.125])):
        with mp.workdps(DIGITS):
            try:
                network = RealNetwork(function, parameters, inputs, 1000 * k + seed, positive, size)
                found.append(dimension_of(network, samples, patience))
            except (Undefined, NoGap) as error:
                failed = error
        # no rank is larger than the generic one: less than all is confirmed by another point
        if found and (len(found) == 2 or found[0] == network.size):
            break
    if not found:
        raise failed
    return max(found)


def dimension_of(network, samples, patience):
    """Return the dimension of the trace at the point of a network."""
    for orders in ORDERS:
        data = [network.sample(orders) for _ in range(samples)]
        pivots, idle = Pivots(), 0
        for vectors in network.pulled_back(data, orders, network.size + 2 * samples):
            idle = 0 if pivots.extend(list(vectors)) else idle + 1
            if idle == patience or len(pivots.basis) == network.size:
                return len(pivots.basis)
    raise NoGap(f"{ORDERS[-1]} orders along a trajectory are not enough")

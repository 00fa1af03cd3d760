r"""
The fields of flows with any metric, damping and decay, written out with SymPy.

Nothing here traces or derives with the package: the function of a network and that of a metric
are called with arrays of symbols, and SymPy derives.
"""

import functools
import itertools
from fractions import Fraction

import numpy as np
import sympy
from sage.all import QQ, gcd

from sage_conslaw import VectorFields


def rational(number):
    """Return a rational number of SymPy."""
    number = Fraction(number)
    return sympy.Rational(number.numerator, number.denominator)


def symbols(shapes, prefix=""):
    """Return an array of symbols for each block, named as the package's variables are."""
    arrays = {}
    for name, shape in shapes.items():
        start = prefix + name + ("" if len(name) == 1 or not shape else "_")
        entries = [sympy.Symbol(start + "_".join(map(str, index)))
                   for index in itertools.product(*(range(1, n + 1) for n in shape))]
        array = np.empty(len(entries), dtype=object)
        array[:] = entries
        arrays[name] = array.reshape(shape)
    return arrays


def flat(arrays):
    """Return the entries of arrays, one after another."""
    if not isinstance(arrays, dict):
        arrays = {"": arrays}
    return [entry for array in arrays.values() for entry in np.asarray(array, object).ravel()]


def gradients(function, theta):
    r"""Return the gradients of the entries of `\varphi`."""
    outputs = function(**theta)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return [[sympy.diff(entry, x) for x in flat(theta)]
            for output in outputs for entry in np.asarray(output, object).ravel()]


def times(matrix, vector):
    """Return a matrix, or a diagonal, times a vector."""
    matrix = np.asarray(matrix, dtype=object)
    product = matrix * np.array(vector, object) if matrix.ndim == 1 else matrix @ np.array(
        vector, object)
    return list(product)


def rates_of(decay, theta):
    """Return the rate of each entry."""
    return [rational(decay.get(name, 0)) for name, array in theta.items() for _ in flat(array)]


def gradient_fields(function, shapes, metric, decay=None):
    r"""
    Return the fields of `\theta' = -M \nabla E - \lambda\theta` as dictionaries, drift first.

    ``metric`` is a function from the dictionary of blocks to a diagonal or a matrix.
    """
    theta = symbols(shapes)
    data = [dict(zip(flat(theta), times(metric(theta), row))) for row in gradients(
        function, theta)]
    if not decay:
        return flat(theta), data
    s, measure = sympy.Symbol("s"), common_measure(decay)
    drift = {s: measure * s}
    drift.update((x, -rate * x) for x, rate in zip(flat(theta), rates_of(decay, theta)))
    return [s] + flat(theta), [drift] + data


def common_measure(decay):
    """Return the largest rational of which the rates are multiples."""
    rates = [Fraction(rate) for rate in decay.values()]
    bottom = functools.reduce(np.lcm, [rate.denominator for rate in rates])
    return rational(Fraction(int(np.gcd.reduce([int(r * int(bottom)) for r in rates])),
                             int(bottom)))


def momentum_fields(function, shapes, metric, damping=0, over_time=False, decay=None):
    r"""
    Return the fields of `\theta'' + \tau\theta' + \lambda\theta = -M(\tau\theta + \theta') \nabla
    E` as dictionaries, the drift first.

    `\tau` is ``damping``, or ``damping`` / t with t = r^q.
    """
    theta, speed = symbols(shapes), symbols(shapes, "d")
    damping = rational(damping)
    if over_time:
        time = sympy.Symbol("t" if damping.q == 1 else "r")
        tau, passing = damping / time**damping.q, 1 / (damping.q * time ** (damping.q - 1))
    elif damping:
        time = sympy.Symbol("s")
        tau, passing = damping, damping * time
    else:
        time, tau, passing = sympy.Symbol("t"), 0, 1
    drift = {time: passing}
    drift.update(zip(flat(theta), flat(speed)))
    drift.update((v, -tau * v - rate * x) for x, v, rate in zip(
        flat(theta), flat(speed), rates_of(decay or {}, theta)))
    at = {name: tau * theta[name] + speed[name] for name in theta}
    data = [dict(zip(flat(speed), times(metric(at), row))) for row in gradients(function, theta)]
    return [time] + flat(theta) + flat(speed), [drift] + data


def rooted_fields(function, shapes, exponents):
    r"""
    Return the fields of `\theta' = -\theta^{k} \nabla E` in roots, `\theta = \rho^b` where k = a/b.

    The derivative of `\rho` is that of `\theta` over `b \rho^{b - 1}`.
    """
    names = {n: f"{n}_root" if Fraction(exponents.get(n, 0)).denominator > 1 else n
             for n in shapes}
    theta, roots = symbols(shapes), symbols({names[n]: shape for n, shape in shapes.items()})
    exponent = {x: Fraction(exponents.get(n, 0)) for n, a in theta.items() for x in flat(a)}
    root = dict(zip(flat(theta), flat(roots)))
    powers = {x: root[x] ** exponent[x].denominator for x in root}
    fields = []
    for row in gradients(function, theta):
        field = {}
        for x, slope in zip(flat(theta), row):
            a, b = exponent[x].numerator, exponent[x].denominator
            slope = slope.subs(powers, simultaneous=True)
            field[root[x]] = root[x] ** a * slope / (b * root[x] ** (b - 1))
        fields.append(field)
    return flat(roots), fields


def normal(field):
    """Return a field up to rational functions: coprime entries, the first leading one monic."""
    ring = field[0].parent().change_ring(QQ)
    entries = [ring(entry) for entry in field]
    common = gcd(entries)
    if not common:
        return tuple(entries)
    entries = [entry // common for entry in entries]
    lead = next(entry for entry in entries if entry).lc()
    return tuple(entry / lead for entry in entries)


def assert_fields(fields, formulas):
    """Assert that fields are those of formulas, in their order, each up to a factor."""
    variables, expected = formulas
    expected = VectorFields(expected, variables=variables)
    assert fields.variable_names() == expected.variable_names()
    assert len(fields) == len(expected)
    for found, wanted in zip(fields, expected):
        assert normal(found) == normal(wanted)
        assert any(found) == any(wanted)

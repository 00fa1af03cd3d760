r"""
The models, the flows and their laws, written out from the papers' formulas with sympy.

Written apart from the package, so that the two can be compared term by term through the names of
the variables. Every model is the tuple of its blocks (name, symbols in order), the entries of
`\varphi`, and the names of the blocks on which its own metric is a mirror one.
"""

import functools
import itertools
from collections import namedtuple
from fractions import Fraction

import sympy
from sage.all import QQ, PolynomialRing

Model = namedtuple("Model", "blocks phi mirror")


def symbols_matrix(prefix, rows, columns):
    """Return the matrix of symbols ``prefix`` + ``row_column``, counted from 1."""
    return sympy.Matrix(rows, columns, lambda i, j: sympy.Symbol(f"{prefix}{i + 1}_{j + 1}"))


def symbols_vector(prefix, length):
    """Return the list of symbols ``prefix`` + ``index``, counted from 1."""
    return [sympy.Symbol(f"{prefix}{i + 1}") for i in range(length)]


def weights(widths):
    """Return the matrices `U_1, ..., U_q` of a network with these widths."""
    return [
        symbols_matrix(f"U{layer + 1}_", rows, columns)
        for layer, (rows, columns) in enumerate(zip(widths, widths[1:]))
    ]


@functools.lru_cache(maxsize=None)
def linear(widths):
    """Return the linear network: the entries of the product of its matrices."""
    layers = weights(widths)
    product = functools.reduce(lambda a, b: a * b, layers)
    blocks = tuple((f"U{i + 1}", tuple(u)) for i, u in enumerate(layers))
    return Model(blocks, tuple(sympy.expand(entry) for entry in product), ())


@functools.lru_cache(maxsize=None)
def relu(widths, bias=False):
    """Return the ReLU network: products along the paths from biases, then along the full paths."""
    layers = weights(widths)
    depth = len(layers)
    blocks = [(f"U{i + 1}", tuple(u)) for i, u in enumerate(layers)]
    phi = []
    if bias:
        biases = [symbols_vector(f"b{i}_", widths[i]) for i in range(1, depth)]
        blocks += [(f"b{i + 1}", tuple(b)) for i, b in enumerate(biases)]
        for last in range(1, depth):
            for path in itertools.product(*[range(width) for width in widths[: last + 1]]):
                term = biases[last - 1][path[last]]
                for layer in range(last):
                    term *= layers[layer][path[layer], path[layer + 1]]
                phi.append(term)
    for path in itertools.product(*[range(width) for width in widths]):
        term = sympy.Integer(1)
        for layer in range(depth):
            term *= layers[layer][path[layer], path[layer + 1]]
        phi.append(term)
    return Model(tuple(blocks), tuple(phi), ())


@functools.lru_cache(maxsize=None)
def nmf(n, r, m):
    """Return the factorisation `U V^T`, mirror metric on both."""
    u, v = symbols_matrix("U", n, r), symbols_matrix("V", m, r)
    phi = tuple(sympy.expand(entry) for entry in u * v.T)
    return Model((("U", tuple(u)), ("V", tuple(v))), phi, ("U", "V"))


@functools.lru_cache(maxsize=None)
def icnn(n, r, m, bias=False):
    r"""Return the network `x \mapsto U \sigma(V x + b)`, mirror metric on `U`."""
    u, v = symbols_matrix("U", n, r), symbols_matrix("V", r, m)
    blocks = [("U", tuple(u)), ("V", tuple(v))]
    phi = [u[i, k] * v[k, j] for i in range(n) for k in range(r) for j in range(m)]
    if bias:
        b = symbols_vector("b", r)
        blocks.append(("b", tuple(b)))
        phi += [u[i, k] * b[k] for i in range(n) for k in range(r)]
    return Model(tuple(blocks), tuple(phi), ("U",))


def parameters(model):
    """Return the parameters of ``model`` in order."""
    return [x for _, block in model.blocks for x in block]


def mirror_parameters(model, metric):
    """Return the set of parameters on which ``metric`` is a mirror one."""
    names = {
        None: model.mirror,
        "euclidean": (),
        "mirror": tuple(name for name, _ in model.blocks),
    }.get(metric, metric)
    return {x for name, block in model.blocks if name in names for x in block}


@functools.lru_cache(maxsize=None)
def gradients(model):
    r"""Return the gradients of the entries of `\varphi`."""
    theta = parameters(model)
    return [[sympy.diff(entry, x) for x in theta] for entry in model.phi]


def gradient_flow(model, metric=None):
    r"""Return the variables and the fields `M \nabla \varphi_i`, M the diagonal metric."""
    theta = parameters(model)
    mirror = mirror_parameters(model, metric)
    diagonal = [x if x in mirror else sympy.Integer(1) for x in theta]
    fields = [[m * g for m, g in zip(diagonal, gradient)] for gradient in gradients(model)]
    return theta, fields


def velocities(theta):
    """Return the symbols of the velocities."""
    return [sympy.Symbol("d" + x.name) for x in theta]


def momentum_flow(model, damping=0, inverse_time=False, metric=None):
    r"""
    Return the variables and the fields of `\ddot\theta + \tau \dot\theta = -M \nabla E`.

    `\tau` is ``damping``, or ``damping`` / t. For damping p/q the time then is r with t = r^q;
    fields with t in a denominator are multiplied by it.
    """
    theta = parameters(model)
    speed = velocities(theta)
    damping = sympy.Rational(damping)
    mirror = mirror_parameters(model, metric)
    if inverse_time:
        root = damping.q
        time = sympy.Symbol("t" if root == 1 else "r")
        tau = damping / time**root
        passing = sympy.Integer(1) / (root * time ** (root - 1))
        first = [passing] + speed + [-tau * v for v in speed]
    elif damping:
        time = sympy.Symbol("s")
        tau = damping
        first = [tau * time] + speed + [-tau * v for v in speed]
    else:
        time = sympy.Symbol("t")
        tau = damping
        first = [sympy.Integer(1)] + speed + [sympy.Integer(0)] * len(speed)
    diagonal = [tau * x + v if x in mirror else sympy.Integer(1) for x, v in zip(theta, speed)]
    still = [sympy.Integer(0)] * (1 + len(theta))
    fields = [first]
    fields += [still + [m * g for m, g in zip(diagonal, row)] for row in gradients(model)]
    if inverse_time:
        fields = [_cleared(field, time**root) for field in fields]
    return [time] + theta + speed, fields


def _cleared(field, bottom):
    """Return the field, times the denominator if one of its entries has it."""
    entries = [sympy.expand(entry) for entry in field]
    if all(sympy.fraction(sympy.together(entry))[1].is_number for entry in entries):
        return entries
    return [sympy.expand(bottom * entry) for entry in entries]


def named_terms(expression, variables):
    """Return the terms of a sympy polynomial: frozenset of (name, exponent) -> coefficient."""
    polynomial = sympy.Poly(expression, *variables)
    terms = {}
    for exponents, coefficient in polynomial.terms():
        if coefficient:
            key = frozenset((x.name, e) for x, e in zip(variables, exponents) if e)
            terms[key] = Fraction(int(coefficient.p), int(coefficient.q))
    return terms


def named_terms_of_sage(polynomial):
    """Return the terms of a Sage polynomial: frozenset of (name, exponent) -> coefficient."""
    names = polynomial.parent().variable_names()
    terms = {}
    for exponents, coefficient in polynomial.dict().items():
        if len(names) == 1 and not hasattr(exponents, "__iter__"):
            exponents = (exponents,)
        key = frozenset((name, int(e)) for name, e in zip(names, exponents) if e)
        coefficient = QQ(coefficient)
        terms[key] = Fraction(int(coefficient.numerator()), int(coefficient.denominator()))
    return terms


def to_sage(expression, variables, ring=None):
    """Return the sympy polynomial as a Sage polynomial over QQ in variables of the same names."""
    if ring is None:
        ring = PolynomialRing(QQ, len(variables), [x.name for x in variables])
    generators = ring.gens_dict()
    total = ring.zero()
    for key, coefficient in named_terms(expression, variables).items():
        term = ring(QQ((coefficient.numerator, coefficient.denominator)))
        for name, exponent in key:
            term *= generators[name] ** exponent
        total += term
    return total


def fields_to_sage(variables, fields):
    """Return sympy fields as lists of Sage polynomials over QQ."""
    ring = PolynomialRing(QQ, len(variables), [x.name for x in variables])
    return [[to_sage(entry, variables, ring) for entry in field] for field in fields]


def upper(table, strict=False):
    """Return the entries of a square matrix above (and, unless ``strict``, on) the diagonal."""
    size = table.rows
    return [table[i, j] for i in range(size) for j in range(i + bool(strict), size)]


def laws_of_linear_gradient(widths):
    r"""Return the entries of `U_l^T U_l - U_{l+1} U_{l+1}^T`."""
    layers = weights(widths)
    return [
        entry for a, b in zip(layers, layers[1:]) for entry in upper(a.T * a - b * b.T)
    ]


def laws_of_linear_momentum(widths):
    r"""
    Return the angular momenta of neighbouring layers, without their factor in time.

    They are the entries of `X - X^T` for `X = \dot U_l^T U_l - U_{l+1} \dot U_{l+1}^T`, which
    decrease like `e^{-\tau t}` under constant damping and like `t^{-c}` under damping c/t.
    """
    layers = weights(widths)
    rates = [u.applyfunc(lambda x: sympy.Symbol("d" + x.name)) for u in layers]
    found = []
    for (a, da), (b, db) in zip(zip(layers, rates), zip(layers[1:], rates[1:])):
        twisted = da.T * a - b * db.T
        found += upper(twisted - twisted.T, strict=True)
    return found


def laws_of_relu_gradient(widths, bias=False):
    r"""Return, for every hidden neuron, |weights in|^2 + bias^2 - |weights out|^2."""
    layers = weights(widths)
    found = []
    for layer in range(1, len(widths) - 1):
        towards_output, towards_input = layers[layer - 1], layers[layer]
        for k in range(widths[layer]):
            law = sum(x**2 for x in towards_input[k, :]) - sum(x**2 for x in towards_output[:, k])
            if bias:
                law += sympy.Symbol(f"b{layer}_{k + 1}") ** 2
            found.append(law)
    return found


def laws_of_nmf_gradient(n, r, m):
    r"""Return the differences of the sums of the columns of U and V."""
    u, v = symbols_matrix("U", n, r), symbols_matrix("V", m, r)
    return [sum(u[:, k]) - sum(v[:, k]) for k in range(r)]


def laws_of_icnn_gradient(n, r, m, bias=False):
    r"""Return `\sum_i u_{ik} - |v_k|^2 / 2 - b_k^2 / 2` for every neuron k."""
    u, v = symbols_matrix("U", n, r), symbols_matrix("V", r, m)
    found = []
    for k in range(r):
        law = sum(u[:, k]) - sum(x**2 for x in v[k, :]) / 2
        if bias:
            law -= sympy.Symbol(f"b{k + 1}") ** 2 / 2
        found.append(law)
    return found

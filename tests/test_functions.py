"""Functions that are not rational: values, derivatives, series, counts against closed forms."""

import numpy as np
import pytest

from sage_conslaw import (
    NESTEROV,
    Attention,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    Network,
    conservation_laws,
    polynomial_laws,
    trace_dimension,
)
from sage_conslaw.arithmetic.function_series import FUNCTION_SERIES
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.arithmetic.series import series_product
from sage_conslaw.counting.function_relations import Dependent
from sage_conslaw.functions import (
    avg_pool,
    batch_norm,
    elu,
    exp,
    gelu,
    layer_norm,
    log,
    log_softmax,
    reciprocal,
    relu,
    rms_norm,
    sigmoid,
    silu,
    softmax,
    softplus,
    sqrt,
    tanh,
)
from sage_conslaw.interpreters import floats
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.laws.gram import gram_entries
from sage_conslaw.laws.polynomial import is_law, laws_by_structure, terms_by_component
from sage_conslaw.laws.sampled import Candidates
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.derivatives import gradient, tangent

UV = {"U": (2, 3), "V": (3, 2)}
X = {"x": (2,)}
#: Functions of one array, positive where they have to be, beside NumPy's formulas.
FORMULAS = {
    "exp": (exp, np.exp), "log": (log, np.log), "sqrt": (sqrt, np.sqrt), "tanh": (tanh, np.tanh),
    "reciprocal": (reciprocal, lambda z: 1 / z), "expm1": (np.expm1, lambda z: np.exp(z) - 1),
    "log1p": (np.log1p, lambda z: np.log(1 + z)), "sinh": (np.sinh, np.sinh),
    "cosh": (np.cosh, np.cosh), "power": (lambda z: z**0.5 + z**-1.5,
                                          lambda z: np.sqrt(z) + 1 / (z * np.sqrt(z))),
    "logaddexp": (lambda z: np.logaddexp(z, 2 * z), lambda z: np.log(np.exp(z) + np.exp(2 * z))),
    "sigmoid": (sigmoid, lambda z: 1 / (1 + np.exp(-z))),
    "silu": (silu, lambda z: z / (1 + np.exp(-z))),
    "softplus": (softplus, lambda z: np.log(1 + np.exp(z))),
    "gelu tanh": (lambda z: gelu(z, "tanh"), lambda z: 0.5 * z * (1 + np.tanh(
        np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))),
    "gelu": (gelu, lambda z: z * np.array([[0.5 * (1 + erf(a / np.sqrt(2))) for a in row]
                                           for row in z])),
    "elu": (lambda z: elu(z - 1), lambda z: np.where(z > 1, z - 1, np.exp(z - 1) - 1)),
    "softmax": (softmax, lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True)),
    "softmax of columns": (lambda z: softmax(z, 0), lambda z: np.exp(z) / np.exp(z).sum(0)),
    "log_softmax": (log_softmax, lambda z: z - np.log(np.exp(z).sum(-1, keepdims=True))),
    "layer_norm": (lambda z: layer_norm(z, eps=0.5), lambda z: (z - z.mean(-1, keepdims=True))
                   / np.sqrt(z.var(-1, keepdims=True) + 0.5)),
    "rms_norm": (rms_norm, lambda z: z / np.sqrt((z**2).mean(-1, keepdims=True))),
    "batch_norm": (lambda z: batch_norm(z, eps=1), lambda z: (z - z.mean(0)) / np.sqrt(
        z.var(0) + 1)),
    "std": (lambda z: np.std(z, axis=1), lambda z: z.std(1)),
    "var": (lambda z: z.var(axis=0, ddof=1), lambda z: z.var(0, ddof=1)),
    "avg_pool": (lambda z: avg_pool(z, 2, 1), lambda z: (z[:, 1:] + z[:, :-1]) / 2),
}


def erf(x):
    """Return the error function, by its series."""
    term, total = x, x
    for k in range(1, 60):
        term *= -x * x / k
        total += term / (2 * k + 1)
    return 2 * total / np.sqrt(np.pi)


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_gradients_in_floats(name):
    function, formula = FORMULAS[name]
    z = np.random.Generator(np.random.PCG64(1)).uniform(0.2, 2, size=(3, 4))
    expected = formula(z)
    assert np.allclose(function(z), expected, rtol=1e-12, atol=1e-12)
    if name == "elu":
        return  # its gates need data: below
    network = Network(lambda z: function(z), {"z": (3, 4)})
    k, = network.program.numbers("parameter")
    slopes = np.random.Generator(np.random.PCG64(2)).uniform(-1, 1, size=expected.shape)
    (value,), (found,) = floats.outputs_and_gradients(network.program, {k: z},
                                                      lambda outputs: [slopes])
    assert np.allclose(value, expected, rtol=1e-12, atol=1e-12)
    step = np.random.Generator(np.random.PCG64(3)).uniform(-1, 1, size=z.shape)
    numeric = ((formula(z + 1e-6 * step) - formula(z - 1e-6 * step)) * slopes).sum() / 2e-6
    assert np.isclose((found * step).sum(), numeric, rtol=1e-6, atol=1e-8)


def test_elu_needs_data_that_switch_it():
    with pytest.raises(ValueError, match="does not depend on the inputs"):
        Network(lambda z, x: x * elu(z), {"z": (2,)}, {"x": ()})


@pytest.mark.parametrize("name", FUNCTION_SERIES)
def test_series_solve_their_equations(name):
    source = PrimeSource(5)
    p = source.prime()
    for orders in (1, 2, 7):
        z = source.point(3 * min(orders, 4), p).reshape(-1, 3)
        slope = source.point(3 * orders, p).reshape(-1, 3)
        start = source.point(3, p)
        more = (slope,) if name == "normal" else ()
        if name == "sqrt":  # any start is a root of its square
            z = np.concatenate([(start * start % p)[None], z[1:]])
            y = FUNCTION_SERIES[name](z, start, orders, p)
            assert np.array_equal(series_product(y, y, orders, p), padded(z, orders))
            continue
        y = FUNCTION_SERIES[name](z, start, orders, p, *more)
        right = {"exp": lambda y=y, z=z: times(y, derivative(z, p), p),
                 "gauss": lambda y=y, z=z: -times(times(z, y, p), derivative(z, p), p) % p,
                 "normal": lambda z=z, slope=slope: times(slope, derivative(z, p), p),
                 "log": lambda z=z: derivative(z, p)}[name]()
        left = derivative(y, p) if name != "log" else times(derivative(y, p), z, p)
        assert np.array_equal(padded(left, orders)[:orders - 1], padded(right, orders)[:orders - 1])
        assert np.array_equal(y[0], start)


def derivative(series, p):
    """Return the derivative of a series."""
    return np.arange(1, len(series))[:, None] * series[1:] % p if len(series) > 1 else (
        np.zeros((1,) + series.shape[1:], dtype=np.int64))


def times(a, b, p):
    """Return the product of two series, to twelve orders."""
    return series_product(a, b, 12, p)


def padded(series, orders):
    """Return a series to a number of orders."""
    whole = np.zeros((max(orders, len(series)),) + series.shape[1:], dtype=np.int64)
    whole[:len(series)] = series
    return whole[:orders]


@pytest.mark.parametrize("name", [n for n in FORMULAS if n != "elu"])
def test_gradient_and_tangent_are_dual_modulo_a_prime(name):
    # exactly, whatever the first coefficients are
    function, _ = FORMULAS[name]
    network = Network(lambda z: function(z), {"z": (3, 4)})
    build = Builder(network.program)
    z, = network.program.numbers("parameter")
    y, = network.program.outputs
    w = build.control("w", build[y].shape, "cotangent")
    d = build.control("d", build[z].shape, "direction")
    backward = gradient(build.program([y]), [w], [z])
    forward = tangent(build.program([y]), [z], [d])
    source = PrimeSource(3)
    p = source.prime()
    given = {k: source.point(build[k].size, p).reshape((1,) + build[k].shape) for k in (z, w, d)}
    drawn = {}

    def starts(step, a):
        if step.detail not in drawn:
            drawn[step.detail] = source.point(step.size, p).reshape(step.shape)
        return drawn[step.detail]

    def outputs(program, inner):
        values = run(ModularSeries(program, p, 1, starts), program, given)
        value = values[program.outputs[0]][0]
        return int((value * given[inner][0] % p).sum() % p)

    assert outputs(backward, d) == outputs(forward, w)


EXPERTS = {"W": (2, 3), "A1": (3, 2), "B1": (2, 3), "C1": (2, 3), "A2": (3, 2), "B2": (2, 3),
           "C2": (2, 3)}


def experts(x, gate, W, A1, B1, C1, A2, B2, C2):
    """Return a mixture of two SwiGLU experts."""
    g = gate(W @ x)
    return (g[0] * (A1 @ (silu(B1 @ x) * (C1 @ x))) + g[1] * (A2 @ (silu(B2 @ x) * (C2 @ x))))


def lstm(X, W, R, b):
    """Return the state of an LSTM cell of one neuron after all steps."""
    h = cell = X[0] * 0
    for x in X:
        z = W @ x + R @ h + b
        cell = sigmoid(z[0]) * cell + sigmoid(z[1]) * tanh(z[2])
        h = sigmoid(z[3]) * tanh(cell)
    return h


# name: (laws, function, parameters, inputs): counted or published numbers, and networks in which a
# careless count misses a relation
COUNTED = {
    "tanh": (0, lambda x, U, V: U @ tanh(V @ x), UV, X),
    "gelu": (0, lambda x, U, V: U @ gelu(V @ x), UV, X),
    "gelu tanh": (0, lambda x, U, V: U @ gelu(V @ x, "tanh"), UV, X),
    "silu": (0, lambda x, U, V: U @ silu(V @ x), UV, X),
    "softplus": (0, lambda x, U, V: U @ softplus(V @ x), UV, X),
    "swiglu": (3, lambda x, A, B, C: A @ (silu(B @ x) * (C @ x)),
               {"A": (2, 3), "B": (3, 2), "C": (3, 2)}, X),
    "softmax": (2, lambda x, W: softmax(W @ x), {"W": (3, 2)}, X),
    "softmax with bias": (3, lambda x, W, b: softmax(W @ x + b), {"W": (3, 2), "b": (3,)}, X),
    "log_softmax": (3, lambda x, W, b: log_softmax(W @ x + b), {"W": (3, 2), "b": (3,)}, X),
    "exp": (0, lambda x, U, V: U @ exp(V @ x), UV, X),
    "exp with bias": (3, lambda x, U, V, c: U @ exp(V @ x + c), {**UV, "c": (3,)}, X),
    "exponent of a parameter": (1, lambda x, u, a: (u + exp(a)) * x, {"u": (), "a": ()},
                                {"x": ()}),
    "difference of softplus": (3, lambda x, U, V: U @ (softplus(V @ x) - softplus(-(V @ x))),
                               {"U": (1, 2), "V": (2, 2)}, X),
    "sum of a softmax": (2, lambda x, u, V: u * exp(log_softmax(V @ x)).sum(),
                         {"u": (), "V": (2, 1)}, {"x": (1,)}),
    "exp of log": (6, lambda x, U, V: U @ exp(log(V @ x)), {"U": (2, 3), "V": (3, 2)}, X),
    "attention": (6, lambda X, Q, K, V, O: softmax((X @ Q.T) @ (K @ X.T)) @ X @ V.T @ O,
                  dict.fromkeys("QKVO", (2, 3)), {"X": (2, 3)}),
    "norm before": (3, lambda x, A, g, b: A @ layer_norm(x, g, b),
                    {"A": (2, 3), "g": (3,), "b": (3,)}, {"x": (3,)}),
    "layer norm": (3, lambda x, W: layer_norm(W @ x), {"W": (3, 2)}, X),
    "layer norm, eps": (2, lambda x, W: layer_norm(W @ x, eps=1), {"W": (3, 2)}, X),
    "rms norm": (1, lambda x, W: rms_norm(W @ x), {"W": (3, 2)}, X),
    "rms norm, eps": (0, lambda x, W: rms_norm(W @ x, eps=1), {"W": (3, 2)}, X),
    "mish": (0, lambda x, U, V: U @ ((V @ x) * tanh(softplus(V @ x))), UV, X),
    "attention in one dimension": (2, lambda X, Q, K, V, O: softmax((X @ Q.T) @ (K @ X.T)) @ X @ V.T
                                   @ O, dict.fromkeys("QKVO", (1, 1)), {"X": (2, 1)}),
    "repeated tokens": (2, lambda U, E: U @ tanh(E[[0, 1, 0]].T), {"U": (1, 2), "E": (2, 2)}, {}),
    "LSTM": (0, lambda X, W, R, b, c: c * lstm(X, W, R, b), {"W": (4, 1), "R": (4, 1), "b": (4,),
                                                            "c": (1,)}, {"X": (2, 1)}),
    # a published theorem says 7; its gate is not invariant under shifts
    "experts, sigmoids normalised": (4, lambda x, **theta: experts(
        x, lambda z: sigmoid(z) / sigmoid(z).sum(), **theta), EXPERTS, {"x": (3,)}),
    "experts, softmax": (7, lambda x, **theta: experts(x, softmax, **theta), EXPERTS, {"x": (3,)}),
    "bilinear": (4, lambda x, A, B, C: A @ ((B @ x) * (C @ x)), dict.fromkeys("ABC", (2, 2)), X),
    # sums of columns, and one law a neuron
    "softmax after a ReLU": (6, lambda x, U, V: softmax(U @ relu(V @ x)), UV, X),
    "norm after a ReLU": (6, lambda x, U, V: layer_norm(U @ relu(V @ x), eps=1),
                          {"U": (3, 3), "V": (3, 2)}, X),
    "tanh after a ReLU": (3, lambda x, U, V, W: W @ tanh(U @ relu(V @ x)), {**UV, "W": (2, 2)}, X),
    "ReLU after a tanh": (2, lambda x, U, V, W: W @ relu(U @ tanh(V @ x)), {**UV, "W": (2, 2)}, X),
    "weight norm": (1, lambda x, v, g: g * (v @ x) / np.sqrt(v @ v), {"v": (3,), "g": ()},
                    {"x": (3,)}),
}


@pytest.mark.parametrize("name", COUNTED)
def test_counts(name):
    laws, function, parameters, inputs = COUNTED[name]
    network = Network(function, parameters, inputs)
    for seed in (0, 1):
        assert trace_dimension(GradientFlow(network), seed=seed).number_of_laws == laws


def test_laws_and_how_certain_they_are():
    for name in ("swiglu", "exp with bias", "attention", "norm before", "rms norm", "softmax"):
        laws, function, parameters, inputs = COUNTED[name]
        result = conservation_laws(GradientFlow(Network(function, parameters, inputs)))
        assert result.certainty == "certain" and not result.is_proved
        assert len(result.laws) == result.upper_bound == laws
        assert 0 < result.law_error_bound < 1e-29 and "proved" not in repr(result) + str(result)
        with pytest.raises(ValueError, match="no proof to certify"):
            result.certificate()
    result = conservation_laws(GradientFlow(Network(*COUNTED["tanh"][1:])))
    assert result.certainty == "proved" and repr(result).startswith("No conservation law in 12")
    with pytest.raises(ValueError, match="functions that are not rational"):
        result.certificate()
    result = conservation_laws(GradientFlow(Network(*COUNTED["exponent of a parameter"][1:])))
    assert (result.certainty, result.upper_bound, result.lower_bound) == ("open", 1, 0)


def test_momentum_and_decay():
    attention = Network(*COUNTED["attention"][1:])
    momentum = conservation_laws(MomentumFlow(attention.tie({"V": "O"}), damping=1))
    # rotations of the head, and of the width of V = O
    assert momentum.upper_bound == momentum.lower_bound == 2
    assert "s*" in str(momentum.laws[0])
    decayed = conservation_laws(GradientFlow(attention, decay="1/2"))
    assert len(decayed.laws) == decayed.upper_bound == 6
    assert all("s^2*" in str(law) for law in decayed.laws)


REFUSED = {
    "radicands": (lambda x, U, W: U @ (rms_norm(3 * (W @ x)) - rms_norm(W @ x)),
                  {"U": (2, 3), "W": (3, 2)}, X, "radicands whose product"),
    "constants": (lambda x, u, v: u * exp(v * x) + exp(v * x + 1), {"u": (), "v": ()}, {"x": ()},
                  "differs by a constant"),
    "root of a logarithm": (lambda x, u, v: u * exp(log(1 + v * x) / 2), {"u": (), "v": ()},
                            {"x": ()}, "a root of an argument of a logarithm"),
    "coefficients": (lambda x, u, v: u * exp(v * x) + exp(v * x * 1234567), {"u": (), "v": ()},
                     {"x": ()}, "no small fractions"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_relations_that_cannot_be_kept(name):
    function, parameters, inputs, text = REFUSED[name]
    with pytest.raises(Dependent, match=text):
        trace_dimension(GradientFlow(Network(function, parameters, inputs)))


def test_functions_of_numbers_are_refused():
    with pytest.raises(ValueError, match="exp of the constant 1 is no rational number"):
        Network(lambda U: U * exp(U[0] * 0 + 1), {"U": (2,)})
    assert conservation_laws(GradientFlow(Network(
        lambda U: U * exp(U[0] * 0) * sqrt(U[0] * 0 + 4), {"U": (2,)}))).upper_bound == 0
    with pytest.raises(ValueError, match="approximate: got 'x', expected 'none' or 'tanh'"):
        gelu(1.0, "x")


def test_ansatz_of_functions_is_bounded():
    network = Network(lambda x, U, V: U @ tanh(V @ x), {"U": (2, 30), "V": (30, 2)}, X)
    with pytest.raises(ValueError, match="^degree: got 2, whose ansatz has 7,381 monomials"):
        polynomial_laws(GradientFlow(network), 2)


def test_laws_are_kept_in_training():
    # the original function in float64, with a finite difference for its gradient
    laws, function, parameters, inputs = COUNTED["swiglu"]
    network = Network(function, parameters, inputs)
    result = conservation_laws(GradientFlow(network))
    generator = np.random.Generator(np.random.PCG64(0))
    theta = {n: generator.uniform(-1, 1, size=s) for n, s in parameters.items()}
    data = [(generator.uniform(-1, 1, size=2), generator.uniform(-1, 1, size=2))
            for _ in range(4)]
    program = network.program
    names = {k: program[k].detail for k in program.numbers("parameter")}
    x, = program.numbers("control")

    def slope(theta):
        total = dict.fromkeys(theta, 0.0)
        for point, target in data:
            _, found = floats.outputs_and_gradients(
                program, {**{k: theta[n] for k, n in names.items()}, x: point},
                lambda y, target=target: [y[0] - target])
            for n, a in zip(names.values(), found, strict=True):
                total[n] = total[n] + a
        return total

    drifts = []
    for step in (1e-2, 5e-3):
        moved = {n: a.copy() for n, a in theta.items()}
        for _ in range(round(0.5 / step)):
            down = slope(moved)
            moved = {n: a - step * down[n] for n, a in moved.items()}
        drifts.append(max(abs(law(moved) - law(theta)) for law in result.laws))
    assert drifts[1] < 0.6 * drifts[0] and drifts[0] < 0.1


def test_large_networks_have_their_laws_among_gram_entries():
    # all quadratic monomials would be too many
    for flow, laws in ((GradientFlow(LinearNetwork([20, 20, 20])), 210),
                       (MomentumFlow(LinearNetwork([8, 8, 8]), damping=1), 28),
                       (MomentumFlow(LinearNetwork([3, 3, 3]), damping=NESTEROV), 3),
                       (GradientFlow(LinearNetwork([4, 4, 4]), decay="1/3"), 10),
                       (GradientFlow(Attention(3, 2, 2)), 12)):
        found = laws_by_structure(flow)
        assert found.structured and found.number_of_independent == laws
        assert 0 < found.law_error_bound < 1e-29
        if flow.number_of_variables <= 60:
            table = terms_by_component(flow.vector_fields().terms)
            assert all(is_law(law.terms, table) for law in found)


def test_gram_entries_are_derived_as_polynomials_are():
    for flow in (GradientFlow(Attention(2, 2)), MomentumFlow(LinearNetwork([2, 2, 1]), damping=1),
                 GradientFlow(Network(lambda T, b: T[0, 0] * b, {"T": (2, 1, 3), "b": (3,)}),
                              decay=1)):
        entries = gram_entries(flow, 2 if flow.programs.time else None)
        same = Candidates(flow.number_of_variables, [[m] for i in range(len(entries))
                                                     for m, _ in entries.terms(i)])
        source = PrimeSource(1)
        p = source.prime()
        size = flow.number_of_variables
        states, fields = (source.point(3 * size, p).reshape(3, size) for _ in range(2))
        each = same.equations(states, fields, p)
        start = 0
        for i, column in enumerate(entries.equations(states, fields, p).T):
            terms = entries.terms(i)
            total = sum(c * each[:, start + k] for k, (_, c) in enumerate(terms)) % p
            start += len(terms)
            assert np.array_equal(total, column)

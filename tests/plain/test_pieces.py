"""
What a count is made of, each piece without Sage: tracing, programs, flows, laws, imports.

These tests run in a Python that has no Sage, and under Sage as well.
"""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import sage_conslaw
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    Network,
    polynomial_laws,
    trace_dimension,
)
from sage_conslaw.functions import absolute, convolve2d, leaky_relu, relu
from sage_conslaw.interpreters.floats import evaluate

ROOT = Path(__file__).resolve().parents[2]
SKIP = Network(lambda x, U, V: x + U @ relu(V @ x), {"U": (2, 2), "V": (2, 2)}, {"x": (2,)})


def python(code):
    """Run a program in a process of its own and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- tracing ---

def test_a_network_is_printed_as_its_program():
    assert str(SKIP).splitlines() == [
        "Network of U (2, 2), V (2, 2); inputs x (2,)",
        "  U      parameter               (2, 2)",
        "  V      parameter               (2, 2)",
        "  x      input                   (2,)",
        "  a1     V, x: ab,b->a           (2,)",
        "  gate1  gates                   (2,)",
        "  a2     a1 * gate1              (2,)",
        "  a3     U, a2: ab,b->a          (2,)",
        "  a4     x + a3                  (2,)",
        "  returns a4"]


FUNCTIONS = [
    lambda U, x: np.concatenate([U @ x, U[0]]),
    lambda U, x: np.stack([U[:, 0], x[:2]]).reshape(4)[::-1],
    lambda U, x: np.einsum("ij,j,i->", U, x, np.array([1, -2])) * U,
    lambda U, x: U.T @ np.outer(U @ x, x) / 2 - np.transpose(U) @ U,
    lambda U, x: leaky_relu(U @ x, Fraction(1, 4)) + absolute(U[:, 1:] @ x[1:]),
    lambda U, x: np.where(np.array([True, False, True]), U**2, x),
    lambda U, x: 1 / (1 + (U * U).sum()) * x,
    lambda U, x: convolve2d(np.outer(x, x)[None], U[None, None, :, :2])[0],
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_program_computes_what_numpy_computes(function):
    network = Network(function, {"U": (2, 3)}, {"x": (3,)})
    random = np.random.default_rng(7)
    arrays = {"U": random.normal(size=(2, 3)), "x": random.normal(size=3)}
    program = network.program
    given = {program.numbers("parameter")[0]: arrays["U"]}
    given |= dict.fromkeys(program.numbers("control", "input"), arrays["x"])
    (value,) = evaluate(program, given, network.gates)
    assert np.allclose(value, function(**arrays))


@pytest.mark.parametrize("function, said", [
    (lambda U: U if U[0] > 0 else -U, "np.greater compares the values of an array"),
    (lambda U: np.sin(U), "np.sin of .* is not supported"),
    (lambda U: U @ np.ones((3, 3), dtype=int), "do not fit"),
])
def test_what_cannot_be_traced_is_named(function, said):
    with pytest.raises((TypeError, ValueError), match=said):
        Network(function, {"U": (2,)})


def test_networks_are_made_from_networks():
    whole = Network(lambda U, V: U @ V, {"U": (1, 3), "V": (3, 1)})
    assert trace_dimension(GradientFlow(whole)).number_of_laws == 5
    # u (u^T u) moves along u, and keeps its direction
    assert trace_dimension(GradientFlow(whole.tie({"V": "U.T"}))).number_of_laws == 2
    assert trace_dimension(GradientFlow(whole.restrict(["U"]))).number_of_laws == 0
    # w u with fixed w: what is orthogonal to w stays
    fixed = whole.freeze(["V"], {"V": np.array([[1], [2], [0]])})
    laws = polynomial_laws(GradientFlow(fixed), 1)
    assert {str(law) for law in laws} == {"U1_3", "2*U1_1 - U1_2"}


# --- flows ---

@pytest.mark.parametrize("flow, dimension, variables", [
    (GradientFlow(LinearNetwork([2, 2, 2])), 5, 8),       # U^T U - V V^T stays
    (GradientFlow(NMF(2, 2, 1)), 4, 6),                   # sums of columns minus rows stay
    (GradientFlow(ICNN(1, 2, 2)), 4, 6),                  # one law a hidden neuron
    (MomentumFlow(LinearNetwork([1, 2, 1])), 7, 9),       # angular momentum
    (MomentumFlow(LinearNetwork([1, 2, 1]), NESTEROV), 7, 9),
    (MomentumFlow(NMF(1, 2, 1), damping=1), 9, 9),        # none
])
def test_dimensions_by_hand(flow, dimension, variables):
    for engine in ("trajectory", "brackets"):
        found = trace_dimension(flow, engine=engine)
        assert found == dimension and found.number_of_variables == variables
        assert found.number_of_laws == variables - dimension


def test_flows_of_everyday_training():
    flow = MomentumFlow.from_pytorch(SKIP, lr=0.01, momentum=0.9, weight_decay=0.001)
    # theta'' + (1 - mu)/eta theta' + omega/eta theta = - gradient
    assert repr(flow).endswith("damping=10, metric='euclidean', decay=1/10)")
    assert flow.variable_names()[0] == "s" and flow.number_of_variables == 17


# --- laws ---

def test_laws_have_text_latex_values_and_gradients():
    (law,) = polynomial_laws(GradientFlow(LinearNetwork([1, 1, 2])), 2)
    assert str(law) == "U1_1_1^2 - U2_1_1^2 - U2_1_2^2"
    assert law._latex_() == r"(U_{1})_{1,1}^{2} - (U_{2})_{1,1}^{2} - (U_{2})_{1,2}^{2}"
    assert law.terms == (((0, 0), 1), ((1, 1), -1), ((2, 2), -1))
    assert [str(part) for part in law.gradient] == ["2*U1_1_1", "-2*U2_1_1", "-2*U2_1_2"]
    assert law({"U1": [[3]], "U2": [[1, 2]]}) == law([3, 1, 2]) == 4
    assert law.gradient_at(np.array([3.0, 1.0, 2.0])).tolist() == [6, -2, -4]


def test_laws_stay_constant_while_the_network_is_trained():
    random = np.random.default_rng(1)
    U, V, X, Y = (random.normal(size=(2, n)) for n in (2, 2, 20, 20))
    laws = polynomial_laws(GradientFlow(SKIP), 2)
    assert len(laws) == 2
    drifts = []
    for step in (0.01, 0.001):
        theta = {"U": U.copy(), "V": V.copy()}
        for _ in range(round(1 / step)):
            hidden = relu(theta["V"] @ X)
            error = (X + theta["U"] @ hidden - Y) / 20
            slope = (theta["U"].T @ error * (hidden > 0)) @ X.T
            theta = {"U": theta["U"] - step * error @ hidden.T, "V": theta["V"] - step * slope}
        drifts.append(max(abs(law(theta) - law({"U": U, "V": V})) for law in laws))
    # the error of the integrator, of first order
    assert drifts[0] < 0.1 and drifts[1] < drifts[0] / 5


# --- imports ---

def test_importing_the_package_loads_nothing_else():
    assert python("import sys; before = set(sys.modules); import sage_conslaw; "
                  "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before} "
                  "& {'sage', 'numpy', 'scipy', 'sympy', 'matplotlib'}))") == ""


@pytest.mark.parametrize("name", sage_conslaw.__all__)
def test_no_public_name_loads_sage(name):
    assert python(f"import sys, sage_conslaw; sage_conslaw.{name}; "
                  "print(*(m for m in sys.modules if m.split('.')[0] == 'sage'))") == ""

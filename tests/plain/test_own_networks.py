"""
Networks of one's own, counted and proved without Sage, against numbers worked out by hand.

These tests run in a Python that has no Sage, and under Sage as well.
"""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sage_conslaw import (
    Attention,
    Convolution,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    Network,
    Power,
    ReLUNetwork,
    conservation_laws,
    trace_dimension,
)
from sage_conslaw.certificate import check_certificate
from sage_conslaw.functions import convolve1d, relu

ROOT = Path(__file__).resolve().parents[2]
TWO = np.eye(2, dtype=int)


def full_convolution(u, v):
    """Return the full convolution of two signals."""
    return convolve1d(u[None], v[None, None, ::-1], padding=v.shape[0] - 1)[0, :]


def given(columns):
    """Return U V X for a constant matrix X of some columns."""
    X = np.array([[1, 2, -1], [0, 3, 2], [4, -1, 1], [2, 2, 5]])[:, :columns]
    return Network(lambda U, V: U @ V @ X, {"U": (2, 2), "V": (2, 4)})


NETWORKS = {
    # name: (network, number of laws, is the number proved)
    "Hadamard": (Network(lambda U, V: U * V, {"U": (3,), "V": (3,)}), 3, True),
    "residual": (Network(lambda A, B, C, E: (TWO + A @ B) @ (TWO + C @ E),
                         dict.fromkeys("ABCE", (2, 2))), 6, True),
    "attention": (Network(lambda Q, K, V, O: (Q.T @ K, V.T @ O),
                          dict.fromkeys("QKVO", (2, 3))), 6, True),
    "attention by name": (Attention(3, 2), 6, True),
    "two heads": (Attention(2, 2, heads=2), 12, True),
    "skip": (Network(lambda x, U, V, W: W @ relu(x + U @ relu(V @ x)),
                     {"U": (3, 2), "V": (2, 3), "W": (2, 3)}, {"x": (3,)}), 2, True),
    "weight norm": (Network(lambda g, v: g * g * np.outer(v, v) / (v @ v),
                            {"g": (), "v": (3,)}), 1, True),
    "tied": (Network(lambda U: U @ U.T, {"U": (1, 3)}), 2, False),
    "equal kernels": (Network(lambda K, L: sum(full_convolution(K[c], L[c]) for c in (0, 1)),
                              {"K": (2, 2), "L": (2, 2)}), 4, True),
    "unequal kernels": (Network(lambda K, L: sum(full_convolution(K[c], L[c]) for c in (0, 1)),
                                {"K": (2, 3), "L": (2, 2)}), 3, True),
    "one input": (given(1), 9, False),
    "two inputs": (given(2), 7, True),
    "three inputs": (given(3), 5, True),
    "fixed factor": (Network(lambda x, U, V: U @ V @ x, {"U": (2, 3), "V": (3, 2)},
                             {"x": (2,)}).freeze(["V"]), 2, True),
    "ReLU convolution": (Convolution([1, 2, 1], 4, 2), 2, True),
    "ReLU with output bias": (ReLUNetwork([2, 3, 2], bias=True, output_bias=True), 3, True),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_of_laws(name):
    network, number, proved = NETWORKS[name]
    flow = GradientFlow(network)
    for engine in ("trajectory", "brackets"):
        assert trace_dimension(flow, engine=engine).number_of_laws == number
    result = conservation_laws(flow, 2)
    assert result.upper_bound == number
    assert result.is_proved or not proved
    if result.is_proved:
        certificate = json.loads(json.dumps(result.certificate()))
        assert check_certificate(certificate).number_of_laws == number


@pytest.mark.parametrize("size, number", [(2, 3), (4, 10)])
def test_a_linear_recurrent_network(size, number):
    # C A^k B for k up to 2 d - 1; a change of the basis of the hidden state changes nothing, and
    # leaves the symmetric matrix A A^T - A^T A + B B^T - C^T C constant
    def network(A, B, C):
        outputs, state = [], B
        for _ in range(2 * size):
            outputs.append(C @ state)
            state = A @ state
        return outputs

    recurrent = Network(network, {"A": (size, size), "B": (size, 1), "C": (1, size)})
    assert trace_dimension(GradientFlow(recurrent)).number_of_laws == number
    laws = conservation_laws(GradientFlow(recurrent), 2)
    assert laws.is_proved and len(laws.laws) == number


def test_laws_are_objects_of_their_own():
    network = Network(lambda U, V: U @ V, {"U": (1, 2), "V": (2, 1)})
    law = conservation_laws(GradientFlow(network)).laws[0]
    theta = {"U": np.array([[3, 4]]), "V": np.array([[5], [6]])}
    flat = [3, 4, 5, 6]
    assert law(theta) == law(flat) and "^2" in str(law)
    assert law(np.array(flat, dtype=float)) == float(law(flat))
    assert conservation_laws(GradientFlow(network)).laws[0] == law


def test_flows_of_one_network():
    network = Network(lambda U, V: U @ V, {"U": (2, 2), "V": (2, 2)})
    assert conservation_laws(GradientFlow(network, decay="0.1")).lower_bound == 3
    assert conservation_laws(GradientFlow(network, decay={"U": 1})).upper_bound == 0
    assert conservation_laws(MomentumFlow(network, damping=0.9)).lower_bound == 1
    assert conservation_laws(MomentumFlow(network, InverseTime(Fraction(7, 2)))).is_proved
    assert conservation_laws(GradientFlow(network, metric={"U": "mirror"})).is_proved
    assert trace_dimension(GradientFlow(network, metric=Power(2))).number_of_variables == 8


def test_what_is_not_known_is_not_proved():
    # the laws of U U^T are quotients, and no polynomial
    result = conservation_laws(GradientFlow(NETWORKS["tied"][0]), 3)
    assert not result.is_proved and result.lower_bound == 0
    with pytest.raises(ValueError, match="no proof"):
        result.certificate()


def test_a_certificate_is_checked_from_the_command_line(tmp_path):
    path = tmp_path / "proof.json"
    conservation_laws(GradientFlow(LinearNetwork([2, 2, 1]))).save(path)
    command = [sys.executable, "-m", "sage_conslaw.certificate", "check", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "exactly 3 independent conservation laws" in done.stdout
    path.write_text(path.read_text().replace('"number_of_laws": 3', '"number_of_laws": 2'))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "refused" in done.stderr


def test_counting_loads_no_sage():
    code = ("import sys; from sage_conslaw import *; "
            "conservation_laws(GradientFlow(LinearNetwork([2, 2, 2]))).certificate(); "
            "print([name for name in sys.modules if name.split('.')[0] == 'sage'])")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr

"""Counting, finding and proving laws in a process in which Sage cannot be imported."""

import json
import pathlib
import subprocess
import sys

import pytest

import sage_conslaw
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    conservation_laws,
    polynomial_laws,
    trace_dimension,
)

ROOT = pathlib.Path(sage_conslaw.__file__).resolve().parents[1]

HEAD = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
class NoSage:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, NoSage())
assert not any(name.split(".")[0] == "sage" for name in sys.modules)
from sage_conslaw import *
"""


def without_sage(program, forbidden=("sage", "tqdm")):
    """Run a program where some packages are not there; return what it prints last, as JSON."""
    head = HEAD.replace("FORBIDDEN", repr(set(forbidden)))
    done = subprocess.run([sys.executable, "-c", head + program], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


FLOWS = {
    "GradientFlow(LinearNetwork([2, 2, 2]))": GradientFlow(LinearNetwork([2, 2, 2])),
    "GradientFlow(ReLUNetwork([2, 2, 1], bias=True))": GradientFlow(
        ReLUNetwork([2, 2, 1], bias=True)),
    "GradientFlow(NMF(2, 2, 1))": GradientFlow(NMF(2, 2, 1)),
    "MomentumFlow(LinearNetwork([1, 2, 1]), NESTEROV)": MomentumFlow(
        LinearNetwork([1, 2, 1]), NESTEROV),
    "MomentumFlow(ICNN(1, 2, 2), 2)": MomentumFlow(ICNN(1, 2, 2), 2),
}


@pytest.mark.parametrize("text", FLOWS)
def test_results_are_those_of_a_session_of_sage(text):
    flow = FLOWS[text]
    found = without_sage(f"""
flow = {text}
dimension, laws, result = trace_dimension(flow), polynomial_laws(flow, 2), conservation_laws(flow)
print(json.dumps([repr(flow), repr(dimension), str(dimension.error_bound), repr(laws),
                  [str(law) for law in laws], [law._latex_() for law in laws], laws._latex_(),
                  str(result), list(result.primes)]))
""")
    dimension, laws = trace_dimension(flow), polynomial_laws(flow, 2)
    result = conservation_laws(flow)
    assert found == [
        repr(flow), repr(dimension), str(dimension.error_bound), repr(laws),
        [str(law.polynomial()) for law in laws], [law._latex_() for law in laws], laws._latex_(),
        str(result), list(result.primes)]


def test_a_certificate_can_be_written_and_checked(tmp_path):
    path = tmp_path / "proof.json"
    assert without_sage(f"""
from sage_conslaw.certificate import check_certificate
conservation_laws(GradientFlow(LinearNetwork([2, 2, 1]))).save({str(path)!r})
print(json.dumps(check_certificate({str(path)!r}).number_of_laws))
""") == 3


def test_laws_are_evaluated_and_differentiated():
    assert without_sage("""
import numpy as np
(law,) = polynomial_laws(GradientFlow(LinearNetwork([2, 1, 1])), 2)
theta = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 1.0]])
print(json.dumps([law(theta).tolist(), law.gradient_at(theta).tolist(), law([3, 4, 5]),
                  [str(part) for part in law.gradient]]))
""") == [[-4.0, 0.0], [[2.0, 4.0, -6.0], [0.0, 2.0, -2.0]], 0,
         ["2*U1_1_1", "2*U1_2_1", "-2*U2_1_1"]]


def test_results_survive_pickling():
    assert without_sage("""
import pickle
flow = MomentumFlow(LinearNetwork([1, 2, 1]), "1/2")
print(json.dumps([pickle.loads(pickle.dumps(value)) == value for value in (
    flow, flow.vector_fields(), trace_dimension(flow), polynomial_laws(flow, 2),
    conservation_laws(flow, 2), polynomial_laws(flow, 2)[0])]))
""") == [True] * 6


def test_errors_are_the_same():
    found = without_sage("""
def error_of(function):
    try:
        function()
    except Exception as error:
        return [type(error).__name__, str(error)]
print(json.dumps([error_of(function) for function in (
    lambda: trace_dimension("x"), lambda: polynomial_laws(GradientFlow(NMF(1, 1, 1)), -1),
    lambda: trace_dimension(GradientFlow(NMF(1, 1, 1)), probability=1.5),
    lambda: MomentumFlow(NMF(1, 1, 1), damping=-1), lambda: VectorFields([[1]]),
    lambda: GradientFlow(NMF(1, 1, 1)).ring())]))
""")
    for (kind, message), call in zip(found, (
            lambda: trace_dimension("x"), lambda: polynomial_laws(GradientFlow(NMF(1, 1, 1)), -1),
            lambda: trace_dimension(GradientFlow(NMF(1, 1, 1)), probability=1.5),
            lambda: MomentumFlow(NMF(1, 1, 1), damping=-1))):
        with pytest.raises((TypeError, ValueError)) as caught:
            call()
        assert (kind, message) == (caught.type.__name__, str(caught.value))
    kind, message = found[4]
    assert kind == "ImportError" and message.startswith("fields: entries are polynomials of Sage")
    assert found[5] == ["ModuleNotFoundError", "No module named 'sage'"]


def test_progress_is_shown_by_tqdm_where_it_is():
    assert without_sage("""
flow = GradientFlow(NMF(1, 1, 1))
print(json.dumps(conservation_laws(flow, progress=True) == conservation_laws(flow)))
""")


def test_numpy_and_scipy_are_enough(tmp_path):
    path = tmp_path / "proof.json"
    assert without_sage(f"""
import numpy as np
result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 1])), progress=True)
result.save({str(path)!r})
print(json.dumps([repr(result), result.laws[0](np.ones(6))]))
""", forbidden=(
        "sage", "tqdm", "tabulate", "threadpoolctl", "sympy", "matplotlib")) == [
            repr(conservation_laws(GradientFlow(LinearNetwork([2, 2, 1])))), 1.0]
    assert path.exists()


def test_a_count_loads_neither_scipy_nor_tqdm():
    assert without_sage("""
print(json.dumps([repr(trace_dimension(GradientFlow(LinearNetwork([2, 2, 2])), engine=engine))
                  for engine in ("brackets", "trajectory")]))
""", forbidden=("sage", "tqdm", "scipy", "sympy", "matplotlib")) == [
        repr(trace_dimension(GradientFlow(LinearNetwork([2, 2, 2])), engine=engine))
        for engine in ("brackets", "trajectory")]

"""What does not fit into memory: refused, or ended with a message, and no file broken."""

import time

import pytest
from sage.all import ZZ, PolynomialRing

from children import child
from sage_conslaw import (
    GradientFlow,
    LinearNetwork,
    ReLUNetwork,
    VectorFields,
    conservation_laws,
    polynomial_laws,
    trace_dimension,
)
from sage_conslaw.certificate import check_certificate
from sage_conslaw.verdict import conservation
from sage_conslaw.system import limits


def peak_after(function):
    """Return how many bytes of NumPy and Python were taken at most while a call failed."""
    import tracemalloc
    tracemalloc.start()
    try:
        with pytest.raises(ValueError) as caught:
            function()
        return tracemalloc.get_traced_memory()[1], str(caught.value)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("degree", [12, 50, 10**6, 10**30])
def test_an_ansatz_too_large_is_refused_before_it_is_built(monkeypatch, degree):
    flow = GradientFlow(LinearNetwork([3, 3, 3]))
    flow.vector_fields()
    monkeypatch.setattr(conservation, "trace_dimension",
                        lambda *arguments, **options: pytest.fail("long work before the check"))
    start = time.perf_counter()
    peak, message = peak_after(lambda: conservation_laws(flow, degree))
    assert message.startswith("degree: got ") and "does not fit into memory" in message
    assert "expected at most degree" in message
    assert peak < 20 * 2**20 and time.perf_counter() - start < 10


def test_fields_too_large_are_refused_before_they_are_expanded():
    flow = GradientFlow(ReLUNetwork([200, 200, 200, 200]))
    peak, message = peak_after(lambda: conservation_laws(flow, 2))
    assert message.startswith("network: ") and "120,000 variables" in message
    assert peak < 20 * 2**20
    peak, message = peak_after(lambda: conservation_laws(flow))
    assert message.startswith("flow_or_fields: got 120,000 variables")
    assert peak < 20 * 2**20


def out_of_memory(*arguments, **options):
    raise MemoryError("Unable to allocate 1. TiB")


def test_a_failed_allocation_says_what_it_was_for(monkeypatch):
    flow = GradientFlow(LinearNetwork([2, 2, 2]))
    with monkeypatch.context() as patch:
        patch.setattr("sage_conslaw.laws.polynomial.Ansatz", out_of_memory)
        with pytest.raises(MemoryError, match="^degree: got 2, whose ansatz and laws do not fit "
                                              "into memory .Unable to allocate 1. TiB.$"):
            conservation_laws(flow, 2)
    monkeypatch.setattr("sage_conslaw.counting.trace_dimension.BracketTrial", out_of_memory)
    with pytest.raises(MemoryError, match="^flow_or_fields: ranks in 8 variables do not fit"):
        conservation_laws(flow, 2)
    with pytest.raises(MemoryError, match="^flow_or_fields: ranks in 8 variables do not fit"):
        trace_dimension(flow)


def test_what_was_counted_stays_where_rising_degrees_run_out_of_memory(monkeypatch):
    monkeypatch.setattr("sage_conslaw.laws.polynomial.Ansatz", out_of_memory)
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    assert (result.upper_bound, result.lower_bound, result.stopped) == (3, 0, "memory")
    assert result.degree is None
    assert "no polynomials were searched, since the next ansatz did not fit" in repr(result)


def test_what_this_machine_cannot_hold_is_refused_before_it_is_begun(monkeypatch):
    monkeypatch.setattr("sage_conslaw.system.memory.physical_memory", lambda: 10**6)
    monkeypatch.setattr("sage_conslaw.counting.trace_dimension._dimension",
                        lambda *arguments: pytest.fail("begun"))
    with pytest.raises(MemoryError, match="^flow_or_fields: got 1,800 variables, .* machine has"):
        trace_dimension(GradientFlow(LinearNetwork([30, 30, 30])))


LIMITED = r"""
import re, resource, sys
import sage.all
from sage_conslaw import GradientFlow, LinearNetwork, conservation_laws
conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])), 2).save(sys.argv[1])
taken = int(re.search(r"VmSize:\s+(\d+)", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (taken + 2**25,) * 2)
print("ready")
conservation_laws(GradientFlow(LinearNetwork([26, 26, 26])), 2).save(sys.argv[1])
"""


def test_too_little_memory_ends_with_a_message_and_whole_files(tmp_path):
    path = tmp_path / "proof.json"
    process = child(LIMITED, path)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 1
    last = errors.rstrip().splitlines()[-1]
    assert "MemoryError" in last and "memory" in last, errors
    assert [entry.name for entry in tmp_path.iterdir()] == ["proof.json"]
    assert str(check_certificate(str(path))).startswith("Proved")


def test_a_system_that_does_not_split_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "UNSPLIT_ENTRIES", 10)
    monkeypatch.setattr(limits, "PART_ENTRIES", 10)
    x, y = PolynomialRing(ZZ, "x, y").gens()
    with pytest.raises(ValueError, match="^degree: .* does not split"):
        polynomial_laws(VectorFields([[y + 1, x**2 - y]]), 8)

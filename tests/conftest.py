"""
What tests share: Sage comes first, Hypothesis always draws the same examples, and fixtures.

The fixtures here are those that several modules ask for, all of their tests alike.
"""

import os
import sys

import pytest
import sage.all  # noqa: F401  (single Sage modules imported first can fail on circular imports)
from hypothesis import HealthCheck, settings

settings.register_profile(
    "sage_conslaw",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("sage_conslaw")

# these need PyTorch: make test-torch
collect_ignore = ["pytorch"]

# their assertions show the values too, as those of the tests do
pytest.register_assert_rewrite(
    "bad_input", "certificate_refusals", "known_verdicts", "law_assertions", "network_values",
    "parallel_maps", "program_agreement")


@pytest.fixture(scope="module")
def handlers_of_sage():
    """Give Sage its handlers of signals back, which other programs in this process may replace."""
    from cysignals.signals import init_cysignals
    init_cysignals()


def children():
    pid = os.getpid()
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as listing:
        return set(listing.read().split())


@pytest.fixture
def nothing_left_behind(request):
    """No test leaves a worker or an open pipe behind."""
    if "heaps" in request.fixturenames or not sys.platform.startswith("linux"):
        yield
        return
    before = children(), len(os.listdir("/proc/self/fd"))
    yield
    assert (children(), len(os.listdir("/proc/self/fd"))) == before


@pytest.fixture(scope="module")
def everything_loaded():
    """Load what is loaded on first use, which is no part of the time of an error."""
    from bad_input import FLOW, MOMENTUM
    from sage_conslaw import polynomial_laws, trace_dimension
    trace_dimension(FLOW)
    polynomial_laws(FLOW, 2)
    polynomial_laws(MOMENTUM, 1)

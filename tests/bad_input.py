"""Small problems to spoil with bad input, and how an error about it has to come."""

import time
import tracemalloc

import pytest
from sage.all import QQ, PolynomialRing

from sage_conslaw import NMF, GradientFlow, MomentumFlow
from sage_conslaw.system.memory import TooLarge

#: seconds and bytes that finding out about bad input may take
SECONDS = 1
BYTES = 50 * 10**6

RING = PolynomialRing(QQ, "x, y")
X, Y = RING.gens()
FLOW = GradientFlow(NMF(2, 1, 2))
MOMENTUM = MomentumFlow(NMF(1, 1, 1))


def assert_refused(call, kind, *fragments):
    """Assert that ``call`` fails at once with this exception and these parts of its message."""
    start = time.perf_counter()
    with pytest.raises(kind) as caught:
        call()
    seconds = time.perf_counter() - start
    message = str(caught.value)
    # of the subclasses of ValueError only the one for what is too large
    assert type(caught.value) is kind or (kind is ValueError and type(caught.value) is TooLarge)
    for fragment in fragments:
        assert fragment in message
    assert len(message) < 1000
    assert "\n" not in message
    assert seconds < SECONDS


def assert_small(call, kind):
    """Assert that ``call`` fails with this exception before it allocates much."""
    tracemalloc.start()
    try:
        with pytest.raises(kind):
            call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < BYTES

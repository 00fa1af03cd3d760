"""Bad and absurd degrees: one clear error, at once."""

import math

import pytest
from sage.all import QQ, RR

from bad_input import FLOW, MOMENTUM, X, Y, assert_refused, assert_small
from sage_conslaw import (
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)

pytestmark = pytest.mark.usefixtures("everything_loaded")


@pytest.mark.parametrize(
    "degree, kind",
    [(-1, ValueError), (-10**9, ValueError), (2.0, TypeError), (2.5, TypeError), (None, TypeError),
     ("2", TypeError), (True, TypeError), (QQ((1, 2)), TypeError), (float("nan"), TypeError),
     ([2], TypeError), (RR(2), TypeError)],
    ids=repr,
)
def test_degree(degree, kind):
    assert_refused(lambda: polynomial_laws(FLOW, degree), kind, "degree:", repr(degree),
                   "non-negative integer")


@pytest.mark.parametrize(
    "degree, kind",
    [(-1, ValueError), (2.0, TypeError), ("2", TypeError), (True, TypeError), ([1], TypeError)],
    ids=repr,
)
def test_degree_in_time(degree, kind):
    assert_refused(lambda: polynomial_laws(MOMENTUM, 2, time_degree=degree), kind, "time_degree:",
                   repr(degree), "non-negative integer")


@pytest.mark.parametrize("fields", [FLOW, FLOW.vector_fields().to_array()], ids=["flow", "array"])
def test_degree_in_a_time_that_is_not_there(fields):
    assert_refused(lambda: polynomial_laws(fields, 2, time_degree=1), ValueError, "time_degree",
                   "1", "no time")


@pytest.mark.parametrize("homogeneous", [False, True])
@pytest.mark.parametrize(
    "widths, degree", [((10, 10, 10), 5), ((10, 10, 10), 10), ((3, 3, 3), 40), ((1, 2), 10**9)]
)
def test_an_ansatz_too_large_for_memory(widths, degree, homogeneous):
    flow = GradientFlow(LinearNetwork(widths))
    n = flow.number_of_variables
    count = math.comb(n + degree - homogeneous, degree) - (not homogeneous)
    with pytest.raises(ValueError) as caught:
        polynomial_laws(flow, degree, homogeneous=homogeneous)
    message = str(caught.value)
    assert message.startswith(f"degree: got {degree}, ")
    # the constant is counted or not: the message need not be that exact
    assert any(f"{number:,} monomials" in message for number in (count, count + 1))
    fits = int(message.split("at most degree ")[1].split(",")[0])
    assert 0 < fits < degree
    assert_refused(lambda: polynomial_laws(flow, degree, homogeneous=homogeneous), ValueError)


def test_the_degree_that_is_said_to_fit_is_the_largest():
    for flow in (GradientFlow(LinearNetwork((10, 10, 10))), MomentumFlow(NMF(3, 2, 3))):
        with pytest.raises(ValueError) as caught:
            polynomial_laws(flow, 30)
        fits = int(caught.value.args[0].split("at most degree ")[1].split(",")[0])
        assert fits >= 2
        assert_refused(lambda: polynomial_laws(flow, fits + 1), ValueError, "degree", "monomials")


@pytest.mark.parametrize("homogeneous", [False, True])
@pytest.mark.parametrize("degree", [10**4, 10**6, 10**9, 10**18, 10**40])
def test_absurd_degrees(degree, homogeneous):
    # the number of monomials may itself have thousands of digits
    for flow in (GradientFlow(LinearNetwork((10, 10, 10))),
                 MomentumFlow(NMF(20, 4, 20), damping=NESTEROV)):
        fields = flow.vector_fields()
        assert_refused(lambda: polynomial_laws(fields, degree, homogeneous=homogeneous),
                       ValueError, "degree: got", "monomials", "expected at most degree")
    fields = GradientFlow(LinearNetwork((10, 10, 10))).vector_fields()
    assert_small(lambda: polynomial_laws(fields, degree, homogeneous=homogeneous), ValueError)


def test_an_absurd_degree_in_time():
    for degree in (10**9, 10**30):
        assert_refused(lambda: polynomial_laws(MOMENTUM, 1, time_degree=degree), ValueError,
                       "time_degree: got", "monomials")
    flow = MomentumFlow(NMF(1, 1, 1), damping=InverseTime(10**9))
    assert_refused(lambda: polynomial_laws(flow, 1), ValueError, "time_degree", "monomials")


def test_absurd_exponents():
    # monomials are kept factor by factor: such a power has to be refused before that
    power = 10**6
    for compute in (trace_dimension, lambda fields: polynomial_laws(fields, 2)):
        fields = VectorFields([[X**power, Y], [1, X]])
        assert_refused(lambda: compute(fields), ValueError, "fields", "degree", f"{power:,}")

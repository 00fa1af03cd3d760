"""Bad probabilities, seeds and other options, and unknown names: one clear error, at once."""

from fractions import Fraction

import pytest
from sage.all import QQ, RR, SR

import sage_conslaw
from bad_input import FLOW, assert_refused
from sage_conslaw import (
    ICNN,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)

pytestmark = pytest.mark.usefixtures("everything_loaded")


@pytest.mark.parametrize(
    "compute",
    [lambda **options: trace_dimension(FLOW, **options),
     lambda **options: polynomial_laws(FLOW, 1, **options)],
    ids=["trace_dimension", "polynomial_laws"],
)
class TestOptions:
    @pytest.mark.parametrize(
        "value, kind",
        [(0, ValueError), (1, ValueError), (2, ValueError), (-0.5, ValueError), (0.0, ValueError),
         (1.0, ValueError), (float("inf"), None), (float("nan"), None), (RR("nan"), None),
         (Fraction(3, 2), ValueError), (QQ(1), ValueError), ("0.5", TypeError), (None, TypeError),
         (True, TypeError), ([0.5], TypeError), (0.5j, TypeError), (SR.var("p"), TypeError)],
        ids=repr,
    )
    def test_probability(self, compute, value, kind):
        fragments = ("probability: got", repr(value), "between 0 and 1")
        if kind is None:  # no number at all: a matter of type or of value
            with pytest.raises((TypeError, ValueError)) as caught:
                compute(probability=value)
            assert all(fragment in str(caught.value) for fragment in fragments)
        else:
            assert_refused(lambda: compute(probability=value), kind, *fragments)

    @pytest.mark.parametrize(
        "value", [0.5, 1.0, "0", None, float("nan"), QQ((1, 2)), [1], True], ids=repr
    )
    def test_seed(self, compute, value):
        assert_refused(lambda: compute(seed=value), TypeError, "seed: got", repr(value),
                       "an integer")

    def test_unknown_options(self, compute):
        assert_refused(lambda: compute(fast=True), TypeError, "fast")

    def test_options_are_by_name_only(self, compute):
        with pytest.raises(TypeError):
            trace_dimension(FLOW, 0.5)
        with pytest.raises(TypeError):
            polynomial_laws(FLOW, 1, None, False, 0.5)


def test_homogeneous():
    for value in (2, "yes", None):
        assert_refused(lambda: polynomial_laws(FLOW, 1, homogeneous=value), TypeError,
                       "homogeneous: got", repr(value), "True or False")


def test_unknown_names():
    assert_refused(lambda: sage_conslaw.LinearNetworks, AttributeError, "LinearNetworks",
                   "LinearNetwork")
    with pytest.raises(ImportError):
        from sage_conslaw import linear_network  # noqa: F401


@pytest.mark.parametrize(
    "call",
    [lambda: LinearNetwork(), lambda: NMF(2, 2), lambda: ICNN(2, 2, 2, True, 1),
     lambda: GradientFlow(NMF(1, 1, 1), damping=1), lambda: MomentumFlow(),
     lambda: MomentumFlow(NMF(1, 1, 1), tau=1), lambda: LinearNetwork([2, 2], bias=True),
     lambda: VectorFields(), lambda: polynomial_laws(FLOW)],
    ids=["no widths", "two sizes", "five sizes", "damping of a gradient flow", "no model",
         "tau for damping", "bias of a linear network", "no fields", "no degree"],
)
def test_wrong_arguments(call):
    assert_refused(call, TypeError)

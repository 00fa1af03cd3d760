"""Bad models, dampings and metrics of flows: one clear error, at once."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, RR, SR

from bad_input import FLOW, X, assert_refused
from sage_conslaw import NESTEROV, NMF, GradientFlow, InverseTime, LinearNetwork, MomentumFlow

pytestmark = pytest.mark.usefixtures("everything_loaded")


@pytest.mark.parametrize("flow", [GradientFlow, MomentumFlow], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    "model", [None, [2, 2], "linear", LinearNetwork, FLOW],
    ids=["None", "list", "text", "class", "flow"],
)
def test_model(flow, model):
    assert_refused(lambda: flow(model), TypeError, "network", "LinearNetwork")


BAD_DAMPINGS = [
    (-1, ValueError, "-1"),
    (QQ((-1, 2)), ValueError, "-1/2"),
    (-0.5, ValueError, "-0.5"),
    (float("nan"), ValueError, "nan"),
    (float("inf"), ValueError, "inf"),
    (RR("nan"), ValueError, "NaN"),
    ("-1/2", ValueError, "'-1/2'"),
    ("1/0", ValueError, "'1/0'"),
    ("1e999", ValueError, "'1e999'"),
    ("", ValueError, "''"),
    ("nesterov", ValueError, "'nesterov'"),
    ("__import__('os')", ValueError, "__import__"),
    (None, TypeError, "None"),
    (True, TypeError, "True"),
    (1j, TypeError, "1j"),
    (SR.var("tau"), TypeError, "tau"),
    (X, TypeError, "x"),
    ([1], TypeError, "[1]"),
    (InverseTime, TypeError, "InverseTime"),
]


@pytest.mark.parametrize("half", [
    0.5, np.float64(0.5), RR(0.5), Decimal("0.5"), "0.5", "1/2", " 5e-1 ", QQ((1, 2)),
    Fraction(1, 2)], ids=lambda x: repr(x)[:30])
def test_ways_to_write_a_damping(half):
    flow = MomentumFlow(NMF(1, 1, 1), damping=half)
    assert flow.damping == QQ((1, 2)) and "damping=1/2" in repr(flow)
    assert flow == MomentumFlow(NMF(1, 1, 1), damping=QQ((1, 2)))


def test_a_float_is_its_shortest_decimal():
    assert MomentumFlow(NMF(1, 1, 1), damping=0.9).damping == QQ((9, 10))
    assert "damping=9/10" in repr(MomentumFlow(NMF(1, 1, 1), damping=0.9))


@pytest.mark.parametrize("damping, kind, given", BAD_DAMPINGS, ids=lambda x: repr(x)[:30])
def test_damping(damping, kind, given):
    assert_refused(lambda: MomentumFlow(NMF(1, 1, 1), damping=damping), kind, "damping", given,
                   "non-negative rational", "InverseTime")


@pytest.mark.parametrize(
    "c, kind", [(0, ValueError), (-3, ValueError), (float("nan"), ValueError), ("x", ValueError),
                (None, TypeError), (NESTEROV, TypeError)],
    ids=repr,
)
def test_inverse_time(c, kind):
    assert_refused(lambda: InverseTime(c), kind, "c:", repr(c), "positive rational")


BAD_METRICS = [
    ("Euclidean", ValueError, "'Euclidean'"),
    ("", ValueError, "''"),
    ("U", ValueError, "'U'"),
    (("W",), ValueError, "W"),
    (("U", "W"), ValueError, "W"),
    (["U1_1"], ValueError, "U1_1"),
    ([1], ValueError, "1"),
    (5, TypeError, "5"),
    (True, TypeError, "True"),
    ([["U"]], TypeError, "U"),
]


@pytest.mark.parametrize("flow", [GradientFlow, MomentumFlow], ids=lambda f: f.__name__)
@pytest.mark.parametrize("metric, kind, given", BAD_METRICS, ids=lambda x: repr(x)[:30])
def test_metric(flow, metric, kind, given):
    assert_refused(lambda: flow(NMF(1, 1, 1), metric=metric), kind, "metric", given, "'euclidean'",
                   "'mirror'", "U, V")

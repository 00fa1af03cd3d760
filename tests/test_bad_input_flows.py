"""Bad models, dampings and metrics of flows: one clear error, at once."""

from decimal import Decimal

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
    assert_refused(lambda: flow(model), TypeError, "model", "LinearNetwork")


BAD_DAMPINGS = [
    (-1, ValueError, "-1"),
    (QQ((-1, 2)), ValueError, "-1/2"),
    (0.5, TypeError, "0.5"),
    (1.0, TypeError, "1.0"),
    (-0.5, TypeError, "-0.5"),
    (RR(0.5), TypeError, "0.5"),
    (np.float64(0.5), TypeError, "0.5"),
    (float("nan"), TypeError, "nan"),
    (float("inf"), TypeError, "inf"),
    (RR("nan"), TypeError, "NaN"),
    (Decimal("0.5"), TypeError, "0.5"),
    ("1/2", TypeError, "'1/2'"),
    ("nesterov", TypeError, "'nesterov'"),
    (None, TypeError, "None"),
    (1j, TypeError, "1j"),
    (SR.var("tau"), TypeError, "tau"),
    (X, TypeError, "x"),
    ([1], TypeError, "[1]"),
    (InverseTime, TypeError, "InverseTime"),
]


@pytest.mark.parametrize("damping, kind, given", BAD_DAMPINGS, ids=lambda x: repr(x)[:30])
def test_damping(damping, kind, given):
    assert_refused(lambda: MomentumFlow(NMF(1, 1, 1), damping=damping), kind, "damping", given,
                   "non-negative rational", "InverseTime")


@pytest.mark.parametrize(
    "c, kind", [(0, ValueError), (-3, ValueError), (3.0, TypeError), (float("nan"), TypeError),
                ("3", TypeError), (None, TypeError), (NESTEROV, TypeError), (RR(3), TypeError)],
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

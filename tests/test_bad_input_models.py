"""Bad widths, sizes and biases of models: one clear error, at once."""

import numpy as np
import pytest
from sage.all import QQ, RR, SR

from bad_input import assert_refused, assert_small
from sage_conslaw import ICNN, NMF, GradientFlow, LinearNetwork, MomentumFlow, ReLUNetwork

pytestmark = pytest.mark.usefixtures("everything_loaded")

BAD_WIDTHS = [
    ([], ValueError, "[]"),
    ((), ValueError, "[]"),
    ([3], ValueError, "[3]"),
    ([2, 0, 2], ValueError, "0"),
    ([2, 2, -1], ValueError, "-1"),
    ([-5, 2], ValueError, "-5"),
    ([2, 2.5, 2], TypeError, "2.5"),
    ([2, 2.0], TypeError, "2.0"),
    ([2, RR(2)], TypeError, "2.0"),
    ([2, QQ((5, 2))], TypeError, "5/2"),
    ([2, "3"], TypeError, "'3'"),
    ([2, None], TypeError, "None"),
    ([2, True], TypeError, "True"),
    ([2, float("nan")], TypeError, "nan"),
    ([2, [3]], TypeError, "[3]"),
    ([2, SR.var("n")], TypeError, "n"),
    ([10**9, 10**9], ValueError, "1000000000"),
    ([10**9, 1], ValueError, "1000000000"),
    ([2, 10**9, 2], ValueError, "1000000000"),
    ([10**30, 2], ValueError, "10"),
    (5, TypeError, "5"),
    (None, TypeError, "None"),
    ("32", TypeError, "'32'"),
    (b"32", TypeError, "b'32'"),
    (np.array(3), TypeError, "3"),
    (np.array([[2, 2], [2, 2]]), TypeError, "2"),
    (np.array([2.0, 3.0]), TypeError, "2.0"),
]


@pytest.mark.parametrize("model", [LinearNetwork, ReLUNetwork], ids=lambda m: m.__name__)
@pytest.mark.parametrize("widths, kind, given", BAD_WIDTHS, ids=lambda x: repr(x)[:30])
def test_widths(model, widths, kind, given):
    assert_refused(lambda: model(widths), kind, "widths", given)


@pytest.mark.parametrize("model", [LinearNetwork, ReLUNetwork], ids=lambda m: m.__name__)
@pytest.mark.parametrize("entry", [10**5000, -10**5000], ids=["huge", "hugely negative"])
def test_widths_of_thousands_of_digits(model, entry):
    # Python does not write such integers in decimal
    assert_refused(lambda: model([2, entry]), ValueError, "widths")


def test_huge_models_are_refused_before_they_are_made():
    assert_small(lambda: LinearNetwork([10**9, 10**9]), ValueError)
    assert_small(lambda: ReLUNetwork([10**9, 2, 10**9], bias=True), ValueError)
    assert_small(lambda: NMF(10**9, 10**9, 1), ValueError)
    assert_small(lambda: ICNN(1, 10**9, 1, bias=True), ValueError)
    assert_small(GradientFlow(ReLUNetwork([40] * 9)).vector_fields, ValueError)


def test_widths_say_what_is_accepted():
    assert_refused(lambda: LinearNetwork([2, 2.5]), TypeError, "widths[1]", "positive integer")
    assert_refused(lambda: LinearNetwork([3]), ValueError, "at least two positive integers")


def test_very_many_widths():
    assert_refused(lambda: LinearNetwork([1000] * 1000), ValueError, "widths")


BAD_SIZES = [
    (0, ValueError), (-1, ValueError), (2.5, TypeError), ("3", TypeError), (None, TypeError),
    (True, TypeError), (10**9, ValueError), (QQ((1, 2)), TypeError), ([2], TypeError),
]


@pytest.mark.parametrize("position, name", list(enumerate("nrm")))
@pytest.mark.parametrize("size, kind", BAD_SIZES, ids=lambda x: repr(x)[:20])
@pytest.mark.parametrize("model", [NMF, ICNN], ids=lambda m: m.__name__)
def test_sizes_of_factorisations(model, size, kind, position, name):
    sizes = [2, 2, 2]
    sizes[position] = size
    given = f"{size:,}" if size == 10**9 else repr(size)
    fragments = (name,) if size == 10**9 else (f"{name}:", given, "positive integer")
    assert_refused(lambda: model(*sizes), kind, *fragments)


@pytest.mark.parametrize("bias", [2, -1, "yes", None, 0.5, [True]], ids=repr)
def test_bias(bias):
    assert_refused(lambda: ReLUNetwork([2, 2], bias=bias), TypeError, "bias", repr(bias), "True")
    assert_refused(lambda: ICNN(2, 2, 2, bias=bias), TypeError, "bias", repr(bias), "True")


def test_networks_with_too_many_paths_have_no_expanded_fields():
    # the model is small, its fields are not: 40^9 of them
    model = ReLUNetwork([40] * 9)
    for flow in (GradientFlow(model), MomentumFlow(model)):
        assert_refused(flow.vector_fields, ValueError, "ReLUNetwork", "fields")

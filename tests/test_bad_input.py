"""Bad input: one clear error, at once: which argument, what was given, what is accepted."""

import math
import time
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sage_conslaw
from sage.all import GF, QQ, RR, SR, ZZ, LaurentPolynomialRing, PolynomialRing
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)

#: seconds and bytes that finding out about bad input may take
SECONDS = 1
BYTES = 50 * 10**6

RING = PolynomialRing(QQ, "x, y")
X, Y = RING.gens()
FLOW = GradientFlow(NMF(2, 1, 2))
MOMENTUM = MomentumFlow(NMF(1, 1, 1))


@pytest.fixture(scope="module", autouse=True)
def everything_loaded():
    """Load what is loaded on first use, which is no part of the time of an error."""
    trace_dimension(FLOW)
    polynomial_laws(FLOW, 2)
    polynomial_laws(MOMENTUM, 1)


def assert_refused(call, kind, *fragments):
    """Assert that ``call`` fails at once with this exception and these parts of its message."""
    start = time.perf_counter()
    with pytest.raises(kind) as caught:
        call()
    seconds = time.perf_counter() - start
    message = str(caught.value)
    assert type(caught.value) is kind
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


# Widths and sizes ------------------------------------------------------------------------------

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


# Flows -----------------------------------------------------------------------------------------


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


# Vector fields ---------------------------------------------------------------------------------

BAD_FIELDS = [
    ([], ValueError, "no field"),
    ([[]], ValueError, "number"),
    ([[X]], ValueError, "1 entry"),
    ([[X, Y, X]], ValueError, "3 entries"),
    ([[X, Y], [X]], ValueError, "field 1"),
    ([X, Y], None, "each a list"),
    (X, None, "list of fields"),
    (X + Y, None, "list of fields"),
    ([X + Y, X * Y], None, "each a list"),
    ("x, y", TypeError, "'x, y'"),
    (5, TypeError, "5"),
    (None, TypeError, "None"),
    ([[0, 0]], ValueError, "ring"),
    ([["x", "y"]], TypeError, "'x'"),
    ([[X, None]], TypeError, "None"),
    ([[X, 0.5]], TypeError, "0.5"),
    ([[X, RR(0.5)]], TypeError, "0.5"),
    ([[X, np.float64(0.5)]], TypeError, "0.5"),
    ([[X, float("nan")]], TypeError, "nan"),
    ([[X, True]], TypeError, "True"),
    ([[X, SR.var("x")]], TypeError, "Symbolic"),
    ([[SR.var("x"), SR.var("y")]], TypeError, "Symbolic"),
    ([[X, PolynomialRing(QQ, "x, z").gen(0)]], ValueError, "x, z"),
    ([[X, Y], [PolynomialRing(ZZ, "x, y").gen(0), 0]], ValueError, "Integer Ring"),
    ([[X, PolynomialRing(RR, "x, y").gen(0)]], TypeError, "Real Field"),
    ([[PolynomialRing(RR, "x").gen(0)]], TypeError, "Real Field"),
    ([[PolynomialRing(GF(7), "x, y").gen(0), 0]], TypeError, "Finite Field"),
    ([[PolynomialRing(SR, "x, y").gen(0), 0]], TypeError, "Symbolic"),
    ([[LaurentPolynomialRing(QQ, "x").gen(0)]], TypeError, "Laurent"),
]


@pytest.mark.parametrize("fields, kind, given", BAD_FIELDS, ids=lambda x: repr(x)[:40])
def test_fields(fields, kind, given):
    kind = kind or TypeError
    assert_refused(lambda: VectorFields(fields), kind, "fields", given)


def test_arrays_go_to_from_array():
    # the notebooks' arrays are transposed: taken for a list of fields they would be misread
    array = VectorFields([[X, Y]]).to_array()
    assert_refused(lambda: VectorFields(array), TypeError, "from_array")


def object_array(entries, shape):
    """Return an object array of this shape; NumPy would look inside polynomials."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


x1 = PolynomialRing(QQ, "x").gen()
BAD_ARRAYS = [
    (object_array([X, Y], (2,)), None, "1-d array"),
    (object_array([x1], (1,)), None, "1-d array in one variable"),
    (object_array([X], ()), None, "0-d array"),
    (object_array([X, Y, X, Y], (2, 2, 1)), None, "3-d array"),
    (object_array([X, Y], (1, 2)), ValueError, "too few rows"),
    (object_array([X, Y, X], (3, 1)), ValueError, "too many rows"),
    (object_array([], (0, 0)), ValueError, "empty"),
    (object_array([], (2, 0)), ValueError, "no column"),
    ([[X, Y], [X]], ValueError, "ragged"),
    ([[], []], ValueError, "empty rows"),
    ([], ValueError, "empty list"),
    ([X, Y], None, "list of entries"),
    (np.zeros((2, 2)), TypeError, "floats"),
    (np.ones((2, 2), dtype=int), ValueError, "integers only"),
    (object_array([X, 0.5], (2, 1)), TypeError, "a float"),
    (object_array([X, SR.var("x")], (2, 1)), TypeError, "symbolic"),
    (object_array([X, PolynomialRing(ZZ, "x, y").gen(0)], (2, 1)), ValueError, "two rings"),
    (object_array([X, PolynomialRing(RR, "x, y").gen(0)], (2, 1)), TypeError, "RR"),
    (object_array([X, None], (2, 1)), TypeError, "None"),
]


@pytest.mark.parametrize(
    "compute",
    [VectorFields.from_array, trace_dimension, lambda array: polynomial_laws(array, 2)],
    ids=["from_array", "trace_dimension", "polynomial_laws"],
)
@pytest.mark.parametrize(
    "array, kind", [pytest.param(array, kind, id=label) for array, kind, label in BAD_ARRAYS]
)
def test_arrays(array, kind, compute):
    if isinstance(array, list) and compute != VectorFields.from_array:
        # rows are fields to VectorFields and variables to from_array: a list could be either
        assert_refused(lambda: compute(array), TypeError, "flow_or_fields", "from_array")
        return
    if kind is None:  # a wrong number of dimensions: the message says which shape is expected
        start = time.perf_counter()
        with pytest.raises((TypeError, ValueError), match="array.*variables x fields"):
            compute(array)
        assert time.perf_counter() - start < SECONDS
    else:
        assert_refused(lambda: compute(array), kind)
        with pytest.raises(kind, match="array|field"):
            compute(array)


@pytest.mark.parametrize("compute", [trace_dimension, lambda x: polynomial_laws(x, 2)],
                         ids=["trace_dimension", "polynomial_laws"])
@pytest.mark.parametrize("value", [None, 5, "x", NMF(1, 1, 1), X], ids=repr)
def test_neither_flow_nor_fields(compute, value):
    assert_refused(lambda: compute(value), TypeError, "flow_or_fields", repr(value)[:20], "a flow")


def test_time():
    assert_refused(lambda: VectorFields([[X, Y]], time="z"), ValueError, "time", "'z'", "x, y")
    assert_refused(lambda: VectorFields([[X, Y]], time=0), ValueError, "time", "0", "x, y")


# Degrees ---------------------------------------------------------------------------------------


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


# Probability, seed, names ----------------------------------------------------------------------


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

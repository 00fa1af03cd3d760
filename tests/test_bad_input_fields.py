"""Bad vector fields and arrays of them: one clear error, at once."""

import time

import numpy as np
import pytest
from sage.all import GF, QQ, RR, SR, ZZ, LaurentPolynomialRing, PolynomialRing

from bad_input import SECONDS, X, Y, assert_refused
from sage_conslaw import NMF, VectorFields, polynomial_laws, trace_dimension

pytestmark = pytest.mark.usefixtures("everything_loaded")

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
    ([[SR.var("x"), SR.var("y")]], ValueError, "variables=[...] in the order of the entries"),
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

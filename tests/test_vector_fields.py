"""Vector fields: what goes in comes out, and brackets against their definition."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sage.all import QQ, ZZ, Integer, PolynomialRing, matrix

import by_hand
import reference
from sage_conslaw import (
    ICNN,
    NESTEROV,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    VectorFields,
    trace_dimension,
)
from small_cases import arbitrary_fields, random_fields


def as_lists(fields):
    """Return fields as lists of dictionaries of named terms."""
    return [[by_hand.named_terms_of_sage(entry) for entry in field] for field in fields]


def nested(fields, i, j, k):
    """Return the bracket of field i with the bracket of fields j and k."""
    ring = fields.ring()
    inner = [ring(entry) for entry in fields.bracket(j, k)]
    return VectorFields([list(fields[i]), inner]).bracket(0, 1)


@given(arbitrary_fields())
def test_fields_keep_their_entries(entries):
    fields = VectorFields(entries)
    assert len(fields) == len(entries)
    assert fields.number_of_variables == len(entries[0])
    assert isinstance(fields[0], tuple)
    assert as_lists(fields) == as_lists(entries)
    assert fields.ring().variable_names() == entries[0][0].parent().variable_names()
    assert fields.degree() == max(entry.degree() for field in entries for entry in field)


@given(arbitrary_fields())
def test_arrays_are_variables_by_fields(entries):
    array = VectorFields(entries).to_array()
    size, count = len(entries[0]), len(entries)
    assert array.dtype == object and array.shape == (size, count)
    for j, field in enumerate(entries):
        for i, entry in enumerate(field):
            assert array[i, j] == entry
    again = VectorFields.from_array(array)
    assert as_lists(again) == as_lists(entries)
    assert VectorFields(entries) == again
    from_lists = VectorFields.from_array([list(row) for row in array])
    assert as_lists(from_lists) == as_lists(entries)


@given(random_fields(), st.data())
def test_brackets_are_those_of_the_definition(entries, data):
    fields = VectorFields(entries)
    i, j = (data.draw(st.integers(0, len(entries) - 1)) for _ in range(2))
    rational = reference.over_rationals(entries)
    found = fields.bracket(i, j)
    assert isinstance(found, tuple)
    ring = fields.ring()
    assert as_lists([[ring(entry) for entry in found]]) == as_lists(
        [reference.bracket(rational[i], rational[j])]
    )


def test_sign_of_the_bracket():
    # [f, g] = J_g f - J_f g: for f = d/dx and g = x d/dy it is d/dy
    ring = PolynomialRing(QQ, "x, y")
    x, _ = ring.gens()
    fields = VectorFields([[ring.one(), ring.zero()], [ring.zero(), x]])
    assert fields.bracket(0, 1) == (0, 1)
    assert fields.bracket(1, 0) == (0, -1)


@given(arbitrary_fields(max_variables=3, max_fields=3))
def test_brackets_are_antisymmetric_and_satisfy_jacobi(entries):
    entries = (entries * 3)[:3]
    fields = VectorFields(entries)
    swapped = fields.bracket(1, 0)
    assert all(a == -b for a, b in zip(fields.bracket(0, 1), swapped))
    assert not any(fields.bracket(2, 2))
    cyclic = [nested(fields, *order) for order in [(0, 1, 2), (1, 2, 0), (2, 0, 1)]]
    assert not any(sum(column) for column in zip(*cyclic))


@given(st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=6, max_size=6))
def test_brackets_of_linear_fields_are_commutators(numbers):
    # for f = A x and g = B x the bracket is (B A - A B) x
    ring = PolynomialRing(ZZ, "x, y, z")
    a, b = matrix(ZZ, numbers[:3]), matrix(ZZ, numbers[3:])
    x = matrix(ring, 3, 1, ring.gens())
    fields = VectorFields([list((a * x).column(0)), list((b * x).column(0))])
    assert list(fields.bracket(0, 1)) == list(((b * a - a * b) * x).column(0))


@given(arbitrary_fields())
def test_notebook_variables(entries):
    renamed = VectorFields(entries).in_notebook_variables()
    size = len(entries[0])
    assert renamed.ring().variable_names() == tuple(f"x{i + 1}" for i in range(size))
    for field, original in zip(renamed, entries):
        for entry, kept in zip(field, original):
            assert reference.terms_of(entry) == reference.terms_of(kept)


def test_notebook_variables_of_momentum_are_time_parameters_velocities():
    flow = MomentumFlow(LinearNetwork((1, 1, 1)), damping=NESTEROV)
    fields = flow.vector_fields().in_notebook_variables()
    x1, x2, x3, x4, x5 = fields.ring().gens()
    assert [tuple(field) for field in fields] == [
        (x1, x1 * x4, x1 * x5, -3 * x4, -3 * x5),
        (0, 0, 0, x3, x2),
    ]


def test_integers_and_rationals_count_as_constants():
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    fields = VectorFields([[x, 1], [Fraction(1, 2), Integer(3)], [QQ((2, 3)), np.int64(4)], [y, 0]])
    assert [tuple(field) for field in fields] == [
        (x, 1), (QQ((1, 2)), 3), (QQ((2, 3)), 4), (y, 0),
    ]
    assert all(entry.parent() is fields.ring() for field in fields for entry in field)


@pytest.mark.parametrize("base", [ZZ, QQ], ids=str)
def test_rings_in_one_variable_of_both_kinds(base):
    univariate, multivariate = PolynomialRing(base, "x"), PolynomialRing(base, 1, "x")
    for ring in (univariate, multivariate):
        x = ring.gen()
        fields = VectorFields([[3 * x**2 - 1], [x]])
        assert fields.number_of_variables == 1
        assert as_lists(fields) == as_lists([[3 * x**2 - 1], [x]])
        # [f, g] = f g' - f' g
        expected = by_hand.named_terms_of_sage(3 * x**2 - 1 - 6 * x**2)
        (found,) = fields.bracket(0, 1)
        assert by_hand.named_terms_of_sage(fields.ring()(found)) == expected


def test_rational_functions_are_multiplied_by_their_denominators():
    ring = PolynomialRing(QQ, "t, x, v")
    t, x, v = ring.gens()
    rational = VectorFields([[1, v, -3 * v / t], [0, x / (t * v), 1 / v]])
    cleared = VectorFields([[t, t * v, -3 * v], [0, x, t]])
    for field, expected in zip(rational, cleared):
        (i,) = [i for i, entry in enumerate(expected) if entry][:1]
        # equal up to one nonzero factor
        assert all(a * expected[i] == b * field[i] for a, b in zip(field, expected))
        assert any(field)
    assert trace_dimension(rational) == trace_dimension(cleared)


def test_time():
    ring = PolynomialRing(QQ, "x, t")
    x, t = ring.gens()
    assert VectorFields([[x, t]]).time is None
    assert VectorFields([[x, t]], time="t").time == t
    assert GradientFlow(ICNN(1, 1, 1)).vector_fields().time is None


def test_order_of_the_monomials_does_not_matter():
    for order in ("lex", "degrevlex", "deglex"):
        ring = PolynomialRing(QQ, 3, "x, y, z", order=order)
        x, y, z = ring.gens()
        fields = VectorFields([[x * y**2, z**5, x], [y, x + z**3, 1]])
        assert as_lists(fields) == as_lists([[x * y**2, z**5, x], [y, x + z**3, ring(1)]])
        assert trace_dimension(fields) == 3


def test_fields_pickle():
    fields = MomentumFlow(ICNN(1, 1, 1), damping=1).vector_fields()
    copy = pickle.loads(pickle.dumps(fields))
    assert copy == fields
    assert copy.time == fields.time


def test_the_input_is_not_changed():
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    entries = [[x, y], [y / 2, 0]]
    VectorFields(entries)
    assert entries == [[x, y], [y / 2, 0]]
    array = VectorFields(entries).to_array()
    before = array.copy()
    trace_dimension(array)
    assert (array == before).all()

"""What must not change the dimension of the trace."""

from hypothesis import given
from hypothesis import strategies as st
from sage.all import QQ, PolynomialRing, matrix

import reference
from sage_conslaw import VectorFields, trace_dimension
from small_cases import invertible_tables, polynomials, random_fields


@given(random_fields(), st.data())
def test_permuting_scaling_and_recombining_the_fields(entries, data):
    entries = reference.over_rationals(entries)
    expected = trace_dimension(VectorFields(entries))
    order = data.draw(st.permutations(range(len(entries))))
    assert trace_dimension(VectorFields([entries[i] for i in order])) == expected
    table = data.draw(invertible_tables(len(entries)))
    assert matrix(QQ, table).is_invertible()
    assert trace_dimension(VectorFields(reference.recombine(table, entries))) == expected


@given(random_fields(), st.data())
def test_multiplying_the_fields_by_nonzero_polynomials(entries, data):
    # f chi_1 + g chi_2 spans, with chi_2, what chi_1 and chi_2 span over the rational functions
    ring = entries[0][0].parent()
    expected = trace_dimension(VectorFields(entries))
    factors = [data.draw(polynomials(ring).filter(bool)) for _ in entries]
    scaled = [[c * entry for entry in field] for c, field in zip(factors, entries)]
    assert trace_dimension(VectorFields(scaled)) == expected
    factor = data.draw(polynomials(ring))
    for i in range(1, len(entries)):
        scaled[i] = [a + factor * b for a, b in zip(scaled[i], scaled[0])]
    assert trace_dimension(VectorFields(scaled)) == expected


@given(random_fields(), st.data())
def test_renaming_and_permuting_the_variables(entries, data):
    entries = reference.over_rationals(entries)
    expected = trace_dimension(VectorFields(entries))
    size = len(entries[0])
    order = data.draw(st.permutations(range(size)))
    ring = PolynomialRing(QQ, size, [f"w{i}" for i in range(size)])
    images = [ring.gen(order.index(i)) for i in range(size)]
    moved = [[ring(field[order[i]](*images)) for i in range(size)] for field in entries]
    assert trace_dimension(VectorFields(moved)) == expected


@given(random_fields(), st.data())
def test_linear_change_of_the_variables(entries, data):
    # y = A x turns f(x) into A f(A^-1 y)
    entries = reference.over_rationals(entries)
    size = len(entries[0])
    table = matrix(QQ, data.draw(invertible_tables(size)))
    ring = entries[0][0].parent()
    images = list(table.inverse() * matrix(ring, size, 1, ring.gens()).column(0))
    moved = [
        list(table * matrix(ring, size, 1, [e(*images) for e in field]).column(0))
        for field in entries
    ]
    moved = [[ring(entry) for entry in field] for field in moved]
    assert trace_dimension(VectorFields(moved)) == trace_dimension(VectorFields(entries))


@given(random_fields())
def test_zero_and_repeated_fields_change_nothing(entries):
    expected = trace_dimension(VectorFields(entries))
    zero = [entries[0][0].parent().zero()] * len(entries[0])
    padded = [zero, *entries, entries[0], zero, *entries]
    found = trace_dimension(VectorFields(padded))
    assert (found, found.depth) == (expected, expected.depth)


@given(random_fields())
def test_adding_a_bracket_changes_nothing(entries):
    rational = reference.over_rationals(entries)
    expected = trace_dimension(VectorFields(rational))
    first, last = rational[0], rational[-1]
    longer = rational + [reference.bracket(first, last)]
    assert trace_dimension(VectorFields(longer)) == expected


@given(random_fields(), st.integers(-10**6, 10**6))
def test_every_seed_gives_the_same_dimension(entries, seed):
    fields = VectorFields(entries)
    assert trace_dimension(fields, seed=seed) == trace_dimension(fields)

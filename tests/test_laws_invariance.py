"""What must not change the polynomial laws, and what bounds their number."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import QQ, PolynomialRing

import reference
from law_assertions import assert_same_space, over_rationals
from sage_conslaw import VectorFields, polynomial_laws, trace_dimension
from small_cases import invertible_tables, random_fields


@given(random_fields(), st.data())
@settings(max_examples=60)
def test_permuting_scaling_and_recombining_the_fields(entries, data):
    entries = reference.over_rationals(entries)
    expected = polynomial_laws(VectorFields(entries), 2)
    table = data.draw(invertible_tables(len(entries)))
    moved = reference.recombine(table, entries)
    found = polynomial_laws(VectorFields(moved), 2)
    assert_same_space(found, [row[0] for row in over_rationals(expected)])
    assert found.number_of_independent == expected.number_of_independent
    factor = entries[0][0].parent().gen(0) + 3
    scaled = [[factor * entry for entry in field] for field in entries]
    found = polynomial_laws(VectorFields(scaled + scaled), 2)
    assert_same_space(found, [row[0] for row in over_rationals(expected)])


@given(random_fields(), st.data())
@settings(max_examples=60)
def test_renaming_and_permuting_the_variables(entries, data):
    entries = reference.over_rationals(entries)
    expected = polynomial_laws(VectorFields(entries), 2)
    size = len(entries[0])
    order = data.draw(st.permutations(range(size)))
    ring = PolynomialRing(QQ, size, [f"w{i}" for i in range(size)])
    images = [ring.gen(order.index(i)) for i in range(size)]
    moved = [[ring(field[order[i]](*images)) for i in range(size)] for field in entries]
    found = polynomial_laws(VectorFields(moved), 2)
    assert_same_space(found, [ring(row[0](*images)) for row in over_rationals(expected)])
    assert found.number_of_independent == expected.number_of_independent


@given(random_fields(), st.integers(1, 3))
@settings(max_examples=60)
def test_laws_do_not_exceed_the_bound_of_the_trace(entries, degree):
    fields = VectorFields(entries)
    bound = trace_dimension(fields).number_of_laws
    assert polynomial_laws(fields, degree).number_of_independent <= bound


@given(random_fields())
@settings(max_examples=60)
def test_higher_degrees_keep_the_laws(entries):
    fields = VectorFields(entries)
    low, high = (
        [row[0] for row in over_rationals(polynomial_laws(fields, degree))] for degree in (1, 3)
    )
    assert reference.coefficient_rank(low + high) == len(high)

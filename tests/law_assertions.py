"""What has to hold of polynomial laws: equal spaces, true laws, tidy coefficients."""

from fractions import Fraction

import sympy
from sage.all import QQ, ZZ, PolynomialRing, gcd

import by_hand
import reference
from sage_conslaw.laws.law import Law


def polynomials(laws):
    """Return laws as polynomials of Sage, which some of them may be already."""
    return [law.polynomial() if isinstance(law, Law) else law for law in laws]


def over_rationals(laws):
    """Return laws as polynomials over QQ."""
    laws = polynomials(laws)
    return reference.over_rationals([[law] for law in laws]) if laws else []


def assert_same_space(found, expected):
    """Assert that two lists of polynomials are bases of the same space modulo constants."""
    found = [row[0] for row in over_rationals(found)]
    size = len(expected)
    assert len(found) == size
    assert reference.coefficient_rank(found) == size
    assert reference.coefficient_rank(found + list(expected)) == size


def assert_annihilated(laws, fields):
    """Assert that all fields annihilate all laws, by derivatives over QQ."""
    rational = reference.over_rationals(fields)
    ring = rational[0][0].parent()
    for law in polynomials(laws):
        law = reference.polynomial_from_terms(ring, reference.terms_of(law))
        assert not any(reference.derivative_along(law, field) for field in rational)


def assert_tidy(laws, ring):
    """Assert that laws are in the ring's variables, with integers without common divisor."""
    for law in laws:
        assert isinstance(law, Law) and law.names == ring.variable_names()
        assert all(type(c) is int for _, c in law.terms)
        polynomial = ring(law)
        assert polynomial.parent() is ring and polynomial == law and str(polynomial) == str(law)
        coefficients = [QQ(c) for c in polynomial.coefficients()]
        assert all(c in ZZ for c in coefficients)
        assert gcd([ZZ(c) for c in coefficients]) == 1
        assert not polynomial.constant_coefficient()


def assert_agrees(found, fields, expected):
    """Assert that a result agrees with the plain ansatz, its counts and its attributes too."""
    assert_same_space(found, expected)
    assert_annihilated(found, fields)
    names = fields[0][0].parent().variable_names()
    assert_tidy(found, PolynomialRing(ZZ, len(names), names))
    number = reference.number_of_independent(expected)
    assert found.number_of_independent == number
    independent = found.independent()
    assert len(independent) == number
    assert all(law in list(found) for law in independent)
    if number:
        chosen = [row[0] for row in over_rationals(independent)]
        assert reference.number_of_independent(chosen) == number
    assert (found.error_bound == 0) == (number in (len(found), len(fields[0])))
    assert QQ(found.error_bound) <= 1 - QQ(Fraction(found.probability))


def in_ring(ring, variables, expressions):
    """Return sympy polynomials as polynomials of the ring over QQ with the names of ``ring``."""
    names = ring.variable_names()
    rational = PolynomialRing(QQ, len(names), names)
    return [by_hand.to_sage(sympy.expand(e), variables, rational) for e in expressions]


def assert_contains(found, flow, variables, expressions):
    """Assert that laws known by hand lie in the span of the result, and are laws."""
    known = in_ring(flow.ring(), variables, expressions)
    assert known and all(known)
    assert_annihilated(known, flow.vector_fields())
    rows = [row[0] for row in over_rationals(found)]
    assert reference.coefficient_rank(rows + known) == reference.coefficient_rank(rows) == len(rows)

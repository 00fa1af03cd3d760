"""The polynomial laws of unlucky and extreme input."""

import math
import random
from fractions import Fraction

import pytest
from sage.all import QQ, ZZ, PolynomialRing, gcd

import reference
from law_assertions import assert_agrees
from sage_conslaw import (
    NMF,
    GradientFlow,
    MomentumFlow,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)


@pytest.mark.parametrize("digits", [3, 12, 40, 300])
def test_large_coefficients(digits):
    # the only linear law is a x + b y + c z: its lifting takes many primes
    generator = random.Random(digits)
    a, b, c = (ZZ(generator.randrange(10**(digits - 1), 10**digits)) for _ in range(3))
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    fields = [[QQ((1, c)) * b, ring(-a) / c, 0 * x], [0 * x, c * y * z, -b * y * z]]
    (law,) = polynomial_laws(VectorFields([[ring(e) for e in f] for f in fields]), 1)
    expected = (a * x + b * y + c * z) / gcd([a, b, c])
    assert law in (expected, -expected)
    assert all(type(coefficient) is int for _, coefficient in law.terms)


@pytest.mark.parametrize("seed", range(4))
def test_unlucky_primes_do_not_change_the_laws(seed):
    # modulo each of the primes that this seed draws first there are more laws than over QQ
    ring = PolynomialRing(QQ, "x, y, z, w")
    x, y, z, w = ring.gens()
    known = VectorFields([[y, -x, 0, 0]])
    primes = polynomial_laws(known, 4, seed=seed, probability=1 - Fraction(1, 10**30)).primes
    primes += trace_dimension(known, seed=seed, probability=1 - Fraction(1, 10**30)).primes
    product = math.prod(set(primes))
    assert product > 2**60
    entries = [[y, -x, w, product - z], [ring.zero(), ring.zero(), w, ring(-z) + product * x]]
    expected = reference.polynomial_laws(entries, 2)
    found = polynomial_laws(VectorFields(entries), 2, seed=seed)
    assert_agrees(found, entries, expected)
    for factor in (product, QQ((1, product))):
        scaled = [[factor * entry for entry in field] for field in entries]
        assert list(polynomial_laws(VectorFields(scaled), 2, seed=seed)) == list(found)


def test_laws_whose_coefficients_vanish_modulo_a_prime_in_use():
    # x + p y and x are different laws over QQ, but have dependent gradients modulo p
    ring = PolynomialRing(QQ, "x, y, z")
    plain = VectorFields([[ring.zero(), ring.zero(), ring.one()]])
    primes = polynomial_laws(plain, 2, seed=3).primes
    prime = math.prod(primes)
    x, y, z = ring.gens()
    # laws of these fields are the polynomials in x + prime * y and z
    fields = [[ring(prime), ring(-1), ring.zero()]]
    found = polynomial_laws(VectorFields(fields), 2, seed=3)
    assert_agrees(found, fields, reference.polynomial_laws(fields, 2))
    assert found.number_of_independent == 2


def test_zero_fields_have_all_polynomials_for_laws():
    ring = PolynomialRing(QQ, "x, y, z")
    laws = polynomial_laws(VectorFields([[ring.zero()] * 3]), 2)
    assert len(laws) == laws.number_of_monomials == 9
    assert laws.number_of_independent == 3
    assert sorted(map(str, laws.independent())) == ["x", "y", "z"]


@pytest.mark.parametrize("base", [ZZ, QQ], ids=str)
@pytest.mark.parametrize("univariate", [True, False])
def test_one_variable(base, univariate):
    ring = PolynomialRing(base, "x") if univariate else PolynomialRing(base, 1, "x")
    x = ring.gen()
    assert len(polynomial_laws(VectorFields([[x**50 - 1]]), 5)) == 0
    laws = polynomial_laws(VectorFields([[ring.zero()]]), 3)
    assert [str(law) for law in laws] == ["x", "x^2", "x^3"]
    assert laws.number_of_independent == 1


def test_degree_zero_has_no_law():
    assert len(polynomial_laws(GradientFlow(NMF(1, 1, 1)), 0)) == 0
    assert len(polynomial_laws(MomentumFlow(NMF(1, 1, 1)), 0, time_degree=2)) == 0


def test_high_degree():
    # x^25 - y^25 is a law of y^24 d/dx + x^24 d/dy, and the first one
    ring = PolynomialRing(ZZ, "x, y")
    x, y = ring.gens()
    fields = VectorFields([[y**24, x**24]])
    assert len(polynomial_laws(fields, 24)) == 0
    assert list(polynomial_laws(fields, 25)) == [x**25 - y**25]
    fields = VectorFields([[50 * x * y**50, -y**51]])
    (law,) = polynomial_laws(fields, 51)
    assert law == x * y**50

"""The result of a trace computation: its primes, error bound, seed and type."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, RR, PolynomialRing, next_prime

from sage_conslaw import GradientFlow, LinearNetwork, MomentumFlow, VectorFields, trace_dimension


@pytest.mark.parametrize("seed", range(5))
def test_unlucky_primes_make_a_bound_not_a_wrong_proof(seed):
    # independent over QQ, but dependent modulo the very prime that this seed draws first
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    plain = [[ring.one(), ring.one(), ring.zero()]]
    prime = trace_dimension(VectorFields(plain), seed=seed).primes[0]
    hidden = VectorFields(plain + [[ring.one(), ring(1 + prime), ring.zero()]])
    found = trace_dimension(hidden, seed=seed, probability=1 - Fraction(1, 10**40))
    assert found.primes[0] == prime, "the premise of this test: primes depend on the seed alone"
    assert found == 2 and len(found.primes) > 1
    single = trace_dimension(hidden, seed=seed, probability=Fraction(1, 2))
    assert single in (1, 2) and not single.is_proved and single.error_bound > 0


def test_all_primes_of_a_seed_may_be_unlucky():
    # a coefficient made of all primes that seed 1 draws: what it finds then is too small, as its
    # error bound allows, but never too large; any other seed is right
    ring = PolynomialRing(QQ, "x, y, z")
    probability = 1 - Fraction(1, 10**20)
    plain = [[ring.one(), ring.one(), ring.zero()]]
    many = trace_dimension(VectorFields(plain), seed=1, probability=1 - Fraction(1, 10**90))
    primes = many.primes
    fields = VectorFields(plain + [[ring.one(), ring(1 + math.prod(primes)), ring.zero()]])
    found = trace_dimension(fields, seed=1, probability=probability)
    assert set(found.primes) <= set(primes), "the premise of this test"
    assert found in (1, 2) and found.error_bound > 0 and not found.is_proved
    for seed in range(2, 6):
        assert trace_dimension(fields, seed=seed, probability=probability) == 2


def test_the_error_bound_is_not_less_than_a_known_chance_of_failure():
    # a trial fails where its point is one of 50 roots, out of fewer than 2^31 values
    ring = PolynomialRing(QQ, "x, y")
    roots = math.prod(ring.gen(0) - a for a in range(50))
    found = trace_dimension(VectorFields([[roots, ring.zero()]]))
    assert QQ(found.error_bound) >= (QQ(50) / 2**31) ** len(found.primes)
    # a trial fails where its prime is one of 40, out of the primes between 2^30 and 2^31, whose
    # number is known, if primes of this size are what is drawn
    primes = [next_prime(2**30 + 10**6 * k) for k in range(40)]
    assert all(2**30 < p < 2**31 for p in found.primes)
    number = 105097565 - 54400028
    ring = PolynomialRing(QQ, "x, y, z")
    one = ring.one()
    found = trace_dimension(VectorFields([[one, one, 0], [one, one + math.prod(primes), 0]]))
    assert found == 2
    assert QQ(found.error_bound) >= (QQ(40) / number) ** len(found.primes)


def test_fields_divisible_by_a_prime_in_use():
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    fields = [[y, -x, ring.zero()], [ring.zero(), z, -y]]
    primes = trace_dimension(VectorFields(fields)).primes
    scaled = [[math.prod(primes) * entry for entry in field] for field in fields]
    found = trace_dimension(VectorFields(scaled), probability=1 - Fraction(1, 10**60))
    assert found == 2
    divided = [[entry / math.prod(primes) for entry in field] for field in fields]
    assert trace_dimension(VectorFields(divided)) == 2


@pytest.mark.parametrize(
    "probability",
    [Fraction(1, 2), QQ((999, 1000)), 0.9, 1 - 1e-15, RR(0.99), np.float64(0.99),
     1 - Fraction(1, 10**50)],
    ids=str,
)
def test_the_probability_asked_for_is_reached(probability):
    flow = GradientFlow(LinearNetwork((2, 2, 2)))
    found = trace_dimension(flow, probability=probability)
    assert found == 5
    # QQ(0.9) would be 9/10; what is meant is the number that the float is
    exact = QQ(Fraction(probability)) if isinstance(probability, float) else QQ(probability)
    assert 0 < QQ(found.error_bound) <= 1 - exact
    assert found.probability == probability


def test_more_probability_takes_more_primes():
    flow = GradientFlow(LinearNetwork((2, 2, 2)))
    few, many = (
        trace_dimension(flow, probability=1 - Fraction(1, 10**k)) for k in (1, 60)
    )
    assert len(many.primes) > len(few.primes)
    assert many.error_bound < few.error_bound
    assert len(set(many.primes)) == len(many.primes)


def facts(dimension):
    """Return what is said of a dimension, the vectors themselves apart."""
    return {name: value for name, value in vars(dimension).items() if name != "evidence"}


def test_equal_seeds_give_equal_results():
    flow = MomentumFlow(LinearNetwork((2, 2, 1)))
    first, second, other = (trace_dimension(flow, seed=seed) for seed in (4, 4, 5))
    assert facts(first) == facts(second)
    assert (first.evidence.point == second.evidence.point).all()
    assert (first.evidence.space.basis() == second.evidence.space.basis()).all()
    assert first.primes != other.primes
    assert first == second == other
    assert first.seed == 4


def test_the_result_is_an_integer_that_pickles():
    found = trace_dimension(GradientFlow(LinearNetwork((1, 2, 1))))
    assert isinstance(found, int)
    assert found == 1 and found + 2 == 3 and 4 - found == 3 and str(found) == "1"
    assert list(range(5))[found] == 1
    copy = pickle.loads(pickle.dumps(found))
    assert copy == found and facts(copy) == facts(found) and copy.evidence is None
    assert type(copy) is type(found)

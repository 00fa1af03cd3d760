"""Unlucky primes and points: detected or covered by the bound, never a wrong proof."""

import dataclasses

import numpy as np
import pytest
from sage.all import QQ, ZZ, PolynomialRing

from sage_conslaw import (
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    NMF,
    ReLUNetwork,
    VectorFields,
    conservation_laws,
    polynomial_laws,
    trace_dimension,
)
from sage_conslaw.arithmetic.primes import PRIME_COUNT, PrimeSource
from sage_conslaw.certificate import check_certificate

UNLUCKY = 2147483629  # a prime of the range
ENGINES = ["brackets", "trajectory"]


def force(monkeypatch, prime=None, point=None, times=None):
    """Let every source draw this prime or make its points this way, ``times`` times or always."""
    honest_prime, honest_point = PrimeSource.prime, PrimeSource.point
    left = {"prime": times, "point": times}

    def unlucky(kind):
        if left[kind] is None:
            return True
        left[kind] -= 1
        return left[kind] >= 0

    def drawn_prime(self):
        return prime if unlucky("prime") else honest_prime(self)

    def drawn_point(self, length, modulus):
        drawn = honest_point(self, length, modulus)
        return point(drawn) if unlucky("point") else drawn

    if prime is not None:
        monkeypatch.setattr(PrimeSource, "prime", drawn_prime)
    if point is not None:
        monkeypatch.setattr(PrimeSource, "point", drawn_point)


def fields_with_factor(factor):
    """Return fields that span the plane, unless ``factor`` is zero."""
    x, y = PolynomialRing(ZZ, "x, y").gens()
    return VectorFields([[x * 0 + 1, x * 0], [x * 0, factor * x]])


# --- unlucky primes ---

@pytest.mark.parametrize("engine", ENGINES)
def test_a_prime_that_divides_a_coefficient_every_time(monkeypatch, engine):
    force(monkeypatch, prime=UNLUCKY)
    found = trace_dimension(fields_with_factor(UNLUCKY), engine=engine)
    assert found == 1 and not found.is_proved
    # the true chance of this prime each time is covered
    assert found.error_bound >= QQ((1, PRIME_COUNT))**len(found.primes)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_prime_that_divides_a_coefficient_once(monkeypatch, engine):
    force(monkeypatch, prime=UNLUCKY, times=1)
    found = trace_dimension(fields_with_factor(UNLUCKY), engine=engine)
    assert found == 2 and found.is_proved and found.primes[0] == UNLUCKY


@pytest.mark.parametrize("factor", [UNLUCKY, UNLUCKY**3, UNLUCKY * 2147483647])
def test_no_verdict_from_an_unlucky_prime(monkeypatch, factor):
    # modulo the prime y looks like a law, but it is none over QQ
    force(monkeypatch, prime=UNLUCKY, times=3)
    result = conservation_laws(fields_with_factor(factor), 1)
    assert not result.laws
    assert result.is_proved == (result.upper_bound == 0)
    assert not result.is_proved or result.lie_dimension == 2


@pytest.mark.parametrize("times", [1, 2, 5])
def test_laws_found_in_spite_of_unlucky_primes(monkeypatch, times):
    x, y, z = PolynomialRing(ZZ, "x, y, z").gens()
    problem = VectorFields([[y, -UNLUCKY * x, UNLUCKY * (x + y)]])
    expected = list(polynomial_laws(problem, 2))
    force(monkeypatch, prime=UNLUCKY, times=times)
    assert list(polynomial_laws(problem, 2)) == expected


@pytest.mark.parametrize("seed", [0, 5])
def test_a_certificate_passes_over_primes_that_divide_a_denominator(seed):
    # the first prime of the seed, which the search for words would take
    prime = PrimeSource(seed).prime()
    x, y = PolynomialRing(QQ, "x, y").gens()
    result = conservation_laws(VectorFields([[y / prime, -x]]), seed=seed)
    assert result.is_proved
    certificate = result.certificate()
    assert certificate["prime"] != prime and f"1/{prime}" in str(certificate["fields"])
    assert str(check_certificate(certificate)).startswith("Proved")


def test_laws_dependent_modulo_the_prime(monkeypatch):
    # the gradients of the laws are dependent modulo it: the lower bound is smaller, no proof
    x, y, z = PolynomialRing(ZZ, "x, y, z").gens()
    problem = VectorFields([[x - x, z - z, z * 0]])
    assert polynomial_laws(problem, 1).number_of_independent == 3
    p = UNLUCKY
    problem = VectorFields([[p * y, -x, z - z]])  # x^2 + p y^2 and z
    force(monkeypatch, prime=p)
    found = polynomial_laws(problem, 1)
    assert len(found) == 1


@pytest.mark.parametrize("times", [2, 3, 4])
def test_a_prime_drawn_twice_while_lifting(monkeypatch, times):
    # coefficients too large for one prime, and a source that repeats its first one
    big = 10**12 + 39
    x, y = PolynomialRing(ZZ, "x, y").gens()
    problem = VectorFields([[big * y, -x]])
    expected = list(polynomial_laws(problem, 2))
    assert expected == [x**2 + big * y**2]
    force(monkeypatch, prime=UNLUCKY, times=times)
    assert list(polynomial_laws(problem, 2)) == expected


# --- unlucky points ---

FLOWS = [
    (GradientFlow(LinearNetwork([2, 2, 2])), 5),
    (GradientFlow(NMF(2, 2, 2)), 6),
    (GradientFlow(ReLUNetwork([2, 2, 2], bias=True)), 8),
    (MomentumFlow(LinearNetwork([2, 2, 2])), 16),
    (MomentumFlow(LinearNetwork([2, 1, 2]), damping=1), 9),
]

SINGULAR = [lambda point: point * 0, lambda point: point * 0 + 1,
            lambda point: np.where(np.arange(len(point)) % 2, point, 0)]


@pytest.mark.parametrize("singular", SINGULAR, ids=["zeros", "ones", "every other"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("flow, dimension", FLOWS, ids=str)
def test_singular_points_never_give_too_much(monkeypatch, flow, dimension, engine, singular):
    assert trace_dimension(flow, engine=engine) == dimension
    force(monkeypatch, point=singular)
    found = trace_dimension(flow, engine=engine)
    assert found <= dimension
    assert found.is_proved == (found == flow.number_of_variables)
    if found < dimension:
        assert found.error_bound > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_one_singular_point_is_made_up_for(monkeypatch, engine):
    force(monkeypatch, point=lambda point: point * 0, times=1)
    x, y = PolynomialRing(ZZ, "x, y").gens()
    found = trace_dimension(VectorFields([[x, y * 0], [y * 0, y]]), engine=engine)
    assert found == 2 and found.is_proved


@pytest.mark.parametrize("engine", ENGINES)
def test_the_bound_covers_the_singular_points(monkeypatch, engine):
    # x d/dx is zero for x = 0 only, a point out of p
    x = PolynomialRing(ZZ, "x, y").gen(0)
    force(monkeypatch, point=lambda point: point * 0)
    found = trace_dimension(VectorFields([[x, x * 0]]), engine=engine)
    assert found == 0
    assert found.error_bound >= QQ((1, 2**31))**len(found.primes)


@pytest.mark.parametrize("singular", SINGULAR, ids=["zeros", "ones", "every other"])
@pytest.mark.parametrize("flow, dimension", FLOWS, ids=str)
def test_no_wrong_proof_from_singular_points(monkeypatch, flow, dimension, singular):
    force(monkeypatch, point=singular)
    try:
        result = conservation_laws(flow, 2)
    except RuntimeError as error:  # detected: all fields vanish at all points
        assert "could not be verified over QQ" in str(error)
        return
    assert result.lie_dimension <= dimension
    number = flow.number_of_variables - dimension
    assert result.lower_bound <= number <= result.upper_bound
    if result.is_proved:
        assert result.lower_bound == number
    else:
        assert result.error_bound > 0 and "proved" not in repr(result)


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("flow, dimension", FLOWS, ids=str)
def test_some_singular_points_are_made_up_for_or_admitted(monkeypatch, flow, dimension, times):
    force(monkeypatch, point=lambda point: point * 0, times=times)
    result = conservation_laws(flow, 2)
    number = flow.number_of_variables - dimension
    assert result.lie_dimension <= dimension
    assert result.lower_bound <= number <= result.upper_bound
    assert result.is_proved or "proved" not in repr(result)


@pytest.mark.parametrize("times", [1, 7])
def test_a_certificate_passes_over_singular_points(monkeypatch, times):
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    force(monkeypatch, point=lambda point: point * 0, times=times)
    assert str(check_certificate(result.certificate())).startswith("Proved")


def test_a_certificate_that_finds_no_point_ends(monkeypatch):
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    force(monkeypatch, point=lambda point: point * 0)
    with pytest.raises(RuntimeError, match="no point was found"):
        dataclasses.replace(result, words=None).certificate()


def test_one_trial_lucky_and_one_not(monkeypatch):
    # the best trial counts, whichever it is
    flow = GradientFlow(LinearNetwork([2, 2, 2]))
    expected = trace_dimension(flow, probability=1 - QQ((1, 10**30)))
    force(monkeypatch, point=lambda point: point * 0, times=1)
    found = trace_dimension(flow, probability=1 - QQ((1, 10**30)))
    assert len(found.primes) > 1 and found == expected

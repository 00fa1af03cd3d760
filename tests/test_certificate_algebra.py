"""The checker's mathematics: independence, primes, laws over the rationals."""

import random

import pytest
from sage.all import GF, QQ, ZZ, Integer, PolynomialRing, is_prime, random_prime

from certificate_refusals import example, refused
from certificate_theorems import certify
from sage_conslaw import VectorFields
from sage_conslaw.certificate import CertificateError, algebra, check_certificate


@pytest.mark.parametrize("prime", [2, 3, 101, 2**31 - 1, 2**64 - 59])
def test_independence(prime):
    generator = random.Random(prime)
    for _ in range(60):
        size = generator.randrange(1, 9)
        number = generator.randrange(size + 2)
        rows = [[generator.choice([0, 1, generator.randrange(prime)]) for _ in range(size)]
                for _ in range(number)]
        if number > 1 and generator.randrange(2):
            rows[-1] = [(a + 3 * b) % prime for a, b in zip(rows[0], rows[number // 2])]
        rank = sage_rank(rows, size, prime)
        test = algebra.Independence(number, size, prime, algebra.Work(), "row {}".format)
        if rank == number:
            test.check(rows)
        else:
            first = next(k for k in range(number) if sage_rank(rows[:k + 1], size, prime) <= k)
            with pytest.raises(CertificateError, match=f"^row {first} depends"):
                test.check(rows)


def sage_rank(rows, size, prime):
    from sage.all import matrix
    return matrix(GF(prime), len(rows), size, rows).rank()


def test_primes():
    assert [n for n in range(-3, 10000) if algebra.is_prime(n)] == [
        n for n in range(10000) if is_prime(n)]
    # Carmichael numbers and the least pseudoprimes to the first 4, ..., 11 prime bases
    for n in [561, 1105, 41041, 3215031751, 2152302898747, 3474749660383, 341550071728321,
              3825123056546413051, (2**31 - 1)**2, (2**32 - 5) * (2**32 - 17)]:
        assert not algebra.is_prime(n)
    generator = random.Random(1)
    for n in [generator.randrange(2**64) for _ in range(300)] + [2**64 - 59, 2**61 - 1]:
        assert algebra.is_prime(n) == is_prime(Integer(n))
    for bits in (20, 40, 63):
        assert algebra.is_prime(int(random_prime(2**bits, lbound=2**(bits - 1))))


def test_laws_with_large_rationals():
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    big = 10**120 + 7
    fields = VectorFields([[y / big, -big * x]])
    law = x**2 * big + y**2 / big
    assert check_certificate(certify(fields, [law])).number_of_laws == 1
    for wrong in (law + x / big, law * big + y, x**2 * (big + 1) + y**2 / big):
        assert "laws[0] is no law" in refused(certify(fields, [wrong]))


def test_laws_of_high_degree():
    ring = PolynomialRing(ZZ, "x, y, z")
    x, y, z = ring.gens()
    fields = VectorFields([[y, -x, 0]])
    laws = [(x**2 + y**2)**9 * z**5, (x**2 + y**2) * z**30]
    assert check_certificate(certify(fields, laws)).number_of_laws == 2
    laws[1] += x**2 * z**30
    assert "laws[1] is no law" in refused(certify(fields, laws))


def test_laws_that_depend_on_one_another():
    data = example()
    first, second, third = data["laws"]
    data["laws"] = [first, second, first]
    assert "the gradient of laws[2] depends on those before it" in refused(data)
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    h = x**2 + y**2
    two = certify(VectorFields([[ring(0)] * 2]), [h, h**2 + 3])
    assert "the gradient of laws[1] depends on those before it" in refused(two)

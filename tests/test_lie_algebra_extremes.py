"""The dimension of the trace of extreme fields."""

import random

import pytest
from sage.all import QQ, ZZ, PolynomialRing

import reference
from sage_conslaw import VectorFields, trace_dimension


@pytest.mark.parametrize("base", [ZZ, QQ], ids=str)
@pytest.mark.parametrize("univariate", [True, False])
def test_one_variable(base, univariate):
    ring = PolynomialRing(base, "x") if univariate else PolynomialRing(base, 1, "x")
    x = ring.gen()
    for entry, dimension in [(ring.zero(), 0), (ring.one(), 1), (x**50, 1), (x - 7, 1)]:
        found = trace_dimension(VectorFields([[entry]]))
        assert found == dimension
        assert found.number_of_laws == 1 - dimension
        assert found.involutive


def test_zero_fields():
    ring = PolynomialRing(QQ, "x, y, z")
    found = trace_dimension(VectorFields([[ring.zero()] * 3] * 2))
    assert (found, found.number_of_laws, found.involutive, found.depth) == (0, 3, True, 0)


def test_high_degree():
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    rotation = VectorFields([[y**50 * z, -x * z, ring.zero()]])
    assert trace_dimension(rotation) == 1
    fields = VectorFields([[x**50, y, 0], [0, x**49 * z**50, y**51]])
    assert trace_dimension(fields) == reference.trace_dimension([list(f) for f in fields]) == 3
    # d/dx and x^50 d/dy: the brackets x^49 d/dy, ... all lie in the span of the two fields
    assert trace_dimension(VectorFields([[1, 0, 0], [0, x**50, 0]])) == 2


def test_deep_brackets():
    # d/dx_1 and sum x_1^k d/dx_k: every bracket lowers the powers, and only level D - 1 is full
    size = 7
    ring = PolynomialRing(ZZ, size, "x")
    x = ring.gens()
    ramp = [ring.zero()] + [x[0] ** k for k in range(1, size)]
    still = [ring.one()] + [ring.zero()] * (size - 1)
    found = trace_dimension(VectorFields([still, ramp]))
    assert (found, found.depth) == (size, size - 2)
    found = trace_dimension(VectorFields([still]))
    assert (found, found.depth) == (1, 0)


def huge(generator, digits):
    """Return a random integer of this many digits."""
    return ZZ(generator.randrange(10**(digits - 1), 10**digits))


def test_large_coefficients_and_denominators():
    generator = random.Random(3)
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    a, b, c = (huge(generator, 60) for _ in range(3))
    e, f = (QQ((huge(generator, 60), huge(generator, 60))) for _ in range(2))
    # two fields tangent to the level sets of a x + b y + c z
    fields = [[e * b, -e * a, 0], [0, f * c * x, -f * b * x]]
    assert trace_dimension(VectorFields([[ring(u) for u in field] for field in fields])) == 2
    fields = [[b, -a, 0], [0, f * c * x, e * y]]
    entries = [[ring(u) for u in field] for field in fields]
    assert trace_dimension(VectorFields(entries)) == reference.trace_dimension(entries)


def test_small_denominators_are_cleared():
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    fields = [[x / 2, y / 3], [x / 3, 2 * y / 9]]
    # the second field is 2/3 of the first
    assert trace_dimension(VectorFields(fields)) == 1
    fields[1][1] += QQ((1, 10**30)) * y
    assert trace_dimension(VectorFields(fields)) == 2


def test_singular_at_special_points_only():
    # the rank drops on hypersurfaces, among them x = 0, y = x and x + y + z = 1
    ring = PolynomialRing(ZZ, "x, y, z")
    x, y, z = ring.gens()
    factor = x * y * z * (x - y) * (y - z) * (x + y + z - 1)
    fields = VectorFields([[factor, 0, 0], [0, factor * x, factor]])
    assert trace_dimension(fields) == reference.trace_dimension([list(f) for f in fields])

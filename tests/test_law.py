"""Laws as objects: against Sage's polynomials, term by term, in text, value and derivative."""

import pickle
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sage.all import GF, QQ, RR, ZZ, PolynomialRing, latex, parent, vector

from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    VectorFields,
    conservation_laws,
    polynomial_laws,
)
from sage_conslaw.laws.law import Law

NAMES = ("x", "y", "z", "w")
RING = PolynomialRing(QQ, NAMES)

rationals = st.fractions(max_denominator=12, min_value=-20, max_value=20) | st.integers(
    -10**30, 10**30)
terms = st.lists(st.tuples(st.lists(st.integers(0, 3), max_size=5), rationals), max_size=8)
points = st.lists(rationals, min_size=4, max_size=4)


def in_ring(listed):
    """Return the polynomial of Sage with these terms, built by its own arithmetic."""
    total = RING.zero()
    for factors, c in listed:
        product = RING(QQ((c.numerator, c.denominator)))
        for i in factors:
            product *= RING.gen(i)
        total += product
    return total


def exact(value):
    return QQ(value) if parent(value) is QQ else QQ((value.numerator, value.denominator))


@given(terms)
def test_text_and_terms_are_those_of_sage(listed):
    law, polynomial = Law(NAMES, listed), in_ring(listed)
    assert str(law) == repr(law) == str(polynomial)
    assert law.number_of_terms() == polynomial.number_of_terms()
    assert law.degree() == polynomial.degree()
    assert bool(law) == bool(polynomial)
    assert [RING({tuple(m.count(i) for i in range(4)): exact(c)}) for m, c in law.terms] == [
        c * m for c, m in polynomial]


@given(terms, terms)
def test_laws_are_equal_if_the_polynomials_are(one, two):
    assert (Law(NAMES, one) == Law(NAMES, two)) == (in_ring(one) == in_ring(two))
    law, again = Law(NAMES, one), Law(list(NAMES), reversed(one))
    assert law == again and hash(law) == hash(again) and not law != again
    for polynomial in (in_ring(one), in_ring(two)):
        assert (law == polynomial) == (polynomial == law) == (in_ring(one) == polynomial)
        assert (law != polynomial) == (polynomial != law) == (in_ring(one) != polynomial)


@given(terms)
def test_to_sage_and_back(listed):
    law, polynomial = Law(NAMES, listed), in_ring(listed)
    assert RING(law) == polynomial and RING(law).parent() is RING
    assert law.polynomial(RING) == polynomial
    own = law.polynomial()
    assert own.parent() in (PolynomialRing(ZZ, NAMES), RING) and RING(own) == polynomial
    assert (own.parent().base_ring() is ZZ) == all(c in ZZ for c in polynomial.coefficients())
    assert Law.from_polynomial(polynomial) == law == Law.from_polynomial(law)
    assert pickle.loads(pickle.dumps(law)) == law


@given(terms, points)
def test_exact_values_and_gradients(listed, point):
    law, polynomial = Law(NAMES, listed), in_ring(listed)
    at = [exact(x) for x in point]
    for given_point in (at, vector(QQ, at), np.array(point + [None], dtype=object)[:-1]):
        assert exact(law(given_point)) == polynomial(*at)
    assert exact(law(*point)) == polynomial(*at)
    gradient = [polynomial.derivative(x) for x in RING.gens()]
    assert [RING(part) for part in law.gradient] == gradient
    values = law.gradient_at(point)
    assert values.shape == (4,) and [exact(v) for v in values] == [part(*at) for part in gradient]


def test_negation():
    law = Law(("x", "y"), [((0, 0), 1), ((1,), Fraction(-1, 2))], blocks=[("v", (2,))])
    assert str(-law) == "-x^2 + 1/2*y" and (-law).blocks == law.blocks


def test_values_of_floats():
    generator = np.random.default_rng(1)
    law = Law(NAMES, [((0, 0, 1), 2), ((3,), Fraction(-1, 3)), ((), 5), ((1, 2), 10**25)])
    many = generator.normal(size=(2, 3, 4))
    x, y, z, w = np.moveaxis(many, -1, 0)
    assert np.allclose(law(many), 2 * x**2 * y - w / 3 + 5 + 1e25 * y * z, rtol=1e-14)
    assert law(many).dtype == float and law.gradient_at(many).shape == many.shape
    assert np.allclose(law.gradient_at(many)[..., 1], 2 * x**2 + 1e25 * z, rtol=1e-14)
    assert law(many.astype(np.float32)).dtype == np.float32
    assert np.isclose(law(many[0, 0]), law(many)[0, 0], rtol=1e-15)
    assert np.allclose(law(many + 1j).real, law(many) + (law(many + 1j) - law(many)).real)
    assert np.isclose(float(law(*(RR(v) for v in many[0, 0]))), law(many[0, 0]), rtol=1e-14)


def test_exact_values_never_overflow():
    law = Law(("x", "y"), [((0,) * 5, 1), ((1,), -1)])
    assert law(np.array([10**6, 1])) == 10**30 - 1
    assert law(np.array([[10**6, 1], [0, 3]], dtype=np.int32)).tolist() == [10**30 - 1, -3]
    assert type(law([np.int64(10**6), 1])) is int and law([np.int64(10**6), 1]) == 10**30 - 1


def test_values_at_polynomials_of_sage():
    ring = PolynomialRing(ZZ, "u, v")
    u, v = ring.gens()
    assert Law(("x", "y"), [((0, 1), 2), ((1,), Fraction(1, 2))])(u + v, 2 * u) == (
        4 * u * (u + v) + u)


def test_constant_parts_have_the_shape_of_the_points():
    law = Law(("x", "y"), [((0,), 3)])
    assert law.gradient_at(np.ones((5, 2))).tolist() == [[3.0, 0.0]] * 5
    assert law.gradient[0](np.ones((5, 2))).tolist() == [3.0] * 5
    assert law.gradient_at(np.ones((5, 2), dtype=int)).tolist() == [[3, 0]] * 5
    assert Law(("x", "y"), [])(np.ones((5, 2))).tolist() == [0.0] * 5


@pytest.mark.parametrize("flow", [
    GradientFlow(LinearNetwork([2, 2, 1])), GradientFlow(ICNN(2, 2, 1, bias=True)),
    MomentumFlow(LinearNetwork([1, 2, 1]), NESTEROV)], ids=repr)
def test_blocks_are_those_of_the_flow(flow):
    generator = np.random.default_rng(2)
    arrays = {name: generator.normal(size=(3,) + shape) for name, shape in flow.blocks()}
    flat = np.concatenate([array.reshape(3, -1) for array in arrays.values()], axis=1)
    whole = {name: generator.integers(-9, 10, size=shape) for name, shape in flow.blocks()}
    row = [int(v) for array in whole.values() for v in array.ravel()]
    laws = polynomial_laws(flow, 2)
    assert len(laws)
    for law in laws:
        assert law.blocks == flow.blocks() and law.names == flow.variable_names()
        assert np.allclose(law(arrays), law(flat)) and np.shape(law(arrays)) == (3,)
        assert law(whole) == law(row) and type(law(whole)) is int
        assert np.array_equal(law.gradient_at(arrays), law.gradient_at(flat))
        one = {name: array[1] for name, array in arrays.items()}
        assert np.isclose(law(one), law(flat)[1])


def test_fields_without_blocks_have_laws_without_blocks():
    ring = PolynomialRing(ZZ, "x, y")
    x, y = ring.gens()
    (law,) = polynomial_laws(VectorFields([[y, x]]), 2)
    assert law.blocks is None and law == x**2 - y**2 and law in [x, x**2 - y**2]
    with pytest.raises(TypeError, match="theta: got .*, expected an array"):
        law({"x": 1, "y": 2})


def test_other_rings():
    law = Law(("x", "y"), [((0, 0), 1), ((0,), Fraction(3, 2))])
    assert str(PolynomialRing(QQ, "y, x, z")(law)) == "x^2 + 3/2*x"
    univariate = PolynomialRing(QQ, "x")
    assert univariate(law) == univariate.gen()**2 + univariate.gen() * QQ((3, 2))
    assert univariate(law) == Law(("x",), law.terms) == PolynomialRing(QQ, 1, "x")(law)
    assert PolynomialRing(GF(5), "x, y")(law) == PolynomialRing(GF(5), "x, y")("x^2 - x")
    with pytest.raises(ValueError, match="expected a polynomial ring with the variable x"):
        law.polynomial(PolynomialRing(QQ, "a, b"))
    with pytest.raises(TypeError):
        PolynomialRing(ZZ, "x, y")(law)


def test_numbers_and_other_things():
    zero, two = Law(("x",), []), Law(("x",), [((), 2)])
    assert zero == 0 == ZZ(0) == zero and two == 2 == two and two == QQ(2) and two != 3
    assert two != "2" and two is not None and two != Law(("y",), [((), 2)])
    assert zero.degree() == -1 and str(zero) == "0" and two.degree() == 0


def test_laws_of_results_are_written_as_formulas():
    flow = GradientFlow(NMF(1, 1, 1))
    laws, result = polynomial_laws(flow, 1), conservation_laws(flow)
    formula = "\\begin{aligned}\n& U_{1,1} - V_{1,1}\n\\end{aligned}"
    assert str(latex(laws)) == str(latex(result)) == formula
    assert str(latex(laws[0])) == "U_{1,1} - V_{1,1}" == str(latex(result.laws[0]))


def test_results_are_frozen():
    flow = GradientFlow(NMF(1, 1, 1))
    laws, result = polynomial_laws(flow, 1), conservation_laws(flow)
    for value, name in ((laws, "degree"), (result, "laws"), (laws[0], "terms")):
        with pytest.raises(AttributeError):
            setattr(value, name, ())
    for value in (laws, result):
        assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize("arguments, kind, message", [
    ((("x",), [((1,), 1)]), ValueError, r"terms: got the monomial \(1,\)"),
    ((("x",), [((-1,), 1)]), ValueError, r"terms: got the monomial \(-1,\)"),
    ((("x",), [((0,), 0.5)]), TypeError, "terms: got the coefficient 0.5"),
    ((("x",), [((0,), "1")]), TypeError, "terms: got the coefficient '1'"),
    ((("x", "y"), [], [("x", (3,))]), ValueError, "blocks: got 3 entries, expected 2"),
])
def test_wrong_parts_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        Law(*arguments)


@pytest.mark.parametrize("theta, message", [
    (([1, 2],), "theta: got 2 entries along the last axis, expected 3"),
    ((1, 2), "theta: got 2 entries"), ((5,), "theta: got 1 entries"),
    ((np.ones((3, 2)),), "theta: got 2 entries"),
    (({"a": 1},), "theta: got the blocks a, expected a, b"),
    (({"a": 1, "b": [1, 2, 3]},), r"theta\['b'\]: got an array of shape \(3,\), expected \(2,\)"),
    (({"a": [1], "b": [1, 2]},), "theta: the axes before the shapes of the blocks differ"),
])
def test_wrong_points_are_named(theta, message):
    law = Law(("a", "b1", "b2"), [((0,), 1)], blocks=[("a", ()), ("b", (2,))])
    for evaluate in (law, law.gradient_at):
        with pytest.raises(ValueError, match=message):
            evaluate(*theta)


def test_from_what_is_no_polynomial():
    for value in (3, "x", ZZ(3), None):
        with pytest.raises(TypeError, match="polynomial: got .*, expected a polynomial of Sage"):
            Law.from_polynomial(value)


def test_large_laws_are_evaluated_in_time_proportional_to_their_terms():
    generator = random.Random(4)
    names = tuple(f"x{i}" for i in range(2000))
    law = Law(names, [((generator.randrange(2000), generator.randrange(2000)), 1)
                      for _ in range(3000)])
    point = np.ones((10, 2000))
    assert law(point).tolist() == [float(sum(c for _, c in law.terms))] * 10
    assert law.gradient_at(point).sum(axis=1).tolist() == [6000.0] * 10

"""Fields in SymPy and in Sage's symbolic ring, and dictionaries: read as Sage's polynomials are."""

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import QQ, RR, SR, ZZ, Integer, PolynomialRing

import by_hand
from bad_input import assert_refused
from sage_conslaw import VectorFields, conservation_laws, trace_dimension
from test_without_sage import without_sage

pytestmark = pytest.mark.usefixtures("everything_loaded")

RING = PolynomialRing(QQ, "x, y, z")
KINDS = {"polynomial": RING.gens(), "sympy": sympy.symbols("x y z"), "symbolic": SR.var("x, y, z")}
x, y, z = KINDS["sympy"]
SR.var("x")._sympy_()  # what Sage loads for this sets the limit of recursion

coefficients = st.fractions(-3, 3, max_denominator=4)
monomials = st.tuples(*[st.integers(0, 2)] * 3)
polynomials = st.dictionaries(monomials, coefficients, max_size=3)


def written(terms, variables):
    """Return the polynomial with these terms in variables of any kind."""
    total = 0 * variables[0]
    for exponents, c in terms.items():
        rational = {"polynomial": QQ, "sympy": sympy.Rational, "symbolic": SR}[kind_of(variables)]
        term = (rational(c.numerator) / rational(c.denominator)) * variables[0] ** exponents[0]
        total += term * variables[1] ** exponents[1] * variables[2] ** exponents[2]
    return total


def kind_of(variables):
    """Return which variables these are."""
    return next(kind for kind, known in KINDS.items() if variables[0] is known[0])


@settings(max_examples=30)
@given(st.lists(st.lists(polynomials, min_size=3, max_size=3), min_size=1, max_size=3))
def test_all_kinds_of_polynomials_are_the_same_fields(fields):
    expected = VectorFields([[written(p, RING.gens()) for p in field] for field in fields], RING)
    for kind in ("sympy", "symbolic"):
        variables = KINDS[kind]
        entries = [[written(p, variables) for p in field] for field in fields]
        for found in (
            VectorFields(entries, variables=variables),
            VectorFields(entries, variables=["x", "y", "z"]),
            VectorFields([dict(zip(variables, field)) for field in entries]),
            VectorFields.from_array(np.array(entries, dtype=object).T, variables=variables),
        ):
            assert len(found) == len(expected)
            assert found.variable_names() == ("x", "y", "z")
            assert [list(field) for field in found] == [list(field) for field in expected]
            assert set(found.factors) == {1} and "multiplied" not in repr(found)


@settings(max_examples=30)
@given(st.lists(st.tuples(polynomials, polynomials), min_size=3, max_size=3))
def test_rational_entries_are_multiplied_by_the_factor_that_is_said(quotients):
    one = {(0, 0, 0): Fraction(1)}
    quotients = [(above, below if any(below.values()) else one) for above, below in quotients]
    for kind, variables in KINDS.items():
        entries = [written(above, variables) / written(below, variables)
                   for above, below in quotients]
        fields = VectorFields([entries], variables=None if kind == "polynomial" else variables)
        factor = RING(by_hand.to_sage(fields.factors[0], [x, y, z], RING)
                      if kind != "polynomial" else fields.factors[0])
        assert factor
        for (above, below), cleared in zip(quotients, fields[0]):
            assert RING(cleared) * written(below, RING.gens()) == factor * written(
                above, RING.gens())
        assert ("field 0 multiplied by" in repr(fields)) == (factor != 1)


def test_factors_have_no_more_in_them_than_is_needed():
    (field,) = VectorFields({x: (x**2 - 1) / (x - 1), y: 1 / (2 * y) + x / y, z: x / 3})
    assert [str(entry) for entry in field] == ["x*y + y", "x + 1/2", "1/3*x*y"]
    fields = VectorFields([{x: 1 / (x * y), y: 1 / x}, {z: x}])
    assert fields.factors == (x * y, 1)
    assert repr(fields).endswith("over Integer Ring, field 0 multiplied by x*y")
    fields = VectorFields([{x: 1 / y, y: 1}] * 4)
    assert repr(fields).endswith("over Integer Ring, 4 of them multiplied by factors")
    X, Y, Z = RING.gens()
    assert VectorFields([[1 / (X * Y), 1 / X, 0], [0, 0, X]]).factors == (X * Y, 1)


def test_factors_change_no_law():
    # y / x and z - log x are constant along (x, y, 1), and so along a multiple of it
    fields = VectorFields({x: x / (y + z), y: y / (y + z), z: 1 / (y + z)})
    assert trace_dimension(fields).number_of_laws == 2
    assert trace_dimension(VectorFields({x: x, y: y, z: 1})).number_of_laws == 2
    # x y and x + z: of the field (x, -y, -x) / (x^2 + 1)
    bottom = x**2 + 1
    result = conservation_laws(VectorFields({x: x / bottom, y: -y / bottom, z: -x / bottom}))
    assert [str(law) for law in result.laws] == ["x + z", "x*y"] and result.is_proved


@pytest.mark.parametrize("kind", KINDS)
def test_dictionaries(kind):
    a, b, c = KINDS[kind]
    whole = VectorFields([{a: b, b: -a, c: 0}, {a: c}, {}])
    assert [list(map(str, field)) for field in whole] == [
        ["y", "-x", "0"], ["z", "0", "0"], ["0", "0", "0"]]
    assert VectorFields({a: b, b: -a, c: 0}) == VectorFields([{a: b, b: -a, c: 0}])
    names = VectorFields([{"x": b, "y": -a, "z": 0}, {"x": c}, {}])
    assert names == whole
    for flow in ({a: b, b: -a, c: 0}, [{a: b, b: -a}, {c: 0 * c}]):
        assert conservation_laws(flow, 2).number_of_variables == 3
    # the order is that of the keys for symbols, that of the ring for its generators
    backwards = VectorFields([{b: a}, {a: b, c: 1}])
    assert backwards.variable_names() == (tuple("xyz") if kind == "polynomial" else tuple("yxz"))
    timed = VectorFields({a: 1, b: c, c: b}, time=a)
    assert timed.time_index == 0 and timed.time_degree_for(4) == 2


def test_the_order_of_entries_is_never_guessed():
    # as in (q', p') = (p, -q): sorted by name it would be another field
    q, p = sympy.symbols("q p")
    for variables in ([q, p], ("q", "p"), SR.var("q, p")):
        result = conservation_laws(VectorFields([[p, -q]], variables=variables))
        assert [str(law) for law in result.laws] == ["q^2 + p^2"]
    with pytest.raises(ValueError, match=r"variables=\[\.\.\.\] in the order of the entries"):
        VectorFields([[p, -q]])
    assert list(VectorFields([[q**2]])[0]) == [VectorFields([[q**2]]).ring().gen() ** 2]


def test_numbers_of_all_kinds_are_constants():
    entries = [3, Integer(3), Fraction(1, 3), QQ((1, 3)), np.int64(3), sympy.Rational(1, 3), SR(3)]
    for number in entries:
        field = VectorFields({x: number, y: x})[0]
        assert str(field[0]) == str(number)
    assert list(VectorFields([[1, 0]], variables=["x", "y"])[0]) == [1, 0]


def test_functions_of_the_symbolic_ring():
    u, v = SR.var("u, v")
    f = (u * v).function(u, v)
    assert list(map(str, VectorFields({u: f, v: f(v, 2)})[0])) == ["u*v", "2*v"]


def test_polynomials_of_sympy_and_its_matrices():
    f = sympy.Poly(x**2 + y, x, y)
    assert list(map(str, VectorFields({x: f, y: 1})[0])) == ["x^2 + y", "1"]
    array = sympy.Matrix([[x, 1], [y, 0]])
    fields = VectorFields.from_array(array, variables=[x, y])
    assert [list(map(str, field)) for field in fields] == [["x", "y"], ["1", "0"]]
    assert VectorFields([sympy.Matrix([x, y]), sympy.Matrix([1, 0])], variables=[x, y]) == fields


@pytest.mark.parametrize("kind", KINDS)
def test_pickling(kind):
    a, b, _ = KINDS[kind]
    fields = VectorFields({a: 1 / b, b: a / 2})
    copy = pickle.loads(pickle.dumps(fields))
    assert copy == fields and copy.factors == fields.factors and repr(copy) == repr(fields)


def test_a_proof_from_symbolic_fields(tmp_path):
    from sage_conslaw.certificate import check_certificate
    result = conservation_laws({x: y * z, y: x * z, z: x * y})
    result.save(tmp_path / "proof.json")
    assert check_certificate(tmp_path / "proof.json").number_of_laws == 2


def test_fields_of_sympy_need_no_sage():
    assert without_sage("""
import sympy
x, y, z = sympy.symbols("x y z")
result = conservation_laws({x: y / z, y: -x / z, z: 0})
print(json.dumps([repr(result.problem), [str(law) for law in result.laws], repr(result)]))
""", forbidden=("sage",)) == [
        "1 polynomial vector field in 3 variables (x, y, z) over Integer Ring, field 0 multiplied "
        "by z", ["z", "x^2 + y^2"],
        "Exactly 2 independent conservation laws in 3 variables, proved: there are no others."]


def test_without_sympy_it_is_named():
    assert without_sage("""
try:
    VectorFields([[1, 0]], variables=["x", "y"])
except ImportError as error:
    print(json.dumps(str(error)))
""", forbidden=("sage", "sympy")).startswith("fields: symbolic entries are read with SymPy, which")


X, Y, _ = RING.gens()
u, v = SR.var("u, v")
positive = sympy.Symbol("x", positive=True)
BAD = [
    ({x: sympy.sin(x) * y, y: 0}, TypeError, "sin(x)"),
    ({u: SR(u).sin()}, TypeError, "sin(u)"),
    ({x: sympy.sqrt(x)}, TypeError, "sqrt(x)"),
    ({x: x**y, y: 1}, TypeError, "x**y"),
    ({x: sympy.Function("f")(x)}, TypeError, "f(x)"),
    ({x: sympy.Function("f")(x).diff(x)}, TypeError, "Derivative(f(x), x)"),
    ({x: sympy.pi * x}, TypeError, "pi"),
    ({u: SR.pi() * u} if hasattr(SR, "pi") else {u: SR(-1).sqrt() * u}, TypeError, " in it"),
    ({x: sympy.I}, TypeError, "I"),
    ({x: sympy.oo}, TypeError, "oo"),
    ({x: sympy.nan}, TypeError, "nan"),
    ({x: sympy.zoo}, TypeError, "zoo"),
    ({x: sympy.true}, TypeError, "True"),
    ({x: sympy.Eq(x, 1)}, TypeError, "Eq(x, 1)"),
    ({u: u == 1}, TypeError, "Eq(u, 1)"),
    ({x: 0.5 * x}, TypeError, "such as 1/2"),
    ({u: 0.5 * u}, TypeError, "such as 1/2"),
    ({x: 0.5}, TypeError, "0.5"),
    ({x: RR(0.5)}, TypeError, "0.5"),
    ({x: np.float64(0.5)}, TypeError, "0.5"),
    ({x: True}, TypeError, "True"),
    ({x: None}, TypeError, "None"),
    ({x: "x"}, TypeError, "texts are not read"),
    ({x: "__import__('os').abort()"}, TypeError, "texts are not read"),
    ({sympy.Symbol("__import__('os')"): 1}, ValueError, "variables"),
    ({sympy.Symbol("x y"): x}, ValueError, "variables"),
    ({x + y: 1}, ValueError, "variables"),
    ({3: x}, ValueError, "variables"),
    ({x: y}, ValueError, "y in it, which is none of the variables x"),
    ({x: positive}, ValueError, "not the variable of that name"),
    ({x: 1, positive: 2}, ValueError, "two entries for one variable"),
    ({x: 1, "x": 2}, ValueError, "two entries for one variable"),
    ({X: 1, "x": Y}, ValueError, "two entries for x"),
    ({X + 1: 1}, ValueError, "x + 1"),
    ({"w": X}, ValueError, "'w'"),
    ({x: X}, TypeError, "Symbol"),
    ({x: 1 / (x * (x + 1) - x**2 - x)}, ValueError, "divided by zero"),
    ({x: (x + 1) ** (10**9)}, ValueError, "1,000,000,000"),
    ({x: (x + y + z + 1) ** 1000, y: 0, z: 0}, ValueError, "1,000,000 terms"),
    ({x: (x + y) ** 2000 * (x - y) ** 2000, y: 0}, ValueError, "terms"),
    ({}, ValueError, "empty dictionaries"),
    ([{}, {}], ValueError, "empty dictionaries"),
    ([{x: 1}, [x]], TypeError, "dictionaries and lists"),
    ([[x, y]], ValueError, "variables"),
    ([[x * y]], ValueError, "variables"),
    (ZZ, TypeError, "Integer Ring"),
    (RING, TypeError, "fields"),
    (itertools.count(), TypeError, "count"),
    (itertools.repeat([X, Y]), ValueError, "100,000"),
    ([itertools.repeat(X)], ValueError, "32,000"),
    ([ZZ], ValueError, "Integer Ring"),
    ([range(10**12)], ValueError, "32,000"),
]


@pytest.mark.parametrize("fields, kind, given", BAD, ids=lambda value: str(value)[:40])
def test_bad_fields(fields, kind, given):
    assert_refused(lambda: VectorFields(fields), kind, given)


BAD_VARIABLES = [
    ("xy", TypeError, "'xy'"), (x, TypeError, "x"), (5, TypeError, "5"), ([], ValueError, "[]"),
    ([x], ValueError, "2 entries"), ([x, x], ValueError, "named twice"),
    ([x, "x"], ValueError, "named twice"), ([x, 2], ValueError, "2"),
    ([x, z], ValueError, "y in it"), ([x, "y z"], ValueError, "'y z'"),
    (ZZ, ValueError, "Integer Ring"), (itertools.count(), ValueError, "count"),
]


@pytest.mark.parametrize("variables, kind, given", BAD_VARIABLES, ids=lambda value: str(value)[:30])
def test_bad_variables(variables, kind, given):
    assert_refused(lambda: VectorFields([[y, -x]], variables=variables), kind, given)


def test_generators_are_the_variables_of_polynomials():
    assert_refused(lambda: VectorFields([[X, Y, 0]], variables=[X, Y]), ValueError, "variables",
                   "generators")


def test_arrays_without_end():
    assert_refused(lambda: VectorFields.from_array(ZZ), TypeError, "array", "Integer Ring")
    assert_refused(lambda: VectorFields.from_array([ZZ, ZZ]), ValueError, "array", "Integer Ring")
    assert_refused(lambda: VectorFields.from_array([{x: 1}]), TypeError, "array")

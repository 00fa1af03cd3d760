"""The polynomial laws against the plain ansatz, laws known by hand, and along trajectories."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import QQ, ZZ, Integer, PolynomialRing, gcd, matrix
from scipy.integrate import solve_ivp

import by_hand
import reference
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    polynomial_laws,
    trace_dimension,
)
from small_cases import (
    fields_with_law,
    gradient_flows,
    icnn,
    invertible_tables,
    linear,
    momentum_flows,
    nmf,
    random_fields,
    relu,
)


def labelled(flows):
    """Return pytest parameters out of (label, ...) tuples."""
    return [pytest.param(*rest, id=label) for label, *rest in flows]


def over_rationals(laws):
    """Return laws as polynomials over QQ."""
    laws = list(laws)
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
    for law in laws:
        law = reference.polynomial_from_terms(ring, reference.terms_of(law))
        assert not any(reference.derivative_along(law, field) for field in rational)


def assert_tidy(laws, ring):
    """Assert that laws are of the ring, with integer coefficients without common divisor."""
    for law in laws:
        assert law.parent() is ring
        coefficients = [QQ(c) for c in law.coefficients()]
        assert all(c in ZZ for c in coefficients)
        assert gcd([ZZ(c) for c in coefficients]) == 1
        assert not law.constant_coefficient()


def assert_agrees(found, fields, expected):
    """Assert that a result agrees with the plain ansatz, its counts and its attributes too."""
    assert_same_space(found, expected)
    assert_annihilated(found, fields)
    assert_tidy(found, found[0].parent() if len(found) else None)
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


GRADIENT_MODELS = [
    linear(2, 1), linear(1, 2, 1), linear(2, 1, 2), linear(2, 2, 1), linear(1, 1, 1, 1),
    linear(1, 2, 1, 1), relu(1, 2), relu(1, 2, 1), relu(1, 2, 1, bias=True), relu(2, 1, 2),
    relu(1, 1, 2, 1, bias=True), nmf(1, 1, 1), nmf(2, 1, 2), nmf(1, 2, 2), icnn(1, 1, 1, bias=True),
    icnn(2, 2, 1), icnn(1, 2, 1, bias=True),
]


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("flow, model, by_formula", labelled(gradient_flows(GRADIENT_MODELS)))
def test_gradient_flows_against_the_plain_ansatz(flow, model, by_formula, degree):
    if degree == 3 and flow.number_of_variables > 5:
        degree = 4 if flow.number_of_variables <= 3 else 2
    fields = by_hand.fields_to_sage(*by_formula())
    expected = reference.polynomial_laws(fields, degree)
    assert_agrees(polynomial_laws(flow, degree), fields, expected)


MOMENTUM_MODELS = [
    linear(2, 1), linear(1, 1, 1), linear(1, 2, 1), relu(1, 1, 1, bias=True), nmf(1, 1, 1),
    icnn(1, 1, 1),
]


@pytest.mark.parametrize("flow, model, by_formula", labelled(momentum_flows(MOMENTUM_MODELS)))
def test_momentum_flows_against_the_plain_ansatz(flow, model, by_formula):
    fields = by_hand.fields_to_sage(*by_formula())
    # by default the time has degree 1, or c (rounded up) under damping c/t
    rate = getattr(flow.damping, "c", None)
    time_degree = 1 if rate is None else math.ceil(Fraction(str(rate)))
    expected = reference.polynomial_laws(fields, 2, time=0, time_degree=time_degree)
    found = polynomial_laws(flow, 2)
    assert_agrees(found, fields, expected)
    assert (found.degree, found.time_degree) == (2, time_degree)


@pytest.mark.parametrize("time_degree", [0, 1, 2, 4])
@pytest.mark.parametrize("damping", [0, 2, NESTEROV, InverseTime(1)], ids=["0", "2", "3/t", "1/t"])
def test_degrees_in_time(damping, time_degree):
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
    fields = [list(field) for field in flow.vector_fields()]
    expected = reference.polynomial_laws(fields, 2, time=0, time_degree=time_degree)
    found = polynomial_laws(flow, 2, time_degree=time_degree)
    assert_agrees(found, fields, expected)
    assert found.time_degree == time_degree


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_homogeneous_laws(degree):
    for pair in (linear(1, 2, 1), nmf(1, 1, 2), icnn(1, 1, 2)):
        flow = GradientFlow(pair.package)
        fields = [list(field) for field in flow.vector_fields()]
        expected = reference.polynomial_laws(fields, degree, homogeneous=True)
        found = polynomial_laws(flow, degree, homogeneous=True)
        assert_agrees(found, fields, expected)
        assert found.homogeneous
        assert all(sum(e) == degree for law in found for e in reference.terms_of(law))


@pytest.mark.parametrize("damping", [0, 1, NESTEROV], ids=["0", "1", "3/t"])
def test_homogeneous_laws_with_a_degree_in_time(damping):
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
    fields = [list(field) for field in flow.vector_fields()]
    expected = reference.polynomial_laws(fields, 2, homogeneous=True, time=0, time_degree=3)
    found = polynomial_laws(flow, 2, time_degree=3, homogeneous=True)
    assert_agrees(found, fields, expected)
    assert len(expected) == 2


def test_fields_without_a_time_treat_all_variables_alike():
    # the array of a momentum flow has no time: the total degree then counts it too
    flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=1)
    array = flow.vector_fields().to_array()
    for degree in (2, 3):
        expected = reference.polynomial_laws(list(array.T), degree)
        assert_agrees(polynomial_laws(array, degree), list(array.T), expected)
        assert len(expected) == {2: 0, 3: 2}[degree]


@given(random_fields(), st.integers(0, 3))
@settings(max_examples=150)
def test_random_fields_against_the_plain_ansatz(entries, degree):
    expected = reference.polynomial_laws(entries, degree)
    assert_agrees(polynomial_laws(VectorFields(entries), degree), entries, expected)


@given(fields_with_law())
def test_laws_put_in_are_found(case):
    entries, law = case
    found = [row[0] for row in over_rationals(polynomial_laws(VectorFields(entries), law.degree()))]
    assert reference.coefficient_rank(found + [law]) == len(found)


@pytest.mark.parametrize("seed", range(25))
def test_seeded_quadratic_laws(seed):
    # fields A grad h that leave a quadratic form h unchanged, A antisymmetric and random
    generator = random.Random(seed)
    size = generator.randint(2, 5)
    ring = PolynomialRing(QQ, size, "y")
    form = matrix(QQ, size, lambda i, j: generator.randint(-3, 3))
    x = matrix(ring, size, 1, ring.gens())
    law = (x.transpose() * (form + form.transpose()) * x)[0, 0]
    fields = []
    for _ in range(generator.randint(1, 2)):
        a = matrix(QQ, size, lambda i, j: generator.randint(-2, 2) * (i < j))
        gradient = matrix(ring, size, 1, [law.derivative(v) for v in ring.gens()])
        fields.append(list(((a - a.transpose()) * gradient).column(0)))
    expected = reference.polynomial_laws(fields, 2)
    found = polynomial_laws(VectorFields(fields), 2)
    assert_agrees(found, fields, expected)
    rows = [row[0] for row in over_rationals(found)]
    assert reference.coefficient_rank(rows + [law]) == len(rows)


# Laws known by hand ---------------------------------------------------------------------------


def test_product_of_three_variables():
    ring = PolynomialRing(ZZ, "x1, x2, x3")
    x1, x2, x3 = ring.gens()
    laws = polynomial_laws(VectorFields([[x2 * x3, x1 * x3, x1 * x2]]), 2)
    assert_same_space(laws, in_ring(ring, sympy.symbols("x1:4"), [
        sympy.sympify("x1**2 - x2**2"), sympy.sympify("x1**2 - x3**2")]))
    assert laws.number_of_independent == 2


@pytest.mark.parametrize("widths", [(2, 2, 2), (1, 2, 3), (3, 2, 2), (2, 2, 2, 2), (1, 3, 2, 1)])
def test_balancedness_of_linear_networks(widths):
    flow = GradientFlow(LinearNetwork(widths))
    laws = polynomial_laws(flow, 2)
    assert_contains(laws, flow, by_hand.parameters(by_hand.linear(widths)),
                    by_hand.laws_of_linear_gradient(widths))


def test_balancedness_is_all_there_is_for_two_square_layers():
    flow = GradientFlow(LinearNetwork((2, 2, 2)))
    laws = polynomial_laws(flow, 2)
    known = by_hand.laws_of_linear_gradient((2, 2, 2))
    variables = by_hand.parameters(by_hand.linear((2, 2, 2)))
    assert_same_space(laws, in_ring(flow.ring(), variables, known))
    assert laws.number_of_independent == 3 == trace_dimension(flow).number_of_laws


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("widths", [(2, 2, 2), (1, 3, 2), (2, 1, 2, 1), (1, 2, 2, 2)])
def test_balancedness_of_relu_networks(widths, bias):
    flow = GradientFlow(ReLUNetwork(widths, bias=bias))
    laws = polynomial_laws(flow, 2)
    model = by_hand.relu(widths, bias)
    known = by_hand.laws_of_relu_gradient(widths, bias)
    assert_contains(laws, flow, by_hand.parameters(model), known)
    assert len(laws) == len(known) == sum(widths[1:-1]) == laws.number_of_independent


@pytest.mark.parametrize("n, r, m", [(2, 2, 2), (3, 2, 1), (1, 3, 2)])
def test_column_sums_of_nmf(n, r, m):
    flow = GradientFlow(NMF(n, r, m))
    known = by_hand.laws_of_nmf_gradient(n, r, m)
    variables = by_hand.parameters(by_hand.nmf(n, r, m))
    laws = polynomial_laws(flow, 1)
    assert_same_space(laws, in_ring(flow.ring(), variables, known))
    assert_contains(polynomial_laws(flow, 2), flow, variables, known)
    assert laws.number_of_independent == r == trace_dimension(flow).number_of_laws


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("n, r, m", [(2, 2, 2), (3, 2, 1), (1, 3, 2)])
def test_laws_of_icnn(n, r, m, bias):
    flow = GradientFlow(ICNN(n, r, m, bias=bias))
    laws = polynomial_laws(flow, 2)
    variables = by_hand.parameters(by_hand.icnn(n, r, m, bias))
    assert_contains(laws, flow, variables, by_hand.laws_of_icnn_gradient(n, r, m, bias))
    assert laws.number_of_independent >= r


@pytest.mark.parametrize("widths", [(1, 2, 1), (2, 2, 1), (2, 2, 2), (2, 3, 2), (1, 2, 2, 1)])
@pytest.mark.parametrize(
    "damping, time, power",
    [(0, "t", 0), (1, "s", 1), (QQ((2, 3)), "s", 1), (NESTEROV, "t", 3), (InverseTime(2), "t", 2)],
    ids=["0", "1", "2/3", "3/t", "2/t"],
)
def test_angular_momenta_of_linear_networks(widths, damping, time, power):
    flow = MomentumFlow(LinearNetwork(widths), damping=damping)
    laws = polynomial_laws(flow, 2)
    theta = by_hand.parameters(by_hand.linear(widths))
    clock = sympy.Symbol(time)
    variables = [clock, *theta, *by_hand.velocities(theta)]
    known = [clock**power * law for law in by_hand.laws_of_linear_momentum(widths)]
    assert_contains(laws, flow, variables, known)


def test_angular_momenta_are_no_laws_without_their_factor():
    theta = by_hand.parameters(by_hand.linear((1, 2, 1)))
    (law,) = by_hand.laws_of_linear_momentum((1, 2, 1))
    for damping, time, power in [(1, "s", 0), (1, "s", 2), (NESTEROV, "t", 2), (NESTEROV, "t", 0)]:
        flow = MomentumFlow(LinearNetwork((1, 2, 1)), damping=damping)
        clock = sympy.Symbol(time)
        variables = [clock, *theta, *by_hand.velocities(theta)]
        (wrong,) = in_ring(flow.ring(), variables, [clock**power * law])
        with pytest.raises(AssertionError):
            assert_annihilated([wrong], flow.vector_fields())


@pytest.mark.parametrize("damping", [0, 1, NESTEROV], ids=["0", "1", "3/t"])
def test_the_angular_momentum_is_the_only_law_of_a_small_network(damping):
    flow = MomentumFlow(LinearNetwork((2, 2, 1)), damping=damping)
    laws = polynomial_laws(flow, 2)
    assert len(laws) == laws.number_of_independent == 1
    assert trace_dimension(flow).number_of_laws == 1


@pytest.mark.parametrize("damping", [0, 1, NESTEROV], ids=["0", "1", "3/t"])
@pytest.mark.parametrize(
    "model", [NMF(2, 1, 2), ICNN(2, 1, 2, bias=True), ReLUNetwork((2, 2, 2), bias=True)], ids=repr
)
def test_momentum_of_the_other_models_has_no_law(model, damping):
    laws = polynomial_laws(MomentumFlow(model, damping=damping), 2)
    assert len(laws) == 0 and laws.number_of_independent == 0
    assert list(laws) == [] and laws.independent() == ()
    assert laws.error_bound == 0


# What must not change the laws ------------------------------------------------------------------


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


# Unlucky and extreme input ----------------------------------------------------------------------


def test_equal_seeds_give_equal_results():
    flow = GradientFlow(LinearNetwork((1, 2, 1)))
    first, second, other = (polynomial_laws(flow, 4, seed=seed) for seed in (7, 7, 8))
    assert list(first) == list(second) and first.primes == second.primes
    assert first.independent() == second.independent()
    assert first.seed == 7 and first.primes != other.primes
    # the laws themselves do not depend on the seed
    assert list(first) == list(other)
    assert len(first) > first.number_of_independent


def test_dependent_laws_are_counted_once():
    # h, h^2, h^3 and h * k are laws of degree 3, for laws h and k of degree 1 and 2
    ring = PolynomialRing(ZZ, "x, y, z, w")
    x, y, z, w = ring.gens()
    fields = [[ring.zero(), w, -z * 0, -y], [ring.zero(), ring.zero(), ring.one(), ring.zero()]]
    laws = polynomial_laws(VectorFields(fields), 3)
    # x, x^2, x^3, y^2 + w^2, x (y^2 + w^2)
    assert len(laws) == 5
    assert laws.number_of_independent == len(laws.independent()) == 2
    assert 0 < laws.error_bound <= QQ((1, 10**9))
    assert set(laws) == {x, x**2, x**3, y**2 + w**2, x * y**2 + x * w**2}


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
    assert all(coefficient in ZZ for coefficient in law.coefficients())


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


def test_error_bounds_of_both_computations_can_be_added():
    # the verdict on a flow needs both
    flow = GradientFlow(LinearNetwork((1, 2, 1)))
    laws, dimension = polynomial_laws(flow, 4), trace_dimension(flow)
    assert type(dimension.error_bound) is type(laws.error_bound)
    assert 0 < laws.error_bound + dimension.error_bound < 1


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


@pytest.mark.parametrize("kind", [int, Integer, np.int64, np.int32], ids=lambda k: k.__name__)
def test_degrees_of_all_integer_types(kind):
    laws = polynomial_laws(MomentumFlow(LinearNetwork((1, 2, 1))), kind(2), time_degree=kind(1))
    assert (laws.degree, laws.time_degree, len(laws)) == (2, 1, 2)


def test_flow_fields_and_array_give_the_same_laws():
    flow = GradientFlow(ICNN(1, 2, 1, bias=True))
    laws = polynomial_laws(flow, 2)
    assert list(polynomial_laws(flow.vector_fields(), 2)) == list(laws)
    assert list(polynomial_laws(flow.vector_fields().to_array(), 2)) == list(laws)
    assert_tidy(laws, flow.ring())
    momentum = MomentumFlow(LinearNetwork((1, 2, 1)), damping=NESTEROV)
    assert list(polynomial_laws(momentum.vector_fields(), 2)) == list(polynomial_laws(momentum, 2))


def test_the_result_is_a_sequence():
    laws = polynomial_laws(GradientFlow(LinearNetwork((2, 2, 2))), 2)
    assert len(laws) == 3 == len(list(laws))
    assert laws[0] == list(laws)[0] and laws[-1] == list(laws)[2]
    assert list(laws[1:]) == list(laws)[1:]
    assert laws.number_of_monomials == math.comb(10, 2) - 1


def test_the_coefficients_are_small():
    # the plain kernel of these fields has long fractions; a good basis has coefficients 1 and 2
    flow = GradientFlow(LinearNetwork((1, 2, 2, 1)))
    for law in polynomial_laws(flow, 2):
        assert max(abs(ZZ(c)) for c in law.coefficients()) <= 2


# Along trajectories -----------------------------------------------------------------------------


def numeric(law):
    """Return a Sage polynomial as a function of a float array of its variables."""
    terms = reference.terms_of(law)
    exponents = np.array(list(terms), dtype=float)
    coefficients = np.array([float(c) for c in terms.values()])
    return lambda x: float(np.prod(np.asarray(x) ** exponents, axis=1) @ coefficients)


def loss_gradient(model, seed):
    r"""
    Return the gradient of a least-squares loss of `\varphi`, as a function on float arrays.

    The loss is `|A \varphi(\theta) - y|^2 / 2` with random A and y.
    """
    generator = np.random.default_rng(seed)
    theta = by_hand.parameters(model)
    size = len(model.phi)
    a = generator.normal(size=(size + 1, size))
    y = generator.normal(size=size + 1)
    phi = sympy.lambdify([theta], list(model.phi))
    jacobian = sympy.lambdify([theta], [list(row) for row in by_hand.gradients(model)])

    def gradient(x):
        residual = a @ np.array(phi(list(x)), dtype=float) - y
        return (a @ np.array(jacobian(list(x)), dtype=float)).T @ residual

    return gradient


def assert_constant(laws, states, free):
    """Assert that laws stay constant along states, while ``free`` of the state does not."""
    assert len(laws)
    change = np.ptp(np.array([free(x) for x in states]))
    assert change > 1e-2, "the trajectory hardly moves"
    for law in laws:
        values = np.array([numeric(law)(x) for x in states])
        assert np.ptp(values) <= 1e-7 * max(1.0, np.abs(values).max())


def integrate(field, start, end, state):
    """Integrate a trajectory and return some of its times and states."""
    times = np.linspace(start, end, 12)
    solution = solve_ivp(field, (start, end), state, t_eval=times, method="DOP853",
                         rtol=1e-11, atol=1e-12)
    assert solution.success
    return times, solution.y.T


TRAJECTORY_MODELS = [
    linear(2, 2, 2), linear(1, 2, 2, 1), relu(2, 2, 2, bias=True), relu(1, 2, 2, 1), nmf(2, 2, 3),
    icnn(2, 2, 2, bias=True),
]


@pytest.mark.parametrize("metric", [None, "euclidean", "mirror"])
@pytest.mark.parametrize("pair", TRAJECTORY_MODELS, ids=lambda pair: pair.label)
def test_laws_along_gradient_flow(pair, metric):
    flow = GradientFlow(pair.package, metric=metric)
    laws = polynomial_laws(flow, 2)
    theta = by_hand.parameters(pair.hand)
    mirror = by_hand.mirror_parameters(pair.hand, metric)
    mask = np.array([x in mirror for x in theta])
    gradient = loss_gradient(pair.hand, seed=11)
    start = np.random.default_rng(12).uniform(0.3, 1.2, size=len(theta))

    def velocity(_, x):
        return -np.where(mask, x, 1.0) * gradient(x)

    _, states = integrate(velocity, 0.0, 1.0, start)
    assert_constant(laws, states, lambda x: float(x @ x) + float(x.sum()))


@pytest.mark.parametrize(
    "damping, rate", [(0, lambda t: 0.0), (1, lambda t: 1.0), (QQ((1, 2)), lambda t: 0.5),
                      (NESTEROV, lambda t: 3 / t)], ids=["0", "1", "1/2", "3/t"]
)
@pytest.mark.parametrize("widths", [(2, 2, 2), (1, 2, 2, 1), (1, 3, 1)])
def test_laws_along_momentum_flow(widths, damping, rate):
    flow = MomentumFlow(LinearNetwork(widths), damping=damping)
    laws = polynomial_laws(flow, 2)
    model = by_hand.linear(widths)
    n = len(by_hand.parameters(model))
    gradient = loss_gradient(model, seed=21)
    start = np.random.default_rng(22).uniform(-1.0, 1.0, size=2 * n)

    def velocity(t, x):
        return np.concatenate([x[n:], -rate(t) * x[n:] - gradient(x[:n])])

    times, states = integrate(velocity, 1.0, 2.0, start)
    tau = float(damping) if isinstance(damping, (int, type(QQ.one()))) else 0.0
    clock = np.exp(tau * times) if tau else times
    states = np.column_stack([clock, states])
    assert_constant(laws, states, lambda x: float(x[1:] @ x[1:]))


def test_laws_along_the_training_of_a_relu_network():
    # a loss on data, the network itself and its kinks: phi does not appear
    widths = (2, 3, 2)
    flow = GradientFlow(ReLUNetwork(widths, bias=True))
    laws = polynomial_laws(flow, 2)
    assert laws.number_of_independent == 3
    generator = np.random.default_rng(31)
    data = generator.normal(size=(2, 6))
    target = generator.normal(size=(2, 6))

    def velocity(_, x):
        u, v, b = x[:6].reshape(2, 3), x[6:12].reshape(3, 2), x[12:]
        before = v @ data + b[:, None]
        after = np.maximum(before, 0)
        residual = u @ after - target
        back = (u.T @ residual) * (before > 0)
        return -np.concatenate([(residual @ after.T).ravel(), (back @ data.T).ravel(), back.sum(1)])

    start = generator.normal(size=15)
    _, states = integrate(velocity, 0.0, 0.5, start)
    assert_constant(laws, states, lambda x: float(x @ x))

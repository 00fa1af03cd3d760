"""Verdicts: what is proved, what is left open and said to be, how far the degree rises."""

import numpy as np
import pytest
from sage.all import QQ, ZZ, PolynomialRing

import reference
from known_verdicts import KNOWN, assert_verdict, fields, scaling, weighted
from sage_conslaw import (
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    conservation_laws,
)
from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown_chance
from sage_conslaw.verdict import conservation
from small_cases import MODELS, TINY_MODELS, momentum_flows


@pytest.fixture
def small_ansatz(monkeypatch):
    """Let the degree rise by itself to few monomials only."""
    monkeypatch.setattr(limits, "RISING_MONOMIALS", 60)


@pytest.mark.parametrize("flow, number", KNOWN, ids=[repr(flow) for flow, _ in KNOWN])
def test_known_numbers(flow, number):
    result = conservation_laws(flow, degree=2)
    if number is None:
        number = result.number_of_variables - reference.trace_dimension(
            [list(field) for field in flow.vector_fields()])
    if result.is_proved:
        assert_verdict(result, number)
        assert result == conservation_laws(flow, degree=2)
    else:
        assert result.lower_bound <= number <= result.upper_bound
        assert "proved" not in repr(result)


@pytest.mark.parametrize("pair", MODELS[::2], ids=lambda pair: pair.label)
def test_verdicts_hold_for_gradient_flows(pair):
    flow = GradientFlow(pair.package)
    result = conservation_laws(flow, degree=2)
    levels = reference.trace_levels([list(field) for field in flow.vector_fields()])
    assert result.lie_dimension == levels[-1]
    assert result.involutive == (len(levels) == 1)
    assert result.lower_bound <= result.upper_bound == result.number_of_variables - levels[-1]
    if result.is_proved:
        assert_verdict(result, result.upper_bound)


@pytest.mark.parametrize("flow", [flow for _, flow, *_ in momentum_flows(TINY_MODELS[1::8])])
def test_verdicts_hold_for_momentum_flows(flow):
    result = conservation_laws(flow, degree=2)
    dimension = reference.trace_dimension([list(field) for field in flow.vector_fields()])
    assert result.upper_bound == flow.number_of_variables - dimension
    assert result.lower_bound <= result.upper_bound
    if result.is_proved:
        assert_verdict(result, result.upper_bound)


def test_laws_of_fields_over_the_rationals():
    result = conservation_laws(fields("x y", lambda x, y: (y / 2, -x / 3), base=QQ))
    assert_verdict(result, 1)
    assert str(result.laws[0]) == "2*x^2 + 3*y^2"
    assert result.degree == 2


def test_zero_fields_conserve_everything():
    result = conservation_laws(fields("x y z", lambda x, y, z: (0, 0, 0)))
    assert_verdict(result, 3)
    assert [str(law) for law in result.laws] == ["x", "y", "z"]
    assert result.degree == 1


# --- bounds that do not meet ---

def test_a_law_that_is_not_polynomial_is_never_proved(small_ansatz):
    for degree in (None, 0, 1, 2, 3, 6):
        for seed in range(3):
            result = conservation_laws(scaling(), degree, seed=seed)
            assert not result.is_proved
            assert (result.lower_bound, result.upper_bound, result.unexplained) == (0, 1, 1)
            assert result.laws == ()
            assert 0 < result.error_bound <= QQ((1, 10**9)) + QQ((1, 10**12))
            assert result.error_bound in QQ
            assert result.stopped == ("size" if degree is None else "degree")
            assert "proved" not in repr(result) and "proved" not in str(result)
            assert repr(result).startswith("At least 0 and at most 1 independent conservation law")


OPEN = [
    # x^a y^b of degree 0: y / x and z / x
    fields("x y z", lambda x, y, z: (x, y, z)),
    # exp(-t) x
    fields("t x", lambda t, x: (1, x)),
    # log x - y
    fields("x y", lambda x, y: (x, 1)),
    # the polynomial law x^2 - z^2 beside w / v
    fields("x z v w", lambda x, z, v, w: (z, x, 0, 0), lambda x, z, v, w: (0, 0, v, w)),
]


@pytest.mark.parametrize("problem", OPEN, ids=str)
def test_other_laws_that_are_not_polynomial(problem):
    number = problem.number_of_variables - reference.trace_dimension(
        [list(field) for field in problem])
    for degree in range(4):
        result = conservation_laws(problem, degree)
        assert not result.is_proved
        assert result.upper_bound == number > result.lower_bound
        assert result.stopped == "degree" and result.degree == degree
        with pytest.raises(ValueError, match="no proof to certify"):
            result.certificate()


def test_nothing_is_saved_without_a_proof(tmp_path):
    with pytest.raises(ValueError, match="no proof to certify"):
        conservation_laws(scaling(), 2).save(tmp_path / "proof.json")
    assert list(tmp_path.iterdir()) == []


# --- the degree ---

def test_the_degree_rises_until_the_number_is_proved():
    result = conservation_laws(weighted())
    assert_verdict(result, 1)
    assert result.degree == 3 and str(result.laws[0]) == "x^2*y"


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_a_degree_too_low_leaves_the_number_open(degree):
    result = conservation_laws(weighted(), degree)
    assert not result.is_proved and result.stopped == "degree"
    assert result.degree == degree and f"degree at most {degree}" in repr(result)


@pytest.mark.parametrize("degree", [3, 4])
def test_a_degree_that_suffices(degree):
    result = conservation_laws(weighted(), degree)
    assert_verdict(result, 1)
    assert result.degree == degree and result.laws == conservation_laws(weighted()).laws


def test_the_size_stops_the_degree(monkeypatch):
    monkeypatch.setattr(limits, "RISING_MONOMIALS", 8)  # degree 2 has 5, degree 3 has 9
    result = conservation_laws(weighted())
    assert (result.stopped, result.degree, result.is_proved) == ("size", 2, False)
    assert "the largest tried" in repr(result) and "the largest tried" in str(result)


def test_the_entries_stop_the_degree(monkeypatch):
    monkeypatch.setattr(limits, "RISING_ENTRIES", 1)
    result = conservation_laws(weighted())
    assert (result.stopped, result.degree, result.is_proved) == ("size", 2, False)


def test_degree_2_is_tried_where_it_fits(monkeypatch):
    monkeypatch.setattr(limits, "RISING_MONOMIALS", 8)
    monkeypatch.setattr(limits, "RISING_ENTRIES", 8)
    flow = GradientFlow(LinearNetwork([2, 2, 2]))
    result = conservation_laws(flow)
    assert result.is_proved and result.degree == 2
    monkeypatch.setattr(limits, "ANSATZ_MONOMIALS", 8)
    result = conservation_laws(flow)
    assert (result.stopped, result.degree, result.is_proved) == ("size", 1, False)


def test_the_highest_degree_tried_unasked(monkeypatch):
    monkeypatch.setattr(limits, "RISING_DEGREE", 4)
    result = conservation_laws(scaling())
    assert (result.stopped, result.degree) == ("limit", 4)
    assert ("degree at most 4, the largest tried, since no higher degree is tried unasked"
            in repr(result))


def test_an_ansatz_that_proves_too_large_leaves_what_was_found(monkeypatch):
    # the sizes allow degree 2, its system does not split
    monkeypatch.setattr(limits, "PART_ENTRIES", 3)
    monkeypatch.setattr(limits, "UNSPLIT_ENTRIES", 3)
    problem = fields("x y", lambda x, y: (y + 1, x**2 - y))
    result = conservation_laws(problem)
    assert (result.stopped, result.upper_bound, result.is_proved) == ("size", 1, False)
    with pytest.raises(ValueError, match="^degree: .* does not split"):
        conservation_laws(problem, 2)


def test_laws_are_counted_where_the_fields_are_too_large():
    flow = GradientFlow(ReLUNetwork([3] * 12))
    result = conservation_laws(flow, probability=0.99)
    assert result.upper_bound == result.lower_bound == 30 and result.certainty == "certain"
    assert result.structured and result.degree is None and result.stopped == "certain"
    assert all(law.degree() == 2 for law in result.laws)
    with pytest.raises(ValueError, match="^time_degree: got 3, but the fields have no time"):
        conservation_laws(flow, time_degree=3)
    for time_degree, error in (("x", TypeError), (-5, ValueError)):
        with pytest.raises(error, match="^time_degree: got "):
            conservation_laws(MomentumFlow(ReLUNetwork([3] * 12)), time_degree=time_degree)
    with pytest.raises(ValueError, match="^network: the fields of ReLUNetwork"):
        conservation_laws(flow, 2)


def nesterov_of_one():
    """Return the field with the laws t v + 2 x and t^3 v."""
    return VectorFields([[1, v, -3 * v / t] for t, x, v in [
        PolynomialRing(ZZ, "t, x, v").gens()]], time="t")


def test_the_degree_in_the_time_is_said_and_can_be_given():
    result = conservation_laws(nesterov_of_one(), 1)
    assert (result.lower_bound, result.upper_bound, result.time_degree) == (1, 2, 1)
    assert "of degree at most 1, and at most 1 in the time" in repr(result)
    assert "at most 1 in the time (time_degree= asks for another)" in str(result)
    for degree in (1, None):
        result = conservation_laws(nesterov_of_one(), degree, time_degree=3)
        assert_verdict(result, 2)
        assert result.time_degree == 3
        assert "time_degree" not in repr(result) + str(result)
    with pytest.raises(ValueError, match="^time_degree: got 3, but the fields have no time"):
        conservation_laws(scaling(), time_degree=3)
    huge = MomentumFlow(LinearNetwork([1, 2, 1]), InverseTime(10**5))
    result = conservation_laws(huge)
    assert (result.upper_bound, result.lower_bound, result.stopped) == (2, 0, "size")


def test_no_laws_are_searched_when_there_can_be_none():
    result = conservation_laws(MomentumFlow(LinearNetwork([1, 1])))
    if result.upper_bound == 0:
        assert result.degree is None and result.time_degree is None
    result = conservation_laws(fields("x", lambda x: (1,)))
    assert_verdict(result, 0)
    assert (result.degree, result.seconds["laws"]) == (None, 0.0)
    assert repr(result) == "No conservation law in 1 variable, proved."


def test_a_bound_that_is_attained_for_certain_is_said_to_be():
    result = conservation_laws(fields("x y", lambda x, y: (0, 0)), 0)
    assert (result.lower_bound, result.upper_bound, result.error_bound) == (0, 2, 0)
    assert repr(result).endswith("; the upper bound is attained.")


@pytest.mark.parametrize("argument, value, error", [
    ("time_degree", -1, ValueError), ("time_degree", "1", TypeError),
    ("progress", "x", TypeError), ("progress", None, TypeError),
    ("degree", -1, ValueError), ("degree", "2", TypeError), ("degree", 1.5, TypeError),
    ("probability", 0, ValueError), ("probability", 1, ValueError), ("seed", "x", TypeError),
])
def test_bad_arguments_are_named(argument, value, error):
    with pytest.raises(error, match=f"^{argument}: got "):
        conservation_laws(scaling(), **{argument: value})


def test_probability_is_reached():
    for digits in (2, 9, 40):
        wanted = 1 - QQ((1, 10**digits))
        result = conservation_laws(scaling(), 2, probability=wanted)
        assert f"at most {shown_chance(result.error_bound)}." in repr(result)
        assert 0 < result.error_bound <= 1 - wanted
        assert len(result.primes) >= digits // 9


def test_a_trace_that_laws_contradict_is_no_verdict(monkeypatch):
    # as a wrong rule of differentiation would make it
    flow = GradientFlow(LinearNetwork([2, 2, 3]))
    right = conservation_laws(flow)
    assert right.is_proved

    def wrong(dimension, laws):
        vector = np.zeros((1, dimension.number_of_variables), dtype=np.int64)
        vector[0, 0] = 1
        dimension.evidence.space.extend(vector)
        return checked(dimension, laws)

    checked = conservation._check_consistent
    monkeypatch.setattr(conservation, "_check_consistent", wrong)
    with pytest.raises(conservation.Contradiction, match="please report"):
        conservation_laws(flow)

"""Exact rationals: as Python's fractions without Sage, as Sage's rationals with its numbers."""

import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, RDF, RR, SR, ZZ, PolynomialRing, latex

from sage_conslaw import GradientFlow, InverseTime, LinearNetwork, MomentumFlow, trace_dimension
from sage_conslaw.system.rationals import ExactRational, exact_rational

VALUES = [Fraction(0), Fraction(1, 2), Fraction(-7, 3), Fraction(4), Fraction(10**40, 3)]
ARITHMETIC = [operator.add, operator.sub, operator.mul]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def of_sage(value):
    return QQ((value.numerator, value.denominator))


@pytest.mark.parametrize("kind", [Fraction, of_sage], ids=["python", "sage"])
@pytest.mark.parametrize("operation", ARITHMETIC + COMPARISONS)
def test_operations_on_either_side(operation, kind):
    for a in VALUES:
        for b in VALUES:
            expected = operation(a, b)
            for found in (operation(exact_rational(a), kind(b)),
                          operation(kind(a), exact_rational(b)),
                          operation(exact_rational(a), exact_rational(b))):
                if operation in COMPARISONS:
                    assert found is expected or found == expected
                else:
                    assert str(found) == str(expected)


@pytest.mark.parametrize("half", [RR(0.5), RDF(0.5), 0.5, np.float64(0.5), QQ((1, 2))])
def test_other_numbers(half):
    own = ExactRational(1, 2)
    assert own == half and half == own and own <= half and not half < own
    assert own + half == 1 and half - own == 0 and own * half == half / 2


def test_division_and_powers():
    own = ExactRational(2, 3)
    assert own / QQ(2) == ZZ(1) / 3 == 1 / (own / QQ((2, 9))) and ZZ(2) / own == 3
    assert own**2 == Fraction(4, 9) and own**ZZ(2) == QQ((4, 9)) and own**-1 == QQ((3, 2))
    assert type(own + 1) is type(1 - own) is type(own**2) is ExactRational


def test_conversions_of_sage():
    own = ExactRational(6, 4)
    assert QQ(own) == QQ((3, 2)) and own in QQ and RR(own) == RR(1.5) and ZZ(2 * own) == 3
    assert str(own) == repr(own) == "3/2" == str(QQ(own))
    assert str(latex(own)) == str(latex(QQ(own)))
    x = PolynomialRing(QQ, "x, y").gen(0)
    assert own * x == x * own == x * 3 / 2 and bool(SR("x") * own == SR("3/2*x"))


def test_hash_and_pickle():
    own = ExactRational(1, 3)
    assert hash(own) == hash(Fraction(1, 3)) and {own: 1}[Fraction(1, 3)] == 1
    copy = pickle.loads(pickle.dumps(own))
    assert copy == own and type(copy) is ExactRational


@pytest.mark.parametrize("value", [
    3, Fraction(3), ZZ(3), QQ(3), np.int64(3), np.uint8(3), ExactRational(3), True])
def test_what_is_exact(value):
    assert exact_rational(value) == (1 if value is True else 3)
    assert type(exact_rational(value)) is ExactRational
    assert type(exact_rational(value).numerator) is int


@pytest.mark.parametrize("value", [0.5, RR(0.5), "1/2", None, [1], np.float64(1), 1j])
def test_what_is_not(value):
    with pytest.raises(TypeError, match="expected an integer or a rational"):
        exact_rational(value)


def test_error_bounds_and_dampings():
    bound = trace_dimension(GradientFlow(LinearNetwork([2, 2, 2]))).error_bound
    assert 0 < bound < QQ((1, 10**9)) and bound < RR(1e-9) and bound in QQ
    assert isinstance(bound, Fraction)
    flow = MomentumFlow(LinearNetwork([1, 1]), damping=QQ((1, 2)))
    assert flow.damping == QQ((1, 2)) and QQ((1, 2)) == flow.damping
    assert "damping=1/2" in repr(flow)
    assert InverseTime(ZZ(3)).c == 3 and MomentumFlow(flow.model, damping=flow.damping) == flow

"""Rates: dampings and decays as a person writes them, exactly."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sage.all import QQ, RR, RealField

from bad_input import assert_refused
from sage_conslaw import InverseTime, LinearNetwork, MomentumFlow
from sage_conslaw.flows.rates import as_written, common_measure, exact_rate, time_degree_for
from sage_conslaw.program.constants import RoundedFraction

RATE = "a rate"


@given(st.integers(0, 10**9), st.integers(0, 9))
def test_decimals_are_what_is_written(digits, places):
    number = Fraction(digits, 10**places)
    text = str(Decimal(digits).scaleb(-places))
    for value in (text, Decimal(text), f" {text} ", number, QQ((digits, 10**places))):
        assert exact_rate(value, "x", RATE) == number
    assert as_written("-" + text if digits else "0", "x", RATE) == -number


@given(st.floats(0, 1e9, allow_nan=False))
def test_floats_are_their_shortest_decimals(value):
    rate = exact_rate(value, "x", RATE)
    assert rate == Fraction(repr(value)) and float(rate) == value
    assert exact_rate(np.float64(value), "x", RATE) == rate
    assert as_written(-value, "x", RATE) == -rate


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_quotients(above, below):
    assert exact_rate(f"{above}/{below}", "x", RATE) == Fraction(above, below)
    assert exact_rate(f"{above} / {below}", "x", RATE) == Fraction(above, below)


@pytest.mark.parametrize("text, number", [
    (".9", "0.9"), ("9.", "9"), ("+0.9", "0.9"), (np.float32(0.9), "0.9"),
    (np.float16(0.1), "0.1"), (np.longdouble("0.5"), "0.5")])
def test_other_ways_to_write_a_number(text, number):
    assert exact_rate(text, "x", RATE) == Fraction(number)


def test_a_long_float_next_to_a_fraction_is_warned_of():
    with pytest.warns(RoundedFraction, match=r"^damping: .* write Fraction\(1, 3\) if you mean"):
        flow = MomentumFlow(LinearNetwork([1, 1]), damping=1 / float(3))
    assert flow.damping == Fraction("0.3333333333333333")


def test_the_root_of_the_time_is_bounded():
    assert InverseTime("1/64").c == Fraction(1, 64)
    for c in ("1/65", "0.123", 1e-30):
        assert_refused(lambda c=c: InverseTime(c), ValueError, "c: got ",
                       "denominator of at most 64")


def test_floats_of_sage():
    assert exact_rate(RR("0.9"), "x", RATE) == Fraction(9, 10)
    assert exact_rate(RealField(200)("0.9"), "x", RATE) == Fraction(9, 10)
    # one of more digits than a float has, made from a float, shows what the float is
    with pytest.warns(RoundedFraction, match="^x: the float 0.9000.* as the decimal it is, and "
                                             "not as 9/10; write Fraction"):
        assert exact_rate(RealField(200)(0.9), "x", RATE) != Fraction(9, 10)


@pytest.mark.parametrize("value, kind", [
    ("", ValueError), ("-1", ValueError), ("1e999", ValueError), ("1/0", ValueError),
    ("1/2/3", ValueError), ("0x10", ValueError), ("1_000", ValueError), ("½", ValueError),
    ("１", ValueError), ("inf", ValueError), ("nan", ValueError), ("9" * 41, ValueError),
    (float("inf"), ValueError), (Decimal("NaN"), ValueError), (-0.1, ValueError),
    (True, TypeError), (np.True_, TypeError), (None, TypeError), (1j, TypeError), ([1], TypeError),
    (b"1", TypeError)], ids=str)
def test_bad_rates(value, kind):
    assert_refused(lambda: exact_rate(value, "damping", RATE), kind, "damping", RATE)


@given(st.lists(st.fractions(Fraction(1, 50), 50, max_denominator=50), min_size=1, max_size=4))
def test_common_measure(rates):
    measure = common_measure(rates)
    multiples = [rate / measure for rate in rates]
    assert all(m.denominator == 1 and m > 0 for m in multiples)
    # no larger one
    assert math.gcd(*(int(m) for m in multiples)) == 1


def test_dampings_are_the_same_however_they_are_written():
    network = LinearNetwork([1, 1])
    flows = {MomentumFlow(network, d) for d in (0.9, "0.9", "9/10", Fraction(9, 10), QQ((9, 10)),
                                                Decimal("0.9"), np.float64(0.9))}
    assert len(flows) == 1 and "damping=9/10" in repr(flows.pop())
    assert InverseTime(3.5) == InverseTime("7/2") and hash(InverseTime(3.5)) == hash(
        InverseTime("7/2"))
    assert "damping=InverseTime(7/2)" in repr(MomentumFlow(network, InverseTime(3.5)))


def test_the_time_in_words():
    network = LinearNetwork([1, 1])
    for damping, words in [(0, "t is the time"), (1, "s = e^t"), ("1/2", "s = e^(t/2)"),
                           ("3/2", "s = e^(3*t/2)"), (3, "s = e^(3*t)"),
                           (InverseTime(3), "t is the time"), (InverseTime("7/2"), "r > 0")]:
        assert MomentumFlow(network, damping).time_meaning().startswith(words)


def test_degrees_in_the_time():
    assert [time_degree_for(None, d) for d in range(3)] == [None] * 3
    assert [time_degree_for(2, d) for d in range(6)] == [2, 2, 2, 3, 4, 5]
    assert [time_degree_for(1, d) for d in range(6)] == [1, 1, 1, 1, 2, 2]

"""Interpreters against each other and against Sage, on random programs of all primitives."""

import random

import pytest
from hypothesis import given, settings

from program_agreement import (
    batched_gradients_agree,
    batched_values_agree,
    bounds_hold,
    derivatives_agree,
    series_agree,
    tables_agree,
    values_agree,
)
from program_strategies import RandomProgram, generators
from sage_conslaw.arithmetic import series
from sage_conslaw.system import limits

CHECKS = [values_agree, series_agree, tables_agree, derivatives_agree, batched_values_agree,
          batched_gradients_agree, bounds_hold]


def on_random_programs(check, count):
    """Check a number of random programs."""
    @settings(max_examples=count)
    @given(generators())
    def checked(generator):
        case = RandomProgram(generator)
        check(case, case.program())

    checked()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_random_programs(check):
    on_random_programs(check, 60)
    # and others, in which nothing is as simple as it can be
    for seed in range(80):
        case = RandomProgram(random.Random(seed))
        check(case, case.program())


@pytest.mark.parametrize("check", [series_agree, batched_values_agree, batched_gradients_agree],
                         ids=lambda check: check.__name__)
def test_products_of_large_matrices(check, monkeypatch):
    # all products of matrices are then made in floats, cut at some places, as large ones are
    monkeypatch.setattr(limits, "FEW_MULTIPLICATIONS", 0)
    monkeypatch.setattr(series, "LONGEST_SUM", 3)
    on_random_programs(check, 30)

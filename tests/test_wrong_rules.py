"""Wrong rules of differentiation, one at a time: random programs have to show each of them."""

import random

import numpy as np
import pytest

from program_agreement import batched_gradients_agree, derivatives_agree
from program_strategies import RandomProgram
from sage_conslaw.program import derivatives
from sage_conslaw.program.builder import Builder, index_letters

PROGRAMS = 150

RIGHT_PULL, RIGHT_PUSH = derivatives._pull, derivatives._push


def rolled(index):
    """Return an index with its places moved on by one."""
    return np.roll(index.ravel(), 1).reshape(index.shape)


def inverse(build, k):
    """Return the number of the inverse that an instruction is, times itself, and letters."""
    letters = index_letters(len(build[k].shape))
    return build.multiply(k, k, letters, letters, letters), letters


# Adjoint rules: what an instruction of one kind hands on to its operands.

def add_hands_on_to_one(build, k, cotangent, reached, send):
    if reached[build[k].of[0]]:
        send(build[k].of[0], cotangent)
    elif reached[build[k].of[1]]:
        send(build[k].of[1], cotangent)


def add_hands_on_half_to_equal_ones(build, k, cotangent, reached, send):
    for a in set(build[k].of):
        if reached[a]:
            send(a, cotangent)


def multiply_by_itself(build, k, cotangent, reached, send):
    (a, b), (left, right, out) = build[k].of, build[k].detail
    if reached[a]:
        send(a, build.multiply(cotangent, b, out, right, left, axes=build[a].axes))
    if reached[b] and a != b:
        send(b, build.multiply(cotangent, a, out, left, right, axes=build[b].axes))


def multiply_loses_one_factor(build, k, cotangent, reached, send):
    (a, b), (left, right, out) = build[k].of, build[k].detail
    if reached[a]:
        send(a, build.multiply(cotangent, b, out, right, left, axes=build[a].axes))
    elif reached[b]:
        send(b, build.multiply(cotangent, a, out, left, right, axes=build[b].axes))


def multiply_mixes_up_axes(build, k, cotangent, reached, send):
    def swapped(target, value):
        step = build[target]
        if len(step.shape) == 2 and step.shape[0] == step.shape[1]:
            value = build.take(value, np.arange(step.size).reshape(step.shape).T)
        send(target, value)

    RIGHT_PULL(build, k, cotangent, reached, swapped)


def multiply_keeps_no_samples(build, k, cotangent, reached, send):
    # the sum over samples is taken too early, of one factor alone
    (a, b), (left, right, out) = build[k].of, build[k].detail
    for one, other, names in ((a, b, (right, left)), (b, a, (left, right))):
        if reached[one]:
            early = build.sum(cotangent, (), build[one].axes)
            send(one, build.multiply(early, other, out, *names, axes=build[one].axes))


def take_permutes(build, k, cotangent, reached, send):
    step = build[k]
    send(step.of[0], build.put(cotangent, rolled(step.detail), build[step.of[0]].shape))


def take_adds_each_entry_once(build, k, cotangent, reached, send):
    step = build[k]
    index, seen = step.detail.copy(), set()
    for place in np.ndindex(*index.shape):
        if index[place] in seen:
            index[place] = -1
        seen.add(int(index[place]))
    send(step.of[0], build.put(cotangent, index, build[step.of[0]].shape))


def put_permutes(build, k, cotangent, reached, send):
    send(build[k].of[0], build.take(cotangent, rolled(build[k].detail)))


def put_forgets_what_is_dropped(build, k, cotangent, reached, send):
    index = build[k].detail
    if build[k].size:
        index = np.maximum(index, 0)
    send(build[k].of[0], build.take(cotangent, index))


def sum_does_not_repeat(build, k, cotangent, reached, send):
    step, shape = build[k], build[build[k].of[0]].shape
    index = np.arange(build[cotangent].size).reshape(
        [1 if i in step.detail else n for i, n in enumerate(shape)])
    wide = np.full(shape, -1)
    if wide.size:
        wide[tuple(slice(0, 1) if i in step.detail else slice(None)
                   for i in range(len(shape)))] = index
    send(step.of[0], build.take(cotangent, wide))


def reciprocal_with_the_wrong_sign(build, k, cotangent, reached, send):
    square, letters = inverse(build, k)
    send(build[k].of[0], build.multiply(cotangent, square, letters, letters, letters))


def reciprocal_without_a_square(build, k, cotangent, reached, send):
    letters = index_letters(len(build[k].shape))
    send(build[k].of[0], build.scale(
        build.multiply(cotangent, k, letters, letters, letters), -1))


ADJOINTS = [
    ("add", add_hands_on_to_one),
    ("add", add_hands_on_half_to_equal_ones),
    ("multiply", multiply_by_itself),
    ("multiply", multiply_loses_one_factor),
    ("multiply", multiply_mixes_up_axes),
    ("multiply", multiply_keeps_no_samples),
    ("take", take_permutes),
    ("take", take_adds_each_entry_once),
    ("put", put_permutes),
    ("put", put_forgets_what_is_dropped),
    ("sum", sum_does_not_repeat),
    ("reciprocal", reciprocal_with_the_wrong_sign),
    ("reciprocal", reciprocal_without_a_square),
]


# Tangent rules: the derivative of an instruction from those of its operands.

def add_moves_with_one(build, k, moved):
    return next((moved[a] for a in build[k].of if a in moved), None)


def multiply_has_one_half(build, k, moved):
    (a, b), (left, right, out) = build[k].of, build[k].detail
    summed = {*build[a].axes, *build[b].axes} - set(build[k].axes)
    for one, other, names in ((a, b, (left, right)), (b, a, (right, left))):
        if one in moved:
            axes = {*build[moved[one]].axes, *build[other].axes} - summed
            return build.multiply(moved[one], other, *names, out, axes=axes)
    return None


def multiply_moves_both(build, k, moved):
    # the product of the derivatives
    (a, b), names = build[k].of, build[k].detail
    if a in moved and b in moved:
        return build.multiply(moved[a], moved[b], *names)
    return RIGHT_PUSH(build, k, moved)


def multiply_sums_over_nothing(build, k, moved):
    # sums over samples are forgotten
    value = RIGHT_PUSH(build, k, moved)
    (a, b), (left, right, out) = build[k].of, build[k].detail
    if value is None or set(build[k].axes) >= {*build[a].axes, *build[b].axes}:
        return value
    one, other, names = (a, b, (left, right)) if a in moved else (b, a, (right, left))
    return build.multiply(moved[one], other, *names, out)


def take_moves_permuted(build, k, moved):
    a = moved.get(build[k].of[0])
    return None if a is None else build.take(a, rolled(build[k].detail))


def put_moves_permuted(build, k, moved):
    a = moved.get(build[k].of[0])
    return None if a is None else build.put(a, rolled(build[k].detail), build[k].shape)


def put_does_not_add(build, k, moved):
    a = moved.get(build[k].of[0])
    if a is None:
        return None
    index, seen = build[k].detail.copy(), set()
    for place in np.ndindex(*index.shape):
        if index[place] in seen:
            index[place] = -1
        seen.add(int(index[place]))
    return build.put(a, index, build[k].shape)


def sum_takes_the_first(build, k, moved):
    a = moved.get(build[k].of[0])
    if a is None:
        return None
    shape, axes = build[build[k].of[0]].shape, build[k].detail
    index = np.arange(build[a].size).reshape(shape)
    for axis in axes[::-1]:
        index = (index.take(0, axis=axis) if index.shape[axis]
                 else np.full(np.delete(index.shape, axis), -1))
    return build.take(a, index)


def reciprocal_moves_with_the_wrong_sign(build, k, moved):
    a, (square, letters) = moved.get(build[k].of[0]), inverse(build, k)
    return None if a is None else build.multiply(a, square, letters, letters, letters)


def reciprocal_moves_without_a_square(build, k, moved):
    a, letters = moved.get(build[k].of[0]), index_letters(len(build[k].shape))
    return None if a is None else build.scale(
        build.multiply(a, k, letters, letters, letters), -1)


TANGENTS = [
    ("add", add_moves_with_one),
    ("multiply", multiply_has_one_half),
    ("multiply", multiply_moves_both),
    ("multiply", multiply_sums_over_nothing),
    ("take", take_moves_permuted),
    ("put", put_moves_permuted),
    ("put", put_does_not_add),
    ("sum", sum_takes_the_first),
    ("reciprocal", reciprocal_moves_with_the_wrong_sign),
    ("reciprocal", reciprocal_moves_without_a_square),
]


def first_caught():
    """Return the number of the first program that shows that something is wrong."""
    for seed in range(PROGRAMS):
        case = RandomProgram(random.Random(seed))
        program = case.program()
        for check in (derivatives_agree, batched_gradients_agree):
            try:
                check(case, program)
            except AssertionError:
                return seed
    return None


def test_right_rules_are_not_caught():
    assert first_caught() is None


@pytest.mark.parametrize("op, wrong", ADJOINTS, ids=[wrong.__name__ for _, wrong in ADJOINTS])
def test_wrong_adjoints_are_caught(op, wrong, monkeypatch):
    def pull(build, k, *rest):
        (wrong if build[k].op == op else RIGHT_PULL)(build, k, *rest)

    monkeypatch.setattr(derivatives, "_pull", pull)
    assert first_caught() is not None


@pytest.mark.parametrize("op, wrong", TANGENTS, ids=[wrong.__name__ for _, wrong in TANGENTS])
def test_wrong_tangents_are_caught(op, wrong, monkeypatch):
    def push(build, k, moved):
        return (wrong if build[k].op == op else RIGHT_PUSH)(build, k, moved)

    monkeypatch.setattr(derivatives, "_push", push)
    assert first_caught() is not None


def test_adjoints_that_are_not_summed_over_samples_are_caught(monkeypatch):
    # parameters have no samples: what is sent to them has to lose its own
    right = Builder.sum

    def kept(self, a, axes, batch=None):
        return a if not axes and batch is not None else right(self, a, axes, batch)

    monkeypatch.setattr(Builder, "sum", kept)
    assert first_caught() is not None

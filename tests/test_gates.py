"""Gates: which arguments share them, what is refused, and what is said where they are not free."""

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest

from network_values import same_values
from random_networks import gated_expression
from sage_conslaw import (
    GradientFlow,
    MomentumFlow,
    Network,
    ReLUNetwork,
    conservation_laws,
    trace_dimension,
)
from sage_conslaw.functions import absolute, convolve1d, leaky_relu, relu
from sage_conslaw.interpreters import floats
from sage_conslaw.interpreters.ring_elements import evaluate

X = {"x": (2,)}
UV = {"U": (2, 2), "V": (2, 2)}
HALF = Fraction(1, 2)


def gates_of(function, parameters=UV, inputs=X):
    """Return the shapes of the blocks of gates of a network that computes what it should."""
    network = Network(function, parameters, inputs)
    generator = np.random.Generator(np.random.PCG64(0))
    for _ in range(5):
        same_values(network, **{n: generator.uniform(-2, 2, size=s)
                                for n, s in {**network.parameters, **network.inputs}.items()})
    return [network.program[g.control].shape for g in network.gates]


# z = U x is gated again and again, and has one gate
SHARED = {
    "computed twice": lambda z: relu(z) + relu(z),
    "multiples": lambda z: relu(z) + relu(3 * z) + relu(z / 2),
    "negative multiples": lambda z: relu(z) + relu(-z) + relu(-3 * z),
    "all kinds": lambda z: absolute(z) + relu(z) + leaky_relu(z) + np.minimum(z, 0) + abs(-z),
    "slopes": lambda z: leaky_relu(z, -2) + leaky_relu(z, 3) + leaky_relu(z, HALF) + relu(z),
    "sums": lambda z: relu(z) + relu(z + z) + relu(z - 4 * z) + relu(z / 2 + z / 3),
    "slices": lambda z: relu(z) + relu(z[::-1])[::-1] + np.stack([relu(z[0]), relu(z[1])]),
    "transposes": lambda z: relu(z) + relu(z[None].T)[:, 0] + relu(z[:, None].T)[0],
    "concatenations": lambda z: relu(z) + relu(np.concatenate([z, -z]))[:2],
    "stacks": lambda z: relu(np.stack([z, 2 * z, z[::-1]])).sum(axis=0) + relu(z),
    "paddings": lambda z: relu(np.pad(z, 2))[2:4] + relu(z),
    "masks": lambda z: relu(z) + relu(np.where([True, False], z, 0)),
    "with constants": lambda z: relu(z) + relu(np.concatenate([z, [3, -2]]))[:2],
    "broadcasts": lambda z: relu(z) + relu(np.broadcast_to(z, (3, 2))).sum(axis=0),
    "relu of relu": lambda z: relu(relu(z)) + relu(relu(2 * z) * 3),
    "relu of absolute": lambda z: relu(absolute(z)) + absolute(relu(z)) + absolute(absolute(z)),
    "leaky of leaky": lambda z: leaky_relu(leaky_relu(z, HALF), HALF) + relu(leaky_relu(z, 3)),
    "leaky of negative": lambda z: relu(-leaky_relu(-z, HALF)) + leaky_relu(-leaky_relu(z, 3), 2),
    "of nothing negative": lambda z: relu(z) + relu(relu(z) + relu(-z)) + relu(z * z + 1),
    "times a square": lambda z: relu(z) + relu(z * (1 + z * z)) + relu(z**3 / (1 + z**4)),
    "minimum": lambda z: relu(z) - relu(np.minimum(z, 0)) + relu(-np.minimum(z, 0)),
}


@pytest.mark.parametrize("name", SHARED)
def test_shared_gates(name):
    function = SHARED[name]
    assert gates_of(lambda x, U: function(U @ x), {"U": (2, 2)}) == [(2,)]


def test_slopes_of_leaky_relus():
    z = np.array([-2.0, 3.0])
    for slope in (0, 1, -1, 2, -3, HALF, Fraction(-1, 3)):
        expected = np.where(z > 0, z, float(slope) * z)
        assert np.allclose(leaky_relu(z, slope), expected)
        count = gates_of(lambda x, U, slope=slope: leaky_relu(U @ x, slope), {"U": (2, 2)})
        assert count == ([] if slope == 1 else [(2,)])
    # one after the other, all slopes after all slopes
    for one, other in itertools.product((0, 1, -1, 2, -2, HALF), repeat=2):
        gates_of(lambda x, U, one=one, other=other: leaky_relu(leaky_relu(U @ x, one), other),
                 {"U": (2, 2)})


def test_gates_that_do_nothing_are_left_out():
    assert gates_of(lambda x, U, V: U @ relu(0 * (V @ x)) + x) == []
    assert gates_of(lambda x, U, V: U @ relu((V @ x)**2) + relu(np.array([1, -2]))) == []
    assert gates_of(lambda x, U, V: [relu(V @ x), U @ x][1]) == []
    assert gates_of(lambda x, U, V: relu(U @ x) - relu(U @ x) + V @ x) in ([], [(2,)])
    # of a block of gates, the entries that are used are checked, and no others
    assert gates_of(lambda x, U: U @ relu((np.array([[1, 2], [2, 4]]) @ x)[:1]),
                    {"U": (2, 1)}) == [(2,)]


def test_gates_of_products_with_what_is_nowhere_negative():
    assert gates_of(lambda x, U, V: relu(relu(U @ x) * (V @ x))) == [(2,), (2,)]
    assert gates_of(lambda x, U, a: relu(U @ x) + relu(a**2 * (U @ x)), {"U": (2, 2), "a": ()}) == [
        (2,)]
    assert gates_of(lambda x, U, a: relu(U @ x) + relu(-a**2 * (U @ x)) + relu(U @ x / (1 + a**2)),
                    {"U": (2, 2), "a": ()}) == [(2,)]
    assert gates_of(lambda x, U, b: relu(U @ x) + relu(np.outer(b**2, U @ x)).sum(axis=0),
                    {"U": (2, 2), "b": (3,)}) == [(2,)]


def test_gates_of_arrays_that_are_put_together():
    # where a part has no entries its gate is not one
    first = [True, False]
    for function in (lambda x, U, V: relu(np.where(first, absolute(U @ x), V @ x)),
                     lambda x, U, V: relu(np.where(first, U @ x, absolute(U @ x))),
                     lambda x, U, V: relu(np.where(first, U @ x, -absolute(V @ x))),
                     lambda x, U, V: relu(np.concatenate([U @ x, relu(V @ x)])),
                     lambda x, U, V: relu(np.where(first, -(U @ x), 3 * (V @ x))),
                     lambda x, U, V: absolute(np.concatenate([relu(U @ x), -(U @ x), [1, -2]]))):
        assert set(gates_of(function)) == {(2,)}


def test_random_expressions():
    accepted = 0
    for seed in range(300):
        function = gated_expression(random.Random(seed))
        try:
            gates_of(function)
            accepted += 1
        except ValueError as error:
            assert str(error).startswith("function: ")
    assert accepted > 200


REFUSED = {
    "gates of parameters": (lambda x, U, V: V @ x + relu(U)[0],
                            r"the argument of gate1\[0, 0\] does not depend on the inputs"),
    "biases next to data": (lambda x, U, V: relu(np.concatenate([U @ x, V[0]])),
                            "does not depend on the inputs"),
    "data through gates": (lambda x, U, V: relu(V[0] + relu(U @ x) / (U @ x)),
                           r"gate2\[0\] does not depend on the inputs"),
    "data that cancel": (lambda x, U, V: relu((x - x) * U[0] + V[0]),
                         "does not depend on the inputs"),
    "data that divide": (lambda x, U, V: relu(U[0] * x / x), "does not depend on the inputs"),
    "equal functions": (lambda x, U, V: relu(U @ x + V @ x) + relu((U + V) @ x),
                        "gate1.0. and gate2.0. are multiples of each other, and switch together; "
                        "compute the argument once"),
    "opposite functions": (lambda x, U, V: relu(U @ x - V @ x) + relu((V - U) @ x),
                           "multiples of each"),
    "multiples in a block": (lambda x, U, V: U @ relu(np.array([[1, 2], [-2, -4]]) @ x),
                             "multiples"),
    "circular padding": (lambda x, U, V: relu(convolve1d(x[None], U[None, None, 0], 1, 1, True)),
                         "multiples of each other"),
    "inverses": (lambda x, U, V: relu(V @ x) + relu(1 / (V @ x)),
                 "gate1.0. and gate2.0. switch together"),
    "cubes of sums": (lambda x, U, V: relu(V @ x + 1) + relu(((V @ x) + 1) * (1 - U[0] + U[0]**2)),
                      "switch together, at .* points that were tried"),
    "opposite": (lambda x, U, V: relu(V @ x) + relu(-(V @ x) * (1 - U[0] + U[0]**2)),
                 "switch together"),
    "squares of sums": (lambda x, U, V: relu((U @ x)**2 - 2 * (U @ x) * (V @ x) + (V @ x)**2),
                        r"the argument of gate1\[0\] is nowhere negative, at .* points"),
    "negative": (lambda x, U, V: relu((U @ x) * (V @ x) - (U @ x)**2 - (V @ x)**2),
                 "is nowhere positive, at .* write the function without this gate"),
}


# Functions in which a gate meets itself or is divided by, beside the same function without that: a
# gate times itself is that gate.
SWITCHED = {
    "squares": (lambda x, U, V: relu(U @ x)**2, lambda x, U, V: relu(U @ x) * (U @ x)),
    "cubes": (lambda x, U, V: V @ relu(U @ x)**3, lambda x, U, V: V @ (relu(U @ x) * (U @ x)**2)),
    "products": (lambda x, U, V: relu(U @ x) * absolute(U @ x),
                 lambda x, U, V: relu(U @ x) * (U @ x)),
    "products of slices": (lambda x, U, V: relu(U @ x)[0] * relu((U @ x)[::-1])[1],
                           lambda x, U, V: relu((U @ x)[0]) * (U @ x)[0]),
    "norms": (lambda x, U, V: V[0] * (relu(U @ x) @ relu(U @ x)),
              lambda x, U, V: V[0] * (relu(U @ x) @ (U @ x))),
    "deep products": (
        lambda x, U, V: relu(U @ x) * (V @ relu(U @ x)),
        lambda x, U, V: np.stack([
            relu(U @ x)[0] * (V[0, 0] * (U @ x)[0] + V[0, 1] * relu(U @ x)[1]),
            relu(U @ x)[1] * (V[1, 1] * (U @ x)[1] + V[1, 0] * relu(U @ x)[0])])),
    "denominators": (lambda x, U, V: V @ x / (1 + relu(U @ x)),
                     lambda x, U, V: V @ x * (1 - relu(U @ x) / (1 + U @ x))),
}


@pytest.mark.parametrize("name", SWITCHED)
@pytest.mark.parametrize("kind", [GradientFlow, MomentumFlow])
def test_gates_that_meet_themselves_are_counted_with_patterns(name, kind):
    switched, plain = (Network(function, UV, X) for function in SWITCHED[name])
    assert switched.switched and not plain.switched
    expected = trace_dimension(kind(plain))
    for seed in range(3):
        assert trace_dimension(kind(switched), seed=seed) == expected
    with pytest.raises(ValueError, match="gates in which it is not affine"):
        kind(switched).vector_fields()
    result = conservation_laws(kind(switched))
    assert result.certainty in ("certain", "proved" if not result.laws else "certain")
    assert result.upper_bound == result.lower_bound == expected.number_of_laws


@pytest.mark.parametrize("name", REFUSED)
def test_gates_that_are_not_free_are_refused(name):
    function, text = REFUSED[name]
    with pytest.raises(ValueError, match=f"^function: .*{text}"):
        Network(function, UV, X)


def test_gates_without_data_are_refused():
    with pytest.raises(ValueError, match="does not depend on the inputs"):
        Network(lambda U, V: U @ relu(V), UV)


def test_ties_make_gates_one_or_are_refused():
    two = Network(lambda x, U, V: relu(U @ x) + 2 * relu(V @ x), UV, X)
    assert len(two.gates) == 2
    for tie in ("U", "-U", lambda U: 3 * U, lambda U: U - 4 * U):
        tied = two.tie({"V": tie})
        assert len(tied.gates) == 1
        same_values(tied, x=[1, -2], U=[[1, 2], [-3, 1]])
    with pytest.raises(ValueError, match="multiples of each other"):
        two.tie({"V": lambda U: U[::-1]})
    assert len(two.tie({"V": "U.T"}).gates) == 2
    with pytest.raises(ValueError, match="does not depend on the inputs"):
        Network(lambda x, y, U: U @ x + relu(y), {"U": (2, 2)}, {"x": (2,), "y": (2,)}) @ Network(
            lambda x, V: (x, V), {"V": (2,)}, X)


# --- what is said ---

def facts(function, parameters=UV, inputs=X):
    """Return what is said of the gates of a network."""
    return Network(function, parameters, inputs).facts


def test_arguments_in_an_order():
    # where z - 1 is positive z is so too
    network = Network(lambda x, U, v: relu(U @ x) + v * relu(U @ x - 1), {"U": (2,), "v": ()}, X)
    found, = network.facts
    assert "gate1 and gate2 are free of each other, though of their 4 patterns 3 were" in found
    assert found in network.hypotheses
    found, = facts(lambda x, U: relu(U @ x) + relu(2 * (U @ x) + 3), {"U": (2, 2)})
    assert "gate1[0] and gate2[0], and 1 more pair, are free" in found
    found, = facts(lambda x, U, V: relu(U @ x + relu(V @ x)) + relu(U @ x))
    assert "of their 4 patterns 3 were seen" in found


def test_products_of_signs():
    found, = facts(lambda x, a, b, c: a * relu(x[0]) + b * relu(x[1]) + c * relu(x[0] * x[1]),
                   dict.fromkeys("abc", ()))
    assert found.startswith("gate1[0], gate1[1] and gate2 are free of each other, though the "
                            "product of the signs of their arguments is the same")
    assert len(facts(lambda x, U: relu(U[:, None] * x), {"U": (2,)})) == 2


def test_patterns_of_three_gates():
    # this network is zero at all data
    found, = facts(lambda x, u: u * relu(x[0]) * relu(x[1]) * relu(-x[0] - x[1]), {"u": ()})
    assert found.startswith("gate1[0], gate1[1] and gate2 are free of each other, though not all "
                            "of their 8 patterns were seen")
    found, = facts(lambda x, a: a @ relu(np.stack([x[0] - x[1], x[1] - 2, x[0] - 2])), {"a": (3,)})
    assert "not all of their 8 patterns" in found
    found, = facts(lambda x, a: a @ relu(np.stack([x[0], x[1], x[0] - 2])), {"a": (3,)})
    assert "of their 4 patterns 3 were seen" in found


def test_what_is_free_is_not_spoken_of():
    for network in (
            ReLUNetwork([2, 2, 2]), ReLUNetwork([3, 4, 4, 4, 2]), ReLUNetwork([1, 3, 1], bias=True),
            ReLUNetwork([10] * 5), ReLUNetwork([2] * 8),
            Network(lambda x, U, V: x + U @ relu(V @ x), UV, X),
            Network(lambda x, U, V: relu(V @ relu(U @ x)), UV, X),
            Network(lambda x, U, V: relu(x) + U @ relu(V @ x), UV, X),
            Network(lambda x, U: relu(convolve1d(x[None], U[None, None])), {"U": (2,)},
                    {"x": (6,)})):
        assert network.facts == ()


# --- the lifted reading ---

def test_lifted_reading_of_a_product_of_signs():
    # relu(x y) = 2 relu(x) relu(y) - (|x| y + x |y|) / 2: with the true gates c - 2 e + (a + b) / 2
    # is constant, with free ones it is not. So there have to be words that gates are not free.
    names = dict.fromkeys("abce", ())

    def function(x, a, b, c, e):
        return (a * absolute(x[0]) * x[1] + b * x[0] * absolute(x[1]) + c * relu(x[0] * x[1])
                + e * relu(x[0]) * relu(x[1]))

    network = Network(function, names, X)
    assert trace_dimension(GradientFlow(network)).number_of_laws == 0
    assert len(network.facts) == 1 and network.facts[0] in network.hypotheses
    for x in np.random.Generator(np.random.PCG64(1)).uniform(-1, 1, size=(20, 2)):
        slopes = [function(x, **dict(zip("abce", row))) for row in np.eye(4)]
        assert np.isclose(slopes @ np.array([0.5, 0.5, 1, -2]), 0)


def test_lifted_values_are_affine_in_gates():
    # half way between two patterns is the mean of their values
    network = Network(lambda x, U, V: V @ relu(U @ relu(V @ x)) + absolute(V @ x), UV, X)
    program = network.program
    parameters, data = program.numbers("parameter"), program.numbers("control", "input")
    generator = np.random.Generator(np.random.PCG64(0))
    given = {k: generator.integers(-5, 6, size=program[k].shape) for k in parameters + data}
    blocks = [g.control for g in network.gates]
    patterns = {k: generator.integers(0, 2, size=2).astype(object) for k in blocks}
    for k in blocks:
        for place in range(2):
            values = []
            for value in (0, 1, HALF):
                gates = {**patterns, k: patterns[k].copy()}
                gates[k][place] = value
                values.append(evaluate(program, {**given, **gates})[0])
            assert ((values[0] + values[1]) / 2).tolist() == values[2].tolist()


def test_gates_of_later_layers_see_earlier_ones():
    network = Network(lambda x, U, V: relu(V @ relu(U @ x)), UV, X)
    U, V, x = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, -2], [-1, 1]]), np.array([1.0, -3])
    program, gates = network.program, network.gates
    given = dict(zip(program.numbers("parameter") + program.numbers("control", "input"), (U, V, x)))
    values = floats.values(program, given, gates)
    assert [values[g.control].tolist() for g in gates] == [[1, 0], [1, 0]]
    assert floats.evaluate(program, given, gates)[0].tolist() == [1, 0]
    # gates that are given are left as they are
    forced = floats.evaluate(program, {**given, gates[0].control: [0, 1]}, gates)
    assert forced[0].tolist() == [6, 0]

"""Networks: random ones against NumPy, what is made from them, names, printing, pickling."""

import pickle
import random
from fractions import Fraction

import numpy as np
import pytest

from network_values import given, same_values
from random_networks import RandomNetwork
from sage_conslaw import GradientFlow, LinearNetwork, MomentumFlow, Network, ReLUNetwork
from sage_conslaw.functions import relu
from sage_conslaw.interpreters import floats
from sage_conslaw.interpreters.ring_elements import evaluate
from sage_conslaw.system.limits import PARAMETERS

X = {"x": (2,)}
DEEP = {"U": (2, 3), "V": (3, 2)}


def accepted_networks(count):
    """Yield random functions, and their networks where gates can be free."""
    for seed in range(count):
        function = RandomNetwork(random.Random(seed))
        try:
            yield function, function.network()
        except ValueError as error:
            # an argument that is there twice, as where a signal is padded with itself
            assert "multiples of each other" in str(error)


# --- random networks ---

def test_programs_compute_what_the_function_does():
    seen = 0
    for function, network in accepted_networks(120):
        for seed in range(3):
            same_values(network, **function.numbers(seed))
        seen += 1
    assert seen > 80


def test_lifted_fields_have_the_true_gradients():
    # for the gates at a point, the field of the data there is the gradient of the network
    for function, network in accepted_networks(40):
        arrays, step = function.numbers(7), 1e-6
        program = GradientFlow(network).programs.data_field
        values = floats.values(network.program, given(network, arrays), network.gates)
        generator = np.random.Generator(np.random.PCG64(3))
        direction = generator.uniform(-1, 1, size=network(**arrays).shape)
        controls = {network.program[g.control].detail[0]: values[g.control] for g in network.gates}
        controls.update(arrays, w1=direction)
        found = floats.evaluate(program, {
            k: controls[program[k].detail if program[k].op == "parameter" else program[k].detail[0]]
            for k in program.numbers("parameter") + program.numbers("control")})
        for name, slope in zip(network.parameters, found, strict=True):
            for place in np.ndindex(*arrays[name].shape):
                ends = []
                for sign in (1, -1):
                    moved = arrays[name].copy()
                    moved[place] += sign * step
                    ends.append(direction @ network(**{**arrays, name: moved}))
                slopes = 0.0 if slope is None else slope[place]
                assert np.isclose((ends[0] - ends[1]) / (2 * step), slopes, rtol=1e-4, atol=1e-4)


def test_training_follows_the_gradient():
    for function, network in accepted_networks(10):
        arrays = function.numbers(1)

        def slopes(outputs):
            return [2 * outputs[0]]

        before, gradients = floats.outputs_and_gradients(
            network.program, given(network, arrays), slopes, network.gates)
        size = sum((g**2).sum() for g in gradients)
        step = 1e-7 / (1 + size)
        moved = {**arrays, **{n: arrays[n] - step * g
                              for n, g in zip(network.parameters, gradients, strict=True)}}
        after = network(**moved)
        change = (after**2).sum() - (before[0]**2).sum()
        assert np.isclose(change, -step * size, rtol=1e-2, atol=1e-12)


# --- networks made from networks ---

def deep():
    return Network(lambda x, U, V: U @ relu(V @ x), DEEP, X)


ARRAYS = {"x": [1, -2], "U": [[1, 2, -1], [0, 3, 1]], "V": [[1, 1], [2, -1], [0, -3]]}


def test_restricted_networks():
    network = deep().restrict(["V"])
    assert network.parameters == {"V": (3, 2)} and network.blocks == (("V", (3, 2)),)
    assert network.number_of_parameters == 6
    assert network.program[network.program.numbers("control", "restricted")[0]].detail[0] == "U"
    assert "the parameters U take every value: laws in the others alone" in network.hypotheses
    assert repr(network) == f"{deep()!r}, restricted to V"
    same_values(network, **ARRAYS)
    assert deep().restrict("V") == network == deep().restrict(["V", "V"])
    assert deep().restrict(["U", "V"]).parameters == DEEP
    # restricted again, and other things made of it
    more = Network(lambda U, V, W: U @ V @ W, {"U": (1, 2), "V": (2, 2), "W": (2, 1)})
    twice = more.restrict(["U", "V"]).restrict(["U"])
    assert twice.parameters == {"U": (1, 2)}
    assert len(twice.program.numbers("control", "restricted")) == 2


@pytest.mark.parametrize("names, text", [
    ([], "names: got none, expected at least one name among U, V"), (["W"], "names among U, V"),
    (["x"], "names among U, V"), (3, "names: got 3, expected names among U, V"),
])
def test_restrictions_that_are_refused(names, text):
    with pytest.raises((ValueError, TypeError), match=text):
        deep().restrict(names)


def test_frozen_networks():
    network = deep().freeze(["V"], {"V": ARRAYS["V"]})
    assert network.parameters == {"U": (2, 3)}
    assert network.hypotheses[0] == "V fixed, at numbers given"
    assert repr(network) == f"{deep()!r}, V frozen"
    same_values(network, x=ARRAYS["x"], U=ARRAYS["U"])
    drawn = deep().freeze(["V"], seed=5)
    assert drawn == deep().freeze("V", seed=5) != deep().freeze("V", seed=6)
    assert drawn.hypotheses[0] == "V fixed, at numbers drawn with the seed 5"
    numbers = drawn.program[drawn.program.numbers("constant")[0]].detail.ravel()
    assert all(10**5 <= abs(c) < 10**6 for c in numbers)
    thirds = deep().freeze("U", {"U": [[Fraction(1, 3)] * 3] * 2})
    value = evaluate(thirds.program, {**given(thirds, {"V": ARRAYS["V"], "x": ARRAYS["x"]}),
                                      thirds.gates[0].control: [1, 1, 1]})[0]
    assert value.tolist() == [Fraction(-1 + 4 + 6, 3)] * 2


@pytest.mark.parametrize("names, values, text", [
    (["U", "V"], None, "names: got all parameters, expected at least one that is left"),
    (["V"], {"U": 1}, "values: got .*, expected a dictionary with the keys V"),
    (["V"], [1], "values: got .*, expected a dictionary with the keys V"),
    (["V"], {"V": [[1, 2]]}, r"values\['V'\]: got an array of shape \(1, 2\), expected \(3, 2\)"),
    (["V"], {"V": "x"}, r"values\['V'\]: got 'x', expected integers, fractions"),
])
def test_frozen_networks_that_are_refused(names, values, text):
    with pytest.raises((ValueError, TypeError), match=text):
        deep().freeze(names, values)
    with pytest.raises(TypeError, match="seed: got 'now', expected an integer"):
        deep().freeze("V", seed="now")


@pytest.mark.parametrize("tie, value", [("U.T", lambda U: U.T), ("-U.T", lambda U: -U.T),
                                        (lambda U: 2 * U.T, lambda U: 2 * U.T)])
def test_tied_networks(tie, value):
    network = deep().tie({"V": tie})
    assert network.parameters == {"U": (2, 3)} and ", V tied to " in repr(network)
    x, U = np.array(ARRAYS["x"], dtype=float), np.array(ARRAYS["U"], dtype=float)
    assert np.allclose(network(x=x, U=U), deep()(x=x, U=U, V=value(U)))
    same_values(network, x=x, U=U)


@pytest.mark.parametrize("ties, text", [
    (3, "ties: got 3, expected a dictionary such as"), ({"W": "U"}, "names among U, V"),
    ({"V": "W"}, "ties: 'V' is 'W', expected a function, or a text"),
    ({"V": "U.T.T"}, "ties: 'V' is 'U.T.T'"), ({"V": 2}, "ties: 'V' is 2"),
    ({"V": "V"}, "ties: 'V' is 'V'"), ({"V": "U"}, r"ties: 'V' becomes an array of shape \(2, 3\)"),
    ({"V": lambda W: W}, "ties: the function for 'V' takes W, expected names among U"),
])
def test_ties_that_are_refused(ties, text):
    with pytest.raises((ValueError, TypeError), match=text):
        deep().tie(ties)


def test_roots_of_parameters():
    network = deep().rooted({"U": 3})
    assert network.parameters == {"U_root": (2, 3), "V": (3, 2)}
    assert network.hypotheses[0] == "U is positive, and the power 3 of U_root, entry by entry"
    arrays = {n: np.array(a, dtype=float) for n, a in ARRAYS.items()}
    root = arrays.pop("U")
    same_values(network, U_root=root, **arrays)
    assert np.allclose(network(U_root=root, **arrays), deep()(U=root**3, **arrays))
    assert deep().restrict("U").rooted({"V": 2}).parameters == {"U": (2, 3)}
    for roots, text in [({"W": 2}, "roots: got .*, expected names among"),
                        ({"U": 0}, r"roots\['U'\]: got 0, expected a positive integer"),
                        ({"U": 0.5}, r"roots\['U'\]: got 0.5, expected a positive integer")]:
        with pytest.raises((ValueError, TypeError), match=text):
            deep().rooted(roots)
    clash = Network(lambda U, U_root: U * U_root, {"U": (), "U_root": ()})
    with pytest.raises(ValueError, match="would have one name, such as 'U_root'"):
        clash.rooted({"U": 2})


def test_compositions():
    first = Network(lambda x, A: (relu(A @ x), x), {"A": (3, 2)}, X)
    second = Network(lambda y, z, B: B @ y + z, {"B": (2, 3)}, {"y": (3,), "z": (2,)})
    both = second @ first
    assert both.parameters == {"A": (3, 2), "B": (2, 3)} and both.inputs == X
    whole = Network(lambda x, A, B: B @ relu(A @ x) + x, {"A": (3, 2), "B": (2, 3)}, X)
    assert both == whole and hash(both) == hash(whole)
    x, A, B = np.array([1.0, -2]), np.array(ARRAYS["V"], dtype=float), np.ones((2, 3))
    same_values(both, x=x, A=A, B=B)
    assert np.allclose(both(x=x, A=A, B=B), B @ np.maximum(A @ x, 0) + x)
    # a gate of the first network that is one of the second one is one gate
    ramp = Network(lambda x, A: A @ x, {"A": (2, 2)}, X)
    gates = Network(lambda y, B: B @ relu(y) + relu(2 * y), {"B": (2, 2)}, {"y": (2,)})
    assert len((gates @ ramp).gates) == 1
    for outer, inner, text in [
            (ramp, first, "composition: outputs of shapes"), (ramp, ramp, "have a parameter 'A'")]:
        with pytest.raises(ValueError, match=text):
            _ = outer @ inner
    with pytest.raises(TypeError, match="@"):
        _ = ramp @ 3


# --- names, shapes, facts ---

@pytest.mark.parametrize("arguments, text", [
    ((3, {"U": (1,)}), "function: got 3, expected a function of arrays"),
    ((lambda: 1, {}), "parameters: got none, expected at least one name with its shape"),
    ((lambda U: U, ["U"]), "parameters: got .*, expected a dictionary from names to shapes"),
    ((lambda U: U, {"U": "x"}), "parameters"), ((lambda U: U, {"U": (-1,)}), "parameters"),
    ((lambda U: U, {"U": (0.5,)}), "parameters"),
    ((lambda U: U, {"1U": (1,)}), "parameters: got the name"),
    ((lambda U: U, {"U V": (1,)}), "parameters: got the name"),
    ((lambda U: U, {3: (1,)}), "parameters"),
    ((lambda U: U, {"U": (1,)}, {"U": (1,)}), "inputs: 'U' is the name of a parameter too"),
    ((lambda U: U, {"U": (1,)}, {"x": (1,)}), "function: it takes the arguments U, expected U, x"),
    ((lambda U, V: U, {"U": (1,)}), "function: it takes the arguments U, V, expected U"),
    ((lambda U, /: U, {"U": (1,)}), "function: it takes the arguments"),
    ((lambda U: U, {"U": (PARAMETERS + 1,)}),
     "parameters: their shapes make 1,000,001 parameters"),
    ((lambda U: U, {"U": (10**9, 10**9)}), "parameters: their shapes make more than"),
    ((lambda U, x: U, {"U": ()}, {"x": (10**7,)}), "inputs: their shapes make 10,000,000 entries"),
])
def test_networks_that_are_refused(arguments, text):
    with pytest.raises((TypeError, ValueError), match=text):
        Network(*arguments)


def test_arguments_with_defaults_and_of_all_kinds():
    for function in (lambda U, k=2: k * U, lambda *, U: 2 * U, lambda **a: 2 * a["U"]):
        network = Network(function, {"U": (2,)})
        assert network(U=np.array([1, 2])).tolist() == [2, 4]


def test_shapes_of_all_kinds():
    network = Network(lambda a, b, c, d: (a * b[0], c, d), {"a": (), "b": 2, "c": [1, 2],
                                                                "d": (1,)})
    assert network.blocks == (("a", ()), ("b", (2,)), ("c", (1, 2)), ("d", (1,)))
    assert network.variable_names() == ("a", "b1", "b2", "c1_1", "c1_2", "d1")
    arranged = network.arrange([1, 2, 3, 4, 5, 6])
    assert [x.tolist() for x in arranged] == [1, [2, 3], [[4, 5]], [6]]


def test_unused_parameters_stay_variables():
    network = Network(lambda x, U, V, W: U @ x + 0 * V, {"U": (2, 2), "V": (2,), "W": ()}, X)
    assert network.unused_parameters() == ("V", "W")
    assert network.number_of_parameters == 7
    assert network.hypotheses[-1] == (
        "the network does not depend on V, W, along which the loss has no gradient")
    assert GradientFlow(network).programs.number_of_variables == 7
    assert Network(lambda U: 3, {"U": (2,)}).unused_parameters() == ("U",)


def test_hypotheses():
    assert Network(lambda U: U, {"U": (2,)}).hypotheses == (
        "the gradient of the loss takes every direction",)
    assert deep().hypotheses == (
        "the inputs x take every value", "the gradient of the loss takes every direction",
        "the gates of gate1 (3,) take every pattern, freely (lifted reading)")
    # with one input all gates are those of its sign
    narrow = Network(lambda x, U, V: U @ relu(V @ x), {"U": (1, 2), "V": (2, 1)}, {"x": (1,)})
    assert narrow.hypotheses[3:] == narrow.facts == (
        "gate1[0] and gate1[1] are free of each other, though no data change the quotients of "
        "their arguments",)
    biased = Network(lambda x, U, V, b: U @ relu(V @ x + b), {"U": (1, 2), "V": (2, 1), "b": (2,)},
                     {"x": (1,)})
    assert biased.facts == ()


def test_printing():
    assert repr(deep()) == "Network of U (2, 3), V (3, 2); inputs x (2,)"
    assert str(deep()).splitlines() == [
        repr(deep()),
        "  U      parameter               (2, 3)",
        "  V      parameter               (3, 2)",
        "  x      input                   (2,)",
        "  a1     V, x: ab,b->a           (3,)",
        "  gate1  gates                   (3,)",
        "  a2     a1 * gate1              (3,)",
        "  a3     U, a2: ab,b->a          (2,)",
        "  returns a3"]
    assert str(Network(lambda U: U.sum(axis=0) / (U[0] + 1), {"U": (2, 2)})).splitlines()[-3:] == [
        "  a4  1 / a3                  (2,)", "  a5  a1 * a4                 (2,)", "  returns a5"]


def test_equality():
    assert deep() == deep() and hash(deep()) == hash(deep())
    others = [Network(lambda x, U, V: U @ (V @ x), DEEP, X),
              Network(lambda x, U, W: U @ relu(W @ x), {"U": (2, 3), "W": (3, 2)}, X),
              Network(lambda x, V, U: U @ relu(V @ x), {"V": (3, 2), "U": (2, 3)}, X),
              deep().restrict("U"), deep().freeze("U"), deep().tie({"V": "U.T"}), 3, None]
    assert all(deep() != other for other in others)
    assert LinearNetwork([1, 2]) == LinearNetwork([1, 2]) != LinearNetwork([2, 1])


@pytest.mark.parametrize("make", [
    deep, lambda: deep().restrict("U"), lambda: deep().freeze("U"),
    lambda: deep().tie({"V": "U.T"}),
    lambda: deep().rooted({"U": 2}), lambda: ReLUNetwork([2, 2, 1], bias=True),
    lambda: LinearNetwork([2, 3, 1]), lambda: Network(lambda U: U / (U[0] + 1), {"U": (2,)}),
])
def test_pickling(make):
    network = make()
    again = pickle.loads(pickle.dumps(network))
    assert again == network and hash(again) == hash(network) and type(again) is type(network)
    assert repr(again) == repr(network) and str(again) == str(network)
    assert again.hypotheses == network.hypotheses and again.gates == network.gates
    assert GradientFlow(again) == GradientFlow(network)
    variables = MomentumFlow(again, 1).programs.number_of_variables
    assert variables == 2 * network.number_of_parameters + 1
    if type(network) is not Network:
        return  # made again from its arguments
    with pytest.raises(ValueError, match="function of a network is not kept when it is pickled"):
        again(**dict.fromkeys([*network.parameters, *network.inputs], np.ones(1)))

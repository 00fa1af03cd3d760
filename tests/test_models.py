"""The models against their definition: names, order, and phi as a network really computes it."""

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sage.all import GF, ZZ, Integer, PolynomialRing, QQ, matrix

import by_hand
from sage_conslaw import ICNN, NMF, LinearNetwork, ReLUNetwork
from small_cases import MODELS

each_model = pytest.mark.parametrize("pair", MODELS, ids=lambda pair: pair.label)


def integer_blocks(model, seed, low=-9, high=9):
    """Return random integers in the shapes of the blocks of a model, as object arrays."""
    generator = random.Random(seed)
    blocks = []
    for _, shape in model.blocks:
        block = np.empty(shape, dtype=object)
        for index in np.ndindex(*shape):
            block[index] = generator.choice([x for x in range(low, high + 1) if x])
        blocks.append(block)
    return blocks


@each_model
def test_names_and_order(pair):
    names = [x.name for x in by_hand.parameters(pair.hand)]
    assert list(pair.package.variable_names()) == names
    assert len(set(names)) == len(names)
    assert pair.package.number_of_parameters == len(names)
    assert isinstance(pair.package.number_of_parameters, int)


@each_model
def test_blocks(pair):
    assert [name for name, _ in pair.package.blocks] == [name for name, _ in pair.hand.blocks]
    for (name, shape), (_, symbols) in zip(pair.package.blocks, pair.hand.blocks):
        assert np.prod(shape) == len(symbols)
        assert len(shape) == (1 if name.startswith("b") else 2)
        # the last name of a block ends with its shape: rows and columns are counted from 1
        assert symbols[-1].name.endswith("_".join(str(size) for size in shape))
    assert tuple(pair.package.mirror_blocks) == pair.hand.mirror


@each_model
def test_phi_as_polynomials(pair):
    ring = PolynomialRing(ZZ, len(pair.package.variable_names()), pair.package.variable_names())
    blocks, start = [], 0
    for _, shape in pair.package.blocks:
        size = int(np.prod(shape))
        block = np.empty(size, dtype=object)
        block[:] = ring.gens()[start:start + size]
        blocks.append(block.reshape(shape))
        start += size
    found = [by_hand.named_terms_of_sage(ring(entry)) for entry in pair.package.phi(blocks)]
    variables = by_hand.parameters(pair.hand)
    expected = [by_hand.named_terms(entry, variables) for entry in pair.hand.phi]
    if "icnn" not in pair.label:  # the entries of phi have an agreed order in the other models
        assert found == expected

    def as_multiset(entries):
        return sorted(sorted((sorted(k), v) for k, v in entry.items()) for entry in entries)

    assert as_multiset(found) == as_multiset(expected)


@each_model
@pytest.mark.parametrize("ring", [ZZ, QQ, GF(10007)], ids=str)
def test_phi_over_other_rings(pair, ring):
    numbers = integer_blocks(pair.package, seed=1)
    blocks = []
    for block in numbers:
        converted = np.empty(block.shape, dtype=object)
        for index in np.ndindex(*block.shape):
            converted[index] = ring(block[index])
        blocks.append(converted)
    found = sorted(ring(entry) for entry in pair.package.phi(blocks))
    values = dict(zip(by_hand.parameters(pair.hand), (x for b in numbers for x in b.ravel())))
    assert found == sorted(ring(int(entry.subs(values))) for entry in pair.hand.phi)


def test_phi_over_python_numbers():
    model = NMF(2, 1, 2)
    u, v = np.array([[Fraction(1, 2)], [3]], dtype=object), np.array([[5], [7]], dtype=object)
    assert model.phi([u, v]) == [Fraction(5, 2), Fraction(7, 2), 15, 21]
    floats = model.phi([np.array([[0.5], [3.0]]), np.array([[5.0], [7.0]])])
    assert np.allclose(np.array(floats, dtype=float), [2.5, 3.5, 15, 21])


@pytest.mark.parametrize("widths", [(2, 3), (3, 2, 4), (1, 2, 3, 2), (2, 1, 2, 1, 3)])
def test_linear_phi_is_the_product_of_the_matrices(widths):
    blocks = integer_blocks(LinearNetwork(widths), seed=2)
    product = matrix(ZZ, blocks[0].tolist())
    for block in blocks[1:]:
        product = product * matrix(ZZ, block.tolist())
    assert [ZZ(entry) for entry in LinearNetwork(widths).phi(blocks)] == product.list()


def relu_forward(matrices, biases, x):
    """Return the output of the ReLU network on ``x``, and which hidden neurons are active."""
    active = []
    for layer in range(len(matrices) - 1, 0, -1):
        before = [
            sum(w * y for w, y in zip(row, x)) + b
            for row, b in zip(matrices[layer], biases[layer - 1])
        ]
        active.insert(0, [y > 0 for y in before])
        x = [max(y, 0) for y in before]
    return [sum(w * y for w, y in zip(row, x)) for row in matrices[0]], active


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("widths", [(2, 3), (2, 3, 2), (2, 3, 2, 2), (1, 2, 2, 3, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_relu_phi_gives_the_output_of_the_network(widths, bias, seed):
    # the output is the sum of phi over the active paths, weighted by the inputs they start at
    model = ReLUNetwork(widths, bias=bias)
    blocks = integer_blocks(model, seed)
    depth = len(widths) - 1
    matrices = [block.tolist() for block in blocks[:depth]]
    biases = [b.tolist() for b in blocks[depth:]] or [[0] * n for n in widths[1:depth]]
    generator = random.Random(seed + 100)
    x = [generator.randint(-5, 5) for _ in range(widths[-1])]
    output, active = relu_forward(matrices, biases, x)
    entries = iter(model.phi(blocks))
    total = [0] * widths[0]
    for last in range(1, depth) if bias else []:
        for path in itertools.product(*[range(n) for n in widths[:last + 1]]):
            gate = all(active[i - 1][path[i]] for i in range(1, last + 1))
            total[path[0]] += next(entries) * gate
    for path in itertools.product(*[range(n) for n in widths]):
        gate = all(active[i - 1][path[i]] for i in range(1, depth))
        total[path[0]] += next(entries) * gate * x[path[-1]]
    assert next(entries, None) is None
    assert total == output


def test_relu_networks_above_have_active_and_inactive_neurons():
    # otherwise the test of the outputs would say nothing about the gates
    blocks = integer_blocks(ReLUNetwork((2, 3, 2, 2)), 0)
    matrices = [block.tolist() for block in blocks]
    seen = {
        gate
        for x in itertools.product(range(-2, 3), repeat=2)
        for layer in relu_forward(matrices, [[0] * 3, [0] * 2], x)[1]
        for gate in layer
    }
    assert seen == {True, False}


@pytest.mark.parametrize("bias", [False, True])
def test_icnn_phi_gives_the_output_of_the_network(bias):
    model = ICNN(2, 3, 2, bias=bias)
    u, v, *b = integer_blocks(model, 5)
    x = [3, -2]
    offset = b[0].tolist() if bias else [0, 0, 0]
    hidden = [max(sum(w * y for w, y in zip(v[k], x)) + offset[k], 0) for k in range(3)]
    output = [sum(u[i, k] * hidden[k] for k in range(3)) for i in range(2)]
    known = [u[i, k] * v[k, j] for i in range(2) for k in range(3) for j in range(2)]
    known += [u[i, k] * offset[k] for i in range(2) for k in range(3)] if bias else []
    assert sorted(model.phi([u, v, *b])) == sorted(known)
    # and phi determines the output: pre-activations times u_ik, for the neurons that are active
    gates = [h > 0 for h in hidden]
    assert len(set(gates)) == 2
    weighted = [
        sum(
            gates[k] * (sum(u[i, k] * v[k, j] * x[j] for j in range(2)) + u[i, k] * offset[k])
            for k in range(3)
        )
        for i in range(2)
    ]
    assert weighted == output


@pytest.mark.parametrize("bias", [False, True])
def test_a_single_layer_has_no_bias_of_a_hidden_layer(bias):
    assert ReLUNetwork((3, 2), bias=bias).variable_names() == LinearNetwork((3, 2)).variable_names()


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.booleans())
def test_number_of_parameters_of_networks(widths, bias):
    count = sum(a * b for a, b in zip(widths, widths[1:]))
    assert LinearNetwork(widths).number_of_parameters == count
    hidden = sum(widths[1:-1])
    assert ReLUNetwork(widths, bias=bias).number_of_parameters == count + bias * hidden


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_number_of_parameters_of_factorisations(n, r, m, bias):
    assert NMF(n, r, m).number_of_parameters == (n + m) * r
    assert ICNN(n, r, m, bias=bias).number_of_parameters == (n + m + bias) * r


@pytest.mark.parametrize(
    "widths",
    [[2, 3, 2], (2, 3, 2), np.array([2, 3, 2]), [Integer(2), Integer(3), 2], iter([2, 3, 2])],
    ids=["list", "tuple", "numpy", "sage", "iterator"],
)
def test_widths_of_all_kinds(widths):
    assert LinearNetwork(widths).variable_names() == LinearNetwork((2, 3, 2)).variable_names()


def test_large_models_are_cheap_to_make():
    model = LinearNetwork((300, 300, 300))
    assert model.number_of_parameters == 180_000
    assert ReLUNetwork([40] * 9, bias=True).number_of_parameters == 8 * 1600 + 7 * 40


def test_hand_written_models_use_the_names_of_two_layers():
    # a check of the hand-written side itself, on an example small enough to read
    model = by_hand.relu((1, 1, 2), True)
    expected = ["b1_1*U1_1_1", "U1_1_1*U2_1_1", "U1_1_1*U2_1_2"]
    assert list(model.phi) == [sympy.sympify(text) for text in expected]

"""Laws of networks of one's own against true gradients, at real points with their true gates."""

import numpy as np
import pytest

from network_values import given
from sage_conslaw import GradientFlow, Network, conservation_laws
from sage_conslaw.functions import absolute, convolve1d, convolve2d, leaky_relu, relu
from sage_conslaw.interpreters import floats

X = {"x": (2,)}
UV = {"U": (2, 2), "V": (2, 2)}

NETWORKS = {
    # name: (network, number of laws)
    # a law for each hidden neuron
    "skip": (Network(lambda x, U, V: x + U @ relu(V @ x), UV, X), 2),
    "leaky": (Network(lambda x, U, V: U @ leaky_relu(V @ x), UV, X), 2),
    "absolute": (Network(lambda x, U, V, b: U @ absolute(V @ x + b), {**UV, "b": (2,)}, X), 2),
    # the layer between has one for each neuron on both sides
    "deep": (Network(lambda x, U, V, W: W @ relu(U @ relu(V @ x)), {**UV, "W": (1, 2)}, X), 4),
    # one for each channel between
    "images": (Network(lambda x, K, L: convolve2d(relu(convolve2d(x, K)), L),
                       {"K": (2, 1, 2, 2), "L": (1, 2, 1, 1)}, {"x": (1, 3, 3)}), 2),
    "signals": (Network(lambda x, K, L: convolve1d(leaky_relu(convolve1d(x, K)), L),
                        {"K": (2, 1, 2), "L": (1, 2, 2)}, {"x": (1, 4)}), 2),
    # U^T U - V V^T, d (d + 1) / 2 entries
    "linear": (Network(lambda x, U, V: U @ V @ x, UV, X), 3),
    # attention that is linear, with one row each: four factors, of whose scales three are free
    "attention": (Network(lambda x, Q, K, V, O: (x.T @ Q.T @ K @ x) @ (x.T @ V.T @ O),
                          dict.fromkeys("QKVO", (1, 2)), {"x": (2, 2)}), 3),
    # of degree 1 in g and -1 in v: g^2 + v.v is constant
    "weight norm": (Network(lambda x, g, v: g * (v @ x) / (v @ v), {"g": (), "v": (2,)}, X), 1),
    "Hadamard": (Network(lambda x, U, V: U * V * x, {"U": (2,), "V": (2,)}, X), 2),
    # scales of gated units: three factors, two laws each
    "gated unit": (Network(lambda x, U, V, W: W @ (relu(U @ x) * (V @ x)), {**UV, "W": (1, 2)}, X),
                   4),
}


def gradient(network, arrays, direction):
    """Return the gradient of the pairing of a network with a direction, flat."""
    _, slopes = floats.outputs_and_gradients(
        network.program, given(network, arrays), lambda outputs: [direction], network.gates)
    return np.concatenate([slope.ravel() for slope in slopes])


@pytest.mark.parametrize("name", NETWORKS)
def test_laws_are_orthogonal_to_true_gradients(name):
    network, number = NETWORKS[name]
    result = conservation_laws(GradientFlow(network), 2)
    assert result.upper_bound == number and len(result.laws) == number
    generator = np.random.Generator(np.random.PCG64(0))
    theta = {n: generator.uniform(-1, 1, size=s) for n, s in network.parameters.items()}
    point = np.concatenate([theta[n].ravel() for n in network.parameters])
    laws = [law.gradient_at(point) for law in result.laws]
    assert np.linalg.matrix_rank(np.array(laws).reshape(number, -1)) == number
    shape, seen = network.program[network.program.outputs[0]].shape, []
    for _ in range(100):
        arrays = {**theta, **{n: generator.uniform(-1, 1, size=s)
                              for n, s in network.inputs.items()}}
        slope = gradient(network, arrays, generator.uniform(-1, 1, size=shape))
        assert np.allclose([law @ slope for law in laws], 0, atol=1e-12)
        seen.append(slope)
    # and not for want of gradients: they have as many directions as they can without brackets
    assert 0 < np.linalg.matrix_rank(np.array(seen)) <= network.number_of_parameters - number

"""Laws of modules of PyTorch, against numbers worked out by hand and networks written by hand."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from cases import SelfAttention, Tied, case, drawn
from sage_conslaw import GradientFlow, Network, trace_dimension
from sage_conslaw.functions import softmax

ROOT_OF_HALF = Fraction(2 ** -0.5)

COUNTS = {
    # nothing is conserved where activations are no powers and all is biased
    "perceptron": (lambda: nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)),
                   drawn(1, 2), 0),
    # the sums of the columns, and that of the bias
    "softmax": (lambda: nn.Sequential(nn.Linear(2, 3), nn.Softmax(-1)), drawn(1, 2), 3),
    # a law for each hidden neuron
    "relu": (lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)), drawn(1, 2), 3),
    # 3 of queries and keys, 3 of values and outputs, the bias of the keys
    "attention": (lambda: SelfAttention(2, 1), drawn(1, 2, 2), 8),
    # 16 of two heads as above; before each norm, the sums of columns and of the bias
    "encoder": (lambda: nn.TransformerEncoderLayer(4, 2, 4, 0.0, "gelu", batch_first=True),
                drawn(1, 3, 4), 26),
}


@pytest.mark.parametrize("name", COUNTS)
def test_numbers_of_laws(name):
    make, inputs, expected = COUNTS[name]
    flow = GradientFlow(Network.from_torch(make(), inputs))
    assert trace_dimension(flow).number_of_laws == expected


def test_attention_as_it_is_written_by_hand():
    def attention(x, W, b, O, c):
        q, k, v = (x @ W[2 * i:2 * i + 2].T + b[2 * i:2 * i + 2] for i in range(3))
        return softmax(q @ k.T * ROOT_OF_HALF) @ v @ O.T + c

    network = Network(attention, {"W": (6, 2), "b": (6,), "O": (2, 2), "c": (2,)}, {"x": (2, 2)})
    assert trace_dimension(GradientFlow(network)).number_of_laws == COUNTS["attention"][2]


def test_names_shapes_and_facts():
    _, _, network = case("encoder layer, causal")
    assert list(network.parameters)[:2] == ["layer_self_attn_in_proj_weight",
                                            "layer_self_attn_in_proj_bias"]
    assert network.parameters["layer_self_attn_in_proj_weight"] == (12, 4)
    assert network.inputs == {"x": (1, 3, 4)}
    _, _, network = case("lora")
    assert dict(network.parameters) == {"A": (1, 3), "B": (2, 1)}
    assert network.facts == ("the parameters base.weight, base.bias need no gradient: they are "
                             "fixed, at the numbers of the module",)
    _, _, network = case("mask of huge numbers")
    assert network.facts == ("huge negative numbers of masks are read as minus infinity",)
    _, _, network = case("embedding with padding")
    assert len(network.facts) == 2
    assert list(case("perceptron")[2].parameters) == [
        "layer0_weight", "layer0_bias", "layer2_weight", "layer2_bias"]


def test_tied_and_unused_parameters():
    class SharedStorage(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(2, 2, bias=False) for _ in range(3))
            self.b.weight = nn.Parameter(self.a.weight.data)

        def forward(self, x):
            return self.b(torch.tanh(self.a(x)))

    network = Network.from_torch(SharedStorage(), drawn(1, 2))
    assert dict(network.parameters) == {"a_weight": (2, 2), "c_weight": (2, 2)}
    assert network.unused_parameters() == ("c_weight",)
    assert list(Network.from_torch(Tied(), torch.tensor([1, 2])).parameters) == ["embedding_weight"]


def test_a_name_that_input_and_parameter_share():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.x = nn.Parameter(drawn(2))

        def forward(self, x):
            return self.x * x

    network = Network.from_torch(Named(), drawn(2))
    assert list(network.parameters) == ["x"] and list(network.inputs) == ["x_"]


def test_neither_module_nor_random_numbers_change():
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.LSTM(2, 2))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].tolist()
    Network.from_torch(module, drawn(3, 2))
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == np.random.get_state()[1].tolist()
    assert module.training and torch.get_default_dtype() == torch.float32
    for name, value in module.state_dict().items():
        assert value.dtype == before[name].dtype and torch.equal(value, before[name])


def test_kinds_of_inputs():
    attention = nn.MultiheadAttention(2, 1)
    x = drawn(2, 2)
    by_name = Network.from_torch(attention, {"query": x, "value": x, "key": x})
    assert set(by_name.inputs) == {"query", "key", "value"}
    assert Network.from_torch(nn.Linear(2, 2).half(), x.half()).inputs == {"input": (2, 2)}
    assert Network.from_torch(torch.compile(nn.Linear(2, 2)), x).parameters == {
        "weight": (2, 2), "bias": (2,)}
    module = nn.Linear(2, 2)
    module.weight.data.fill_(float("nan"))  # the values of weights are not used
    assert Network.from_torch(module, x) == Network.from_torch(nn.Linear(2, 2), x)

"""Modules of PyTorch, with example inputs: each is read and compared."""

import functools

import torch
import torch.nn.functional as F
from torch import nn

from sage_conslaw import Network


class Function(nn.Module):
    """A module that is a function of named parameters, given by their shapes, and inputs."""

    def __init__(self, function, **shapes):
        super().__init__()
        self.function = function
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(drawn(*shape)))

    def forward(self, *inputs):
        return self.function(self, *inputs)


def drawn(*shape):
    """Return random numbers of a shape, always the same ones, and of PyTorch's own kind."""
    generator = torch.Generator().manual_seed(sum(shape) + 10 * len(shape))
    return torch.randn(shape, generator=generator)


def after_linear(*layers, width=4, **shape):
    """Return layers after one with weights."""
    return nn.Sequential(nn.Linear(3, width), *layers), (drawn(2, 3),)


def rotated(x, angles):
    """Rotate pairs of entries by angles: RoPE in real numbers."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


def attention_with_rotations(m, x):
    q, k = (rotated(x @ w, torch.arange(3.0, dtype=torch.float64)[:, None] * torch.tensor(
        [1.0, 0.1], dtype=torch.float64)) for w in (m.Q, m.K))
    return F.scaled_dot_product_attention(q, k, x @ m.V, is_causal=True)


def masked_by_filling(number):
    def attention(m, x):
        forbidden = torch.ones(3, 3).triu(1).bool()
        scores = (x @ m.A @ x.mT).masked_fill(forbidden, number) / 2
        return torch.softmax(scores, -1) @ x
    return attention


def masked_by_adding(m, x):
    mask = (1 - torch.ones(3, 3, dtype=torch.float64).tril()) * torch.finfo(torch.float32).min
    return torch.softmax(x @ m.A @ x.mT + mask, -1) @ x


def movements(m, x):
    y = x @ m.A
    z = y.clone()
    z[:, 0] = y[:, 1] * 2
    return torch.cat([y[:, [1, 0]], F.pad(y, (1, 1), value=2.5), F.pad(y, (0, 1)), torch.roll(
        y, 1, -1), y.repeat(1, 2), y.repeat_interleave(2, -1), y.flip(0), y.tril(), y.triu(), z,
        y.unfold(1, 2, 1).flatten(1), torch.stack([y, x], -1).flatten(1), y.T.reshape(2, 2),
        F.pad(y[None, None], (1, 1, 1, 1), mode="reflect")[0, 0][:2],
        torch.diag_embed(y)[:, 0], y.gather(1, torch.tensor([[1], [0]])),
        torch.where(torch.eye(2).bool(), y, 0), torch.where(torch.eye(2).bool(), 7, y),
        y.masked_fill(torch.eye(2).bool(), 3), y.index_select(1, torch.tensor([1, 1])),
        y.diagonal()[:, None], torch.einsum("ij,kj->ik", y, x),
        torch.nn.functional.unfold(y[None, None], 2).reshape(2, 2)], 1)


def arithmetic(m, x):
    y = x @ m.A
    return (torch.logsumexp(y, -1) + F.normalize(y, dim=-1).sum(-1) + y.var(-1) + y.std(-1)
            + torch.linalg.norm(y) + y.prod(-1) + y.cumsum(0)[:, 0] + (1 / (y ** 2 + 3)).mean(-1)
            + (y ** 2 + 1).sqrt().sum(-1) + (y ** 2 + 1).pow(-1.5).sum(-1) + torch.expm1(y)[:, 0]
            + torch.addcmul(y, y, x, value=0.5)[:, 0] + torch.log1p(y ** 2)[:, 1]
            - 3 / (2 + y.exp())[:, 1]
            + F.cosine_similarity(y, x, dim=-1) + y.norm(dim=-1))


def losses(m, x):
    y = x @ m.A
    return (F.cross_entropy(y, torch.tensor([1, 0])) + F.mse_loss(y, x)
            + F.binary_cross_entropy_with_logits(y, torch.ones_like(y)) + F.kl_div(
                F.log_softmax(y, -1), torch.full_like(y, 0.5)) + F.nll_loss(
                F.log_softmax(y, -1), torch.tensor([0, 1])))


class Lora(nn.Module):
    def __init__(self):
        super().__init__()
        self.base = nn.Linear(3, 2).requires_grad_(False)
        self.A, self.B = nn.Parameter(drawn(1, 3)), nn.Parameter(drawn(2, 1))

    def forward(self, x):
        return self.base(x) + x @ (self.B @ self.A).T


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        return self.head(torch.tanh(self.embedding(tokens)))


class SelfAttention(nn.Module):
    def __init__(self, *arguments, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(*arguments, batch_first=True, **options)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Statistics(nn.Module):
    """A norm with running statistics that are not the first ones."""

    def __init__(self, norm):
        super().__init__()
        self.linear, self.norm = nn.Linear(3, 3), norm
        norm.running_mean += torch.arange(3)
        norm.running_var *= 3

    def forward(self, x):
        return self.norm(self.linear(x))


def encoder(**options):
    return nn.TransformerEncoderLayer(4, 2, 6, 0.0, batch_first=True, **options)


def decoder(**options):
    return nn.TransformerDecoderLayer(4, 2, 6, 0.0, batch_first=True, **options)


def causal(layer):
    class Causal(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            mask = nn.Transformer.generate_square_subsequent_mask(3)
            return self.layer(x, src_mask=mask, is_causal=True)
    return Causal()


TOKENS = torch.tensor([[1, 4, 1]])
SQUARE = {"A": (2, 2)}
HEAD = {"Q": (2, 4), "K": (2, 4), "V": (2, 2)}
#: Modules that are networks: name, and a function that makes module and example inputs.
CASES = {
    "linear": lambda: (nn.Linear(3, 2), (drawn(2, 4, 3),)),
    "linear without bias": lambda: (nn.Linear(3, 2, bias=False), drawn(3)),
    "perceptron": lambda: after_linear(nn.Tanh(), nn.Linear(4, 2)),
    "conv1d": lambda: (nn.Conv1d(2, 3, 2, stride=2, padding=1), drawn(2, 2, 5)),
    "conv1d circular": lambda: (nn.Conv1d(2, 3, 3, padding=1, padding_mode="circular"),
                                drawn(1, 2, 5)),
    "conv2d": lambda: (nn.Conv2d(2, 4, (2, 3), groups=2, dilation=(1, 2), padding=(0, 1)),
                       drawn(1, 2, 4, 5)),
    "conv2d same": lambda: (nn.Conv2d(1, 2, 2, padding="same"), drawn(1, 1, 3, 3)),
    "conv_transpose1d": lambda: (nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, groups=2,
                                                    output_padding=1), drawn(1, 4, 4)),
    "conv_transpose2d": lambda: (nn.ConvTranspose2d(2, 1, 2, stride=3, dilation=2),
                                 drawn(1, 2, 2, 2)),
    "relu": lambda: after_linear(nn.ReLU(), nn.Linear(4, 2)),
    "leaky_relu": lambda: after_linear(nn.LeakyReLU(0.25), nn.Linear(4, 2)),
    "gelu": lambda: after_linear(nn.GELU(), nn.Linear(4, 2)),
    "gelu tanh": lambda: after_linear(nn.GELU("tanh"), nn.Linear(4, 2)),
    "silu": lambda: after_linear(nn.SiLU(), nn.Linear(4, 2)),
    "sigmoid": lambda: after_linear(nn.Sigmoid(), nn.Linear(4, 2)),
    "softplus": lambda: after_linear(nn.Softplus(), nn.Softplus(beta=2)),
    "elu": lambda: after_linear(nn.ELU(0.5), nn.Linear(4, 2)),
    "celu": lambda: after_linear(nn.CELU(0.5), nn.Linear(4, 2)),
    "selu": lambda: after_linear(nn.SELU(), nn.Linear(4, 2)),
    "mish": lambda: after_linear(nn.Mish(), nn.Linear(4, 2)),
    "log_sigmoid": lambda: after_linear(nn.LogSigmoid(), nn.Tanhshrink()),
    "hardtanh": lambda: after_linear(nn.Hardtanh(), nn.Linear(4, 2)),
    "relu6": lambda: after_linear(nn.ReLU6(), nn.Linear(4, 2)),
    "glu": lambda: after_linear(nn.GLU()),
    "softmax": lambda: after_linear(nn.Softmax(-1)),
    "log_softmax": lambda: after_linear(nn.LogSoftmax(-1)),
    "layer_norm": lambda: after_linear(nn.LayerNorm(4)),
    "layer_norm of two axes": lambda: after_linear(nn.LayerNorm((2, 4), bias=False)),
    "rms_norm": lambda: after_linear(nn.RMSNorm(4)),
    "rms_norm with eps": lambda: after_linear(nn.RMSNorm(4, eps=1e-3)),
    "group_norm": lambda: (nn.Sequential(nn.Conv1d(2, 4, 1), nn.GroupNorm(2, 4)), drawn(2, 2, 3)),
    "instance_norm": lambda: (nn.Sequential(nn.Conv1d(2, 4, 1), nn.InstanceNorm1d(4)),
                              drawn(2, 2, 3)),
    "batch_norm1d in training": lambda: (Statistics(nn.BatchNorm1d(3)), drawn(4, 3)),
    "batch_norm1d": lambda: (Statistics(nn.BatchNorm1d(3)).eval(), drawn(4, 3)),
    "batch_norm2d in training": lambda: (nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2)),
                                         drawn(2, 1, 2, 2)),
    "batch_norm2d": lambda: (nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2)).eval(),
                             drawn(2, 1, 2, 2)),
    "avg_pool1d": lambda: (nn.Sequential(nn.Conv1d(1, 2, 1), nn.AvgPool1d(3, 2, padding=1)),
                           drawn(1, 1, 6)),
    "avg_pool2d": lambda: (nn.Sequential(nn.Conv2d(1, 2, 1), nn.AvgPool2d(
        3, 2, padding=1, count_include_pad=False, ceil_mode=True)), drawn(1, 1, 6, 4)),
    "adaptive_avg_pool1d": lambda: (nn.Sequential(nn.Conv1d(1, 2, 1), nn.AdaptiveAvgPool1d(3)),
                                    drawn(1, 1, 7)),
    "adaptive_avg_pool2d": lambda: (nn.Sequential(nn.Conv2d(1, 2, 1), nn.AdaptiveAvgPool2d(
        (2, 1))), drawn(1, 1, 5, 4)),
    "global average": lambda: (nn.Sequential(nn.Conv2d(1, 2, 1), nn.AdaptiveAvgPool2d(1),
                                             nn.Flatten()), drawn(1, 1, 5, 4)),
    "embedding": lambda: (nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 2)), TOKENS),
    "embedding with padding": lambda: (nn.Sequential(nn.Embedding(5, 3, padding_idx=1),
                                                     nn.Linear(3, 2)), TOKENS),
    "multihead attention": lambda: (nn.MultiheadAttention(4, 2, batch_first=True),
                                    (drawn(1, 3, 4), drawn(1, 2, 4), drawn(1, 2, 4))),
    "attention with other dims": lambda: (
        nn.MultiheadAttention(4, 2, kdim=3, vdim=2, add_bias_kv=True),
        (drawn(3, 1, 4), drawn(2, 1, 3), drawn(2, 1, 2))),
    "self-attention": lambda: (SelfAttention(4, 2, add_zero_attn=True), drawn(1, 3, 4)),
    "encoder layer": lambda: (encoder(activation="gelu"), drawn(1, 3, 4)),
    "encoder layer, silu, norm first": lambda: (encoder(activation=F.silu, norm_first=True),
                                                drawn(1, 3, 4)),
    "encoder layer, relu, norm first": lambda: (encoder(norm_first=True), drawn(1, 3, 4)),
    "encoder layer, causal": lambda: (causal(encoder(activation="gelu")), drawn(1, 3, 4)),
    "encoder layer to evaluate": lambda: (nn.TransformerEncoderLayer(
        4, 2, 6, 0.1, "gelu", batch_first=True).eval(), drawn(1, 3, 4)),
    "encoder": lambda: (nn.TransformerEncoder(encoder(activation="gelu"), 2), drawn(1, 2, 4)),
    "decoder layer": lambda: (decoder(activation="gelu"), (drawn(1, 2, 4), drawn(1, 3, 4))),
    "decoder layer, norm first": lambda: (decoder(activation="gelu", norm_first=True),
                                          (drawn(1, 2, 4), drawn(1, 3, 4))),
    "decoder layer, relu, norm first": lambda: (decoder(norm_first=True),
                                                (drawn(1, 2, 4), drawn(1, 3, 4))),
    "rnn": lambda: (nn.RNN(2, 3, num_layers=2), drawn(3, 1, 2)),
    "rnn in both directions": lambda: (nn.RNN(2, 2, bidirectional=True, batch_first=True),
                                       drawn(1, 3, 2)),
    "lstm": lambda: (nn.LSTM(2, 2), drawn(3, 1, 2)),
    "lstm with states": lambda: (nn.LSTM(2, 2), (drawn(2, 1, 2), (drawn(1, 1, 2),
                                                                  drawn(1, 1, 2) + 1))),
    "gru": lambda: (nn.GRU(2, 2), drawn(3, 1, 2)),
    "gru cell": lambda: (nn.GRUCell(2, 2), (drawn(1, 2), drawn(1, 2))),
    "attention": lambda: (Function(lambda m, x: F.scaled_dot_product_attention(
        x @ m.Q, x @ m.K, x @ m.V), **HEAD), drawn(1, 3, 2)),
    "causal attention": lambda: (Function(lambda m, x: F.scaled_dot_product_attention(
        x @ m.Q, x @ m.K, x @ m.V, is_causal=True), **HEAD), drawn(1, 1, 3, 2)),
    "attention with a mask": lambda: (Function(
        lambda m, x: F.scaled_dot_product_attention(x @ m.Q, x @ m.K, x @ m.V, attn_mask=torch.eye(
            3).bool().logical_or(torch.tensor([[True, False, True]]))), **HEAD), drawn(1, 1, 3, 2)),
    "attention of nothing": lambda: (Function(
        lambda m, x: F.scaled_dot_product_attention(x @ m.Q, x @ m.K, x @ m.V, attn_mask=torch.eye(
            3)[:, [0, 1, 1]].bool()), **HEAD), drawn(1, 1, 3, 2)),
    "mask of infinities": lambda: (Function(masked_by_filling(float("-inf")), **SQUARE),
                                   drawn(1, 3, 2)),
    "mask of huge numbers": lambda: (Function(masked_by_filling(-1e9), **SQUARE), drawn(1, 3, 2)),
    "added mask": lambda: (Function(masked_by_adding, **SQUARE), drawn(1, 3, 2)),
    "all masked alike": lambda: (Function(lambda m, x: torch.softmax(
        x @ m.A + torch.tensor([[-2e4], [0.0], [-3e4]]), -1), **SQUARE), drawn(3, 2)),
    "masked logarithms": lambda: (Function(lambda m, x: torch.logsumexp(
        x @ m.A + torch.tensor([float("-inf"), 0.0]), -1) + torch.log_softmax(
        x @ m.A + torch.tensor([float("-inf"), 0.0]), -1)[:, 1] + torch.exp(
        x @ m.A + torch.tensor([float("-inf"), 0.0])).sum(-1), **SQUARE), drawn(3, 2)),
    "huge number that is no mask": lambda: (Function(lambda m, x: torch.tanh(
        x @ m.A - 1e4 + 1e4), **SQUARE), drawn(3, 2)),
    "rotations": lambda: (Function(attention_with_rotations, **HEAD), drawn(1, 3, 2)),
    "tied weights": lambda: (Tied(), TOKENS),
    "weight_norm": lambda: (nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)),
                                          nn.Tanh()), drawn(1, 3)),
    "lora": lambda: (Lora(), drawn(2, 3)),
    "bilinear": lambda: (nn.Bilinear(2, 3, 2), (drawn(2, 2), drawn(2, 3))),
    "movements": lambda: (Function(movements, **SQUARE), drawn(2, 2)),
    "arithmetic": lambda: (Function(arithmetic, **SQUARE), drawn(2, 2)),
    "losses": lambda: (Function(losses, **SQUARE), drawn(2, 2)),
    "functions": lambda: (Function(lambda m, x: F.silu(F.linear(x, m.W, m.b)) + F.softmax(
        F.layer_norm(x @ m.W.T, (2,)), -1) * F.gelu(x @ m.W.T, approximate="tanh"), W=(2, 2),
        b=(2,)), drawn(3, 2)),
}


@functools.cache
def case(name):
    """Return module, example inputs as a tuple, and the network of a case."""
    torch.manual_seed(3)
    module, inputs = CASES[name]()
    network = Network.from_torch(module, inputs)
    return module, inputs if isinstance(inputs, tuple) else (inputs,), network

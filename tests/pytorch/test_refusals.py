"""Modules that are no networks: one clear error each, with operation, module and line."""

import numpy as np
import pytest
import torch
from torch import nn

from cases import Function, drawn
from sage_conslaw import LinearNetwork, Network
from sage_conslaw.program.constants import RoundedFraction
from sage_conslaw.program.trace import TraceError

X = drawn(1, 2)


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return torch.tanh(x)

    @staticmethod
    def backward(context, slope):
        return slope


class Complex(nn.Module):
    def __init__(self):
        super().__init__()
        self.A = nn.Parameter(torch.ones(2, dtype=torch.complex64))

    def forward(self, x):
        return x * self.A.real


class Integers(nn.Module):
    def __init__(self):
        super().__init__()
        self.A = nn.Parameter(torch.ones(2, dtype=torch.int64), requires_grad=False)

    def forward(self, x):
        return x * self.A


class Overlapping(nn.Module):
    def __init__(self):
        super().__init__()
        both = torch.ones(3)
        self.a, self.b = nn.Parameter(both[:2]), nn.Parameter(both[1:])

    def forward(self, x):
        return x * self.a * self.b


def without_gradient(m, x):
    with torch.no_grad():
        y = x @ m.A
    return y * (x @ m.A)


def function(of):
    return Function(of, A=(2, 2))


REFUSED = [
    (lambda: nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)), X, TraceError,
     "aten.native_dropout in the module '1' (Dropout)", "module.eval()"),
    (lambda: nn.TransformerEncoderLayer(4, 2, 4), drawn(1, 3, 4), TraceError,
     "(MultiheadAttention)", "module.eval()"),
    (lambda: nn.LSTM(2, 2, 2, dropout=0.1), X, TraceError, "(LSTM)", "module.eval()"),
    (lambda: function(lambda m, x: x @ m.A + torch.randn(2)), X, TraceError, "aten.randn",
     "random numbers"),
    (lambda: nn.Sequential(nn.Linear(2, 2), nn.MaxPool1d(2)), X, TraceError,
     "in the module '1' (MaxPool1d)", "average pooling"),
    (lambda: function(lambda m, x: (x @ m.A).topk(1)[0]), X, TraceError, "aten.topk", "choice"),
    (lambda: function(lambda m, x: torch.sin(x @ m.A)), X, TraceError, "aten.sin", "sine"),
    (lambda: function(lambda m, x: torch.erfinv(x @ m.A)), X, TraceError, "aten.erfinv",
     "cases.py, line"),
    (lambda: function(lambda m, x: torch.matrix_exp(x.T @ x @ m.A)), X, TraceError,
     "aten.linalg_matrix_exp", "no such operation"),
    (lambda: function(lambda m, x: x @ m.A if (x @ m.A).sum() > 0 else x), X, TraceError,
     "control flow depends on values", "test_refusals.py, line"),
    (lambda: function(lambda m, x: x @ m.A * (x @ m.A).sum().item()), X, TraceError, "asked for",
     "cases.py, line"),
    (lambda: function(lambda m, x: torch.where(x @ m.A > 0, x, 0.0)), X, TraceError,
     "aten.gt.Scalar", "compared"),
    (lambda: function(lambda m, x: (x @ m.A).long() * m.A), X, TraceError, "int64", "cases.py"),
    (lambda: function(lambda m, x: m.A[0, 0] ** (x @ m.A)), X, TypeError, "exponent", "aten.pow"),
    (lambda: function(lambda m, x: torch.fft.fft(x @ m.A).real), X, TraceError, "fft", "complex"),
    (lambda: function(lambda m, x: (x @ m.A).detach() * (x @ m.A)), X, TraceError, "aten.detach",
     "gradient of a parameter is stopped"),
    (lambda: function(without_gradient), X, TraceError, "set_grad_enabled",
     "gradient of a parameter is stopped"),
    (lambda: function(lambda m, x: (x @ m.A).data * m.A), X, ValueError, "could not export",
     ".data"),
    (lambda: function(lambda m, x: StraightThrough.apply(x @ m.A)), X, ValueError,
     "differs from it in the gradient of A", "written by hand"),
    (lambda: function(lambda m, x: torch.softmax(x @ m.A + float("-inf"), -1)), X, ValueError,
     "not finite", "mask"),
    (lambda: function(lambda m, x: torch.tanh(x @ m.A + torch.tensor([0.0, float("-inf")]))), X,
     TraceError, "aten.tanh", "minus infinity"),
    (lambda: function(lambda m, x: torch.ones(2)), X, ValueError, "no output", "depends"),
    (Complex, X, TypeError, "the parameter A is of torch.complex64", "real"),
    (Integers, X, TypeError, "the parameter A is of torch.int64", "real"),
    (Overlapping, X, ValueError, "a and b share a part", "storage"),
    (lambda: nn.LazyLinear(2), X, ValueError, "weight has no shape", "call the module"),
    (lambda: nn.Linear(2, 2).requires_grad_(False), X, ValueError, "no parameter", "gradient"),
    (lambda: nn.Linear(2, 2), X.to(torch.complex64), TypeError, "example_inputs", "complex"),
    (lambda: nn.Linear(2, 2), np.zeros(2), TypeError, "example_inputs", "expected a tensor"),
    (lambda: nn.Linear(2, 2), 3, TypeError, "example_inputs", "expected a tensor"),
    (lambda: nn.Linear(2, 2), drawn(1, 3), ValueError, "could not export", "dim"),
    (lambda: nn.Linear(2, 2), (X, X), ValueError, "could not export", "too many"),
    (lambda: len, X, TypeError, "module: got", "torch.nn.Module"),
]


@pytest.mark.parametrize(("make", "inputs", "kind", "first", "second"), REFUSED)
def test_what_is_refused(make, inputs, kind, first, second, capfd):
    module = make()
    with pytest.raises(kind) as raised:
        Network.from_torch(module, inputs)
    text = str(raised.value)
    assert first in text and second in text and "\n" not in text.strip()
    assert "".join(capfd.readouterr()) == ""


def test_frozen_parameters_have_to_be_finite():
    module = nn.Sequential(nn.Linear(2, 2).requires_grad_(False), nn.Linear(2, 2))
    module[0].bias.data.fill_(float("nan"))
    with pytest.raises(TraceError, match="not finite"):
        Network.from_torch(module, X)


def test_one_warning_of_floats_that_are_no_simple_fractions():
    module = nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(), nn.Linear(2, 2), nn.LeakyReLU(0.1))
    with pytest.warns(RoundedFraction, match="such as 0.01, and not as 1/100") as warned:
        Network.from_torch(module, X)
    assert len(warned) == 1 and warned[0].filename == __file__


def test_other_classes_are_not_made():
    with pytest.raises(TypeError, match="no LinearNetwork"):
        LinearNetwork.from_torch(nn.Linear(2, 2), X)

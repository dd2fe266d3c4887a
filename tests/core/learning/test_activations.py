import pytest
import torch
from torch.nn import functional

from quorate.learning import activations
from quorate.learning.activations import hidden_activation, mish, tanh
from quorate.learning.settings import Activation

X = torch.cat([torch.linspace(-30, 30, 6001), torch.tensor([-1e4, 0.0, 20.0, 1e4])])


def test_mish_is_torchs():
    assert (mish(X) - functional.mish(X)).abs().max() < 2e-6
    assert (mish(X.double()) - functional.mish(X.double())).abs().max() < 1e-12


def test_its_slope_is_torchs():
    slopes = []
    for function in (mish, functional.mish):
        x = X.clone().requires_grad_()
        (function(x) * torch.linspace(-1, 2, len(X))).sum().backward()
        slopes.append(x.grad)
    assert (slopes[0] - slopes[1]).abs().max() < 3e-6
    assert torch.autograd.gradcheck(mish, X[::97].double().requires_grad_())


@pytest.mark.parametrize("quick", [False, True], ids=["by-sigmoid", "torchs"])
def test_tanh_and_its_slope_are_torchs(monkeypatch, quick):
    monkeypatch.setattr(activations, "_QUICK", quick)
    assert (tanh(X) - torch.tanh(X)).abs().max() < 3e-7
    assert tanh(X).abs().max() <= 1
    assert torch.equal(tanh(X.double()), torch.tanh(X.double()))
    slopes = []
    for function in (tanh, torch.tanh):
        x = X.clone().requires_grad_()
        (function(x) * torch.linspace(-1, 2, len(X))).sum().backward()
        slopes.append(x.grad)
    assert (slopes[0] - slopes[1]).abs().max() < 1e-6


@pytest.mark.parametrize("function", [mish, tanh])
def test_they_leave_their_input_alone(function, monkeypatch):
    monkeypatch.setattr(activations, "_QUICK", False)
    x = X.clone()
    function(x)
    assert torch.equal(x, X)


@pytest.mark.parametrize("kind", Activation)
def test_hidden_values_are_overwritten_only_where_nothing_is_differentiated(kind):
    apply, watched, free = hidden_activation(kind), X.clone().requires_grad_(), X.clone()
    differentiated, value = apply(watched), apply(free)
    assert torch.equal(differentiated, value)
    assert value.data_ptr() == free.data_ptr()
    assert torch.equal(watched, X)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_less_precise_types_are_left_to_torch(dtype):
    assert torch.equal(tanh(X.to(dtype)), torch.tanh(X.to(dtype)))
    assert torch.equal(mish(X.to(dtype)), functional.mish(X.to(dtype)))

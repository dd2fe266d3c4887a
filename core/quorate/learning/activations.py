"""Nonlinearities of hidden layers."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from quorate.learning.chain import Activated
from quorate.learning.settings import Activation

_LARGEST = 20.0
"""Beyond it mish(x) is x, and the square of its slope's exponential would overflow."""
_MINUS_ONE = torch.tensor(-1.0)
_QUICK = "Intel" in str(getattr(torch.cpu, "get_capabilities", dict)())
"""Torch's own tanh is: it is that of Intel's library, which does its best on Intel's processors only."""


def mish(x: Tensor) -> Tensor:
    """x tanh(log(1 + e^x)) = x - x / (1 + u + u^2 / 2) with u = e^x: one transcendental function instead of three.

    On a CPU it takes a quarter of the time of torch's own, from which it differs by 1e-6 at most. Compiled code and
    types of less precision than float32 use torch's.
    """
    return functional.mish(x) if _native(x) else _applied(_Mish, mish_, x)


def mish_(x: Tensor) -> Tensor:
    """As `mish`, in place and without gradients."""
    if _native(x):
        return functional.mish(x, inplace=True)
    divisor = x.exp()  # where this or its square is infinite, the quotient is 0 and mish(x) is x
    divisor.addcmul_(divisor, divisor, value=0.5).add_(1.0)
    return x.addcdiv_(x, divisor, value=-1.0)


def tanh(x: Tensor) -> Tensor:
    """2 / (1 + e^(-2x)) - 1: in float32 on AMD's and other CPUs in a third of the time of torch's own, used elsewhere.

    They differ by 3e-7 at most.
    """
    return torch.tanh(x) if _torchs_tanh(x) else _applied(_Tanh, tanh_, x)


def tanh_(x: Tensor) -> Tensor:
    """As `tanh`, in place and without gradients."""
    if _torchs_tanh(x):
        return torch.tanh_(x)
    return torch.add(_MINUS_ONE, x.add_(x).sigmoid_(), alpha=2, out=x)  # numbers would be made tensors each time


def _applied(function: type[torch.autograd.Function], in_place: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """A node of autograd's graph only where a gradient is asked for."""
    if torch.is_grad_enabled() and x.requires_grad:
        result: Tensor = function.apply(x)
        return result
    return in_place(x.clone())


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        value = tanh_(x.clone())
        ctx.save_for_backward(value)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        product: Tensor = torch.ops.aten.tanh_backward(gradient, *ctx.saved_tensors)
        return product


class _Mish(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        u = x.clamp(max=_LARGEST).exp_()
        divisor = torch.addcmul(u, u, u, value=0.5).add_(1.0)
        ctx.save_for_backward(x, u, divisor)
        return torch.addcdiv(x, x, divisor, value=-1.0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """With w = 1 + u + u^2 / 2, the slope is 1 + (x u (1 + u) / w - 1) / w."""
        x, u, divisor = ctx.saved_tensors
        slope = torch.addcmul(u, u, u).mul_(x).div_(divisor).sub_(1).div_(divisor)
        return torch.addcmul(gradient, gradient, slope, out=slope)


def _native(x: Tensor) -> bool:
    return torch.compiler.is_compiling() or x.dtype not in (torch.float32, torch.float64)


def _torchs_tanh(x: Tensor) -> bool:
    return _QUICK or torch.compiler.is_compiling() or x.dtype != torch.float32 or x.device.type != "cpu"


_ACTIVATIONS: dict[Activation, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    Activation.RELU: (torch.relu, torch.relu_),
    Activation.TANH: (tanh, tanh_),
    Activation.SILU: (functional.silu, partial(functional.silu, inplace=True)),
    Activation.MISH: (mish, mish_),
}


_TOLD = {
    Activation.RELU: Activated(
        torch.relu_, lambda gradient, value: torch.ops.aten.threshold_backward(gradient, value, 0)
    ),
    Activation.TANH: Activated(tanh_, torch.ops.aten.tanh_backward),
}


def hidden_activation(kind: Activation) -> Callable[[Tensor], Tensor]:
    """The nonlinearity of tensors that nothing else reads: where no gradient is asked for, it overwrites them."""
    return partial(_activate, *_ACTIVATIONS[kind])


def told_slope(kind: Activation) -> Activated | None:
    """The nonlinearity for `chain`; None where its value does not tell its slope."""
    return _TOLD.get(kind)


def _activate(plain: Callable[[Tensor], Tensor], in_place: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return plain(x) if torch.is_grad_enabled() and x.requires_grad else in_place(x)


def gain(activation: Activation) -> float:
    """Of the orthogonal weights before a nonlinearity, such that numbers keep their size."""
    return 5 / 3 if activation is Activation.TANH else math.sqrt(2)

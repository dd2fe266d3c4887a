"""Nonlinearities of hidden layers."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from quorate.learning.settings import Activation

_LARGEST = 20.0
"""Beyond it mish(x) is x, and its square's exponential would overflow."""


def mish(x: Tensor) -> Tensor:
    """x tanh(log(1 + e^x)) = x - x / (1 + u + u^2 / 2) with u = e^x: one transcendental function instead of three.

    On a CPU it takes a quarter of the time of torch's own, from which it differs by 1e-6 at most. Compiled code and
    types of less precision than float32 use torch's.
    """
    if torch.compiler.is_compiling() or x.dtype not in (torch.float32, torch.float64):
        return functional.mish(x)
    if torch.is_grad_enabled() and x.requires_grad:
        result: Tensor = _Mish.apply(x)  # type: ignore[no-untyped-call]
        return result
    return _mish(x)


class _Mish(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return _mish(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """With w = 1 + u + u^2 / 2: 1 - 1 / w + x u (1 + u) / w^2."""
        (x,) = ctx.saved_tensors
        u = x.clamp(max=_LARGEST).exp_()
        inverse = torch.addcmul(u + 1, u, u, value=0.5).reciprocal_()
        slope = u.addcmul_(u, u).mul_(x).mul_(inverse).sub_(1).mul_(inverse).add_(1)
        product: Tensor = slope.mul_(gradient)
        return product


def _mish(x: Tensor) -> Tensor:
    u = x.clamp(max=_LARGEST).exp_()
    u.addcmul_(u, u, value=0.5).add_(1.0)
    return torch.addcdiv(x, x, u, value=-1.0, out=u)


ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    Activation.RELU: torch.relu,
    Activation.TANH: torch.tanh,
    Activation.SILU: functional.silu,
    Activation.MISH: mish,
}


def gain(activation: Activation) -> float:
    """Of the orthogonal weights before a nonlinearity, such that numbers keep their size."""
    return 5 / 3 if activation is Activation.TANH else math.sqrt(2)

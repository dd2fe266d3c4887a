"""Activation functions, forwards and along a direction."""

import torch
from torch import Tensor
from torch.nn import functional

from quorate_state_inference.settings import Activation


def activate(kind: Activation, inputs: Tensor, *, inplace: bool) -> Tensor:
    """The activation of [...]."""
    return functional.silu(inputs, inplace) if kind is Activation.SILU else functional.hardswish(inputs, inplace)


def push_forward(kind: Activation, tangent: Tensor, inputs: Tensor) -> Tensor:
    """The tangent [...] times the activation's derivative at the inputs [...], in one pass."""
    backward = torch.ops.aten.silu_backward if kind is Activation.SILU else torch.ops.aten.hardswish_backward
    result: Tensor = backward(tangent, inputs)
    return result

"""Layers and the activations between them as one node of autograd's graph: nodes cost small networks more than work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

NARROW, MANY_ROWS = 16, 256
"""From so many rows to fewer outputs, a processor's matrix products are slow, and transposed three times as fast."""


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """n linear layers: [n, R, i], [n, i, o], [n, 1, o] -> [n, R, o]."""
    if _transposed(x, weight):  # the copy is small; without it, some processors take four times as long
        return torch.baddbmm(bias.mT, weight.mT.contiguous(), x.mT).mT
    return torch.baddbmm(bias, x, weight)


@dataclass(frozen=True)
class Activated:
    """A nonlinearity whose value tells its slope.

    Attributes:
        in_place: computes it.
        push_back: from the gradient of a value, and the value, to the gradient before the nonlinearity.
    """

    in_place: Callable[[Tensor], Tensor]
    push_back: Callable[[Tensor, Tensor], Tensor]


def chain(x: Tensor, activation: Activated, parameters: Sequence[Tensor]) -> Tensor:
    """Linear layers, activated but for the last; to be differentiated once.

    Args:
        x: [n, R, i].
        activation: of the hidden layers.
        parameters: weight and bias of each layer in turn, as for `linear`.

    Returns:
        [n, R, o].
    """
    if not torch.is_grad_enabled():
        return values(x, activation, parameters)[-1]
    result: Tensor = _Chain.apply(x, activation, *parameters)  # type: ignore[no-untyped-call]
    return result


def values(x: Tensor, activation: Activated, parameters: Sequence[Tensor]) -> list[Tensor]:
    """What goes into each layer of a chain, and what comes out of the last."""
    found = [x]
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        if len(found) > 1:
            activation.in_place(found[-1])
        found.append(linear(found[-1], weight, bias))
    return found


def gradients(
    inputs: Sequence[Tensor], activation: Activated, weights: Sequence[Tensor], gradient: Tensor, needed: Sequence[bool]
) -> list[Tensor | None]:
    """Of what went into a chain, and of its parameters in turn.

    Args:
        inputs: of each layer.
        activation: of the hidden layers.
        weights: of each layer.
        gradient: of what came out of the last, [n, R, o].
        needed: which are asked for; None is given for the others.
    """
    of_x, *of_parameters = needed
    found: list[Tensor | None] = []
    for layer, (value, weight) in reversed(list(enumerate(zip(inputs, weights, strict=True)))):
        of_weight, of_bias = of_parameters[2 * layer : 2 * layer + 2]
        found = [
            _weight_gradient(value, gradient, weight) if of_weight else None,
            gradient.sum(1, keepdim=True) if of_bias else None,
            *found,
        ]
        if layer:
            gradient = activation.push_back(torch.bmm(gradient, weight.mT), value)
    return [torch.bmm(gradient, weights[0].mT) if of_x else None, *found]


class _Chain(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: Activated, *parameters: Tensor) -> Tensor:
        *inputs, output = values(x, activation, parameters)
        ctx.activation = activation
        ctx.save_for_backward(*inputs, *parameters[::2])
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        saved, (of_x, _, *needed) = ctx.saved_tensors, ctx.needs_input_grad
        count = len(saved) // 2
        first, *rest = gradients(saved[:count], ctx.activation, saved[count:], gradient, (of_x, *needed))
        return first, None, *rest


def _weight_gradient(x: Tensor, gradient: Tensor, weight: Tensor) -> Tensor:
    return torch.bmm(gradient.mT, x).mT.contiguous() if _transposed(x, weight) else torch.bmm(x.mT, gradient)


def _transposed(x: Tensor, weight: Tensor) -> bool:
    members, _, outputs = weight.shape
    return outputs < NARROW and members * outputs > 1 and x.shape[1] >= MANY_ROWS and x.device.type == "cpu"

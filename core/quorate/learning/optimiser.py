"""Adam for networks so small that what torch does around its kernel costs more than the kernel."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import override

Moments = tuple[list[Tensor], list[Tensor], list[Tensor]]
"""First and second moments, and step counts, of a group's parameters."""


class Adam(torch.optim.AdamW):
    """The fused Adam of torch, bit for bit, which looks up its moments once and not at each step.

    Its state dict is torch's, of `Adam` and of `AdamW`.

    Args:
        parameters: on one device.
        learning_rate: of all of them.
        epsilon: added to the root of the second moment.
        weight_decay: decoupled (Loshchilov and Hutter, 1711.05101); 0 is Adam.
    """

    _moments: list[Moments] | None = None

    def __init__(
        self, parameters: Iterable[nn.Parameter], learning_rate: float, epsilon: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, learning_rate, eps=epsilon, weight_decay=weight_decay, fused=True)

    @override
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move by the gradients; parameters without one stay where they are.

        Raises:
            ValueError: a closure is given; none of our learners has one.
        """
        if closure is not None:
            raise ValueError("a closure is not called here: compute the gradients before the step")
        gradients: list[list[Any]] = [
            [_laid_out(parameter) for parameter in group["params"]] for group in self.param_groups
        ]
        if self._moments is None or any(gradient is None for group in gradients for gradient in group):
            super().step()
            self._moments = self._look_up()
            return
        for group, known, moments in zip(self.param_groups, gradients, self._moments, strict=True):
            first, second, counts = moments
            beta1, beta2 = group["betas"]
            torch._foreach_add_(counts, 1)
            torch._fused_adamw_(
                group["params"],
                known,
                first,
                second,
                [],
                counts,
                lr=group["lr"],
                beta1=beta1,
                beta2=beta2,
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                amsgrad=False,
                maximize=False,
            )

    step.hooked = True  # type: ignore[attr-defined]  # else torch wraps it, which takes as long as the step

    @override
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients.

        Raises:
            ValueError: they are to be zero rather than forgotten.
        """
        if not set_to_none:
            raise ValueError("gradients are forgotten here, not set to zero")
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As torch's; what it says of fusing and decoupling is not taken over."""
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            group.update(fused=True, foreach=None, decoupled_weight_decay=True)
        self._moments = None

    def _look_up(self) -> list[Moments] | None:
        """None where a parameter has had no gradient so far."""
        names = ("exp_avg", "exp_avg_sq", "step")
        groups = [[self.state[parameter] for parameter in group["params"]] for group in self.param_groups]
        if not all(state for group in groups for state in group):
            return None
        return [tuple([state[name] for state in group] for name in names) for group in groups]  # type: ignore[misc]


def _laid_out(parameter: Tensor) -> Tensor | None:
    """The gradient, laid out in memory as its parameter is: torch's fused kernel takes it so, whatever its strides."""
    gradient = parameter.grad
    if gradient is not None and gradient.stride() != parameter.stride():
        parameter.grad = gradient = torch.empty_like(parameter).copy_(gradient)
    return gradient

"""Weights of entropy that are learned (arXiv:1812.05905)."""

from typing import Any

import torch
from torch import Tensor


class Temperature:
    """The factors alpha on m log-densities, each moved so that the entropy comes to a target.

    alpha falls where the entropy is above its target, and rises where it is below.

    Args:
        initial: of all alpha.
        targets: [m], the entropies to reach, in nats; on the device of the log-densities.
        learning_rate: of Adam on log alpha; None keeps alpha as it is.
    """

    def __init__(self, initial: float, targets: Tensor, learning_rate: float | None) -> None:
        self._targets = targets
        self._log = torch.full_like(targets, initial).log_().requires_grad_()
        self._optimiser = None if learning_rate is None else torch.optim.Adam([self._log], learning_rate)

    @property
    def value(self) -> Tensor:
        """Alpha, [m], without gradient."""
        return self._log.detach().exp()

    def update(self, log_density: Tensor) -> None:
        """One step from log-densities of sampled actions, [R, m]; the loss is -log alpha (log pi + target)."""
        if self._optimiser is not None:
            self._log.grad = -(log_density.detach().mean(0) + self._targets)
            self._optimiser.step()

    def state_dict(self) -> dict[str, Any]:
        """Alpha and its optimiser."""
        optimiser = None if self._optimiser is None else self._optimiser.state_dict()
        return {"log": self._log.detach().clone(), "optimiser": optimiser}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; the tensors become its own."""
        with torch.no_grad():
            self._log.copy_(state["log"])
        if self._optimiser is not None:
            self._optimiser.load_state_dict(state["optimiser"])

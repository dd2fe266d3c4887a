"""Weights of entropy that are learned (arXiv:1812.05905)."""

from typing import Any

import torch
from torch import Tensor

SMALLEST = 1e-6
"""Keeps what is divided by finite."""


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

    def update(self, log_density: Tensor, share: Tensor | None = None) -> None:
        """One step on the loss -log alpha (log pi + target).

        Args:
            log_density: [R, m], of sampled actions.
            share: [R, m], the part of what the target is meant for that is there, such as 0 in rows where an agent is
                dead, whose log-densities count as much; an alpha with nothing there stays. None: all is there.
        """
        if self._optimiser is None:
            return
        if share is None:
            self._step(log_density.detach().mean(0))
            return
        total = share.sum(0)
        kept = self._log.detach().clone()
        self._step((log_density.detach() * (share > 0)).sum(0) / total.clamp(min=SMALLEST))
        with torch.no_grad():
            self._log.copy_(torch.where(total > 0, self._log, kept))

    def _step(self, log_density: Tensor) -> None:
        assert self._optimiser is not None
        self._log.grad = -(log_density + self._targets)
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

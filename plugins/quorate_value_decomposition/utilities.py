"""Utilities: what each agent takes its own actions to be worth, and how it acts by them."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import PolicySpec
from quorate.policies.layout import require_actions, valid_choices
from quorate.policies.network_policy import NetworkPolicy
from quorate.settings import Component


class Utilities(NetworkPolicy):
    """The utility of each action of n agents; the best valid one is taken, or now and then (`sample`) any.

    Attributes:
        epsilon: the share of random choices in samples.
    """

    def __init__(self, network: Component, epsilon: float, spec: PolicySpec) -> None:
        require_actions(spec, "utilities", discrete=True)
        super().__init__(network, spec, spec.action_size)
        self.epsilon = epsilon

    def best(self, utilities: Tensor, action_mask: Tensor | None = None) -> Tensor:
        """The best valid choice: [..., n, a] -> int64 [..., n]."""
        return utilities.masked_fill(~valid_choices(self.features, action_mask), -torch.inf).argmax(-1)

    def mode(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        """The best valid choice: [..., n, f] -> int64 [..., n]."""
        return self.best(self.outputs(inputs), action_mask)

    @torch.no_grad()
    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        best = self.mode(inputs, action_mask).expand(count, *inputs.shape[:-1])
        return self.explore(best, self.epsilon, generator, action_mask)

    def explore(
        self, best: Tensor, epsilon: float, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        """Choices int64 [..., n], of which a share is replaced by random valid ones."""
        device = generator.device
        ranks = torch.rand((*best.shape, self.spec.action_size), generator=generator, device=device)
        anything = ranks.masked_fill(~valid_choices(self.features, action_mask), -1.0).argmax(-1)
        return torch.where(torch.rand(best.shape, generator=generator, device=device) < epsilon, anything, best)

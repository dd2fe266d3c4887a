"""The behaviour that needs no learning."""

import torch
from gymnasium.spaces import Box, Discrete
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Policy
from quorate_state_inference.settings import RandomPolicySettings


class RandomPolicy(Policy):
    """Uniform over the valid discrete actions, or over a continuous action's bounds."""

    valid: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, settings: RandomPolicySettings, spec: EnvironmentSpec) -> None:
        super().__init__()
        spaces = spec.action_spaces
        self._discrete = all(isinstance(space, Discrete) for space in spaces)
        if self._discrete:
            sizes = torch.tensor([int(space.n) for space in spaces if isinstance(space, Discrete)])
            self.register_buffer("valid", torch.arange(int(sizes.max())) < sizes[:, None], persistent=False)
        elif all(isinstance(space, Box) and space.is_bounded() for space in spaces):
            bounds = [(space.low.ravel(), space.high.ravel()) for space in spaces if isinstance(space, Box)]
            size = max(len(low) for low, _ in bounds)
            low, high = torch.zeros(len(spaces), size), torch.zeros(len(spaces), size)
            for agent, (least, most) in enumerate(bounds):
                low[agent, : len(least)], high[agent, : len(most)] = torch.tensor(least), torch.tensor(most)
            self.register_buffer("low", low, persistent=False)
            self.register_buffer("high", high, persistent=False)
        else:
            raise QuorateError(
                f"the random policy can not act in {spec.name}: {spaces[0]}",
                fix="choose another behaviour; it needs Discrete or bounded Box action spaces",
            )

    def sample(
        self, observation: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        """See `Policy.sample`."""
        batch, agents = observation.shape[:2]
        if not self._discrete:
            shape = (count, batch, *self.low.shape)
            uniform = torch.rand(shape, generator=generator, device=observation.device)
            return torch.lerp(self.low, self.high, uniform)
        mask = self.valid.expand(batch, -1, -1) if action_mask is None else action_mask
        drawn = torch.multinomial(
            mask.reshape(batch * agents, -1).float(), count, replacement=True, generator=generator
        )
        return drawn.T.reshape(count, batch, agents)

"""The behaviour that needs no learning."""

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Policy
from quorate_state_inference.settings import RandomPolicySettings


class RandomPolicy(Policy):
    """Uniform over the valid discrete actions, or over a continuous action's bounds."""

    def __init__(self, settings: RandomPolicySettings, spec: EnvironmentSpec) -> None:
        super().__init__()
        spaces = spec.action_spaces
        self._discrete = all(hasattr(space, "n") for space in spaces)
        if self._discrete:
            self._sizes = torch.tensor([int(space.n) for space in spaces])  # type: ignore[attr-defined]
        elif all(hasattr(space, "low") and space.is_bounded() for space in spaces):  # type: ignore[attr-defined]
            size = max(space.low.size for space in spaces)  # type: ignore[attr-defined]
            self._low, self._high = torch.zeros(len(spaces), size), torch.zeros(len(spaces), size)
            for agent, space in enumerate(spaces):
                bounds = torch.as_tensor(space.low).flatten(), torch.as_tensor(space.high).flatten()  # type: ignore[attr-defined]
                self._low[agent, : len(bounds[0])], self._high[agent, : len(bounds[1])] = bounds
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
            low, high = self._low.to(observation), self._high.to(observation)
            shape = (count, batch, *low.shape)
            return low + (high - low) * torch.rand(shape, generator=generator, device=observation.device)
        if action_mask is None:
            sizes = self._sizes.to(observation.device)
            action_mask = (torch.arange(int(self._sizes.max()), device=sizes.device) < sizes[:, None]).expand(
                batch, -1, -1
            )
        weights = action_mask.reshape(batch * agents, -1).float()
        drawn = torch.multinomial(weights, count, replacement=True, generator=generator)
        return drawn.T.reshape(count, batch, agents)

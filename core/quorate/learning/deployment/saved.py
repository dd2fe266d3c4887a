"""What is saved of an agent: a script around what is traced."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from quorate.learning.deployment.draws import Draw


class Caller(nn.Module):
    """Puts together what the policy sees, and draws where no noise is given."""

    exponential: Tensor
    uniform: Tensor
    identity: Tensor

    def __init__(
        self, core: nn.Module, draws: Sequence[Draw], padding: int, length: int, identity: Tensor, choices: int
    ):
        super().__init__()
        self.core, self.choices = core, choices
        self.padding, self.length = padding, length
        kinds = [kind for draw in draws for kind in [draw.kind] * draw.size]
        for kind in ("exponential", "uniform"):
            self.register_buffer(kind, torch.tensor([other == kind for other in kinds], dtype=torch.bool))
        self.register_buffer("identity", identity)

    def given(
        self, observation: Tensor, action_mask: Tensor | None, noise: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What the policy sees, and mask and noise where they are left out."""
        rows = observation.shape[0]
        if action_mask is None:
            action_mask = torch.ones([rows, self.choices], dtype=torch.bool)
        if noise is None:
            shape = [rows, self.exponential.shape[0]]
            noise = torch.where(self.uniform, torch.rand(shape), torch.randn(shape))
            noise = torch.where(self.exponential, torch.empty(shape).exponential_(), noise)
        return self.seen(observation), action_mask, noise

    def seen(self, observation: Tensor) -> Tensor:
        """What the policy sees, [B, f]."""
        seen = functional.pad(observation, [0, self.padding])
        if self.length > 0:
            seen = seen[:, -self.length :]
            seen = torch.cat([torch.ones_like(seen[:, :, :1]), seen], dim=-1)
            seen = functional.pad(seen, [0, 0, self.length - seen.shape[1], 0]).flatten(1)
        return torch.cat([seen, self.identity.expand(observation.shape[0], -1)], dim=-1)


class Agent(Caller):
    """What is saved; it is scripted."""

    def forward(self, observation: Tensor, action_mask: Tensor | None = None, noise: Tensor | None = None) -> Tensor:
        """Observations [B, o], or with a history the last of an episode [B, T, o], to actions."""
        seen, action_mask, noise = self.given(observation, action_mask, noise)
        result: Tensor = self.core(seen, action_mask, noise)
        return result


class RememberingAgent(Caller):
    """What is saved of one that remembers: memory [B, k] goes in, zeros where it is left out, and comes out."""

    def __init__(self, memory: int, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.memory = memory

    def forward(
        self,
        observation: Tensor,
        action_mask: Tensor | None = None,
        noise: Tensor | None = None,
        memory: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """As of `Agent`, and the memory after it."""
        seen, action_mask, noise = self.given(observation, action_mask, noise)
        if memory is None:
            memory = torch.zeros([observation.shape[0], self.memory])
        result: tuple[Tensor, Tensor] = self.core(seen, action_mask, noise, memory)
        return result

"""What critics see."""

import torch
from torch import Tensor

from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import CriticInput
from quorate.learning.transitions import Situation


class View:
    """Makes what v critics see of where environments stand: v is 1, or n with a critic for each agent.

    Args:
        sees: which part of it.
        horizon: of an episode, if the critics see the time as a fraction of it, else None.
    """

    def __init__(self, sees: CriticInput, horizon: int | None) -> None:
        self._sees, self._horizon = sees, horizon

    def steps(self, rollout: Rollout) -> Tensor:
        """At each step and after the last: [T + 1, B, v, c]."""
        return self._see(rollout.steps.inputs, rollout.steps.state, rollout.age)

    def endings(self, rollout: Rollout) -> dict[int, Tensor]:
        """At the ends of episodes, [B, v, c] by the step."""
        return {t: self.see(end, rollout.age[t] + 1) for t, end in rollout.steps.endings.items()}

    def see(self, situation: Situation, age: Tensor) -> Tensor:
        """In one situation, episodes being of an age [B]: [B, v, c]."""
        return self._see(situation.inputs, situation.state, age)

    def _see(self, inputs: Tensor, state: Tensor, age: Tensor) -> Tensor:
        if self._sees is CriticInput.OWN:
            view = inputs
        else:
            view = (state if self._sees is CriticInput.STATE else inputs.flatten(-2))[..., None, :]
        if self._horizon is None:
            return view
        time = (age / self._horizon)[..., None, None].expand(*view.shape[:-1], 1)
        return torch.cat([view, time], dim=-1)

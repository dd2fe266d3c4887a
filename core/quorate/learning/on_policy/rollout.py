"""Rollouts: T steps of B environments under the present policies."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Policy
from quorate.learning.collector import Collector, Situation
from quorate.learning.on_policy.settings import CriticInput
from quorate.learning.scaling import ActionScaling


@dataclass
class Rollout:
    """What T steps of B environments gave.

    Attributes:
        inputs: [T, B, n, f], what the policies saw.
        actions: [T, B, n] or [T, B, n, a] normalised.
        reward: [T, B].
        terminated: bool [T, B].
        truncated: bool [T, B].
        critic: [T + 1, B, v, c], what the critic sees at each step and after the last; v is 1, or n.
        endings: of steps after which an episode ended, what the critic sees of its end: [B, v, c] by the step.
        action_mask: bool [T, B, n, a], or None.
        alive: float [T, B, n], or None where all agents always are.
        agent_reward: [T, B, n], or None where all are paid the same.
    """

    inputs: Tensor
    actions: Tensor
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    critic: Tensor
    endings: dict[int, Tensor]
    action_mask: Tensor | None = None
    alive: Tensor | None = None
    agent_reward: Tensor | None = None

    def paid(self, values: int) -> Tensor:
        """What v values are taught by, [T, B, v] or [T, B, 1]: the team's reward, or what each agent is paid."""
        return self.reward[..., None] if values == 1 or self.agent_reward is None else self.agent_reward


class Player:
    """Plays with a policy, and shows the critic what it sees.

    Args:
        collector: of the environments.
        policy: chooses.
        scaling: from its actions to the environments', None where they are discrete.
        critic_input: what the critic sees.
        horizon: of an episode, if the critic sees the time, else None.
        generator: of the actions.
    """

    def __init__(
        self,
        collector: Collector,
        policy: Policy,
        scaling: ActionScaling | None,
        critic_input: CriticInput,
        horizon: int | None,
        generator: torch.Generator,
    ) -> None:
        self._collector, self._policy, self._scaling = collector, policy, scaling
        self._critic_input, self._horizon, self._generator = critic_input, horizon, generator
        self._age = torch.zeros(collector.environment.batch, 1, device=collector.environment.device)

    @torch.no_grad()
    def play(self, steps: int) -> Rollout:
        """T steps from where the environments stand."""
        collector = self._collector
        transitions, seen = [], [self._view(collector.now)]
        endings: dict[int, Tensor] = {}
        for t in range(steps):
            now = collector.now
            actions = self._policy.sample(now.inputs, 1, self._generator, now.action_mask)[0]
            scaled = actions if self._scaling is None else self._scaling.to_environment(actions)
            step = collector.step(scaled, actions)
            transitions.append(step)
            self._age += 1
            now = collector.now
            if step.final is not None:
                endings[t] = self._view(step.final)
                self._age.masked_fill_(step.ended[:, None], 0.0)
            seen.append(self._view(now))
        before = [step.before for step in transitions]
        alive = _stacked([situation.agent_mask for situation in before])
        return Rollout(
            torch.stack([situation.inputs for situation in before]),
            torch.stack([step.actions for step in transitions]),
            torch.stack([step.reward for step in transitions]),
            torch.stack([step.terminated for step in transitions]),
            torch.stack([step.truncated for step in transitions]),
            torch.stack(seen),
            endings,
            _stacked([situation.action_mask for situation in before]),
            None if alive is None else alive.float(),
            _stacked([step.agent_reward for step in transitions]),
        )

    def state_dict(self) -> dict[str, Any]:
        """Where the episodes stand."""
        return {"age": self._age.clone()}

    def load_state_dict(self, state: dict[str, Any], *, restarted: Tensor) -> None:
        """Go on, but for rows, bool [B], in which new episodes have begun."""
        self._age.copy_(state["age"]).masked_fill_(restarted[:, None], 0.0)

    def critic_sees(self) -> tuple[int, int]:
        """v and c."""
        _, values, features = self._view(self._collector.now).shape
        return values, features

    def _view(self, situation: Situation) -> Tensor:
        if self._critic_input is CriticInput.OWN:
            view = situation.inputs
        else:
            joint = situation.state if self._critic_input is CriticInput.STATE else situation.inputs.flatten(1)
            view = joint[:, None]
        if self._horizon is None:
            return view
        time = (self._age / self._horizon)[:, None].expand(-1, view.shape[1], -1)
        return torch.cat([view, time], dim=-1)


def _stacked(parts: list[Tensor | None]) -> Tensor | None:
    given = [part for part in parts if part is not None]
    return torch.stack(given) if len(given) == len(parts) else None

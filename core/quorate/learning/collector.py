"""Experience: what happened in B environments, step by step."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Environment, InputTracker, Resumable, Step
from quorate.learning.guard import Guard
from quorate.seeding import derive_seed


@dataclass
class Situation:
    """Where B environments stand before their agents act.

    Attributes:
        inputs: [B, n, f], what the policies see.
        state: [B, s].
        action_mask: bool [B, n, a], or None.
        agent_mask: bool [B, n] of agents that are alive, or None.
    """

    inputs: Tensor
    state: Tensor
    action_mask: Tensor | None = None
    agent_mask: Tensor | None = None

    @classmethod
    def at(cls, inputs: Tensor, step: Step) -> "Situation":
        """After a step, with what the policies see of it."""
        return cls(inputs, step.state, step.action_mask, step.agent_mask)


@dataclass
class Transition:
    """One joint action in each of B environments.

    Attributes:
        before: where it was taken.
        actions: what the policies chose, [B, n] or [B, n, a] normalised.
        reward: [B].
        terminated: bool [B].
        truncated: bool [B].
        next_inputs: [B, n, f], after the action; of rows that ended, the last of the old episode.
        next_state: [B, s], likewise.
        next_action_mask: bool [B, n, a] or None; of rows that ended, that of the new episode.
    """

    before: Situation
    actions: Tensor
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    next_inputs: Tensor
    next_state: Tensor
    next_action_mask: Tensor | None = None

    @property
    def ended(self) -> Tensor:
        """bool [B]."""
        return self.terminated | self.truncated

    def rows(self) -> dict[str, Tensor]:
        """What a replay memory keeps, by name; masks that are None are left out."""
        named = {
            "inputs": self.before.inputs,
            "state": self.before.state,
            "actions": self.actions,
            "reward": self.reward,
            "terminated": self.terminated,
            "truncated": self.truncated,
            "next_inputs": self.next_inputs,
            "next_state": self.next_state,
            "action_mask": self.before.action_mask,
            "agent_mask": self.before.agent_mask,
            "next_action_mask": self.next_action_mask,
        }
        return {name: value for name, value in named.items() if value is not None}


class Collector:
    """Steps B environments and keeps what a learner needs between its updates.

    Args:
        environment: B of them, reset here.
        tracker: of what their policies see.
        seed: of the environments.
        guard: watches actions, observations, states and rewards.
    """

    def __init__(self, environment: Environment, tracker: InputTracker, seed: int, guard: Guard) -> None:
        self.environment = environment
        self._tracker, self._seed, self._guard = tracker, seed, guard
        self._steps = 0
        zeros = torch.zeros(environment.batch, device=environment.device)
        self._return, self._last_return = zeros, zeros + torch.nan
        self.now = self._begin(seed)

    @property
    def environment_steps(self) -> int:
        """Joint actions taken so far, in all environments together."""
        return self._steps * self.environment.batch

    @torch.no_grad()
    def step(self, actions: Tensor, chosen: Tensor | None = None) -> Transition:
        """Act.

        Args:
            actions: for `Environment.step`.
            chosen: what the transition shall hold instead, such as the normalised actions.
        """
        before = self.now
        if actions.is_floating_point():
            self._guard.watch("action", actions)
        step = self.environment.step(actions)
        inputs, following = self._tracker.observe(step)
        self.now = Situation.at(inputs, step)
        self._count(step)
        next_state = step.state if step.final_state is None else step.final_state
        ends = step.terminated, step.truncated
        kept = actions if chosen is None else chosen
        return Transition(before, kept, step.reward, *ends, following, next_state, step.action_mask)

    def metrics(self) -> dict[str, Tensor | float]:
        """``environment_steps``, and ``episode_return``: of each environment's last episode, the mean."""
        return {"environment_steps": float(self.environment_steps), "episode_return": self._last_return.nanmean()}

    def state_dict(self) -> dict[str, Any]:
        """Everything that later steps depend on; of an environment that is not `Resumable`, nothing."""
        environment = self.environment
        return {
            "environment": environment.state_dict() if isinstance(environment, Resumable) else None,
            "tracker": self._tracker.state_dict(),
            "now": {name: value for name, value in vars(self.now).items() if value is not None},
            "steps": self._steps,
            "return": self._return,
            "last_return": self._last_return,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue; an environment that is not `Resumable` begins new episodes."""
        device = self.environment.device
        self._steps = state["steps"]
        self._last_return = state["last_return"].to(device)
        if state["environment"] is None or not isinstance(self.environment, Resumable):
            self._return = torch.zeros_like(self._last_return)
            self.now = self._begin(derive_seed(self._seed, "resumed", self._steps))
            return
        self.environment.load_state_dict(state["environment"])
        self._tracker.load_state_dict(state["tracker"])
        self._return = state["return"].to(device)
        self.now = Situation(**{name: value.to(device) for name, value in state["now"].items()})

    def resumption(self) -> str:
        """What `quorate resume` does with the episodes, for the conventions of a run."""
        exact = isinstance(self.environment, Resumable)
        return "episodes continue" if exact else "new episodes begin: the environment can not store the present ones"

    def _begin(self, seed: int) -> Situation:
        step = self.environment.reset(seed)
        self._watch(step)
        return Situation.at(self._tracker.reset(step), step)

    def _count(self, step: Step) -> None:
        self._steps += 1
        self._watch(step)
        self._guard.watch("reward", step.reward)
        total = self._return + step.reward
        self._last_return = torch.where(step.ended, total, self._last_return)
        self._return = total.masked_fill(step.ended, 0.0)

    def _watch(self, step: Step) -> None:
        self._guard.watch("observation", step.observation)
        self._guard.watch("state", step.state)
        if step.final_observation is not None:
            self._guard.watch("final_observation", step.final_observation)
        if step.final_state is not None:
            self._guard.watch("final_state", step.final_state)

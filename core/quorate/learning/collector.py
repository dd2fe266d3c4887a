"""Experience: what happened in B environments, step by step."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Environment, InputTracker, PartlyResumable, PaysLater, Resumable, Step
from quorate.learning.guard import Guard
from quorate.learning.transitions import Situation as Situation
from quorate.learning.transitions import Transition, Transitions, merged
from quorate.seeding import derive_seed


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
        self._last_outcomes = torch.full((environment.batch, len(environment.spec.outcomes)), torch.nan).to(zeros)
        self._means: dict[str, Tensor] | None = None
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
        made = self._act(self.environment.step, actions, chosen)
        self._count(made)
        return made

    @torch.no_grad()
    def play(self, choose: Callable[[Situation], tuple[Tensor, Tensor]], steps: int) -> Transitions:
        """Act T times; an environment that can pays for all of them at once.

        Args:
            choose: from where the environments stand to the arguments of `step`.
            steps: T.
        """
        later = self.environment if isinstance(self.environment, PaysLater) else None
        step = self.environment.step if later is None else later.step_unpaid
        made = [self._act(step, *choose(self.now)) for _ in range(steps)]
        if later is not None:
            reward, own = later.pay()
            for t, transition in enumerate(made):
                transition.reward, transition.agent_reward = reward[t], None if own is None else own[t]
        for transition in made:
            self._count(transition)
        return Transitions.of(made)

    def metrics(self) -> dict[str, Tensor | float]:
        """``environment_steps``, and of each environment's last episode, ``episode_return`` and outcomes: the means."""
        if self._means is None:  # an episode has ended since
            found = zip(self.environment.spec.outcomes, self._last_outcomes.nanmean(0), strict=True)
            outcomes = {f"outcome/{name}": mean for name, mean in found}
            self._means = {"episode_return": self._last_return.nanmean(), **outcomes}
        return {"environment_steps": float(self.environment_steps), **self._means}

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
            "last_outcomes": self._last_outcomes,
        }

    def load_state_dict(self, state: dict[str, Any]) -> Tensor:
        """Continue; where the environment can not, new episodes begin, and all that is kept here is of those.

        Returns:
            The rows that began anew, bool [B]. Whoever remembers steps of their old episodes must mark the newest as
            truncated (`Replay.truncate`), and forget whatever else belongs to those, such as their age.
        """
        device = self.environment.device
        self._steps, self._means = state["steps"], None
        self._last_return, self._return = state["last_return"].to(device), state["return"].to(device)
        self._last_outcomes = state.get("last_outcomes", self._last_outcomes).to(device)
        now = {name: value.to(device) for name, value in state["now"].items()}
        now.setdefault("begins", torch.zeros_like(self.now.begins))  # of version 0.1, which had nothing that remembers
        self.now = Situation(**now)
        self._tracker.load_state_dict(state["tracker"])
        rows = self._restore(state["environment"])
        self._return = self._return.masked_fill(rows, 0.0)
        return rows

    def resumption(self) -> str:
        """What `quorate resume` does with the episodes, for the conventions of a run."""
        if isinstance(self.environment, PartlyResumable):
            return self.environment.resumption
        if isinstance(self.environment, Resumable):
            return "episodes continue"
        return "new episodes begin, and the old ones count as truncated: the environment can not store them"

    def _restore(self, stored: dict[str, Any] | None) -> Tensor:
        """Bring the environment back; the rows that began anew, in which `now` is of the new episodes."""
        if stored is None or not isinstance(self.environment, Resumable):
            return self._begin_all()
        restarts = self.environment.load_state_dict(stored)
        if restarts is None:
            return torch.zeros(self.environment.batch, dtype=torch.bool, device=self.environment.device)
        self._watch(restarts.step)
        try:
            inputs = self._tracker.restart(restarts.step, restarts.rows)
        except NotImplementedError:
            return self._begin_all()
        self.now = self.now.replaced(restarts.rows, Situation.first(inputs, restarts.step))
        return restarts.rows

    def _begin_all(self) -> Tensor:
        self.now = self._begin(derive_seed(self._seed, "resumed", self._steps))
        return torch.ones(self.environment.batch, dtype=torch.bool, device=self.environment.device)

    def _begin(self, seed: int) -> Situation:
        step = self.environment.reset(seed)
        self._watch(step)
        return Situation.first(self._tracker.reset(step), step)

    def _act(self, step: Callable[[Tensor], Step], actions: Tensor, chosen: Tensor | None) -> Transition:
        """Everything but counting, which looks at rewards."""
        before = self.now
        if actions.is_floating_point():
            self._guard.watch("action", actions)
        self._tracker.told(actions)
        came = step(actions)
        inputs, following = self._tracker.observe(came)
        self.now = after = Situation.at(inputs, came)
        self._steps += 1
        self._watch(came)
        return Transition(
            before,
            actions if chosen is None else chosen,
            came.reward,
            came.terminated,
            came.truncated,
            after,
            _final(came, before, following),
            came.agent_reward,
            came.outcomes,
        )

    def _count(self, made: Transition) -> None:
        self._guard.watch("reward", made.reward)
        self._return = self._return + made.reward
        if made.final is None:  # then no episode ended
            return
        ended, self._means = made.ended, None
        self._last_return = torch.where(ended, self._return, self._last_return)
        self._return = self._return.masked_fill(ended, 0.0)
        if made.outcomes is not None:
            self._last_outcomes = torch.where(ended[:, None], made.outcomes, self._last_outcomes)

    def _watch(self, step: Step) -> None:
        self._guard.watch("observation", step.observation)
        self._guard.watch("state", step.state)
        if step.final_observation is not None:
            self._guard.watch("final_observation", step.final_observation)
        if step.final_state is not None:
            self._guard.watch("final_state", step.final_state)


def _final(step: Step, before: Situation, inputs: Tensor) -> Situation | None:
    """What followed an action in its own episode, where some rows ended."""
    if step.final_observation is None:
        return None
    state = step.state if step.final_state is None else step.final_state
    masks = (_final_mask(step, before, name) for name in ("action_mask", "agent_mask"))
    return Situation(inputs, state, torch.zeros_like(step.terminated), *masks)


def _final_mask(step: Step, before: Situation, name: str) -> Tensor | None:
    """The mask after an action; of rows that ended, the best that is known of their old episode."""
    final: Tensor | None = getattr(step, f"final_{name}")
    return merged(step.ended, getattr(before, name), getattr(step, name)) if final is None else final

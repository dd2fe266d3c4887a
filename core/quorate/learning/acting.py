"""Acting by what was learned."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from typing_extensions import override

from quorate.conventions import EvaluationActions
from quorate.interfaces import Actor, Greedy, InputTracker, Policy, Step
from quorate.learning.collector import Situation
from quorate.learning.scaling import ActionScaling

Choose = Callable[[Situation, torch.Generator], Tensor]
"""From a situation to actions."""


class Play(NamedTuple):
    """A way to act; what is said of it is as in `Actor`."""

    choose: Choose
    actions: EvaluationActions | None = None
    words: str = ""
    candidates: int = 1

    def scaled(self, scaling: ActionScaling | None) -> "Play":
        """From normalised actions to those of an environment; None: they are those."""
        if scaling is None:
            return self
        return self._replace(choose=lambda now, randomness: scaling.to_environment(self.choose(now, randomness)))


def play_by(policy: Policy, greedy: bool) -> Play:
    """The policy's mode where that is wanted and there is one; else a sample."""
    if greedy and isinstance(policy, Greedy):
        return Play(lambda now, _: policy.mode(now.inputs, now.action_mask), EvaluationActions.GREEDY)
    return Play(
        lambda now, randomness: policy.sample(now.inputs, 1, randomness, now.action_mask)[0], EvaluationActions.SAMPLED
    )


class TrackedActor(Actor):
    """Plays by a function of the situation, with a tracker of what the policies see.

    Args:
        tracker: of a batch of environments.
        choose: to actions for `Environment.step`.
        actions: see `Actor`, also for the others.
        words: likewise.
        candidates: likewise.
    """

    def __init__(
        self,
        tracker: InputTracker,
        choose: Choose,
        actions: EvaluationActions | None = None,
        words: str = "",
        candidates: int = 1,
    ) -> None:
        self._tracker, self._choose = tracker, choose
        self.actions, self.words, self.candidates = actions, words, candidates
        self._now: Situation | None = None
        self._following: Tensor | None = None

    @property
    def inputs(self) -> Tensor | None:
        """What the policies see, [B, n, f]; None before the first reset."""
        return None if self._now is None else self._now.inputs

    @override
    def reset(self, step: Step) -> None:
        self._now = Situation.first(self._tracker.reset(step), step)

    @torch.no_grad()
    @override
    def act(self, generator: torch.Generator) -> Tensor:
        assert self._now is not None
        actions = self._choose(self._now, generator)
        self._tracker.told(actions)
        return actions

    @override
    def observe(self, step: Step) -> None:
        now, self._following = self._tracker.observe(step)
        self._now = Situation.at(now, step)

    @override
    def estimate(self, *, final: bool = False) -> Tensor | None:
        assert self._now is not None
        inputs = self._following if final else self._now.inputs
        return None if inputs is None else self._tracker.estimate(inputs)

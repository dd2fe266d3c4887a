"""Acting by what was learned."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from typing_extensions import override

from quorate.conventions import EvaluationActions
from quorate.interfaces import Actor, Greedy, InputTracker, Policy, Step
from quorate.learning.collector import Situation
from quorate.learning.memory import Recollection, Remembering
from quorate.learning.scaling import ActionScaling

Choose = Callable[[Situation, torch.Generator], Tensor]
"""From a situation to actions."""


class Play(NamedTuple):
    """A way to act; what is said of it is as in `Actor`.

    What chooses by what it remembers is shown features in the place of inputs: those that `remembers` makes of them.
    """

    choose: Choose
    actions: EvaluationActions | None = None
    words: str = ""
    candidates: int = 1
    remembers: Remembering | None = None

    def scaled(self, scaling: ActionScaling | None) -> "Play":
        """From normalised actions to those of an environment; None: they are those."""
        if scaling is None:
            return self
        return self._replace(choose=lambda now, randomness: scaling.to_environment(self.choose(now, randomness)))


def play_by(policy: Policy, greedy: bool) -> Play:
    """The policy's mode where that is wanted and there is one; else a sample."""
    if greedy and isinstance(policy, Greedy):
        best = Play(lambda now, _: policy.mode(now.inputs, now.action_mask), EvaluationActions.GREEDY)
        return best._replace(remembers=policy)
    return Play(
        lambda now, randomness: policy.sample(now.inputs, 1, randomness, now.action_mask)[0],
        EvaluationActions.SAMPLED,
        remembers=policy,
    )


class TrackedActor(Actor):
    """Plays by a function of the situation, with a tracker of what the policies see.

    Args:
        tracker: of a batch of environments.
        choose: to actions for `Environment.step`.
        actions: see `Actor`, also for the others.
        words: likewise.
        candidates: likewise.
        remembers: whose features are shown to `choose` in the place of inputs; None: of nothing.
    """

    def __init__(
        self,
        tracker: InputTracker,
        choose: Choose,
        actions: EvaluationActions | None = None,
        words: str = "",
        candidates: int = 1,
        remembers: Remembering | None = None,
    ) -> None:
        self._tracker, self._choose = tracker, choose
        self.actions, self.words, self.candidates = actions, words, candidates
        self._recollection = None if remembers is None else Recollection(remembers)
        self._now: Situation | None = None
        self._shown: Situation | None = None
        self._following: Tensor | None = None

    @property
    def inputs(self) -> Tensor | None:
        """What the policies see, [B, n, f]; None before the first reset."""
        return None if self._now is None else self._now.inputs

    @override
    def reset(self, step: Step) -> None:
        self._stand(Situation.first(self._tracker.reset(step), step))

    @torch.no_grad()
    @override
    def act(self, generator: torch.Generator) -> Tensor:
        assert self._shown is not None
        actions = self._choose(self._shown, generator)
        self._tracker.told(actions)
        return actions

    @override
    def observe(self, step: Step) -> None:
        now, self._following = self._tracker.observe(step)
        self._stand(Situation.at(now, step))

    @override
    def estimate(self, *, final: bool = False) -> Tensor | None:
        assert self._now is not None
        inputs = self._following if final else self._now.inputs
        return None if inputs is None else self._tracker.estimate(inputs)

    @torch.no_grad()
    def _stand(self, now: Situation) -> None:
        """Once for each step: what remembers goes on by it."""
        self._now = self._shown = now
        if self._recollection is not None:
            self._shown = replace(now, inputs=self._recollection.features(now.inputs, now.begins))

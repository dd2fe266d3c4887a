"""Measuring returns: the same episodes each time."""

from collections.abc import Callable

import torch

from quorate.environments import build_environment
from quorate.interfaces import Actor, RunContext
from quorate.learning.settings import Episodes
from quorate.run.episodes import play_episodes
from quorate.run.tally import Tally
from quorate.seeding import derive_seed, generator

MakeActor = Callable[[int, int], Actor]
"""Such as `Acting.actor`."""


class Evaluator:
    """Plays a fixed set of episodes in environments of its own, so that training is not touched.

    Each environment plays the same number of episodes, so that short episodes are not preferred.

    Args:
        context: of the run.
        settings: how many episodes.
        discount: gamma, for the discounted return.
    """

    def __init__(self, context: RunContext, settings: Episodes, discount: float) -> None:
        self._context, self._discount = context, discount
        self._batch = min(settings.environments, settings.episodes)
        self._rounds = -(-settings.episodes // self._batch)
        workers = context.workers
        self._environment = build_environment(context.environment, self._batch, context.device, workers=workers)

    @property
    def episodes(self) -> int:
        """How many are played in an evaluation: those of the settings, rounded up to as many in each environment."""
        return self._batch * self._rounds

    @property
    def protocol(self) -> str:
        """How returns are measured, in words."""
        return f"{self.episodes} episodes, the same initial seeds in every evaluation"

    def conventions(self, actor: Actor) -> dict[str, str | float]:
        """What the record of a run says of its evaluations and returns: sentences, and what is compared."""
        how = actor.words or (f"{actor.actions} actions" if actor.actions else "")
        told = {"evaluation_actions": actor.actions.value} if actor.actions else {}
        return {
            "evaluation": f"{self.protocol}; {how}".removesuffix("; "),
            "evaluation_episodes": self.episodes,
            **told,
            "evaluation_candidates": actor.candidates,
            "evaluation_discount": self._discount,
            "return": f"undiscounted sum over an episode; {self._environment.spec.reward}",
            "return_discount": 1,
        }

    @torch.no_grad()
    def __call__(self, make_actor: MakeActor, factor: int | None = None) -> dict[str, float]:
        """Play.

        Args:
            make_actor: of a batch and a seed of its inputs: who plays.
            factor: for the absolute metric: play this many times as many episodes, which are others; None: the usual.

        Returns:
            ``return/mean``, ``return/std`` (over episodes), ``return/discounted``, ``length/mean``,
            ``terminated`` (the share of episodes that ended by the rules), and where the environment has them,
            ``outcome/<name>`` and ``return/<agent>``, means over episodes.
        """
        seed, device = self._context.seed, self._context.device
        purpose, rounds = ("evaluation", self._rounds) if factor is None else ("absolute", factor * self._rounds)
        actor = make_actor(self._batch, derive_seed(seed, purpose, "inputs"))
        randomness = generator(seed, purpose, "actions", device=device)
        tally = Tally(self._environment.spec, self._batch, rounds, self._discount, device)
        start = derive_seed(seed, purpose, "environment")
        play_episodes(self._environment, actor, tally, start, randomness, self._context.report)
        return tally.summary()

    def close(self) -> None:
        """Release the environments."""
        self._environment.close()

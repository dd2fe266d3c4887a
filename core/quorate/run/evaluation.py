"""Evaluations: the same episodes each time, or what an algorithm measures by itself."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

import torch
from typing_extensions import override

from quorate.config.schema import Evaluation
from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.interfaces import Algorithm, RunContext, SelfEvaluating
from quorate.run.episodes import play_episodes
from quorate.run.outdated import acting
from quorate.run.tally import Tally
from quorate.seeding import derive_seed, generator


class Evaluator(ABC):
    """Measures what an algorithm has learned."""

    @abstractmethod
    def __call__(self, factor: int | None = None) -> Mapping[str, float]:
        """Measure the present parameters.

        Args:
            factor: for the absolute metric: so many times as many episodes, which are others; None: the usual.
        """

    @abstractmethod
    def conventions(self) -> dict[str, str | float]:
        """What the record of a run says of its evaluations and returns: sentences, and what is compared."""

    @property
    def metrics(self) -> Collection[str]:
        """What is measured, as far as that is known beforehand; empty: it is not."""
        return ()

    @abstractmethod
    def close(self) -> None:
        """Release the environments."""


def make_evaluator(algorithm: Algorithm, context: RunContext, settings: Evaluation) -> Evaluator:
    """Plays, where the algorithm does not measure by itself.

    Args:
        algorithm: what is evaluated.
        context: that it was built with.
        settings: how.

    Raises:
        QuorateError: the algorithm offers no way to be evaluated, or settings mean nothing to it.
    """
    if isinstance(algorithm, SelfEvaluating):
        return _OwnMeasure(algorithm, settings)
    return _Play(algorithm, context, settings)


class _OwnMeasure(Evaluator):
    """What an algorithm measures by itself."""

    def __init__(self, algorithm: SelfEvaluating, settings: Evaluation) -> None:
        self._algorithm, usual = algorithm, Evaluation()
        for name in ("episodes", "environments", "mode"):
            if getattr(settings, name) != getattr(usual, name):
                problem = f"This algorithm plays no episodes when it is evaluated: `{name}` would mean nothing."
                raise QuorateError(problem, where=f"evaluation.{name}", fix="Remove it.")

    @override
    def __call__(self, factor: int | None = None) -> Mapping[str, float]:
        return self._algorithm.measure(factor)

    @override
    def conventions(self) -> dict[str, str | float]:
        """Nothing: the algorithm's own say it."""
        return {}

    @override
    def close(self) -> None:
        """There is nothing to release."""


class _Play(Evaluator):
    """Plays a fixed set of episodes in environments of its own, so that training is not touched.

    Each environment plays the same number of episodes, so that short episodes are not preferred.
    """

    def __init__(self, algorithm: Algorithm, context: RunContext, settings: Evaluation) -> None:
        self._algorithm, self._discount = acting(algorithm), algorithm.discount
        self._context, self._greedy = context, settings.greedy
        self._batch = min(settings.environments, settings.episodes)
        self._rounds = -(-settings.episodes // self._batch)
        workers = context.workers
        self._environment = build_environment(context.environment, self._batch, context.device, workers=workers)

    @override
    def conventions(self) -> dict[str, str | float]:
        actor = self._algorithm.actor(1, 0, self._greedy)
        episodes = self._batch * self._rounds
        how = actor.words or (f"{actor.actions} actions" if actor.actions else "")
        told = {"evaluation_actions": actor.actions.value} if actor.actions else {}
        return {
            "evaluation": f"{episodes} episodes, the same initial seeds in every evaluation; {how}".removesuffix("; "),
            "evaluation_episodes": episodes,
            **told,
            "evaluation_candidates": actor.candidates,
            "evaluation_discount": self._discount,
            "return": f"undiscounted sum over an episode; {self._environment.spec.reward}",
            "return_discount": 1,
        }

    @property
    @override
    def metrics(self) -> Collection[str]:
        return Tally(self._environment.spec, 1, 1, self._discount, self._context.device).summary()

    @torch.no_grad()
    @override
    def __call__(self, factor: int | None = None) -> Mapping[str, float]:
        """Means over the episodes.

        Returns:
            ``return/mean``, ``return/std`` (over episodes), ``return/discounted``, ``length/mean`` and
            ``terminated`` (the share of episodes that ended by the rules); ``outcome/...``, and ``return/...`` of each
            agent where they are paid differently.
        """
        seed, device = self._context.seed, self._context.device
        purpose, rounds = ("evaluation", self._rounds) if factor is None else ("absolute", factor * self._rounds)
        actor = self._algorithm.actor(self._batch, derive_seed(seed, purpose, "inputs"), self._greedy)
        randomness = generator(seed, purpose, "actions", device=device)
        tally = Tally(self._environment.spec, self._batch, rounds, self._discount, device)
        start = derive_seed(seed, purpose, "environment")
        play_episodes(self._environment, actor, tally, start, randomness, self._context.report)
        return tally.summary()

    @override
    def close(self) -> None:
        self._environment.close()

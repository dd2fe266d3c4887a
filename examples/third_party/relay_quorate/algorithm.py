"""Evolution strategies (arXiv:1703.03864): a generation of candidates is one batch of environments."""

from collections.abc import Mapping
from typing import Any

import torch
from quorate.environments import build_environment
from quorate.interfaces import Actor, Algorithm, InputContext, PolicyInput, RunContext
from quorate.learning.acting import TrackedActor
from quorate.learning.collector import Situation
from quorate.learning.settings import EvaluationActions
from quorate.seeding import derive_seed, generator
from torch import Tensor
from typing_extensions import override

from relay_quorate.settings import EvolutionSettings


class Evolution(Algorithm):
    """Moves the parameters of n linear policies along the correlation of noise and rank.

    Candidate k is theta + deviation * e_k, where every e_k has a mirror image -e_k; each plays whole episodes. Ranks in
    place of returns make the step independent of their scale (section 2.1 there).
    """

    def __init__(self, settings: EvolutionSettings, context: RunContext) -> None:
        self._settings, self._context = settings, context
        self._candidates = 2 * settings.pairs
        rows = self._candidates * settings.episodes
        self.environment = build_environment(context.environment, rows, context.device, workers=context.workers)
        self.input: PolicyInput = settings.input.build(
            InputContext(self.environment, context.seed, context.device, context.report, context.saved_run)
        )
        spec = self.environment.spec
        self._actions = max(int(space.n) for space in spec.action_spaces)
        self.parameters = torch.zeros(spec.agent_count, self._actions, self.input.size + 1, device=context.device)
        self._generation = self._steps = 0

    def train_step(self) -> Mapping[str, Tensor | float]:
        """One generation.

        Returns:
            ``return`` (mean over candidates), ``best`` (of the best candidate), ``environment_steps`` so far.
        """
        self._generation += 1
        settings = self._settings
        randomness = generator(self._context.seed, "noise", self._generation, device=self._context.device)
        shape = (settings.pairs, *self.parameters.shape)
        noise = torch.randn(shape, generator=randomness, device=self._context.device)
        noise = torch.cat([noise, -noise])
        fitness = self._play(self.parameters + settings.deviation * noise)
        ranks = fitness.argsort().argsort().to(noise) / (self._candidates - 1) - 0.5
        gradient = torch.einsum("k,knaf->naf", ranks, noise) / (self._candidates * settings.deviation)
        self.parameters = self.parameters + settings.learning_rate * gradient
        return {"return": fitness.mean(), "best": fitness.max(), "environment_steps": float(self._steps)}

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        """The present policies, for a batch of environments; they are deterministic."""
        return TrackedActor(self.input.tracker(batch, seed), self._choose, EvaluationActions.GREEDY)

    def state_dict(self) -> dict[str, Any]:
        """Parameters and counts; a generation's randomness derives from its number."""
        counts = {"generation": self._generation, "steps": self._steps}
        return {"parameters": self.parameters, "counts": counts, "input": self.input.state_dict()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.parameters = state["parameters"].to(self._context.device)
        self._generation, self._steps = state["counts"]["generation"], state["counts"]["steps"]
        self.input.load_state_dict(state["input"])

    @override
    def conventions(self) -> Mapping[str, Any]:
        return {
            "step": f"one generation of {self._candidates} candidates, {self._settings.episodes} episodes each",
            "policy_sees": self.input.description,
            "critic_sees": "nothing; there is none",
        }

    @override
    def close(self) -> None:
        self.environment.close()

    @torch.no_grad()
    def _play(self, candidates: Tensor) -> Tensor:
        """Mean returns [K] of candidates [K, n, a, f + 1] over whole episodes."""
        rows = candidates.repeat_interleave(self._settings.episodes, 0)
        seed = derive_seed(self._context.seed, "generation", self._generation)
        step = self.environment.reset(seed)
        tracker = self.input.tracker(self.environment.batch, seed)
        now = Situation.first(tracker.reset(step), step)
        returns = torch.zeros(self.environment.batch, device=self._context.device)
        playing = torch.ones_like(returns, dtype=torch.bool)
        for done in range(1, self._settings.steps + 1):
            actions = greedy(rows, now)
            tracker.told(actions)
            step = self.environment.step(actions)
            now = Situation.at(tracker.observe(step)[0], step)
            returns += step.reward * playing
            self._steps += self.environment.batch
            playing &= ~step.ended
            if done % 8 == 0 and not playing.any():  # asking waits for the device
                break
        return returns.view(-1, self._settings.episodes).mean(-1)

    def _choose(self, now: Situation, randomness: torch.Generator) -> Tensor:
        return greedy(self.parameters, now)


def greedy(parameters: Tensor, now: Situation) -> Tensor:
    """The best valid actions [B, n] by linear scores; parameters are [n, a, f + 1], or [B, n, a, f + 1]."""
    ones = torch.ones_like(now.inputs[..., :1])
    scores = (parameters @ torch.cat([now.inputs, ones], dim=-1)[..., None])[..., 0]
    if now.action_mask is not None:
        scores = scores.masked_fill(~now.action_mask, -torch.inf)
    return scores.argmax(-1)

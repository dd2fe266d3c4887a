"""Q-learning of n agents whose utilities are mixed."""

import copy
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Deployment, PolicySpec, RunContext
from quorate.learning.acting import Play, play_by
from quorate.learning.collector import Situation
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.living import living_step
from quorate.learning.memory import Recollection
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import OffPolicy, Stateful
from quorate.learning.optimiser import Adam
from quorate.learning.room import check_room, row_bytes
from quorate.learning.stacks import clip_together, soft_update
from quorate_value_decomposition.decomposition import Decomposition
from quorate_value_decomposition.lesson import Lesson, of_episodes, of_transitions
from quorate_value_decomposition.mixers import Mixer
from quorate_value_decomposition.rewards import Standardiser
from quorate_value_decomposition.settings import QLearningSettings
from quorate_value_decomposition.targets import lambda_returns, squared_error
from quorate_value_decomposition.utilities import Utilities


class QLearner(OffPolicy):
    """Agents act by their own utilities; what is taught are the values that a mixer makes of those.

    Attributes:
        policy: the utilities.
        trained: with their mixer.
        target: a copy that follows.
    """

    takes = ("discrete",)
    needs_state = False
    recollection: Recollection
    mixes = "nothing: each agent is taught by itself"
    """What the values are made of, for the record."""

    def __init__(self, settings: QLearningSettings, context: RunContext) -> None:
        super().__init__(settings, context)
        self._settings = settings
        self.spec = PolicySpec.of(self.environment.spec, self.input.size, shared=settings.share_parameters)
        with seeded_initialisation(context.seed, "mixer"):
            mixer = self.build_mixer().to(context.device)
        self.policy = self._build_policy(self.spec)
        self.trained = Decomposition(self.policy, mixer)
        self.target = copy.deepcopy(self.trained).requires_grad_(False)
        parts = {"policy": [*self.policy.parameters()], "mixer": [*mixer.parameters()]}
        self._optimisers = {name: Adam(part, settings.learning_rate) for name, part in parts.items() if part}
        self._standardiser = Standardiser(context.device)
        self.recollection = Recollection(self.policy)
        self._by_episode = bool(self.policy.memory_size or settings.trace)
        if self._by_episode:
            sizes = {"algorithm.episodes": settings.episodes, "algorithm.length": self.length}
            drawn = settings.episodes * self.length * row_bytes(self.collector.now)
            largest = max(sizes, key=sizes.__getitem__)
            check_room("what an update learns from", drawn, largest, sizes[largest], context.device)
        if self._by_episode and settings.return_steps != 1:
            problem = "returns of several steps are for single transitions, and this learns from whole episodes"
            raise QuorateError(problem, where="algorithm.return_steps", fix="leave it out; use algorithm.trace")

    @property
    def length(self) -> int:
        """Most steps of an episode that an update learns from."""
        return min(self._settings.length, self.environment.spec.horizon or self._settings.length)

    @abstractmethod
    def build_mixer(self) -> Mixer:
        """What makes values of utilities."""

    def epsilon(self) -> float:
        """The share of random actions now."""
        settings = self._settings
        passed = min(self.collector.environment_steps / settings.epsilon_steps, 1.0)
        return settings.epsilon_start + passed * (settings.epsilon_end - settings.epsilon_start)

    @override
    def behave(self, now: Situation, randomness: torch.Generator) -> Tensor:
        features = self.recollection.features(now.inputs, now.begins)
        best = self.policy.mode(features, now.action_mask)
        return self.policy.explore(best, self.epsilon(), randomness, now.action_mask)

    @override
    def play(self, greedy: bool | None) -> Play:
        """The best actions, unless samples are asked for: those are random as often as at the end of training."""
        return play_by(self.policy, greedy is not False)

    @override
    def learn(self) -> dict[str, Tensor]:
        """One update, of transitions or of episodes; none where no episode has ended that is remembered."""
        if not self._by_episode:
            return super().learn()
        if not self.replay.has_episodes:
            return {}
        settings = self._settings
        drawn = self.replay.episodes(settings.episodes, self.length, self._randomness)
        reward = settings.reward_scale * self.reward(drawn.reward, drawn.agent_reward)
        return self.improve(of_episodes(drawn, reward, settings.discount))

    @override
    def update(self, sample: Sample) -> dict[str, Tensor]:
        return self.improve(of_transitions(sample, self.reward(sample.returns, sample.agent_returns)))

    def reward(self, team: Tensor, own: Tensor | None) -> Tensor:
        """What is taught, [..., v], of the team's rewards [...] and the agents' own [..., n]: the team's."""
        return team[..., None]

    def improve(self, lesson: Lesson) -> dict[str, Tensor]:
        """One update, and where they are due, new targets."""
        weight = self.weight(lesson)
        features = self.trained.features(lesson)
        before = None if lesson.agent_mask is None else lesson.agent_mask[:-1]
        values = self.trained.values(self.policy.outputs(features[:-1]), lesson.actions, lesson.state[:-1], before)
        targets = self._targets(lesson, features[1:], weight)
        loss = squared_error(values, targets, weight)
        self.guard.watch("loss", loss)
        norm = self._step(loss, before)
        if self.updates % self._settings.target_interval == 0:
            soft_update(self.target, self.trained, self._settings.target_rate)
        return {
            "loss": loss.detach(),
            "value": (values.detach() * weight).sum() / weight.sum().clamp(min=1),
            "gradient_norm": norm,
            "epsilon": torch.tensor(self.epsilon()),
        }

    def going_on(self, values: Tensor, alive: Tensor | None) -> Tensor:
        """What values [..., v] of what follows are worth, where of n agents some may be gone, bool [..., n]."""
        return values

    def weight(self, lesson: Lesson) -> Tensor:
        """What counts, float32 [L, R, v]: what was played."""
        return lesson.played.float()

    def deployment(self) -> Deployment:
        """See `Deployable.deployment`."""
        return self.deployed(self.policy, self._build_policy)

    @override
    def parts(self) -> Mapping[str, Stateful]:
        optimisers = {f"{name}_optimiser": part for name, part in self._optimisers.items()}
        return {"trained": self.trained, "target": self.target, "standardiser": self._standardiser, **optimisers}

    @override
    def acting_parts(self) -> Mapping[str, Stateful]:
        return {"policy": self.policy}

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings = self._settings
        decay = f"{settings.epsilon_start} to {settings.epsilon_end} in {settings.epsilon_steps} environment steps"
        return {
            **super().conventions(),
            "critic_sees": self.mixes,
            "exploration": f"random actions, a share of {decay}",
            "returns_of": f"TD({settings.trace}) of episodes"
            if self._by_episode
            else f"{settings.return_steps} step(s)",
            "double_q": settings.double_q,
            **({} if settings.learning_rate_end == 1 else {"budget_schedules": "learning rate"}),
        }

    def _build_policy(self, spec: PolicySpec) -> Utilities:
        with seeded_initialisation(self._context.seed, "policy"):
            return Utilities(self._settings.network, self._settings.epsilon_end, spec).to(self._context.device)

    @torch.no_grad()
    def _targets(self, lesson: Lesson, features: Tensor, weight: Tensor) -> Tensor:
        """What the values should be, [L, R, v]; `features` are those of what followed, by the trained network."""
        action_mask, alive = (None if mask is None else mask[1:] for mask in (lesson.action_mask, lesson.agent_mask))
        utilities = self.target.policy.outputs(self.target.features(lesson)[1:])
        best = self.policy.best(self.policy.outputs(features) if self._settings.double_q else utilities, action_mask)
        values = self.going_on(self.target.values(utilities, best, lesson.state[1:], alive), alive)
        reward = lesson.reward
        if self._settings.standardise_rewards:
            reward = self._standardiser(reward, weight)
        return lambda_returns(reward, lesson.discount, values, lesson.going, self._settings.trace)

    def _learning_rate(self) -> float:
        settings = self._settings
        return settings.learning_rate * (1 - self.done * (1 - settings.learning_rate_end))

    def _step(self, loss: Tensor, alive: Tensor | None) -> Tensor:
        """Descend; returns the norm of all gradients before they were clipped."""
        rate = self._learning_rate()
        for optimiser in self._optimisers.values():
            optimiser.param_groups[0]["lr"] = rate
            optimiser.zero_grad()
        loss.backward()
        norm = clip_together(self.trained.parameters(), self._settings.clip_norm)
        living_step(self._optimisers["policy"], None if self.spec.shared else alive)
        if "mixer" in self._optimisers:
            self._optimisers["mixer"].step()
        return norm

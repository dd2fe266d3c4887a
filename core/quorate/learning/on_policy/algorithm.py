"""What on-policy algorithms share: rollouts, a critic, and proximal policy optimisation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.interfaces import Actor, Algorithm, Deployment, InputContext, Policy, PolicySpec, RunContext
from quorate.learning.acting import TrackedActor, play_by
from quorate.learning.agent_views import agent_views
from quorate.learning.collector import Collector
from quorate.learning.guard import Guard
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.memory import Remembering
from quorate.learning.on_policy import record
from quorate.learning.on_policy.chunks import Chunks, Cutter
from quorate.learning.on_policy.critic import Critic, Judgement
from quorate.learning.on_policy.losses import normalised
from quorate.learning.on_policy.proximal import Rates, Samples, chosen_rows, minibatches
from quorate.learning.on_policy.rollout import Player, Rollout
from quorate.learning.on_policy.settings import CriticInput, OnPolicySettings
from quorate.learning.on_policy.updates import ActorUpdate, Simultaneous
from quorate.learning.on_policy.view import View
from quorate.learning.room import check_room, row_bytes
from quorate.learning.scaling import ActionScaling
from quorate.seeding import derive_seed, generator

BuildPolicy = Callable[[PolicySpec], Policy]

MakeUpdate = Callable[["OnPolicy"], ActorUpdate]


class OnPolicy(Algorithm):
    """One training step plays T steps in B environments, and then improves the policies and the critic.

    Args:
        settings: of the algorithm.
        context: of the run.
        build_policy: of known density, such as `quorate.policies.on_policy.builder` gives.
        make_update: says how the policies are improved, once all else is there; None: all at once.
        shared: the agents share one set of parameters.

    Attributes:
        environment: what is played in.
        input: what the policies see.
        policy: of n agents.
        policy_spec: its sizes.
        critic: of all.
        update: how the policies are improved.
        iterations: training steps made.
    """

    def __init__(
        self,
        settings: OnPolicySettings,
        context: RunContext,
        build_policy: BuildPolicy,
        make_update: MakeUpdate | None = None,
        *,
        shared: bool = False,
    ) -> None:
        self.settings, self.context, self._build = settings, context, build_policy
        device, seed = context.device, context.seed
        self.environment = build_environment(
            context.environment, settings.environments, device, workers=context.workers
        )
        self.spec = self.environment.spec
        self._check()
        self.input = settings.input.build(
            InputContext(self.environment, seed, device, context.report, context.saved_run)
        )
        self._scaling = ActionScaling.of(self.spec, device, settings.bounds)
        self.policy_spec = PolicySpec.of(self.spec, self.input.size, shared=shared)
        self.policy = self._build_policy(self.policy_spec)
        self._guard = Guard()
        tracker = self.input.tracker(settings.environments, derive_seed(seed, "inputs"))
        self._collector = Collector(self.environment, tracker, derive_seed(seed, "environment"), self._guard)
        played = settings.rollout * settings.environments * row_bytes(self._collector.now)
        check_room("a rollout", played, "algorithm.rollout", settings.rollout, device)
        self._acting = generator(seed, "actions", device=device)
        self.shuffling = generator(seed, "minibatches", device=device)
        self._player = Player(self._collector, self.policy, self._scaling, self._acting)
        view = View(settings.critic_input, self.spec.horizon if settings.critic_time else None)
        example = view.see(self._collector.now, torch.zeros(settings.environments, device=device))
        with seeded_initialisation(seed, "critic"):
            self.critic = Critic(settings, view, example, shared=shared)
        self._cutter = Cutter(settings.rollout, settings.chunk, settings.burn_in)
        simultaneous = Simultaneous(self.policy, settings, self.shuffling, shared=shared)
        self.update = simultaneous if make_update is None else make_update(self)
        self.discount = settings.discount
        self.iterations = 0

    def train_step(self) -> Mapping[str, Tensor | float]:
        """Play and improve.

        Returns:
            ``environment_steps``, ``episode_return``, ``policy_loss``, ``value_loss``, ``entropy``, the share of ratios
            that were ``clipped``, the gradient norms, the ``learning_rate`` of the policies, the mean ``return_to_go``
            of a rollout's steps, and the guard's counts.
        """
        rollout = self._player.play(self.settings.rollout)
        judgement = self.critic.judge(rollout)
        rates = self._schedule()
        metrics = self.update.improve(self._samples(rollout, judgement.advantages), rates)
        metrics |= self._improve_critic(rollout, judgement)
        for name in ("policy_loss", "value_loss"):
            self._guard.watch(name, metrics[name])
        self.iterations += 1
        further: dict[str, Tensor | float] = {
            "learning_rate": rates.learning_rate,
            "return_to_go": judgement.returns.mean(),
        }
        return {**self._collector.metrics(), **metrics, **further, **self._guard.metrics()}

    @override
    def acting_state(self) -> dict[str, Any]:
        return {"policy": self.policy.state_dict(), "input": self.input.state_dict()}

    @override
    def load_acting_state(self, state: dict[str, Any]) -> None:
        self.policy.load_state_dict(state["policy"])
        self.input.load_state_dict(state["input"])

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        """See `Acting.actor`; the best actions are usual."""
        play = play_by(self.policy, greedy is not False)
        return TrackedActor(self.input.tracker(batch, seed), *play.scaled(self._scaling))

    def state_dict(self) -> dict[str, Any]:
        """Everything that later training steps depend on."""
        return {
            "policy": self.policy.state_dict(),
            "input": self.input.state_dict(),
            "critic": self.critic.state(),
            "update": self.update.state_dict(),
            "collector": self._collector.state_dict(),
            "player": self._player.state_dict(),
            "acting": self._acting.get_state(),
            "shuffling": self.shuffling.get_state(),
            "iterations": self.iterations,
        }

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.policy.load_state_dict(state["policy"])
        self.input.load_state_dict(state["input"])
        self.critic.load_state(state["critic"])
        self.update.load_state_dict(state["update"])
        self._player.load_state_dict(state["player"])
        self._collector.load_state_dict(state["collector"])
        self._acting.set_state(state["acting"].cpu())
        self.shuffling.set_state(state["shuffling"].cpu())
        self.iterations = state["iterations"]

    def deployment(self) -> Deployment:
        """See `Deployable.deployment`."""
        scale = None if self._scaling is None else self._scaling.to_environment
        return Deployment(self.policy, self.policy_spec, self.input, self._build_policy, scale)

    def weights(self) -> Sequence[tuple[str, ...]]:
        """See `Transferable.weights`: policies and critic."""
        return [("policy",), ("critic", "network"), ("critic", "normaliser")]

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings, per_step = self.settings, self.settings.environments * self.settings.rollout
        return {
            "step": f"a rollout of {per_step} environment steps, then {settings.epochs} passes over it",
            "environment_steps_per_train_step": per_step,
            "policy_sees": self.input.description,
            "critic_sees": record.critic_sees(settings),
            "update": self.update.description,
            **record.bootstrapping(settings),
            "action_bounds": "discrete actions" if self._scaling is None else settings.bounds.value,
            "resumption": self._collector.resumption(),
            **record.memory(settings, {"policies": self.policy, "critic": self.critic}),
            **record.schedules(settings),
        }

    @override
    def close(self) -> None:
        self.environment.close()

    def trial(self, rows: int = 4) -> Samples:
        """Samples of random inputs and of the policy's own actions there, to try a policy on."""
        randomness = generator(0, "trial", device=self.context.device)
        shape = rows, self.spec.agent_count, self.input.size
        inputs, k = torch.randn(shape, generator=randomness, device=self.context.device), self.policy.memory_size
        none = torch.zeros(rows, dtype=torch.bool, device=inputs.device)
        features, _ = self.policy.encode(inputs, inputs.new_zeros(*shape[:2], k), none)
        actions = self.policy.sample(features, 1, randomness)[0]
        if not k:
            return Samples(inputs, actions, inputs.new_zeros(rows, 1))
        chunks = Chunks(inputs[:, None], none[:, None], inputs.new_zeros(*shape[:2], k), 0, none)
        return Samples(chunks, actions[:, None], inputs.new_zeros(rows, 1, 1))

    def _check(self) -> None:
        settings, name = self.settings, self.spec.name
        if settings.critic_input is CriticInput.STATE and self.spec.state_size == 0:
            problem, fix = f"{name} has no state for the central critic", "set `critic_input: inputs`"
            raise QuorateError(problem, where="algorithm.critic_input", fix=fix)
        if settings.critic_time and self.spec.horizon is None:
            problem, fix = f"{name} has no horizon to tell the critic the time by", "set `critic_time: false`"
            raise QuorateError(problem, where="algorithm.critic_time", fix=fix)

    def views(self) -> list[Policy]:
        """Each agent's policy by itself, on the memory of the stacked one.

        Raises:
            QuorateError: the policy class does not stack its parameters by agent.
        """
        return agent_views(self.policy, self._build_policy, self.policy_spec)

    def _build_policy(self, spec: PolicySpec) -> Policy:
        with seeded_initialisation(self.context.seed, "policy"):
            return self._build(spec).to(self.context.device)

    def _schedule(self) -> Rates:
        settings = self.settings
        done = min(1.0, self.iterations / max(1, self.context.train_steps))
        left = 1 - done * (1 - settings.learning_rate_end)
        for group in self.critic.optimiser.param_groups:
            group["lr"] = settings.critic_learning_rate * left
        end = settings.entropy if settings.entropy_end is None else settings.entropy_end
        return Rates(settings.learning_rate * left, settings.entropy + done * (end - settings.entropy))

    def _samples(self, rollout: Rollout, advantages: Tensor) -> Samples:
        steps, alive = rollout.steps, rollout.alive
        there = None if alive is None else alive.flatten(0, 1)
        scaled = normalised(advantages.flatten(0, 1), there, self.settings.advantages)
        scaled = scaled.unflatten(0, steps.reward.shape)
        mask = None if steps.action_mask is None else steps.action_mask[:-1]
        seen = steps.inputs[:-1], rollout.memories
        return Samples(*self._rows(self.policy, rollout, *seen, steps.actions, scaled, mask, alive))

    def _improve_critic(self, rollout: Rollout, judgement: Judgement) -> dict[str, Tensor]:
        seen = []
        told = judgement.seen, judgement.memories, judgement.returns, judgement.values, self.critic.taught(rollout)
        parts = self._rows(self.critic, rollout, *told)
        for index in minibatches(len(parts[0]), self.settings, self.shuffling):
            rows = parts if index is None else [None if part is None else chosen_rows(part, index) for part in parts]
            seen.append(self.critic.improve(*rows))
        losses, norms = zip(*seen, strict=True)
        return {"value_loss": torch.stack(losses).mean(), "value_gradient_norm": torch.cat(norms).mean()}

    def _rows(
        self, learner: Remembering, rollout: Rollout, seen: Tensor, memories: Sequence[Tensor], *parts: Tensor | None
    ) -> list[Any]:
        """What one learns from, [T, B, ...] each, as rows: of steps, or of chunks for one that remembers."""
        if not learner.memory_size:
            return [None if part is None else part.flatten(0, 1) for part in (seen, *parts)]
        chunks = self._cutter.chunks(seen, rollout.steps.begins[:-1], memories)
        return [chunks, *(None if part is None else self._cutter.rows(part) for part in parts)]

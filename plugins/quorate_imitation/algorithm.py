"""The algorithm `dagger`."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Deployment, Policy, PolicySpec, RunContext
from quorate.learning.acting import Play, play_by
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.living import living_step
from quorate.learning.memory import Recollection, refuse_memory
from quorate.learning.optimiser import Adam
from quorate.learning.replay_learner import ReplayLearner, Stateful
from quorate.learning.stacks import clip_gradients
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import CategoricalSettings, GaussianSettings
from quorate_imitation.loss import imitation_loss, teachable
from quorate_imitation.settings import Acts, DAggerSettings


class DAgger(ReplayLearner):
    """Learns a teacher's choices in the situations that the learner comes to (arXiv:1011.0686, Algorithm 3.1).

    The teacher acts at first (its share beta is 1), and the learner from then on (beta is 0); all that was ever met is
    remembered with what the teacher would have done there. Each agent's policy learns by itself.

    Attributes:
        teacher: whose choices are learned.
        policy: what learns.
    """

    takes = ("continuous", "discrete")
    needs_state = False
    recollection: Recollection

    def __init__(self, settings: DAggerSettings, context: RunContext) -> None:
        super().__init__(settings, context)
        self._settings = settings
        with seeded_initialisation(context.seed, "teacher"):
            self.teacher: Policy = settings.teacher.build(self.spec).to(context.device)
        self.recollection = Recollection(self.teacher)
        self.spec = PolicySpec.of(self.environment.spec, self.input.size, shared=settings.share_parameters)
        self.policy = self._build_policy(self.spec)
        refuse_memory(self.policy, "algorithm.policy.network")
        self._teachable = teachable(self.policy, discrete=self.spec.discrete)
        self._optimiser = Adam(self.policy.parameters(), settings.learning_rate)

    @property
    @override
    def warming_up(self) -> bool:
        return self.collector.environment_steps < self._settings.teacher_steps

    @override
    def act(self) -> tuple[Tensor, Tensor]:
        """What the teacher or the learner does, and what the teacher would do."""
        now, randomness = self.collector.now, self._randomness
        features = self.recollection.features(now.inputs, now.begins)
        shown = self.teacher.sample(features, 1, randomness, now.action_mask)[0]
        if not self.spec.discrete:
            shown = shown.clamp(-1, 1)
        if self.warming_up or self._settings.acts is Acts.TEACHER:
            return shown, shown
        return self.policy.sample(now.inputs, 1, randomness, now.action_mask)[0], shown

    @override
    def learn(self) -> dict[str, Tensor]:
        """One update from situations of the memory."""
        index = self.replay.draw(self._settings.batch_size, self._randomness)
        names = self.replay.names
        action_mask, alive = (self.replay.get(n, index) if n in names else None for n in ("action_mask", "agent_mask"))
        inputs, actions = (self.replay.get(name, index) for name in ("inputs", "actions"))
        loss = imitation_loss(self._teachable, inputs, actions, self._randomness, action_mask, alive)
        self.guard.watch("imitation_loss", loss)
        self._optimiser.param_groups[0]["lr"] = self._learning_rate()
        self._optimiser.zero_grad(set_to_none=True)
        loss.sum().backward()
        clip_gradients(self.policy.parameters(), self._settings.clip_norm)
        living_step(self._optimiser, None if self.spec.shared else alive)
        return {"imitation_loss": loss.detach().mean()}

    def play(self, greedy: bool | None) -> Play:
        """The mode, unless samples are asked for, or the policy has none."""
        return play_by(self.policy, greedy is not False)

    def deployment(self) -> Deployment:
        """See `Deployable.deployment`; the teacher stays behind."""
        return self.deployed(self.policy, self._build_policy)

    @override
    def parts(self) -> Mapping[str, Stateful]:
        return {"policy": self.policy, "optimiser": self._optimiser}

    @override
    def acting_parts(self) -> Mapping[str, Stateful]:
        return {"policy": self.policy}

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings, common = self._settings, dict(super().conventions())
        common["updates"] += f", once {settings.teacher_steps} environment steps of the teacher are over"
        decays = {} if settings.learning_rate_end == 1 else {"budget_schedules": "learning rate"}
        return {**common, "teacher": settings.teacher.name, "acts": settings.acts.value, **decays}

    def _build_policy(self, spec: PolicySpec) -> Policy:
        chosen = self._settings.policy
        with seeded_initialisation(self._context.seed, "policy"):
            if chosen is not None:
                policy: Policy = chosen.build(spec)
            elif spec.discrete:
                policy = CategoricalPolicy(CategoricalSettings(), spec)
            else:
                policy = GaussianPolicy(GaussianSettings(std_floor=0.05), spec)
        return policy.to(self._context.device)

    def _learning_rate(self) -> float:
        settings = self._settings
        return settings.learning_rate * (1 - self.done * (1 - settings.learning_rate_end))

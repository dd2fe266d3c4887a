"""What `dacer` and `qvpo` share: one diffusion policy for all agents, and critics of the joint action."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Policy, RunContext
from quorate.learning.collector import Situation
from quorate.learning.critics import TwinCritics
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.memory import refuse_memory
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import OffPolicy, Stateful
from quorate.learning.optimiser import Adam
from quorate.learning.stacks import clip_gradients
from quorate.seeding import generator
from quorate_central_diffusion.critics import CentralCritics
from quorate_central_diffusion.settings import CentralSettings, Sight


class CentralDiffusion(OffPolicy):
    """One policy over the joint action, as if the agents were one.

    Attributes:
        policy: of one agent whose action is the joint one.
        critics: Q(s, a_1 ... a_n), two of them.
    """

    def __init__(self, settings: CentralSettings, context: RunContext, interface: type, outputs: int = 1) -> None:
        super().__init__(settings, context)
        self._central, device = settings, context.device
        spec = self.environment.spec
        inputs = spec.state_size if settings.sees is Sight.STATE else spec.agent_count * self.input.size
        with seeded_initialisation(context.seed, "policy"):
            self.policy: Policy = settings.policy.build(self.spec.joint(inputs)).to(device)
        if not isinstance(self.policy, interface):
            problem = f"This algorithm can not improve policies of the class '{settings.policy.name}'."
            choices = ["ddpm", "ddpm/paper"]
            raise QuorateError(problem, where="algorithm.policy", choices=choices, fix="Choose one of these.")
        refuse_memory(self.policy, "algorithm.policy.network")
        randomness = generator(context.seed, "initialisation", "critics")
        sizes = spec.state_size + self.joint.size
        self.critics = self.build_critics(TwinCritics(settings.critic, 1, sizes, randomness, outputs)).to(device)
        self._policy_optimiser = Adam(self.policy.parameters(), settings.policy_learning_rate)
        trained = self.critics.critics.parameters()
        self._critic_optimiser = Adam(trained, settings.critic_learning_rate)

    def build_critics(self, critics: TwinCritics) -> CentralCritics:
        """The critics and how they learn."""
        return CentralCritics(critics)

    @abstractmethod
    def following_actions(self, sample: Sample) -> Tensor:
        """What the policy does in what followed: [R, A], without gradient."""

    @abstractmethod
    def policy_loss(self, sample: Sample) -> Tensor:
        """What the policy minimises, 0-d."""

    @abstractmethod
    def follow(self) -> None:
        """Move the targets."""

    def update(self, sample: Sample) -> dict[str, Tensor]:
        """The critics; the policy, once it is its turn, and the targets after every `policy_delay` of those."""
        metrics = {"critic_loss": self._update_critics(sample)}
        if self.updates % self._central.policy_delay == 0:
            if self.updates > self._central.critic_warmup:
                metrics["policy_loss"] = self._update_policy(sample)
            self.follow()
        return {**self._latest, **metrics}

    @override
    def parts(self) -> Mapping[str, Stateful]:
        return {
            "policy": self.policy,
            "critics": self.critics,
            "policy_optimiser": self._policy_optimiser,
            "critic_optimiser": self._critic_optimiser,
        }

    @override
    def conventions(self) -> Mapping[str, Any]:
        shared = super().conventions()
        state = self._central.sees is Sight.STATE
        sees = f"state ({self.environment.spec.state_source})" if state else f"of all agents: {self.input.description}"
        policy = f"{self._central.policy.name}, one of the joint action: centralised, in training and in acting"
        return {**shared, "policy": policy, "policy_sees": sees}

    def seen(self, inputs: Tensor, state: Tensor) -> Tensor:
        """What the policy sees: [B, n, f], [B, s] -> [B, 1, i]."""
        return state[:, None] if self._central.sees is Sight.STATE else inputs.flatten(1)[:, None]

    def seen_now(self, now: Situation) -> Tensor:
        """What the policy sees in a situation."""
        return self.seen(now.inputs, now.state)

    def shown(self, state: Tensor, joint: Tensor, alive: Tensor | None) -> Tensor:
        """What critics see: [B, s], [..., B, A] -> [..., B, s + A]; what dead agents do, bool [B, n], is hidden."""
        return pair(state, joint if alive is None else joint * self.joint.living(alive))

    def value(self, state: Tensor, joint: Tensor, alive: Tensor | None) -> Tensor:
        """The smaller value of joint actions: [B, s], [..., B, A], bool [B, n] -> [..., B]."""
        shown = self.shown(state, joint, alive).flatten(0, -2)
        return self.critics.critics.value(shown[None]).reshape(joint.shape[:-1])

    def best(self, state: Tensor, candidates: Tensor, alive: Tensor | None) -> tuple[Tensor, Tensor]:
        """Of joint actions [N, B, A] the best in each state, [B, A], and all their values, [N, B]."""
        values = self.value(state, candidates, alive)
        return pick(candidates, values), values

    def _update_critics(self, sample: Sample) -> Tensor:
        following = self.shown(sample.next_state, self.following_actions(sample), sample.next_agent_mask)
        taken = self.shown(sample.state, self.joint.join(sample.actions), sample.agent_mask)
        loss = self.critics.loss(taken, following, sample, self._randomness)
        return self._descend("critic_loss", self.critics.critics, self._critic_optimiser, loss)

    def _update_policy(self, sample: Sample) -> Tensor:
        return self._descend("policy_loss", self.policy, self._policy_optimiser, self.policy_loss(sample))

    def _descend(self, name: str, module: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor) -> Tensor:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.guard.watch(name, loss)
        clip_gradients(module.parameters(), self._central.clip_norm)
        optimiser.step()
        return loss.detach()


def pair(state: Tensor, joint: Tensor) -> Tensor:
    """State and joint action side by side: [B, s], [..., B, A] -> [..., B, s + A]."""
    return torch.cat([state.expand(*joint.shape[:-1], -1), joint], -1)


def pick(candidates: Tensor, values: Tensor) -> Tensor:
    """The candidate of the largest value: [N, B, A], [N, B] -> [B, A]."""
    index = values.argmax(0)[None, :, None].expand(1, *candidates.shape[1:])
    return candidates.gather(0, index)[0]

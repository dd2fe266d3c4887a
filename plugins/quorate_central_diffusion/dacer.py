"""The algorithm `dacer`: diffusion actor-critic with entropy regulator."""

import math
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import RunContext
from quorate.learning.acting import Play
from quorate.learning.collector import Situation
from quorate.learning.critics import TwinCritics
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import Stateful
from quorate.learning.settings import EvaluationActions
from quorate.learning.temperature import Temperature
from quorate_central_diffusion.central import CentralDiffusion
from quorate_central_diffusion.critics import CentralCritics, DistributionalCritics
from quorate_central_diffusion.settings import CriticKind, DACERSettings, EntropyEstimate


@runtime_checkable
class SamplesThrough(Protocol):
    """A policy through whose whole chain of sampling gradients flow."""

    def sample_through(self, inputs: Tensor, generator: torch.Generator, count: int = 1) -> Tensor:
        """[B, n, f] -> [N, B, n, a]."""
        ...


class DACER(CentralDiffusion):
    """Follows the gradient of the critics through the reverse chain (arXiv:2405.15177).

    The noise on its actions is a multiple of alpha, which is moved so that an estimate of the entropy comes to its
    target. The paper's estimate is that of a fitted mixture of Gaussians; here one Gaussian, or the noise alone.

    Attributes:
        temperature: alpha.
    """

    def __init__(self, settings: DACERSettings, context: RunContext) -> None:
        self._settings = settings
        outputs = 2 if settings.critics is CriticKind.DISTRIBUTIONAL else 1
        super().__init__(settings, context, SamplesThrough, outputs)
        target = torch.tensor([settings.target_entropy * self.joint.size], device=context.device)
        self.temperature = Temperature(settings.initial_alpha, target, settings.temperature_learning_rate)

    @override
    def build_critics(self, critics: TwinCritics) -> CentralCritics:
        if self._settings.critics is CriticKind.DISTRIBUTIONAL:
            return DistributionalCritics(critics, self._settings.target_rate)
        return CentralCritics(critics)

    @torch.no_grad()
    def behave(self, now: Situation, randomness: torch.Generator) -> Tensor:
        """A sample with noise."""
        joint = self.policy.sample(self.seen_now(now), 1, randomness)[0, :, 0]
        noise = torch.randn(joint.shape, generator=randomness, device=joint.device)
        return self.joint.split((joint + self._noise() * noise).clamp(-1, 1))

    def play(self, greedy: bool | None) -> Play:
        """A sample without noise; see `OffPolicy.play`."""

        def sample(now: Situation, randomness: torch.Generator) -> Tensor:
            return self.joint.split(self.policy.sample(self.seen_now(now), 1, randomness)[0, :, 0])

        return Play(sample, EvaluationActions.SAMPLED, "sampled actions, without noise")

    @torch.no_grad()
    def following_actions(self, sample: Sample) -> Tensor:
        """A sample."""
        return self.policy.sample(self.seen(sample.next_inputs, sample.next_state), 1, self._randomness)[0, :, 0]

    def policy_loss(self, sample: Sample) -> Tensor:
        """Minus the smaller value of actions through whose chain the gradient flows."""
        assert isinstance(self.policy, SamplesThrough)
        joint = self.policy.sample_through(self.seen(sample.inputs, sample.state), self._randomness)[0, :, 0]
        return -self.value(sample.state, joint, sample.agent_mask).mean()

    def follow(self) -> None:
        """Move the target critics."""
        self.critics.follow(self._settings.target_rate)

    @override
    def update(self, sample: Sample) -> dict[str, Tensor]:
        """Update policy and critics, then alpha, where it is due."""
        metrics = super().update(sample)
        if self.updates % self._settings.temperature_interval == 0:
            metrics["entropy"] = entropy = self._entropy(sample)
            self.temperature.update(-entropy.reshape(1, 1))
        return {**metrics, "alpha": self.temperature.value[0]}

    @override
    def parts(self) -> Mapping[str, Stateful]:
        return {**super().parts(), "temperature": self.temperature}

    @override
    def acting_parts(self) -> Mapping[str, Stateful]:
        return {"policy": self.policy}

    def _noise(self) -> Tensor:
        return self._settings.noise * self.temperature.value

    @torch.no_grad()
    def _entropy(self, sample: Sample) -> Tensor:
        """An estimate of the policy's entropy, nats, 0-d; were all agents as those who are alive."""
        size, variance = self.joint.size, self._noise().square()
        constant = size * math.log(2 * math.pi * math.e)
        if self._settings.entropy is EntropyEstimate.NOISE:
            return 0.5 * (constant + size * variance.log()).squeeze()
        states = slice(self._settings.entropy_states)
        seen = self.seen(sample.inputs[states], sample.state[states])
        joint = self.policy.sample(seen, self._settings.entropy_samples, self._randomness)[:, :, 0].movedim(0, 1)
        mask = sample.agent_mask
        living = torch.ones_like(joint[:, 0], dtype=torch.bool) if mask is None else self.joint.living(mask[states])
        centred = (joint - joint.mean(1, keepdim=True)) * living[:, None]
        covariance = centred.mT @ centred / (joint.shape[1] - 1)
        covariance += torch.diag_embed(torch.where(living, variance, 1.0))  # so that others add nothing
        return 0.5 * (constant + torch.logdet(covariance).mean() * (living.numel() / living.sum()))

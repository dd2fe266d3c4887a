"""Gaussian policies with a diagonal covariance, squashed into the box or not."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces.policy import PolicySpec, ProjectionTarget
from quorate.learning.living import living_mean
from quorate.policies.layout import members, require_actions, standard_normal
from quorate.policies.network_policy import NetworkPolicy
from quorate.policies.settings import GaussianProjection, GaussianSettings, Parametrisation, Squash, Variance

BOUNDARY = 1e-6
"""How close to -1 and 1 a squashed action is taken to come; in float32 tanh reaches them."""


class GaussianPolicy(NetworkPolicy):
    """N(mean(x), std(x)^2), of which tanh may be taken; implements all that a policy may be."""

    def __init__(self, settings: GaussianSettings, spec: PolicySpec) -> None:
        require_actions(spec, "gaussian", discrete=False)
        by_network = settings.variance is Variance.NETWORK
        super().__init__(settings.network, spec, spec.action_size * (2 if by_network else 1))
        self._settings, self._by_network = settings, by_network
        if not self._by_network:
            shape = members(spec), 1, spec.action_size
            self.log_std = nn.Parameter(torch.full(shape, settings.initial_log_std))

    def distribution(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation before squashing: [..., n, f] -> [..., n, a], [..., n, a]."""
        output = self.outputs(inputs)
        if self._by_network:
            mean, raw = output.chunk(2, dim=-1)
            raw = raw + self._settings.initial_log_std
        else:
            mean, raw = output, self.log_std.squeeze(1).expand_as(output)
        return mean * self.features, self._std(raw)

    @torch.no_grad()
    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        """Without squashing, actions may leave [-1, 1]."""
        mean, std = self.distribution(inputs)
        noise = standard_normal((count, *mean.shape), generator)
        return self._squash(mean + std * noise * self.features)

    def mode(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        """The mean, squashed: [..., n, f] -> [..., n, a]."""
        return self._squash(self.distribution(inputs)[0])

    def evaluate(self, inputs: Tensor, actions: Tensor, action_mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """See `Likelihood.evaluate`; squashed actions are taken to lie within 1 - 1e-6 of 0."""
        mean, std = self.distribution(inputs)
        raw = actions.clamp(BOUNDARY - 1, 1 - BOUNDARY).atanh() if self._squashed else actions
        return self._log_density(raw, mean, std), self._entropy(std)

    def rsample(
        self, inputs: Tensor, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """See `Reparameterised.rsample`."""
        mean, std = self.distribution(inputs)
        raw = mean + std * standard_normal(mean.shape, generator) * self.features
        return self._squash(raw), self._log_density(raw, mean, std)

    def projection_loss(self, target: ProjectionTarget, generator: torch.Generator) -> Tensor:
        """See `Projectable.projection_loss`.

        Reverse KL: KL(pi || pi_old) - E_pi[w], the divergence in closed form, the expectation from as many actions as
        the target has (2605.07101, Algorithm 1's projection). Weighted likelihood: -mean_j w_j log pi(a_j).
        """
        if self._settings.projection is GaussianProjection.WEIGHTED_LIKELIHOOD:
            density, _ = self.evaluate(target.inputs, target.actions)
            return -(target.weights * density).mean((0, 1))
        return self._reverse_kl(target, generator)

    def _reverse_kl(self, target: ProjectionTarget, generator: torch.Generator) -> Tensor:
        if target.log_weight is None or not isinstance(target.old, GaussianPolicy):
            raise QuorateError(
                "the reverse KL projection follows the gradient of the log weight from an old Gaussian policy, "
                "and the algorithm does not offer both",
                where="the policy's setting `projection`",
                fix="set `projection: weighted-likelihood`",
            )
        mean, std = self.distribution(target.inputs)
        noise = standard_normal((len(target.actions), *mean.shape), generator)
        gain = living_mean(target.log_weight(self._squash(mean + std * noise * self.features)), target.alive)
        with torch.no_grad():
            old_mean, old_std = target.old.distribution(target.inputs)
        return living_mean(self._sum(_divergence(mean, std, old_mean, old_std)), target.alive) - gain

    @property
    def _squashed(self) -> bool:
        return self._settings.squash is Squash.TANH

    def _squash(self, raw: Tensor) -> Tensor:
        return raw.tanh() if self._squashed else raw

    def _std(self, raw: Tensor) -> Tensor:
        settings = self._settings
        if settings.parametrisation is Parametrisation.SIGMOID:
            return torch.sigmoid(raw / settings.sigmoid_scale) * settings.std_limit + settings.std_floor
        return raw.clamp(*settings.log_std).exp() + settings.std_floor

    def _log_density(self, raw: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        density = -0.5 * ((raw - mean) / std).square() - std.log() - 0.5 * math.log(2 * math.pi)
        if self._squashed:  # log(1 - tanh(x)^2), in the form that does not cancel
            density = density - 2 * (math.log(2) - raw - functional.softplus(-2 * raw))
        return self._sum(density)

    def _entropy(self, std: Tensor) -> Tensor:
        return self._sum(std.log() + 0.5 * math.log(2 * math.pi * math.e))

    def _sum(self, x: Tensor) -> Tensor:
        """Over real action features: [..., n, a] -> [..., n]."""
        return x.where(self.features, 0.0).sum(-1)


def _divergence(mean: Tensor, std: Tensor, old_mean: Tensor, old_std: Tensor) -> Tensor:
    """KL(N(mean, std^2) || N(old_mean, old_std^2)) of each feature."""
    ratio = (std / old_std).square()
    return 0.5 * (ratio - ratio.log() - 1 + ((mean - old_mean) / old_std).square())

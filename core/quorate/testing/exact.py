"""The best there is on a small state space: the posterior mean under noise, by enumeration of the states."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Denoiser, ExactPosterior, Moments

LEVELS = (0.5, 2.0)
"""Noise levels of the checks: uniform between these on a logarithmic scale."""
NODES = 64


class PosteriorMean(Denoiser):
    """f*(tau, y) = E[s | y, tau] (2410.13953, Eq. 2); told no sigma, the average over `LEVELS` is taken first.

    Args:
        posterior: over the states given histories.
    """

    states: Tensor
    levels: Tensor

    def __init__(self, posterior: ExactPosterior) -> None:
        super().__init__()
        self._posterior = posterior
        self.register_buffer("states", posterior.states)
        steps = (torch.arange(NODES) + 0.5) / NODES
        self.register_buffer("levels", LEVELS[0] * (LEVELS[1] / LEVELS[0]) ** steps)

    @property
    def state_size(self) -> int:
        """S."""
        return self.states.shape[-1]

    @property
    def condition_on_sigma(self) -> bool:
        """It need not be told."""
        return False

    @property
    def feature_size(self) -> int:
        """One for each state."""
        return len(self.states)

    def encode(self, history: Tensor) -> Tensor:
        """log p(s | tau): [..., h] -> [..., K]."""
        return self._posterior.log_probability(history[..., None, :])

    def regressor(self, history: Tensor) -> Moments:
        """E[s | tau] and Var[s | tau] (see `quorate.interfaces.Regressing`); what is known has a small variance."""
        weights = self.encode(history).exp()
        mean = weights @ self.states
        return Moments(mean, (weights @ self.states.square() - mean.square()).clamp(min=1e-4))

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        square = (noisy[:, None] - self.states).square().sum(-1)[..., None]  # [N, K, 1]
        levels = self.levels if sigma is None else sigma[:, None, None]
        log_likelihood = -square / (2 * levels.square()) - self.state_size * levels.log()
        return torch.softmax(features + log_likelihood.logsumexp(-1), dim=-1) @ self.states


def log_uniform(rows: int, generator: torch.Generator) -> Tensor:
    """Noise levels [rows] of the checks."""
    return LEVELS[0] * (LEVELS[1] / LEVELS[0]) ** torch.rand(rows, generator=generator)

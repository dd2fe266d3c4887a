"""The Bayes-optimal denoiser, f*(tau, y) = E[s | y, tau] (2410.13953, Eq. 2), by enumeration of the states."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Denoiser, Environment, HistoryLayout, NoiseDistribution
from quorate_state_inference.oracle import exact_posterior
from quorate_state_inference.settings import ExactSettings

ELEMENTS_AT_ONCE = 2**20
"""Most elements of an intermediate [rows, K, Q] tensor, to bound memory."""


class AveragesStates(Denoiser):
    """A denoiser that weighs known states by how likely the noisy one is then; told no sigma, it averages over levels.

    Args:
        noise: whose levels these are.
        device: where it computes.
    """

    states: Tensor
    levels: Tensor
    log_weights: Tensor

    def __init__(self, noise: NoiseDistribution, device: torch.device) -> None:
        super().__init__()
        levels, weights = noise.quadrature()
        self.register_buffer("levels", levels.to(device), persistent=False)
        self.register_buffer("log_weights", weights.log().to(device), persistent=False)

    @property
    def state_size(self) -> int:
        """S."""
        return self.states.shape[-1]

    @property
    def condition_on_sigma(self) -> bool:
        """It averages over the noise levels when told none."""
        return False

    def log_likelihood(self, square: Tensor, sigma: Tensor | None) -> Tensor:
        """Up to a constant, log p(y | s) from |y - s|^2: [N, K] -> [N, K].

        Args:
            square: squared distances.
            sigma: [N], or None: the average over the levels.
        """
        if sigma is not None:
            return square.div(-2 * sigma[:, None] ** 2)
        scale = -0.5 / self.levels**2
        offset = self.log_weights - self.state_size * self.levels.log()
        return torch.logsumexp(square[..., None] * scale + offset, dim=-1)


class ExactDenoiser(AveragesStates):
    """The posterior mean over the environment's K states.

    p(s | y, tau) is proportional to p(s | tau) E_sigma[sigma^-d exp(-|y - s|^2 / 2 sigma^2)], d the state's size; the
    expectation is over the noise distribution unless sigma is given. The features are log p(s | tau).

    Raises:
        QuorateError: where the environment offers no exact posterior.
    """

    def __init__(self, settings: ExactSettings, environment: Environment, layout: HistoryLayout) -> None:
        posterior = exact_posterior(environment, layout)
        super().__init__(settings.noise.build(), environment.device)
        self._posterior = posterior
        self.register_buffer("states", self._posterior.states.to(environment.device), persistent=False)

    @property
    def feature_size(self) -> int:
        """K."""
        return len(self.states)

    def encode(self, history: Tensor) -> Tensor:
        """log p(s | tau): [..., h] -> [..., K]."""
        return self._posterior.log_probability(history[..., None, :])

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """Told no sigma, it is blind and averages over the noise distribution."""
        rows = max(1, ELEMENTS_AT_ONCE // (len(self.states) * (len(self.levels) if sigma is None else 1)))
        parts = []
        for start in range(0, len(noisy), rows):
            chunk = slice(start, start + rows)
            level = None if sigma is None else sigma[chunk]
            scores = features[chunk] + self.log_likelihood(self._squares(noisy[chunk]), level)
            parts.append(torch.softmax(scores, dim=-1) @ self.states)
        return torch.cat(parts)

    def _squares(self, noisy: Tensor) -> Tensor:
        """|y - s|^2: [N, s] -> [N, K]."""
        return (noisy**2).sum(-1, keepdim=True) - 2 * noisy @ self.states.T + (self.states**2).sum(-1)

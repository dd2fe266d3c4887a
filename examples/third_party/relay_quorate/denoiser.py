"""A denoiser that knows a few states by heart."""

import math

import torch
from quorate.interfaces import Denoiser, Environment, HistoryLayout
from torch import Tensor, nn
from typing_extensions import override

from relay_quorate.settings import PrototypeSettings


class PrototypeDenoiser(Denoiser):
    """The posterior mean of a state that is one of K prototypes, each with a prior weight that the history gives.

    For a prior sum_k w_k(tau) delta(s - p_k) and noise of variance 1 / beta, E[s | tau, y] is the mean of the p_k under
    weights proportional to w_k exp(-beta |y - p_k|^2 / 2). The prototypes, the weights' network and beta are learned.
    """

    def __init__(self, settings: PrototypeSettings, environment: Environment, layout: HistoryLayout) -> None:
        super().__init__()
        self.prototypes = nn.Parameter(torch.rand(settings.prototypes, environment.spec.state_size) * 2 - 1)
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(settings.sharpness)))
        self.weigh = nn.Sequential(
            nn.Linear(layout.size, settings.hidden), nn.SiLU(), nn.Linear(settings.hidden, settings.prototypes)
        )

    @property
    def state_size(self) -> int:
        """s."""
        return self.prototypes.shape[1]

    @property
    def condition_on_sigma(self) -> bool:
        """It is blind: its sharpness is learned."""
        return False

    @property
    def feature_size(self) -> int:
        """K."""
        return self.prototypes.shape[0]

    def encode(self, history: Tensor) -> Tensor:
        """The log weights of the prototypes: [..., h] -> [..., K]."""
        return self.weigh(history)

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        likelihood = noisy @ self.prototypes.T - self.prototypes.square().sum(-1) / 2
        return (features + self.log_sharpness.exp() * likelihood).softmax(-1) @ self.prototypes

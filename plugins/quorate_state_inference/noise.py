"""Distributions of the noise level sigma."""

import math

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import NoiseDistribution
from quorate_state_inference.settings import FixedNoiseSettings, LogNormalNoiseSettings, LogUniformNoiseSettings

QUADRATURE_NODES = 32


class FixedNoise(NoiseDistribution):
    """One level, as in 2410.13953, Eq. 1."""

    def __init__(self, settings: FixedNoiseSettings) -> None:
        self._sigma = settings.sigma

    @override
    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return torch.full(shape, self._sigma, device=generator.device)

    def quadrature(self) -> tuple[Tensor, Tensor]:
        """The level itself, with weight 1."""
        return torch.tensor([self._sigma]), torch.ones(1)


class LogUniformNoise(NoiseDistribution):
    """log sigma ~ U(log minimum, log maximum)."""

    def __init__(self, settings: LogUniformNoiseSettings) -> None:
        self._low, self._high = math.log(settings.minimum), math.log(settings.maximum)

    @override
    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        uniform = torch.rand(shape, generator=generator, device=generator.device)
        return torch.exp(self._low + (self._high - self._low) * uniform)

    def quadrature(self) -> tuple[Tensor, Tensor]:
        """Midpoints of equal steps of log sigma."""
        midpoints = (torch.arange(QUADRATURE_NODES) + 0.5) / QUADRATURE_NODES
        levels = torch.exp(self._low + (self._high - self._low) * midpoints)
        return levels, torch.full((QUADRATURE_NODES,), 1 / QUADRATURE_NODES)


class LogNormalNoise(NoiseDistribution):
    """log sigma ~ N(mean, deviation^2) (2206.00364, section 5)."""

    def __init__(self, settings: LogNormalNoiseSettings) -> None:
        self._mean, self._deviation = settings.mean, settings.deviation

    @override
    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        normal = torch.randn(shape, generator=generator, device=generator.device)
        return torch.exp(self._mean + self._deviation * normal)

    def quadrature(self) -> tuple[Tensor, Tensor]:
        """Quantiles of equal probability."""
        quantiles = torch.special.ndtri((torch.arange(QUADRATURE_NODES) + 0.5) / QUADRATURE_NODES)
        levels = torch.exp(self._mean + self._deviation * quantiles)
        return levels, torch.full((QUADRATURE_NODES,), 1 / QUADRATURE_NODES)

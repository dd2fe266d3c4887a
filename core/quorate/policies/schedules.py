"""How much noise each step of diffusion adds, and what a reverse step computes."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.policies.settings import DDPMSettings, ReverseVariance, Schedule

LARGEST_BETA = 0.999


@dataclass(frozen=True)
class NoiseSchedule:
    """The forward process and its reverse; index 0 is the step tau = 1 (2605.07101, Sec. 2.2).

    Attributes:
        beta: float64 [H], variance that each step adds.
        alpha_bar: float64 [H], the product of 1 - beta up to each step.
        sigma: float64 [H], standard deviation of the noise that a reverse step adds; 0 in the last one (tau = 1).
    """

    beta: Tensor
    alpha_bar: Tensor
    sigma: Tensor

    @classmethod
    def of(cls, settings: DDPMSettings) -> "NoiseSchedule":
        """From the settings of a diffusion policy."""
        beta = betas(settings)
        alpha_bar = (1 - beta).cumprod(0)
        variance = _reverse_variance(settings.variance, beta, alpha_bar)
        variance[0] = 0
        return cls(beta, alpha_bar, variance.sqrt())

    @property
    def alpha_bar_before(self) -> Tensor:
        """[H], alpha-bar of the step before; 1 for the first."""
        return _before(self.alpha_bar)

    def coefficients(self, *, clip: bool) -> Tensor:
        """What a reverse step multiplies with, float32 [H, 4].

        Columns: with `clip`, the clean action is x0 = clip(c_0 x - c_1 eps) and the mean c_2 x0 + c_3 x; without, the
        mean is c_0 x - c_1 eps, which is the same where nothing is clipped and does not cancel where alpha-bar is tiny.
        """
        alpha, bar, before = 1 - self.beta, self.alpha_bar, self.alpha_bar_before
        if clip:
            clean = 1 / bar.sqrt(), ((1 - bar) / bar).sqrt()
            mean = self.beta * before.sqrt() / (1 - bar), (1 - before) * alpha.sqrt() / (1 - bar)
        else:
            clean = 1 / alpha.sqrt(), self.beta / ((1 - bar) * alpha).sqrt()
            mean = torch.ones_like(bar), torch.zeros_like(bar)
        return torch.stack([*clean, *mean], dim=1).float()


def betas(settings: DDPMSettings) -> Tensor:
    """The betas of a schedule, float64 [H]."""
    steps, kind = settings.steps, settings.schedule
    if kind is Schedule.COSINE:
        return _cosine(steps)
    start, end = _limits(settings)
    if kind is Schedule.VP:
        time = torch.arange(1, steps + 1, dtype=torch.float64)
        return 1 - torch.exp(-start / steps - 0.5 * (end - start) * (2 * time - 1) / steps**2)
    even = torch.linspace(start, end, steps, dtype=torch.float64)
    return even * settings.scale if kind is Schedule.LINEAR_SCALED else even


def _limits(settings: DDPMSettings) -> tuple[float, float]:
    default = {Schedule.LINEAR: (1e-3, 0.999), Schedule.LINEAR_SCALED: (1e-4, 0.999), Schedule.VP: (0.1, 10.0)}
    start, end = default[settings.schedule]
    return (start if settings.start is None else settings.start, end if settings.end is None else settings.end)


def _cosine(steps: int, offset: float = 0.008) -> Tensor:
    """Nichol and Dhariwal (2102.09672), Eq. 17."""
    time = torch.arange(steps + 1, dtype=torch.float64) / steps
    level = torch.cos((time + offset) / (1 + offset) * math.pi / 2).square()
    return (1 - level[1:] / level[:-1]).clamp(max=LARGEST_BETA)


def _reverse_variance(kind: ReverseVariance, beta: Tensor, alpha_bar: Tensor) -> Tensor:
    if kind is ReverseVariance.BETA:
        return beta.clone()
    if kind is ReverseVariance.BETA_OVER_ALPHA:
        return beta / (1 - beta)
    return beta * (1 - _before(alpha_bar)) / (1 - alpha_bar)


def _before(alpha_bar: Tensor) -> Tensor:
    return torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])

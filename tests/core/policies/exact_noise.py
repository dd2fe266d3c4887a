"""The exact noise of N(0, s^2), in place of a network."""

import torch
from torch import Tensor, nn

from quorate.policies.schedules import NoiseSchedule


class ExactNoise(nn.Module):
    """E[eps | a_tau] = sqrt(1 - alpha-bar) a_tau / (alpha-bar s^2 + 1 - alpha-bar), times `sign`.

    Args:
        schedule: of the noise.
        std: s.
        sign: -1 makes it what the paper's Eq. 2 regresses to, taken literally.
    """

    def __init__(self, schedule: NoiseSchedule, std: float, sign: float = 1.0) -> None:
        super().__init__()
        self.slope = sign * slope(schedule, std).float()

    def encode(self, inputs: Tensor) -> Tensor:
        return torch.zeros(*inputs.shape[:2], 1)

    def embed_steps(self) -> Tensor:
        return self.slope[None, :, None]

    def denoise(self, context: Tensor, noisy: Tensor) -> Tensor:
        return noisy * context.repeat(1, noisy.shape[1] // context.shape[1], 1)


def slope(schedule: NoiseSchedule, std: float) -> Tensor:
    bar = schedule.alpha_bar
    return (1 - bar).sqrt() / (bar * std**2 + 1 - bar)


def spread(schedule: NoiseSchedule, std: float) -> float:
    """The deviation of what an unclipped chain makes of N(0, 1), over that of the target; no sampling."""
    keep, remove = schedule.coefficients(clip=False)[:, :2].double().unbind(1)
    variance = torch.ones((), dtype=torch.float64)
    for step in reversed(range(len(keep))):
        factor = keep[step] - remove[step] * slope(schedule, std)[step]
        variance = factor.square() * variance + schedule.sigma[step].square()
    return float(variance.sqrt()) / std

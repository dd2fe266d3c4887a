"""What the critics of a joint action minimise."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from quorate.learning.critics import TwinCritics
from quorate.learning.multi_step import Sample
from quorate.learning.stacks import soft_update

BIAS = 0.1
"""epsilon of DSAC-T: keeps gradients bounded where a deviation is small."""


class CentralCritics(nn.Module):
    """Twin critics of one joint action, with their targets; inputs are [R, i]: the state and the joint action."""

    def __init__(self, critics: TwinCritics) -> None:
        super().__init__()
        self.critics, self.target = critics, critics.target()

    def target_value(self, x: Tensor) -> Tensor:
        """The smaller value of the targets: [R, i] -> [R]."""
        return self.target.minimum(x[None])[0]

    def loss(self, x: Tensor, following: Tensor, sample: Sample, generator: torch.Generator) -> Tensor:
        """Mean squared error of both, summed.

        Args:
            x: [R, i], where the actions were taken.
            following: [R, i], what followed, with the action that the policy takes there.
            sample: for returns and discounts.
            generator: not used here.
        """
        with torch.no_grad():
            target = sample.returns + sample.discount * self.target_value(following)
        values: Tensor = self.critics(x[None])[:, 0]
        return (values - target).square().mean(1).sum()

    def follow(self, rate: float) -> None:
        """Move the targets."""
        soft_update(self.target, self.critics, rate)


class DistributionalCritics(CentralCritics):
    """The return as a Gaussian: mean and standard deviation, with the refinements of DSAC-T (arXiv:2310.05858).

    Attributes:
        spread: [2], running mean of each critic's standard deviation; negative before the first batch.
    """

    spread: Tensor

    def __init__(self, critics: TwinCritics, rate: float) -> None:
        super().__init__(critics)
        self._rate = rate
        self.register_buffer("spread", torch.full((2,), -1.0))

    def loss(self, x: Tensor, following: Tensor, sample: Sample, generator: torch.Generator) -> Tensor:
        """A loss whose gradient is that of DSAC-T; see `distributional_loss`."""
        with torch.no_grad():
            mean, deviation = _moments(self.target, following)
            smaller = mean.argmin(0, keepdim=True)
            mean, deviation = mean.gather(0, smaller)[0], deviation.gather(0, smaller)[0]
            noise = torch.randn(mean.shape, generator=generator, device=mean.device).clamp(-3, 3)
            target = sample.returns + sample.discount * mean
            drawn = target + sample.discount * deviation * noise
        mean, deviation = _moments(self.critics, x)
        with torch.no_grad():
            seen = deviation.mean(1)
            self.spread.copy_(torch.where(self.spread < 0, seen, self.spread.lerp(seen, self._rate)))
        return distributional_loss(mean, deviation, target, drawn, self.spread)


def distributional_loss(mean: Tensor, deviation: Tensor, target: Tensor, drawn: Tensor, spread: Tensor) -> Tensor:
    """Only its gradient means something: DSAC-T's (arXiv:2310.05858).

    The mean goes to the expected target rather than to a drawn one; the deviation goes to the error of a drawn one,
    clipped to three running deviations; both are scaled by the running variance.

    Args:
        mean: [2, R].
        deviation: [2, R], positive.
        target: [R], the expected target.
        drawn: [R], one draw of it.
        spread: [2], running deviations.
    """
    spread = spread[:, None]
    still, variance = mean.detach(), deviation.detach().square()
    error = (drawn - still).clamp(-3 * spread, 3 * spread)
    mean_pull = (target - still) / (variance + BIAS)
    deviation_pull = (error.square() - variance) / (variance * deviation.detach() + BIAS)
    return -((spread.square() + BIAS) * (mean_pull * mean + deviation_pull * deviation)).mean(1).sum()


def _moments(critics: TwinCritics, x: Tensor) -> tuple[Tensor, Tensor]:
    """[R, i] -> [2, R], [2, R]."""
    mean, raw = critics.outputs(x[None])[:, 0].unbind(-1)
    return mean, functional.softplus(raw)

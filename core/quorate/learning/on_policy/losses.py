"""The losses of proximal policy optimisation, and what they are averaged over."""

import torch
from torch import Tensor
from torch.nn import functional

from quorate.learning.living import living_mean
from quorate.learning.on_policy.settings import AdvantageNormalisation


def clipped_surrogate(ratio: Tensor, advantage: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """What PPO maximises: min(r A, clip(r, 1 - epsilon, 1 + epsilon) A) (arXiv:1707.06347, Eq. 7), elementwise.

    Returns:
        That, and its slope: A, or 0 where the ratio has gone far enough.
    """
    gain, bounded = ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage
    return torch.minimum(gain, bounded), torch.where(gain > bounded, 0.0, advantage)


def normalised(advantages: Tensor, alive: Tensor | None, over: AdvantageNormalisation) -> Tensor:
    """Advantages with mean 0 and standard deviation 1.

    Args:
        advantages: [R, n], or [R, 1] where they are the same for all agents.
        alive: float [R, n], or None where all always are.
        over: what the mean and the deviation are taken over.

    Returns:
        [R, n], or [R, 1] where the agents' do not differ.
    """
    if over is AdvantageNormalisation.NONE:
        return advantages
    pooled = over is AdvantageNormalisation.ALL
    if alive is None:
        rows = (0, 1) if pooled else 0
        return (advantages - advantages.mean(rows)) / (advantages.std(rows, correction=0) + 1e-5)
    spread = advantages.expand_as(alive)
    centred = spread - living_mean(spread, alive, pooled)
    return centred / (living_mean(centred.square(), alive, pooled).sqrt() + 1e-5)


def value_loss(
    value: Tensor, old: Tensor, target: Tensor, clip: float | None, huber: float | None
) -> tuple[Tensor, Tensor]:
    """The loss of values, elementwise.

    Args:
        value: of the critic now.
        old: of the critic when the rollout was made.
        target: returns.
        clip: the larger loss counts of `value` and of `value` clipped to this distance from `old`; None: no clipping.
        huber: the error from which the loss is linear; None: half the squared error.

    Returns:
        That, and its slope with respect to `value`.
    """
    loss, slope = _loss(value - target, huber)
    if clip is None:
        return loss, slope
    change = value - old
    near = change.clamp(-clip, clip)
    other, other_slope = _loss(old + near - target, huber)
    other_slope.masked_fill_(near != change, 0.0)
    return torch.maximum(loss, other), torch.where(other > loss, other_slope, slope)


def _loss(error: Tensor, huber: float | None) -> tuple[Tensor, Tensor]:
    if huber is None:
        return 0.5 * error.square(), error.clone()
    loss = functional.huber_loss(error, torch.zeros_like(error), reduction="none", delta=huber)
    return loss, error.clamp(-huber, huber)

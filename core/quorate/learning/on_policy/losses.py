"""The losses of proximal policy optimisation, and what they are averaged over."""

import torch
from torch import Tensor
from torch.nn import functional

from quorate.learning.living import living_mean
from quorate.learning.on_policy.settings import AdvantageNormalisation


def clipped_surrogate(log_ratio: Tensor, advantage: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """What PPO maximises: min(r A, clip(r, 1 - epsilon, 1 + epsilon) A) (arXiv:1707.06347, Eq. 7), elementwise.

    Args:
        log_ratio: log r.
        advantage: A, to be broadcast.
        clip: epsilon.

    Returns:
        That, and its slope with respect to log r: r A, or 0 where the ratio has gone far enough.
    """
    ratio = log_ratio.exp()
    gain, bounded = ratio * advantage, ratio.clamp(1 - clip, 1 + clip).mul_(advantage)
    return torch.minimum(gain, bounded), gain.masked_fill(gain > bounded, 0.0)


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
    error = value - target
    loss = _loss(error, huber)
    slope = error if huber is None else error.clamp(-huber, huber)
    if clip is None:
        return loss, slope
    change = value - old
    near = change.clamp(-clip, clip)
    other = _loss((old + near).sub_(target), huber)
    stands = (other > loss).logical_and_(near != change)
    return torch.maximum(loss, other), slope.masked_fill(stands, 0.0)


def _loss(error: Tensor, huber: float | None) -> Tensor:
    if huber is None:
        return error.square().mul_(0.5)
    return functional.huber_loss(error, torch.zeros_like(error), reduction="none", delta=huber)

"""The losses of proximal policy optimisation, and what they are averaged over."""

import torch
from torch import Tensor
from torch.nn import functional

from quorate.learning.living import living_mean
from quorate.learning.on_policy.settings import AdvantageNormalisation


def clipped_surrogate(ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """What PPO maximises: min(r A, clip(r, 1 - epsilon, 1 + epsilon) A) (arXiv:1707.06347, Eq. 7), elementwise."""
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


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


def value_loss(value: Tensor, old: Tensor, target: Tensor, clip: float | None, huber: float | None) -> Tensor:
    """The loss of values, elementwise.

    Args:
        value: of the critic now.
        old: of the critic when the rollout was made.
        target: returns.
        clip: the larger loss counts of `value` and of `value` clipped to this distance from `old`; None: no clipping.
        huber: the error from which the loss is linear; None: half the squared error.
    """
    loss = _loss(value, target, huber)
    if clip is None:
        return loss
    return torch.maximum(loss, _loss(old + (value - old).clamp(-clip, clip), target, huber))


def _loss(value: Tensor, target: Tensor, huber: float | None) -> Tensor:
    if huber is None:
        return 0.5 * (value - target).square()
    return functional.huber_loss(value, target, reduction="none", delta=huber)

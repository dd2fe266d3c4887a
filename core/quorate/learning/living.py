"""Averages over the rows in which agents are alive: who is gone counts nowhere."""

import torch
from torch import Tensor


def living_mean(x: Tensor, alive: Tensor | None, pooled: bool = False) -> Tensor:
    """Means over the rows in which agents are alive.

    Args:
        x: [..., n].
        alive: [..., n] or of fewer leading dimensions, 1 or true where an agent is alive, else 0; None: everywhere.
        pooled: one mean over all agents.

    Returns:
        [n], or [1] if pooled; 0 for an agent that never is alive.
    """
    rows = tuple(range(x.dim() - 1))
    if alive is None:
        return x.mean().reshape(1) if pooled else x.mean(rows)
    total, count = (x * alive).sum(rows), alive.expand_as(x).sum(rows)
    if pooled:
        total, count = total.sum().reshape(1), count.sum().reshape(1)
    return total / count.clamp(min=1)


def living_deviation(x: Tensor, alive: Tensor | None) -> Tensor:
    """Standard deviations over those rows, without Bessel's correction: [..., n] -> [n]."""
    rows = tuple(range(x.dim() - 1))
    if alive is None:
        return x.std(rows, correction=0)
    there = alive.expand_as(x)
    # Filled in the layout of x: sums in the same order are the same bit for bit where all are alive.
    centred = x.masked_fill(there == 0, 0.0).addcmul(living_mean(x, alive), (there == 0).to(x))
    share = there.float().mean(rows)
    return centred.std(rows, correction=0) / share.clamp(min=torch.finfo(x.dtype).tiny).sqrt()

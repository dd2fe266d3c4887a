"""Averages over the rows in which agents are alive, and steps of those who are: who is gone counts nowhere."""

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


def living_share(x: Tensor, alive: Tensor | None, pooled: bool = False, *, of: float = 1.0) -> Tensor:
    """What a gradient of every `living_mean` is for each number: like x, or to be broadcast."""
    gradient = x.new_full((), of)
    if alive is None:
        return gradient / (x.numel() if pooled else x[..., 0].numel())
    there = alive.expand_as(x)
    count = there.sum() if pooled else there.sum(tuple(range(x.dim() - 1)))
    return gradient / count.clamp(min=1) * there


def left_to_them(values: Tensor, alive: Tensor | None, *, shared: bool) -> Tensor:
    """Values in which who is gone counts with what is still to come for it; what its own inputs say counts nowhere.

    A team's return goes on without an agent that is gone. Its own value knows nothing of that, and those of the others
    who are left do: all have the same expectation. What agents are paid themselves ends where they are gone.

    Args:
        values: [..., n].
        alive: bool [..., n], or None where all are.
        shared: the values are of the team's reward.
    """
    if alive is None:
        return values
    there = values.where(alive, 0.0)
    if not shared:
        return there
    count = alive.sum(-1, keepdim=True)
    left = there.sum(-1, keepdim=True) / count.clamp(min=1)
    return values.where(alive | (count == 0), left)


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


def living_mean_and_deviation(x: Tensor, alive: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation, with Bessel's correction, over all agents that are alive: [..., n] -> 0-d each."""
    if alive is None:
        return x.mean(), x.std()
    there = alive.expand_as(x) > 0
    count = there.sum().clamp(min=1)
    mean = x.where(there, 0.0).mean() * (x.numel() / count)
    spread = x.where(there, mean).std()
    return mean, spread * ((x.numel() - 1) / (count - 1).clamp(min=1)).sqrt()


@torch.no_grad()
def living_step(optimiser: torch.optim.Optimizer, alive: Tensor | None) -> None:
    """A step in which members who are dead in all rows stay: their gradient is 0, but momentum would move them.

    Args:
        optimiser: of stacked parameters [n, ...]; others belong to all members, and move.
        alive: [..., n], or None where all are.
    """
    if alive is None:
        optimiser.step()
        return
    there = (alive > 0).flatten(0, -2).any(0)
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    stacked = [parameter for parameter in parameters if len(parameter.shape) > 1 and len(parameter) == len(there)]
    before = [parameter.clone() for parameter in stacked]
    optimiser.step()
    for parameter, old in zip(stacked, before, strict=True):
        parameter.copy_(torch.where(there.reshape(-1, *[1] * (parameter.dim() - 1)), parameter, old))

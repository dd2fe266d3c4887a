"""What utilities should come to."""

import torch
from torch import Tensor


def chosen(utilities: Tensor, actions: Tensor, alive: Tensor | None) -> Tensor:
    """Those of actions: [..., n, a], int64 [..., n] -> [..., n]; 0 of agents that are gone."""
    own = utilities.gather(-1, actions[..., None]).squeeze(-1)
    return own if alive is None else own * alive


def lambda_returns(reward: Tensor, discount: Tensor, following: Tensor, going: Tensor, trace: float) -> Tensor:
    """Targets of the steps of episodes, TD(lambda); with a trace of 0, of one step.

    Args:
        reward: [L, R, v].
        discount: [L, R, 1], factor on what followed: gamma, 0 after a termination.
        following: [L, R, v], the value of what followed.
        going: bool [L, R, 1], the next step is of the same episode, and was played.
        trace: lambda, the weight of what was really earned beyond the next value.
    """
    targets, later = torch.empty_like(following), following[-1]
    for step in reversed(range(len(reward))):
        value = following[step]
        later = reward[step] + discount[step] * torch.where(going[step], value.lerp(later, trace), value)
        targets[step] = later
    return targets


def squared_error(values: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
    """The mean over what counts, 0-d: values and targets [..., v], weights of 0 and 1 of the same shape."""
    return (weight * (values - targets).square()).sum() / weight.sum().clamp(min=1)

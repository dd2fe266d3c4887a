"""Generalised advantage estimation (arXiv:1506.02438, Eq. 16)."""

import torch
from torch import Tensor


@torch.no_grad()
def generalised_advantages(
    reward: Tensor, value: Tensor, next_value: Tensor, terminated: Tensor, ended: Tensor, discount: float, trace: float
) -> Tensor:
    """Advantages of T steps of B environments.

    What follows a truncation is worth `next_value`; what follows a termination is worth nothing; neither lets
    anything of the next episode through.

    Args:
        reward: [T, B] or, where those further dimensions are paid differently, [T, B, ...].
        value: [T, B, ...], of where the action was taken; further dimensions, such as agents, are kept apart.
        next_value: [T, B, ...], of what followed, in the old episode where one ended.
        terminated: bool [T, B].
        ended: bool [T, B], terminated or truncated.
        discount: gamma.
        trace: lambda.

    Returns:
        [T, B, ...]; add `value` for the returns.
    """
    reward, going, within = (
        part.reshape(*part.shape, *(1,) * (value.dim() - part.dim()))
        for part in (reward, (~terminated).float(), (~ended).float())
    )
    surprise = reward + discount * going * next_value - value
    decay = (discount * trace * within).unbind()
    advantages = list(surprise.unbind())
    for t in range(len(advantages) - 2, -1, -1):
        advantages[t] = advantages[t] + decay[t] * advantages[t + 1]
    return torch.stack(advantages)

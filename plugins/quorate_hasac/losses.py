"""What HASAC minimises."""

import torch
from torch import Tensor
from torch.nn import functional

from quorate.interfaces import PolicySpec
from quorate.learning.multi_step import Sample
from quorate.learning.temperature import SMALLEST


def entropy_extents(spec: PolicySpec, device: torch.device) -> Tensor:
    """What targets of entropies go by, [n]: features of continuous actions, or the most nats that choices can have."""
    sizes = torch.tensor(spec.action_sizes, dtype=torch.float32, device=device)
    return sizes.log().clamp(min=SMALLEST) if spec.discrete else sizes


def soft_target(sample: Sample, following: Tensor, log_density: Tensor, alpha: Tensor) -> Tensor:
    """What the critics should say: returns + discount (Q' - alpha sum_i log pi_i) (arXiv:2306.10715).

    The sum is over agents that are alive after the transition: who is gone has no entropy to be paid.

    Args:
        sample: R transitions.
        following: [R], the target critics' value of new actions after them.
        log_density: [R, n], of those actions.
        alpha: [1].
    """
    return sample.returns + sample.discount * (following - alpha * joint_density(log_density, sample.next_agent_mask))


def joint_density(log_density: Tensor, alive: Tensor | None) -> Tensor:
    """Sum of the log-densities of agents that are alive: [R, n] -> [R]."""
    return (log_density if alive is None else torch.where(alive, log_density, 0.0)).sum(-1)


def mean_density(log_density: Tensor, alive: Tensor | None) -> Tensor:
    """Their mean over rows and agents that are alive: [R, n] -> 0-d."""
    return log_density.mean() if alive is None else (log_density * alive).sum() / alive.sum()


def value_loss(values: Tensor, target: Tensor, huber: float | None) -> Tensor:
    """The error of both critics, the mean over rows: [2, R], [R] -> 0-d."""
    error = values - target
    if huber is None:
        return error.square().mean(1).sum()
    return functional.huber_loss(error, torch.zeros_like(error), reduction="none", delta=huber).mean(1).sum()


def row_weights(alive: Tensor | None, log_density: Tensor) -> Tensor:
    """How much each row counts for each agent, [R, n]; the rows where an agent is alive count the same, and sum to 1.

    Args:
        alive: bool [R, n], or None where all are.
        log_density: [R, n], for the shape.
    """
    if alive is None:
        return torch.full_like(log_density, 1 / len(log_density))
    return alive / alive.sum(0).clamp(min=1)


def scale_gradient(actions: Tensor, weights: Tensor) -> Tensor:
    """The same actions [R, n, a]; the gradient that flows back to each is multiplied by its weight [R, n]."""
    still = actions.detach()
    return still + weights[..., None] * (actions - still)


def replaced(actions: Tensor, agent: int, own: Tensor) -> Tensor:
    """The joint actions [R, n, a] with one agent's replaced by [R, 1, a]."""
    return torch.cat([actions[:, :agent], own, actions[:, agent + 1 :]], 1)

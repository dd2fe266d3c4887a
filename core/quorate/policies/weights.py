"""Importance weights of sampled actions: what `ProjectionTarget.weights` are made of."""

import torch
from torch import Tensor


def softmax_weights(advantages: Tensor, strength: float, scale: Tensor | float = 1.0) -> Tensor:
    """exp(strength * advantage / scale), normalised to mean 1 over the actions of each state.

    The normaliser of exp(eta / (1 - gamma) Q) in 2605.07101, Eq. 2, is that of each state, so that states count alike
    however their values differ, and nothing overflows.

    Args:
        advantages: [N, B, n]; what is added for all actions of a state does not matter.
        strength: of the change; eta / (1 - gamma) where `scale` is 1.
        scale: of advantages, a number or [n].

    Returns:
        [N, B, n], N softmax_j(strength A_j / scale).
    """
    return torch.softmax(advantages * (strength / scale), dim=0) * advantages.shape[0]


def clipped_weights(
    values: Tensor, mean: Tensor | float, std: Tensor | float, temperature: float = 1.0, limit: float = 3.0
) -> Tensor:
    """exp(clip((value - mean) / std) / temperature): the weights of DPMD (2502.00361), for one action per state.

    Args:
        values: [N, B, n].
        mean: of values, a number or [n].
        std: of values, a number or [n].
        temperature: divides the exponent.
        limit: the normalised value is clipped to [-limit, limit].

    Returns:
        [N, B, n].
    """
    return torch.exp(((values - mean) / std).clamp(-limit, limit) / temperature)


def effective_sample_size(weights: Tensor) -> Tensor:
    """How many equally weighted actions the weighted ones of a state are worth: (sum w)^2 / sum w^2, mean over states.

    Args:
        weights: [N, B, n], not negative.

    Returns:
        [n], between 1 and N; 0 counts for a state whose weights are all 0.
    """
    squares = weights.square().sum(0)
    sizes = weights.sum(0).square() / squares.clamp(min=torch.finfo(weights.dtype).tiny)
    return sizes.mean(0)

"""How good estimates are: PSNR, exact states, acceptance, distance to the exact posterior."""

import math

import torch
from torch import Tensor

from quorate.interfaces import Denoiser, Estimate, ExactPosterior, InferenceScheme

PSNR_CAP = 120.0
"""Decibels reported for errors too small for float32 to tell apart from none."""


def psnr(states: Tensor, truth: Tensor) -> float:
    """Peak signal-to-noise ratio in dB for states with peak 1: -10 log10 of the mean squared error of everything.

    It is the dB of the mean, not the mean of the dB: the two differ by up to 20 dB.
    """
    error = float(((states - truth) ** 2).mean())
    return min(PSNR_CAP, -10 * math.log10(max(error, 1e-30)))


def exact_states(states: Tensor, truth: Tensor) -> Tensor:
    """bool [...]: thresholding [..., s] at 0.5 gives the true binary state."""
    return ((states > 0.5) == (truth > 0.5)).all(-1)


def summarise(estimate: Estimate, truth: Tensor, binary: bool) -> dict[str, float]:
    """The metrics of estimates [B, e, s] of the true states [B, s].

    Returns:
        psnr (dB); exact (share, for binary states); and where checks were run: accepted (share), accepted_psnr and
        rejected_psnr (dB, where there are any), accepted_exact.
    """
    states, truth = estimate.states, truth[:, None].expand_as(estimate.states)
    result = {"psnr": psnr(states, truth)}
    if binary:
        result["exact"] = float(exact_states(states, truth).float().mean())
    if estimate.accepted is not None:
        accepted = estimate.accepted
        result["accepted"] = float(accepted.float().mean())
        if bool(accepted.any()):
            result["accepted_psnr"] = psnr(states[accepted], truth[accepted])
            if binary:
                result["accepted_exact"] = float(exact_states(states[accepted], truth[accepted]).float().mean())
        if bool((~accepted).any()):
            result["rejected_psnr"] = psnr(states[~accepted], truth[~accepted])
    return result


def nearest(points: Tensor, states: Tensor) -> Tensor:
    """Index of the nearest of the states [K, s] for each point [..., s]."""
    return ((states**2).sum(-1) - 2 * points @ states.T).argmin(-1)


def frequencies(points: Tensor, states: Tensor) -> Tensor:
    """Share of the points [D, ..., s] nearest to each of the states [K, s]: [..., K]."""
    index = nearest(points, states).movedim(0, -1)
    counts = torch.zeros(*index.shape[:-1], len(states), device=points.device)
    return counts.scatter_add_(-1, index, torch.ones_like(index, dtype=counts.dtype)) / index.shape[-1]


def total_variation(first: Tensor, second: Tensor) -> Tensor:
    """Half the 1-norm of the difference of two distributions: [..., K] -> [...]."""
    return (first - second).abs().sum(-1) / 2


def posterior_distance(
    scheme: InferenceScheme,
    denoiser: Denoiser,
    posterior: ExactPosterior,
    histories: Tensor,
    draws: int,
    randomness: torch.Generator,
) -> dict[str, float]:
    """How far the frequencies of a scheme's estimates, over initial noises, are from the exact posterior.

    An estimate per agent is held against the posterior given its own history, a joint one against that given all.

    Args:
        scheme: what estimates.
        denoiser: what it uses.
        posterior: the oracle.
        histories: [H, n, h].
        draws: initial noises per history.
        randomness: of the noises.

    Returns:
        total_variation (mean over histories) and total_variation_floor, what as many exact samples would give.
    """
    points = scheme.infer(denoiser, histories.repeat(draws, 1, 1), randomness).states
    points = points.unflatten(0, (draws, len(histories)))  # [D, H, e, s]
    alone = points.shape[2] == histories.shape[1]
    experts = histories[:, :, None] if alone else histories[:, None]
    truth = posterior.log_probability(experts).exp()  # [H, e, K]
    found = frequencies(points, posterior.states)
    samples = torch.multinomial(truth.flatten(0, -2), draws, replacement=True, generator=randomness)
    ideal = torch.zeros_like(truth.flatten(0, -2)).scatter_add_(
        -1, samples, torch.full_like(samples, 1, dtype=truth.dtype)
    )
    return {
        "total_variation": float(total_variation(found, truth).mean()),
        "total_variation_floor": float(total_variation(ideal / draws, truth.flatten(0, -2)).mean()),
    }

"""Inference without diffusion: what a regressor says in one shot, of each agent and of all; the honest baselines."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Denoiser, Estimate, InferenceScheme, Moments
from quorate_state_inference.regressor import regress
from quorate_state_inference.schemes.settings import RegressionProductSettings, RegressionSettings


class Regression(InferenceScheme):
    """E[s | tau_i], for every agent i."""

    def __init__(self, settings: RegressionSettings) -> None:
        pass

    def calls(self, agents: int) -> int:
        """One call of the regressor behind each estimate, and none of the denoiser."""
        return 1

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        return one_shot(regress(denoiser, histories).mean, trajectory)


class RegressionProduct(InferenceScheme):
    """The product of the agents' Gaussians N(m_i, v_i) over what they know in common, N(m_0, v_0): see `product`.

    The regressor must have been trained with null histories (the setting `null_history` of state-inference).
    """

    def __init__(self, settings: RegressionProductSettings) -> None:
        self._clip = settings.clip

    def calls(self, agents: int) -> int:
        """One call of each agent's regressor, and none of the denoiser."""
        return agents

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        states = product(regress(denoiser, histories), regress(denoiser, torch.zeros_like(histories[:1, 0])))
        return one_shot((states.clamp(0, 1) if self._clip else states)[:, None], trajectory)


def one_shot(states: Tensor, trajectory: bool) -> Estimate:
    """Estimates [B, e, s] that are where they begin."""
    return Estimate(states, trajectory=states[None] if trajectory else None)


def product(experts: Moments, base: Moments) -> Tensor:
    """(sum_i m_i / v_i - (n - 1) m_0 / v_0) / (sum_i 1 / v_i - (n - 1) / v_0): the common base counts once.

    For experts that are independent given the state it is Bayes' rule. No v_i is more than v_0, and the denominator is
    1 / v_0 at least.

    Args:
        experts: [B, n, s].
        base: [1, s], of the null history.

    Returns:
        [B, s].
    """
    prior = 1 / base.variance
    precision = 1 / torch.minimum(experts.variance, base.variance)
    others = experts.mean.shape[1] - 1
    evidence = (experts.mean * precision).sum(1) - others * base.mean * prior
    return evidence / torch.maximum(precision.sum(1) - others * prior, prior)

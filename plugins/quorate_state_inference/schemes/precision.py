"""Agents weighted, feature by feature, by how sure their regressor is of the state; beyond the paper."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Denoiser, Estimate, InferenceScheme
from quorate_state_inference.regressor import regress
from quorate_state_inference.schemes.composite import take_turns
from quorate_state_inference.schemes.rounds import Round, take_rounds
from quorate_state_inference.schemes.settings import PrecisionGateSettings, PrecisionPoolSettings


class PrecisionPool(InferenceScheme):
    """y <- sum_i w_i f(tau_i, y) / sum_i w_i, with w_i = 1 / v_i^2 and v_i = Var[s | tau_i], feature by feature.

    Beside its estimates, each agent tells the others its weights once.
    """

    def __init__(self, settings: PrecisionPoolSettings) -> None:
        self._settings = settings

    def calls(self, agents: int) -> int:
        """Each round calls every agent's denoiser once."""
        return agents * self._settings.rounds

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        weights = precisions(denoiser, histories)
        shares = (weights / weights.sum(0)).repeat(1, self._settings.draws, 1)

        def pool(around: Round) -> Tensor:
            pooled = torch.zeros_like(around.noisy)
            for own, share in zip(around.encoded, shares, strict=True):
                pooled.addcmul_(share, denoiser.denoise(own, around.noisy, around.sigma))
            return pooled

        return take_rounds(self._settings, self._settings.rounds, denoiser, histories, generator, trajectory, pool)


class PrecisionGate(InferenceScheme):
    """The composite y <- y + c_i (f(tau_i, y) - y), with c_i = w_i / max_j w_j and w_i = 1 / v_i^2, feature by feature.

    Of what it can not see, an agent leaves what those who can have said. It takes some cycles: in the first one, an
    agent that is unsure of all hardly moves the noise.
    """

    def __init__(self, settings: PrecisionGateSettings) -> None:
        self._settings = settings

    def calls(self, agents: int) -> int:
        """Calls in sequence."""
        return self._settings.steps

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        weights = precisions(denoiser, histories)
        shares = (weights / weights.amax(0)).repeat(1, self._settings.draws, 1)
        return take_turns(self._settings, denoiser, histories, generator, trajectory, shares)


def precisions(denoiser: Denoiser, histories: Tensor) -> Tensor:
    """w_i = 1 / Var[s | tau_i]^2 of each agent: [B, n, h] -> [n, B, s].

    Raises:
        QuorateError: the denoiser has no regressor.
    """
    return regress(denoiser, histories).variance.transpose(0, 1).pow(-2)

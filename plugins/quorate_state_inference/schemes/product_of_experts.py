"""Pooling of all agents' answers as a product of experts over a common base; beyond the paper."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Denoiser, Estimate, InferenceScheme, LogitDenoiser
from quorate_state_inference.schemes.rounds import Round, take_rounds
from quorate_state_inference.settings import ProductOfExpertsSettings

LIMIT = 1e-6
"""Estimates of denoisers without logits are kept this far from 0 and 1."""


class ProductOfExperts(InferenceScheme):
    """z = z_0 + w sum_i (z_i - z_0), y <- sigmoid(z), with z_i the logits of agent i's estimate of a binary state.

    z_0 is the answer to the null history: the prior evidence that all experts share and that must count once. All
    agents answer at once, so that a round costs one hop of communication, where a cycle of the composite costs n.
    The denoiser must have been trained with null histories (the setting `null_history` of state-inference).
    """

    def __init__(self, settings: ProductOfExpertsSettings) -> None:
        self._settings = settings

    def calls(self, agents: int) -> int:
        """Rounds times agents; the one null-history call of a round is shared by all and not counted."""
        return self._settings.rounds * agents

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        settings = self._settings
        null = denoiser.encode(torch.zeros_like(histories[:1, 0]))

        def pool(around: Round) -> Tensor:
            noisy, sigma = around.noisy, around.sigma
            prior = logits(denoiser, null.expand(len(noisy), -1), noisy, sigma)
            evidence = torch.zeros_like(prior)
            for own in around.encoded:  # one agent's rows at a time stay in the cache
                evidence += logits(denoiser, own, noisy, sigma) - prior
            return torch.sigmoid(prior + settings.weight * evidence)

        return take_rounds(settings, settings.rounds, denoiser, histories, generator, trajectory, pool)


def logits(denoiser: Denoiser, features: Tensor, noisy: Tensor, sigma: Tensor | None) -> Tensor:
    """The log odds of each feature of a binary state, [N, s]."""
    if isinstance(denoiser, LogitDenoiser):
        return denoiser.logits(features, noisy, sigma)
    return torch.logit(denoiser.denoise(features, noisy, sigma), eps=LIMIT)

"""The exact posterior over the states of the tiny world."""

import torch
from torch import Tensor
from torch.nn import functional

from quorate.interfaces import ExactPosterior, HistoryLayout
from quorate.testing.tiny.settings import TinyWorldSettings

CERTAIN = 1e4
"""Stands for infinite log odds: what a report without errors says."""


class TinyPosterior(ExactPosterior):
    """p(s | histories) by a forward filter of the log odds of each feature, which are independent of each other.

    Features flip with the same probability both ways and begin uniform, so that the uniform distribution is
    stationary, and the answer is exact whatever the histories' length and the episode's age are.

    Args:
        settings: of the world.
        layout: of the histories.
        device: where `states` and the answers live; histories must be there too.
    """

    def __init__(self, settings: TinyWorldSettings, layout: HistoryLayout, device: torch.device | str = "cpu") -> None:
        self._layout, self._flip = layout, settings.flip
        error = torch.tensor(settings.error)
        self._weight = float(((1 - error) / error).log().clamp(max=CERTAIN))
        watched = torch.arange(settings.agents)[:, None] + torch.arange(2)
        self._placed = functional.one_hot(watched, settings.features).float().to(device)  # [n, o, s]
        numbers = torch.arange(2**settings.features, device=device)
        self._states = (numbers[:, None] >> torch.arange(settings.features, device=device) & 1).float()

    @property
    def states(self) -> Tensor:
        """float32 [2^s, s], in the order of binary numbers whose lowest digit is the first feature."""
        return self._states

    def log_probability(self, histories: Tensor) -> Tensor:
        """The posterior given the histories of m different agents, [..., m, h] -> [..., 2^s]."""
        reports = (2 * self._layout.observations(histories) - 1) * self._layout.valid(histories)[..., None]
        identity = self._layout.identity(histories)
        evidence = torch.einsum("...mlo,...mn,nos->...ls", reports, identity, self._placed) * self._weight
        odds = torch.zeros_like(evidence[..., 0, :])
        for step in evidence.unbind(-2):
            odds = self._predict(odds) + step
        return self._joint(odds)

    def filter(self, previous: Tensor | None, observations: Tensor) -> Tensor:
        """See `Filtering`; the layout's length does not matter here."""
        evidence = torch.einsum("bno,nos->bs", 2 * observations - 1, self._placed) * self._weight
        if previous is None:
            return self._joint(evidence)
        ones, zeros = self._states > 0, self._states == 0
        log_p = previous[..., None]
        odds = torch.logsumexp(log_p.masked_fill(zeros, -torch.inf), -2)
        odds = odds - torch.logsumexp(log_p.masked_fill(ones, -torch.inf), -2)
        return self._joint(self._predict(odds) + evidence)

    def _predict(self, odds: Tensor) -> Tensor:
        """The log odds one step later."""
        if self._flip == 0:
            return odds
        chance = odds.sigmoid()
        return (chance + self._flip - 2 * self._flip * chance).logit()

    def _joint(self, odds: Tensor) -> Tensor:
        """Log odds [..., s] of independent features -> log-probabilities [..., 2^s]."""
        return functional.logsigmoid(odds) @ self._states.T + functional.logsigmoid(-odds) @ (1 - self._states).T

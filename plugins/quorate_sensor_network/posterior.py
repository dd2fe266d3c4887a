"""The exact posterior over the states of a sensor network."""

from math import comb

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import ExactPosterior, HistoryLayout
from quorate_sensor_network.network import grid_network
from quorate_sensor_network.reports import ReportModel
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_sensor_network.transition import enumerate_states, transition_matrix

STATIC_LIMIT = 200_000
"""States K at most where targets stay: memory grows with K * A."""
MOVING_LIMIT = 3_000
"""States K at most where targets move: memory grows with K * K."""
IMPOSSIBLE = -1e4
"""Stands for log(0)."""


class SensorPosterior(ExactPosterior):
    """p(s | histories): enumeration where targets stay, a forward filter over the valid steps where they move.

    The state is the one of the histories' last step. It is drawn uniformly at reset, and reports are independent
    given the states.

    A window does not say how old the episode is, and if targets move the age matters, for the uniform
    distribution is not stationary on most grids (outer areas have fewer neighbours). What is assumed:

    * A window with empty steps holds its whole episode. It starts from the uniform distribution.
    * A full window (L observations) may have lost its first steps. It was taken at a time uniform over those of
      an episode at which windows are full, t = L - 1, ..., horizon - 1, where t = 0 is the reset and the
      observation after the last action is no part of a window. It starts from the average of the state's
      distribution over the windows' first steps. Windows as long as the horizon lose nothing.
    * Null histories alone say nothing: the answer is the average over t = 0, ..., horizon - 1.

    So the answer is exact for histories drawn uniformly from the steps of episodes; at one known time, only for
    windows with empty steps, for L >= horizon, and where targets stay. Histories that can not happen get the
    states that contradict the fewest of their reports.

    Args:
        settings: of the environment.
        layout: of the histories.
        device: where `states` and the answers live; histories must be there too.

    Raises:
        QuorateError: where there are too many states, the actions move targets (`respawn`), or the layout is not
            that of this environment.
    """

    def __init__(
        self, settings: SensorNetworkSettings, layout: HistoryLayout, device: torch.device | str = "cpu"
    ) -> None:
        _check(settings)
        network = grid_network(*settings.grid)
        states = enumerate_states(network.areas, settings.targets)
        self._reports = ReportModel(settings, network, layout, device)
        self._states = states.to(device)
        self._chain: Tensor | None = None
        if settings.move > 0:
            chain = transition_matrix(network, states, settings.move)
            self._chain = chain.float().to(device)
            self._starts = torch.stack(_starts(chain, layout.length, settings.horizon)).float().to(device)

    @property
    def states(self) -> Tensor:
        """float32 [K, A], in lexicographic order of the occupied areas."""
        return self._states

    def transition(self) -> Tensor:
        """p(next state | state): float32 [K, K], row = state now."""
        return torch.eye(len(self._states), device=self._states.device) if self._chain is None else self._chain

    def log_probability(self, histories: Tensor) -> Tensor:
        """The posterior given the histories of m different agents, [..., m, h] -> [..., K]."""
        reports, silences, valid = self._reports.count(histories)
        if self._chain is None:
            return self._update(0.0, reports.sum(dim=-2), silences.sum(dim=-2))
        began_before, any_valid = valid[..., :1], valid.any(dim=-1, keepdim=True)
        full, fresh, unknown = _log(self._starts)
        log_p = torch.where(began_before, full, torch.where(any_valid, fresh, unknown))
        for step in range(valid.shape[-1]):
            if step:
                begun = valid[..., :step].any(dim=-1, keepdim=True)  # the newest steps may be hidden
                log_p = torch.where(begun, _log(log_p.exp() @ self._chain), log_p)
            log_p = self._update(log_p, reports[..., step, :], silences[..., step, :])
        return log_p

    def filter(self, previous: Tensor | None, observations: Tensor) -> Tensor:
        """See `Filtering`: the forward algorithm. The layout's length does not matter here."""
        reports, silences = self._reports.count_observations(observations)
        if previous is None:
            return self._update(0.0, reports, silences)
        return self._update(previous if self._chain is None else _log(previous.exp() @ self._chain), reports, silences)

    def _update(self, log_prior: Tensor | float, reports: Tensor, silences: Tensor) -> Tensor:
        """Bayes' rule with counts [..., A]; contradictions are counted apart, where float32 counts exactly."""
        evidence, contradictions = self._reports.evidence(reports, silences)
        excess = contradictions @ self._states.T
        excess -= excess.amin(dim=-1, keepdim=True)
        return (log_prior + evidence @ self._states.T + IMPOSSIBLE * excess).log_softmax(dim=-1)


def _starts(chain: Tensor, length: int, horizon: int) -> tuple[Tensor, Tensor, Tensor]:
    """Distributions [K] to start from: of a full window, of an episode's first step, of any step of an episode."""
    ages = [torch.full((len(chain),), 1 / len(chain), dtype=chain.dtype)]
    for _ in range(horizon - 1):
        ages.append(ages[-1] @ chain)
    at_age = torch.stack(ages)
    return at_age[: max(horizon - length, 0) + 1].mean(dim=0), at_age[0], at_age.mean(dim=0)


def _log(probability: Tensor) -> Tensor:
    return torch.where(probability > 0, probability.log(), IMPOSSIBLE)


def _check(settings: SensorNetworkSettings) -> None:
    if settings.respawn:
        raise QuorateError(
            "The exact posterior does not know the actions, and here they move targets.",
            where="respawn: true",
            fix="Do without it, or take a sensor network with `respawn: false`.",
        )
    count = comb(settings.areas, settings.targets)
    limit = MOVING_LIMIT if settings.move > 0 else STATIC_LIMIT
    if count > limit:
        raise QuorateError(
            f"The exact posterior needs all {count} states of this sensor network; its limit is {limit}"
            f" where targets {'move' if settings.move > 0 else 'stay'}.",
            where=f"grid: {list(settings.grid)}, targets: {settings.targets}, move: {settings.move}",
            fix="Take a smaller grid, fewer targets"
            + (f", or move: 0 (limit {STATIC_LIMIT})." if settings.move > 0 else "."),
        )

"""What sensors' reports say about each area."""

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import HistoryLayout
from quorate_sensor_network.network import Network, pad
from quorate_sensor_network.settings import SensorNetworkSettings


class ReportModel:
    """The likelihood of reports (1) and silences (0) about areas, given which areas are occupied.

    Args:
        settings: the error rates.
        network: who watches what.
        layout: of the histories.
        device: of the histories.

    Raises:
        QuorateError: where the layout is not that of the network.
    """

    def __init__(
        self, settings: SensorNetworkSettings, network: Network, layout: HistoryLayout, device: torch.device | str
    ) -> None:
        _check_layout(layout, network)
        self._layout = layout
        self._areas = network.areas
        views = pad(network.views, -1)
        self._watched = torch.tensor(views, device=device).clamp_min(0)
        self._real = torch.tensor(views, device=device).ge(0).float()
        miss = torch.tensor(settings.misses, dtype=torch.float64)
        alarm = torch.tensor(settings.false_alarms, dtype=torch.float64)
        ratios = [_log_ratio(1 - miss, alarm), _log_ratio(miss, 1 - alarm)]
        self._report, self._silence = (torch.stack(ratio).float().to(device) for ratio in ratios)

    def count(self, histories: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Count what m agents report together: [..., m, h] -> reports, silences [..., L, A], valid bool [..., L]."""
        identity = self._layout.identity(histories)
        known = (self._layout.valid(histories) > 0) & identity.any(dim=-1)[..., None]
        agent = identity.argmax(dim=-1)
        seen = self._layout.observations(histories)
        present = known[..., None] * self._real[agent][..., None, :]
        area = self._watched[agent][..., None, :].expand_as(seen)
        reports = self._collect(present * seen, area)
        return reports, self._collect(present * (1 - seen), area), known.any(dim=-2)

    def count_observations(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Count what all agents report in one step: [B, n, o] -> reports, silences [B, A]."""
        seen = (observations * self._real).flatten(1)
        area = self._watched.flatten().expand_as(seen)
        empty = seen.new_zeros(len(seen), self._areas)
        reports = empty.scatter_add(1, area, seen)
        return reports, empty.scatter_add(1, area, self._real.flatten() - seen)

    def evidence(self, reports: Tensor, silences: Tensor) -> tuple[Tensor, Tensor]:
        """What counts [..., A] say for an area being occupied rather than empty.

        Returns:
            The finite part of the log likelihood ratio [..., A], and the contradictions (factors of probability
            zero) [..., A] that it being occupied adds.
        """
        terms = reports[..., None, :] * self._report + silences[..., None, :] * self._silence
        return terms[..., 0, :], terms[..., 1, :]

    def _collect(self, counts: Tensor, area: Tensor) -> Tensor:
        """Add the agents' counts [..., m, L, o] up by area: [..., L, A]."""
        by_step = counts.transpose(-3, -2).flatten(-2)
        totals = by_step.new_zeros(*by_step.shape[:-1], self._areas)
        return totals.scatter_add_(-1, area.transpose(-3, -2).flatten(-2), by_step)


def _log_ratio(occupied: Tensor, empty: Tensor) -> tuple[Tensor, Tensor]:
    """log(occupied / empty), its infinite terms counted apart: finite part [A], contradictions [A]."""
    finite = [torch.where(chance > 0, chance, 1.0).log() for chance in (occupied, empty)]
    zeros = [(chance == 0).double() for chance in (occupied, empty)]
    return finite[0] - finite[1], zeros[0] - zeros[1]


def _check_layout(layout: HistoryLayout, network: Network) -> None:
    slots = max(len(view) for view in network.views)
    if (layout.agents, layout.observation_size) != (network.sensors, slots):
        raise QuorateError(
            f"The histories are of {layout.agents} agents with {layout.observation_size} observation features;"
            f" a {network.height} x {network.width} sensor network has {network.sensors} agents with {slots}.",
            fix="Make the layout with HistoryLayout.of(environment.spec, length).",
        )

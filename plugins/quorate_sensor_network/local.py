"""What sensors that do not share anything can earn."""

import torch
from torch import Tensor

from quorate_sensor_network.control import visits
from quorate_sensor_network.network import Network, grid_network
from quorate_sensor_network.settings import SensorNetworkSettings


class LocalTables:
    """Deterministic policies of sensors that see their present observation only, improved one sensor at a time.

    Args:
        settings: of the environment.
        at_reset: weigh states as at the reset, uniformly, and not as over an episode.
        device: where to compute.
    """

    def __init__(
        self, settings: SensorNetworkSettings, *, at_reset: bool = False, device: torch.device | str = "cpu"
    ) -> None:
        self.network: Network = grid_network(*settings.grid)
        self._reward, self._cost = settings.catch_reward, settings.scan_cost
        states, chance = visits(settings)
        self._states = states.double().to(device)
        self._chance = (torch.full_like(chance, 1 / len(chance)) if at_reset else chance).to(device)
        self._miss, self._alarm = (
            torch.tensor(rates, dtype=torch.float64, device=device)
            for rates in (settings.misses, settings.false_alarms)
        )
        self._observations = [_observations(len(view)).to(device) for view in self.network.views]
        self._sees = [self._likelihood(sensor) for sensor in range(self.network.sensors)]

    def optimise(self, restarts: int, generator: torch.Generator) -> float:
        """The best value of a step found: a person-by-person optimum, not a proven maximum.

        Args:
            restarts: each starts from scanning a reported area where there is one, in a random order of preference.
            generator: of these orders, on the CPU.
        """
        return max(self._climb(generator) for _ in range(restarts))

    def _likelihood(self, sensor: int) -> Tensor:
        """p(observation | state), [2^d, K]."""
        areas = list(self.network.views[sensor])
        hit = torch.where(self._states[:, areas] > 0, 1 - self._miss[areas], self._alarm[areas])  # [K, d]
        return torch.where(self._observations[sensor][:, None] > 0, hit, 1 - hit).prod(dim=-1)

    def _climb(self, generator: torch.Generator) -> float:
        tables = [_favourite(reports, generator) for reports in self._observations]
        scans = torch.stack([self._scans(sensor, table) for sensor, table in enumerate(tables)])
        value, before = self._value(scans), float("-inf")
        while value > before + 1e-12:
            before = value
            for sensor in range(self.network.sensors):
                scans[sensor] = self._scans(sensor, self._best_table(sensor, scans))
            value = self._value(scans)
        return value

    def _scans(self, sensor: int, table: Tensor) -> Tensor:
        """p(the sensor scans an area | state), [A, K], of a table [2^d] of actions."""
        scans = self._states.new_zeros(self.network.areas, len(self._states))
        for slot, area in enumerate(self.network.views[sensor]):
            scans[area] = ((table == slot + 1)[:, None] * self._sees[sensor]).sum(dim=0)
        return scans

    def _best_table(self, sensor: int, scans: Tensor) -> Tensor:
        """The best answer to the others, whose scans [n, A, K] are given."""
        seen = self._sees[sensor] * self._chance  # [2^d, K]
        worth = [torch.zeros_like(seen[:, 0])]
        for area in self.network.views[sensor]:
            first, second = self.network.ends[area]
            partner = scans[second if first == sensor else first, area] * self._states[:, area]
            worth.append(seen @ (self._reward * partner - self._cost))
        return torch.stack(worth).argmax(dim=0)

    def _value(self, scans: Tensor) -> float:
        first, second = torch.tensor(self.network.ends, device=scans.device).T
        areas = torch.arange(self.network.areas, device=scans.device)
        caught = scans[first, areas] * scans[second, areas] * self._states.T
        return float((self._reward * caught.sum(0) - self._cost * scans.sum((0, 1))) @ self._chance)


def _observations(slots: int) -> Tensor:
    """Every observation of a sensor, [2^d, d]."""
    return torch.cartesian_prod(*[torch.arange(2)] * slots).reshape(-1, slots)


def _favourite(reports: Tensor, generator: torch.Generator) -> Tensor:
    """Scan what is reported, the preferred area first: a table [2^d] of actions."""
    order = torch.rand(reports.shape[1], generator=generator).to(reports.device)
    return torch.where(reports.any(dim=1), (reports * (1 + order)).argmax(dim=1) + 1, 0)

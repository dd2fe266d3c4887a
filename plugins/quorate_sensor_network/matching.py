"""The best joint scan given what is known of the state: a matching of the grid graph."""

import torch
from torch import Tensor

from quorate_sensor_network.network import Network
from quorate_sensor_network.settings import SensorNetworkSettings

ROWS_AT_ONCE = 1024
"""Rows whose matchings are weighed at once, to bound memory."""


def enumerate_matchings(network: Network) -> list[tuple[int, ...]]:
    """Every set of areas no two of which share a sensor, the empty one included."""
    matchings: list[tuple[int, ...]] = [()]
    for area, ends in enumerate(network.ends):
        free = [found for found in matchings if not any({*ends} & {*network.ends[other]} for other in found)]
        matchings += [(*found, area) for found in free]
    return matchings


class MatchingController:
    """Scans, together, the areas of the matching of greatest expected reward.

    A matching is what sensors can scan in pairs: one area each, both ends together. Where targets do not heed the
    scans, the best matching at each step is the best policy for whoever knows just the given probabilities.

    Args:
        settings: of the environment.
        network: its geometry.
        device: of the probabilities.
    """

    def __init__(self, settings: SensorNetworkSettings, network: Network, device: torch.device | str = "cpu") -> None:
        matchings = enumerate_matchings(network)
        members = torch.zeros(len(matchings), network.areas)
        actions = torch.zeros(len(matchings), network.sensors, dtype=torch.int64)
        for row, areas in enumerate(matchings):
            members[row, list(areas)] = 1.0
            for area in areas:
                for sensor in network.ends[area]:
                    actions[row, sensor] = network.views[sensor].index(area) + 1
        self._members, self._actions = members.T.contiguous().to(device), actions.to(device)
        self._reward, self._cost = settings.catch_reward, 2 * settings.scan_cost

    def act(self, occupied: Tensor) -> Tensor:
        """The joint action, int64 [B, n], for probabilities [B, A] that areas are occupied."""
        worth = occupied * self._reward - self._cost
        best = torch.cat([(part @ self._members).argmax(dim=1) for part in worth.split(ROWS_AT_ONCE)])
        return self._actions[best]

"""Where targets begin, and how they move."""

from collections.abc import Callable

import torch
from torch import Tensor

from quorate_sensor_network.network import Network, pad


class Targets:
    """Moves k targets in each of B networks, on areas of their own, int64 [B, k]. They have no identity.

    Args:
        network: the geometry.
        count: k.
        move: probability that a target tries to move, each step.
        batch: B.
        generator: of all draws; its device is that of the tensors.
    """

    def __init__(self, network: Network, count: int, move: float, batch: int, generator: torch.Generator) -> None:
        self._shape = (batch, network.areas)
        self._count = count
        self._move = move if network.areas > 1 else 0.0
        self._generator = generator
        self._device = generator.device
        self._near = torch.tensor(pad(network.neighbours, 0), dtype=torch.int64, device=self._device)
        self._near_counts = torch.tensor([len(near) for near in network.neighbours], device=self._device)

    def place(self) -> Tensor:
        """Areas drawn uniformly without replacement, int64 [B, k]: those of the k largest of A random keys."""
        keys = torch.rand(self._shape, generator=self._generator, device=self._device)
        return keys.topk(self._count, dim=1).indices.sort(dim=1).values

    def occupied(self, areas: Tensor) -> Tensor:
        """Multi-hot float32 [B, A]."""
        return torch.zeros(self._shape, device=self._device).scatter_(1, areas, 1.0)

    def move(self, areas: Tensor, occupied: Tensor) -> Tensor:
        """Let the targets move one after the other, in the order of their areas' numbers.

        Args:
            areas: int64 [B, k].
            occupied: the same as bool [B, A]; changed to that of the new areas.

        Returns:
            The new areas, int64 [B, k].
        """
        if self._move == 0:
            return areas
        draws = torch.rand(2, *areas.shape, generator=self._generator, device=self._device)
        wants, choices = draws[0] < self._move, draws[1]
        return self._one_by_one(areas, occupied, wants, lambda k, here: self._neighbour(here, choices[:, k]))

    def jump(self, areas: Tensor, occupied: Tensor, caught: Tensor) -> Tensor:
        """Let the targets in caught areas, bool [B, A], jump one after the other, in the order of their areas.

        A goal is uniform over all areas; a target whose goal is occupied (by itself or another) stays. As in `move`,
        `occupied` is changed: it is that of the new areas.
        """
        draws = torch.rand(areas.shape, generator=self._generator, device=self._device)
        goals = (draws * self._shape[1]).long()
        return self._one_by_one(areas, occupied, caught.gather(1, areas), lambda k, here: goals[:, k])

    def _neighbour(self, here: Tensor, choice: Tensor) -> Tensor:
        return self._near[here, (choice * self._near_counts[here]).long()]

    def _one_by_one(
        self, areas: Tensor, occupied: Tensor, wants: Tensor, goal: Callable[[int, Tensor], Tensor]
    ) -> Tensor:
        """Take each target to its goal in the rows where it wants to and the goal is free by then."""
        moved = []
        for k, here in enumerate(areas.unbind(dim=1)):
            there = goal(k, here)
            free = ~occupied.gather(1, there[:, None])[:, 0]
            there = torch.where(wants[:, k] & free, there, here)
            occupied.scatter_(1, here[:, None], False).scatter_(1, there[:, None], True)
            moved.append(there)
        return torch.stack(moved, dim=1).sort(dim=1).values

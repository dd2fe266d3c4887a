"""Where the targets are, and how they move."""

import torch
from torch import Tensor

from quorate_sensor_network.network import Network, pad


class Targets:
    """k targets in each of B networks, on areas of their own. They have no identity: only the areas count.

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
        self._areas = torch.arange(count, device=self._device).expand(batch, count)

    def place(self) -> None:
        """Put the targets on areas drawn uniformly without replacement: those of the k largest of A random keys."""
        keys = torch.rand(self._shape, generator=self._generator, device=self._device)
        self._areas = keys.topk(self._count, dim=1).indices.sort(dim=1).values

    def occupied(self) -> Tensor:
        """Multi-hot float32 [B, A]."""
        return torch.zeros(self._shape, device=self._device).scatter_(1, self._areas, 1.0)

    def move(self) -> None:
        """Let the targets move one after the other, in the order of their areas' numbers."""
        if self._move == 0:
            return
        occupied = self.occupied() > 0
        draws = torch.rand(2, *self._areas.shape, generator=self._generator, device=self._device)
        wants = draws[0] < self._move
        for k in range(self._count):
            self._move_one(k, wants[:, k], draws[1, :, k], occupied)
        self._areas = self._areas.sort(dim=1).values

    def jump(self, caught: Tensor) -> None:
        """Let the targets in caught areas, bool [B, A], jump one after the other, in the order of their areas.

        A goal is uniform over all areas; a target whose goal is occupied (by itself or another) stays.
        """
        occupied = self.occupied() > 0
        draws = torch.rand(self._areas.shape, generator=self._generator, device=self._device)
        goals = (draws * self._shape[1]).long()
        wants = caught.gather(1, self._areas)
        for k in range(self._count):
            self._go(k, wants[:, k], goals[:, k], occupied)
        self._areas = self._areas.sort(dim=1).values

    def areas(self) -> Tensor:
        """The occupied areas in the order of their numbers, int64 [B, k]; a copy."""
        return self._areas.clone()

    def set_areas(self, areas: Tensor) -> None:
        """Put the targets where `areas` said they were."""
        self._areas = areas.to(self._device, copy=True)

    def _move_one(self, k: int, wants: Tensor, choice: Tensor, occupied: Tensor) -> None:
        """Move target k to a neighbour in the rows where it wants to; keeps `occupied` [B, A] true."""
        here = self._areas[:, k]
        self._go(k, wants, self._near[here, (choice * self._near_counts[here]).long()], occupied)

    def _go(self, k: int, wants: Tensor, goal: Tensor, occupied: Tensor) -> None:
        """Take target k to its goal in the rows where it wants to and the goal is free."""
        here = self._areas[:, k]
        free = ~occupied.gather(1, goal[:, None])[:, 0]
        there = torch.where(wants & free, goal, here)
        occupied.scatter_(1, here[:, None], False).scatter_(1, there[:, None], True)
        self._areas[:, k] = there

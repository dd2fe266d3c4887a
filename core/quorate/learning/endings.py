"""What followed the last actions of episodes, kept beside a ring of steps: only of rows that ended."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

PLACE = 4
"""Bytes for each row of a ring, filled or not."""


class Endings:
    """A queue of rows, which grows with what is in it; the numbers that it works with stay on the device.

    It is told of every step that leaves the ring, and so forgets what belongs to that.

    Args:
        rows: of the ring.
        device: of the tensors.

    Attributes:
        place: int32 [rows], where in the queue lies what followed a row of the ring; -1: nowhere, it did not end.
    """

    def __init__(self, rows: int, device: torch.device | str) -> None:
        self.place = torch.full((rows,), -1, dtype=torch.int32, device=device)
        self._data: dict[str, Tensor] = {}
        self._first = self._next = torch.zeros((), dtype=torch.int64, device=device)
        self._room, self._most = 0, 0

    @property
    def bytes(self) -> int:
        """Of all tensors."""
        return sum(value.nbytes for value in (self.place, *self._data.values()))

    def add(self, ring: slice, ended: Tensor, rows: Mapping[str, Tensor]) -> None:
        """Keep those of B rows that ended.

        Args:
            ring: which rows of the ring these are.
            ended: bool [B].
            rows: tensors [B, ...] by name, the same names each time.
        """
        self._make_room(len(ended), rows)
        after = self._next + ended.cumsum(0)
        place = torch.where(ended, (after - 1) % self._room, self._room)  # the last row takes what is not kept
        for name, value in rows.items():
            self._data[name].index_copy_(0, place, value)
        here = self.place[ring]
        here.copy_(torch.where(ended, place, here))
        self._next = after[-1]

    def forget(self, ring: slice) -> None:
        """These rows of the ring, the oldest, are about to be overwritten."""
        if self._room:
            here = self.place[ring]
            self._first = self._first + (here >= 0).sum()
            here.fill_(-1)

    def put(self, name: str, index: Tensor, following: Tensor) -> Tensor:
        """Replace what follows rows of the ring, int64 [...], in a tensor [..., *shape], where they ended."""
        if not self._room:
            return following
        place = taken(self.place, index)
        found = taken(self._data[name], place.clamp(min=0))
        ended = (place >= 0).reshape(*place.shape, *[1] * (found.dim() - place.dim()))
        return torch.where(ended, found, following)

    def rows(self) -> Tensor:
        """Rows of the ring that ended, int64; the host waits for the device."""
        return (self.place >= 0).nonzero()[:, 0]

    @property
    def count(self) -> Tensor:
        """How many there are, 0-d on the device."""
        count: Tensor = self._next - self._first
        return count

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Places of endings drawn uniformly with replacement: int64 [count]."""
        live = self.count
        share = torch.rand(count, generator=generator, device=self.place.device)
        order = torch.minimum((share * live).long(), live - 1)  # a product may be rounded up
        return (self._first + order) % max(self._room, 1)

    def column(self, name: str) -> Tensor:
        """All that is kept by a name, by places."""
        return self._data[name]

    def state_dict(self) -> dict[str, Any]:
        """What is kept, from the oldest to the newest."""
        live = self._live()
        return {"data": {name: value[live] for name, value in self._data.items()}, "place": self._numbered()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        device, data = self.place.device, state["data"]
        count = len(next(iter(data.values()), ()))
        self._data, self._room, self._most = {}, 0, count
        self._first, self._next = torch.tensor([0, count], device=device)
        self.place[: len(state["place"])] = state["place"].to(device)
        if data:
            self._grow(count, {name: value.to(device) for name, value in data.items()})

    def _live(self) -> Tensor:
        """Places from the oldest to the newest; the host waits for the device."""
        return torch.arange(int(self._first), int(self._next), device=self.place.device) % max(self._room, 1)

    def _numbered(self) -> Tensor:
        """`place`, were the places counted from 0, from the oldest on."""
        order = (self.place - self._first) % max(self._room, 1)
        return torch.where(self.place >= 0, order, -1).int()

    def _make_room(self, batch: int, rows: Mapping[str, Tensor]) -> None:
        """For a batch more. What is there is counted, which waits for the device, only where it might not fit."""
        self._most += batch
        if self._room >= min(self._most, len(self.place) + batch):
            return
        live = self._live()
        self._most = len(live) + batch
        if self._most + max(self._most // 3, _slack(batch, len(self.place)) // 2) <= self._room:
            return
        self.place = self._numbered()
        empty = {name: value[:0] for name, value in rows.items()}
        kept = {name: value[live] for name, value in self._data.items()} or empty
        self._first, self._next = torch.tensor([0, len(live)], device=self.place.device)
        self._grow(room_for(self._most, batch, len(self.place)), kept)

    def _grow(self, room: int, kept: Mapping[str, Tensor]) -> None:
        self._room = max(room, 1)
        for name, value in kept.items():
            self._data[name] = value.new_empty(self._room + 1, *value.shape[1:])
            self._data[name][: len(value)] = value


def room_for(most: int, batch: int, rows: int) -> int:
    """Places to make where so many are needed: so many that they are seldom counted, and never more than can be needed.

    Args:
        most: places needed, at most, after the next step.
        batch: B.
        rows: of the ring.
    """
    return min(2 * most + _slack(batch, rows), rows + batch)


def _slack(batch: int, rows: int) -> int:
    """Places for 16 steps, in which all rows might end, as far as that is a small part of the ring."""
    return max(batch, min(16 * batch, rows // 16))


def taken(values: Tensor, index: Tensor) -> Tensor:
    """``values[index]`` for int tensors [...], by an operation that costs a third of it on the CPU."""
    return values.index_select(0, index.flatten()).reshape(*index.shape, *values.shape[1:])

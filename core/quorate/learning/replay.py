"""A memory of transitions."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


class Replay:
    """The latest transitions of B environments, in tensors that are written in a circle.

    Rows of one step lie side by side, so the step after row r is row ``(r + B) % capacity``.

    Args:
        capacity: transitions to keep at most; rounded down to a multiple of B when the first are added.
        device: of the tensors.
    """

    def __init__(self, capacity: int, device: torch.device | str) -> None:
        self._limit, self._device = capacity, device
        self._data: dict[str, Tensor] = {}
        self.batch = 0
        self.capacity = 0
        self.position = 0
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def add(self, rows: Mapping[str, Tensor]) -> None:
        """Remember one step of B environments: tensors [B, ...] by name, the same names each time."""
        if not self._data:
            self._allocate(rows)
        for name, value in rows.items():
            self._data[name][self.position : self.position + self.batch] = value
        self.position = (self.position + self.batch) % self.capacity
        self.size = min(self.size + self.batch, self.capacity)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Indices of rows drawn uniformly with replacement: int64 [count]."""
        return torch.randint(self.size, (count,), generator=generator, device=self._device)

    @property
    def names(self) -> frozenset[str]:
        """Of the tensors that are kept."""
        return frozenset(self._data)

    def newest(self) -> slice:
        """The rows of the latest step."""
        end = self.position or self.size
        return slice(end - self.batch, end)

    def truncate(self, rows: Tensor) -> None:
        """Episodes have been cut after the latest step, in some of its rows, bool [B]: no return runs on from there."""
        if self.size:
            newest = self.newest()
            self._data["truncated"][newest] |= rows & ~self._data["terminated"][newest]

    def column(self, name: str) -> Tensor:
        """The tensor [capacity, ...] of one name; only `size` rows are meaningful."""
        return self._data[name]

    def state_dict(self) -> dict[str, Any]:
        """The rows that are filled, and where to go on."""
        data = {name: value[: self.size].clone() for name, value in self._data.items()}
        return {"data": data, "position": self.position, "size": self.size, "batch": self.batch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._data = {}
        self.batch, self.size = state["batch"], state["size"]
        if self.batch:
            self._allocate({name: value[: self.batch] for name, value in state["data"].items()})
            for name, value in state["data"].items():
                self._data[name][: self.size] = value.to(self._device)
        self.position = state["position"]

    def _allocate(self, rows: Mapping[str, Tensor]) -> None:
        self.batch = len(next(iter(rows.values())))
        self.capacity = max(self._limit // self.batch, 1) * self.batch
        for name, value in rows.items():
            # Pages of a large memory are only taken when they are written.
            self._data[name] = torch.empty((self.capacity, *value.shape[1:]), dtype=value.dtype, device=self._device)

"""How long the episodes of B environments have lasted."""

import torch
from torch import Tensor


class Clock:
    """Counts steps; the device is asked nothing while no episode can have reached the horizon.

    Args:
        horizon: steps of an episode at most; None: nothing is counted.

    Attributes:
        begun: whether there are episodes.
    """

    def __init__(self, horizon: int | None) -> None:
        self._horizon = horizon
        self._at: int | Tensor = 0  # of each row, when last looked at
        self._since = 0
        self._due: int | None = None  # so many steps later the first row reaches the horizon
        self.begun = False

    def begin(self) -> None:
        """All rows begin an episode."""
        self._set(0)

    def tick(self) -> None:
        """A step was made."""
        self._since += self._horizon is not None

    @property
    def due(self) -> bool:
        """Whether some row has reached the horizon: all, where all began at once."""
        return self._due is not None and self._since >= self._due

    def reached(self, rows: Tensor) -> Tensor:
        """Which rows have reached the horizon, like rows, bool [B]."""
        return self._times(rows) >= (self._horizon or torch.inf)

    def begin_in(self, rows: Tensor) -> None:
        """Some rows begin anew, bool [B]."""
        if self._horizon is not None:
            self._set(self._times(rows).masked_fill(rows, 0))

    def state_dict(self) -> int | Tensor | None:
        """The steps of each row's episode, int64 [B] or one for all; None before the first of them."""
        return self._at + self._since if self.begun else None

    def load_state_dict(self, state: int | Tensor | None, device: torch.device) -> None:
        """Go on from what `state_dict` returned."""
        self.begun = state is not None
        if state is not None:
            self._set(state.to(device, copy=True) if isinstance(state, Tensor) else state)

    def _set(self, at: int | Tensor) -> None:
        self._at, self._since, self.begun = at, 0, True
        if self._horizon is not None:
            self._due = self._horizon - int(at.max() if isinstance(at, Tensor) else at)

    def _times(self, rows: Tensor) -> Tensor:
        return torch.zeros_like(rows, dtype=torch.int64) + self._at + self._since

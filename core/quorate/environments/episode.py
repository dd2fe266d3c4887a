"""What a row of the bridge remembers of its episode, so that it can be played again. Imports no torch."""

import secrets
import zlib
from dataclasses import dataclass, field

from quorate.environments.buffers import Buffers
from quorate.environments.seeds import episode_seed
from quorate.environments.spaces import Array

LONGEST = 100_000
"""Steps of an episode that are remembered; a longer one can not be stored."""


@dataclass
class Episode:
    """One episode of one row.

    Attributes:
        row_seed: what all episodes of the row come from.
        number: of the episode, from 0.
        actions: taken so far, each as it is in the buffers; None once there were too many.
        checksum: of everything that the environment has shown in it.
    """

    row_seed: int
    number: int = 0
    actions: list[Array] | None = field(default_factory=list)
    checksum: int = 0

    @classmethod
    def first(cls, row_seed: int | None) -> "Episode":
        """The first of a sequence; without a seed, one that nobody can foresee."""
        return cls(secrets.randbits(31) if row_seed is None else row_seed)

    def next(self) -> "Episode":
        """The one after it."""
        return Episode(self.row_seed, self.number + 1)

    def again(self) -> "Episode":
        """The same, before its first action."""
        return Episode(self.row_seed, self.number)

    @property
    def seed(self) -> int:
        """What the environment is reset with."""
        return episode_seed(self.row_seed, self.number)

    def see(self, buffers: Buffers, index: int, action: Array | None = None) -> None:
        """Remember what an action led to, or what the reset showed."""
        if action is not None and self.actions is not None:
            self.actions.append(action)
            if len(self.actions) > LONGEST:
                self.actions = None
        shown = (buffers.observation, buffers.state, buffers.reward, buffers.agent_mask, buffers.action_mask)
        for values in shown[: 2 if action is None else None]:
            self.checksum = zlib.crc32(values[index].tobytes(), self.checksum)

"""What exploration saw, counted."""

from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.learning.windows import Floats, Ints, Windows


@dataclass(frozen=True)
class Counts:
    """How often each joint action was taken at each joint observation after each window, and what it was paid.

    Attributes:
        windows: of the memory that was counted with.
        place: int64 [K] sorted, of step, window, joint observation and joint action, as one number.
        visits: float64 [K].
        reward: float64 [K], the sum of rewards.
    """

    windows: Windows
    place: Ints
    visits: Floats
    reward: Floats

    @classmethod
    def none(cls, windows: Windows) -> "Counts":
        """Nothing was seen yet."""
        return cls(windows, np.zeros(0, np.int64), np.zeros(0), np.zeros(0))

    @classmethod
    def of(cls, windows: Windows, place: Ints, visits: Floats, reward: Floats) -> "Counts":
        """Places in any order, which may come several times."""
        places, inverse = np.unique(place, return_inverse=True)
        size = len(places)
        visited, paid = (np.bincount(inverse, each, size).astype(np.float64) for each in (visits, reward))
        return cls(windows, places, visited, paid)

    def and_also(self, other: "Counts") -> "Counts":
        """Both together."""
        place = np.concatenate([self.place, other.place])
        visits, reward = np.concatenate([self.visits, other.visits]), np.concatenate([self.reward, other.reward])
        return Counts.of(self.windows, place, visits, reward)

    def forgetting(self, memory: int) -> "Counts":
        """The same, counted with a shorter memory."""
        shorter = self.windows.shorter(memory)
        step, window, observation, action = self.parts()
        place = number(shorter, step, shorter.forgotten(window), observation, action)
        return Counts.of(shorter, place, self.visits, self.reward)

    def parts(self) -> tuple[Ints, Ints, Ints, Ints]:
        """[K] each: the step, the window, the joint observation and the joint action."""
        rest, action = np.divmod(self.place, self.windows.actions)
        rest, observation = np.divmod(rest, self.windows.observations)
        step, window = np.divmod(rest, self.windows.size)
        return step, window, observation, action


def number(windows: Windows, step: int | Ints, window: Ints, observation: Ints, action: Ints) -> Ints:
    """The place of what happened."""
    return ((window + step * windows.size) * windows.observations + observation) * windows.actions + action

"""What all agents remember in common, by number: joint observations and joint actions of the last steps."""

from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from quorate.errors import QuorateError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", Tensor, Ints)

LARGEST = 2**63


@dataclass(frozen=True)
class Windows:
    """Compressed common information (2308.08705, Definition of finite memory), before the newest observation.

    A window has the last L + 1 joint actions and the L joint observations between them; what is older is forgotten. Its
    number has these as digits, the newest last; that of an episode's beginning is 0. Windows of different steps may
    have the same number: what depends on the step is found by `place`.

    Attributes:
        actions: A, joint ones.
        observations: O, joint ones.
        memory: L.
    """

    actions: int
    observations: int
    memory: int

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(self.actions * (self.actions * self.observations) ** self.memory)

    def after(self, window: Number, observation: Number, action: Number) -> Number:
        """The window after a step: what was observed at its beginning, and what was done then."""
        return ((window * self.observations + observation) * self.actions + action) % self.size

    def shorter(self, memory: int) -> "Windows":
        """Those of a shorter memory."""
        return Windows(self.actions, self.observations, memory)

    def forgotten(self, window: Number) -> Number:
        """What these windows keep of one of a longer memory."""
        return window % self.size

    def place(self, step: int | Ints, window: Ints) -> Ints:
        """A number that also tells the step, from 0."""
        return window + step * self.size

    def check(self, horizon: int) -> None:
        """Refuse a memory whose numbers, with step, observation and action, are too large for 64 bits.

        Raises:
            QuorateError: it is; says which memory is not.
        """
        each = range(self.memory + 1)
        fits = [*takewhile(lambda memory: self.shorter(memory)._numbers(horizon) < LARGEST, each)]
        if len(fits) < len(each):
            problem = f"a memory of {self.memory} steps makes more windows than can be numbered"
            raise QuorateError(problem, where="algorithm.memory", fix=f"give at most {max(fits, default=0)}")

    def _numbers(self, horizon: int) -> int:
        return horizon * self.size * self.observations * self.actions

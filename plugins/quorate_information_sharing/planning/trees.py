"""Policy trees of one agent, by number: what it will do for d steps, by what it will have seen."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quorate_information_sharing.planning.beliefs import Ints


@dataclass(frozen=True)
class Trees:
    """All trees of one depth.

    A tree's number has its actions as digits, root first, then layer by layer: it is made of a prefix (all but the last
    layer) and a last layer.

    Attributes:
        actions: of the agent.
        observations: of the agent; branches of a node.
        depth: layers, at least 1.
    """

    actions: int
    observations: int
    depth: int

    @property
    def lasts(self) -> int:
        """How many last layers there are."""
        return int(self.actions**self.observations ** (self.depth - 1))

    @property
    def prefixes(self) -> int:
        """How many trees there are that lack the last layer."""
        return int(self.actions ** sum(self.observations**layer for layer in range(self.depth - 1)))

    @property
    def count(self) -> int:
        """How many there are."""
        return self.prefixes * self.lasts

    @cached_property
    def root(self) -> Ints:
        """[T] the first action."""
        return np.arange(self.count) // (self.count // self.actions)

    @cached_property
    def subtrees(self) -> Ints:
        """[T] the prefixes that follow the first action, one for each observation, as one number."""
        widths = [self.observations**layer for layer in range(self.depth)]
        digits = [
            np.arange(self.count) // self.actions ** (sum(widths) - 1 - i) % self.actions for i in range(sum(widths))
        ]
        found = np.zeros(self.count, np.int64)
        for seen in range(self.observations if self.depth > 1 else 0):
            start = 1
            for layer in range(1, self.depth):
                part = widths[layer] // self.observations
                for digit in digits[start + seen * part : start + (seen + 1) * part]:
                    found = found * self.actions + digit
                start += widths[layer]
        return found

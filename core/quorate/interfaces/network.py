"""Networks: what policies, critics, value functions and denoisers compute with; they may remember."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class NetworkSpec:
    """The sizes that a network is built for.

    Attributes:
        members: m, networks that are stacked.
        inputs: i, numbers that `Network.encode` reads.
        outputs: o, numbers that `Network.forward` gives.
        further: j, numbers that stand beside the features in `Network.forward`, such as actions.
    """

    members: int
    inputs: int
    outputs: int
    further: int = 0


class Network(nn.Module, ABC):
    """m networks at once. Built as ``target(settings, spec)`` with a `NetworkSpec`.

    The first dimension of every parameter is the member, and no operation mixes members, so that one optimiser trains m
    independent networks. Initial weights come from `quorate.learning.initialisation.initial_generator`, or from torch's
    own initialisation, which is seeded where networks are built.

    One that remembers sets `memory_size`, and implements `encode`. What others take for observed is then what it says
    of observations and memory: its features.

    Attributes:
        memory_size: k, numbers that each row remembers from one step to the next; 0: none.
        feature_size: h, features that `encode` gives; where nothing is remembered, i.
    """

    memory_size: int = 0
    feature_size: int

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        """Read what is observed, in one step or in T steps one after the other; a sequence equals its steps.

        Args:
            inputs: [m, R, i], or [T, m, R, i].
            memory: [m, R, k], before the first of the steps.
            begins: bool [R], or [T, R]: an episode begins with the step, and what was remembered before is zeroed.

        Returns:
            Features [m, R, h] or [T, m, R, h], and the memory after the last of the steps, [m, R, k].
        """
        return inputs, memory

    @abstractmethod
    def forward(self, features: Tensor) -> Tensor:
        """From features, and further numbers beside them: [m, R, h + j] -> [m, R, o]."""

"""Acting: a learned behaviour, as others see it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from quorate.conventions import EvaluationActions
from quorate.interfaces.environment import Step


class Actor(ABC):
    """Plays in B environments: a learned behaviour from outside, with all that it must remember.

    Attributes:
        actions: whether they are greedy or sampled, for the record of a run; None: it does not say.
        words: of that, where there is more to say.
        candidates: of how many samples the best is taken.
    """

    actions: EvaluationActions | None = None
    words: str = ""
    candidates: int = 1

    @abstractmethod
    def reset(self, step: Step) -> None:
        """Episodes begin."""

    @abstractmethod
    def act(self, generator: torch.Generator) -> Tensor:
        """Actions for `Environment.step`, in the environment's own bounds."""

    @abstractmethod
    def observe(self, step: Step) -> None:
        """What those actions led to."""

    def estimate(self, *, final: bool = False) -> Tensor | None:
        """What the agents take the state for, [B, n, s]; None where they are given no estimate.

        Args:
            final: in rows that have just ended, that of the state that they ended in.
        """
        return None


@runtime_checkable
class Acting(Protocol):
    """An algorithm that plays: its learned behaviour can be evaluated, and used by others, such as to collect data."""

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        """Plays by the present parameters in a batch of environments.

        Args:
            batch: B.
            seed: of whatever its inputs draw.
            greedy: take the best action, or (false) sample; None: as is usual for this algorithm. One that has no best
                action samples.
        """
        ...


@runtime_checkable
class SelfEvaluating(Protocol):
    """An algorithm that measures what it has learned by itself, where returns of episodes would not tell."""

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        """Measure the present parameters. It must not change what later training steps compute.

        A signal to stop raises `KeyboardInterrupt` in it: what it changes for a while is set back in a ``finally``.

        Args:
            factor: for the absolute metric: measure on so many times the usual data, which are others; None: the usual.
        """
        ...

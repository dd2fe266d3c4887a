"""Optional abilities of an environment: the exact posterior over its states."""

from abc import ABC, abstractmethod
from typing import Protocol, runtime_checkable

from torch import Tensor

from quorate.gone import gone_from
from quorate.interfaces.history import HistoryLayout


class ExactPosterior(ABC):
    """p(s | histories) over an enumerated set of K states: the oracle that learned estimates are held against."""

    @property
    @abstractmethod
    def states(self) -> Tensor:
        """float32 [K, s]: every state, each once."""

    @abstractmethod
    def log_probability(self, histories: Tensor) -> Tensor:
        """The posterior given what several histories say together.

        Args:
            histories: [..., m, h]: m agents' histories of the same episode (m = 1: one agent's). A null history
                says nothing.

        Returns:
            [..., K], normalised; about -1e4 or less where a state is impossible.

        Raises:
            QuorateError: where the dynamics do not allow an exact answer.
        """


@runtime_checkable
class Filtering(Protocol):
    """An exact posterior that can be carried from step to step: all observations of an episode, at a constant cost."""

    @property
    def states(self) -> Tensor:
        """float32 [K, s]: every state, each once."""
        ...

    def filter(self, previous: Tensor | None, observations: Tensor) -> Tensor:
        """Take all agents' observations of one more step into account.

        Args:
            previous: log p(s | all observations before), [B, K], of the step before; None: an episode begins.
            observations: [B, n, o].

        Returns:
            [B, K], normalised, of the state that these observations are of.
        """
        ...


@runtime_checkable
class Enumerable(Protocol):
    """An environment whose posterior can be computed exactly."""

    def posterior(self, layout: HistoryLayout) -> ExactPosterior:
        """The oracle for histories of a layout.

        Raises:
            QuorateError: where the state space is too large, naming the setting and the limit.
        """
        ...


__getattr__ = gone_from(__name__)

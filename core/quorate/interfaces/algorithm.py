"""Algorithms: what learns. The run loop owns budget, evaluation, checkpoints and logging."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces.runs import SavedRuns, no_saved_runs
from quorate.settings import Component


@dataclass(frozen=True)
class RunContext:
    """What a run gives to its algorithm.

    Attributes:
        environment: build as many batches of it as needed, with `quorate.environments.build_environment`.
        seed: the root seed; derive generators with `quorate.seeding.generator`.
        device: where to compute.
        train_steps: the budget, for schedules.
        workers: processes that step PettingZoo environments; 0: in this process.
        report: called with (what, done, total) during long work outside `train_step`, for the progress display.
        saved_run: reads another run that this one builds on, with the components that this one may use.
    """

    environment: Component
    seed: int
    device: torch.device
    train_steps: int
    report: "Report"
    workers: int = 0
    saved_run: SavedRuns = no_saved_runs


class Report(ABC):
    """Receives the progress of long work, such as collecting data or evaluating."""

    @abstractmethod
    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` units of `what` are finished."""


class Algorithm(ABC):
    """Learns from an environment. Built as ``target(settings, context)``.

    The run evaluates one that is `Acting`; another one is `SelfEvaluating`.

    Attributes:
        discount: gamma, of the metric ``return/discounted``.
    """

    discount: float = 1.0

    @abstractmethod
    def train_step(self) -> Mapping[str, Tensor | float]:
        """One update. Returned tensors are scalars and stay on the device; the run loop reads those that it logs."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Everything that the next `train_step` depends on: nested dicts and lists of tensors and plain data."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue bit for bit from what `state_dict` returned."""

    def acting_state(self) -> dict[str, Any]:
        """The part of `state_dict` that acting (or `SelfEvaluating.measure`) depends on; of the best policy it is kept.

        Everything, unless an algorithm says less; one with a large memory does.

        Raises:
            QuorateError: with these settings nothing could be measured once more.
        """
        return self.state_dict()

    def load_acting_state(self, state: dict[str, Any]) -> None:
        """Act from now on as when `acting_state` returned this; training does not go on from there."""
        self.load_state_dict(state)

    @abstractmethod
    def conventions(self) -> Mapping[str, Any]:
        """What a reader of the results must know: what the components consume, units. Plain data.

        How it is evaluated the run says, except of an algorithm that is `SelfEvaluating`.

        Numbers and single words can be compared (see `quorate.conventions`); sentences are for readers.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the environments."""

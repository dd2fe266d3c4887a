"""Other runs that a run builds on."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from quorate.errors import RunError
from quorate.settings import Component, RunReference

if TYPE_CHECKING:
    from quorate.interfaces.algorithm import Algorithm
    from quorate.interfaces.environment import EnvironmentSpec


@dataclass(frozen=True)
class SavedRun(ABC):
    """A run at one of its checkpoints; nothing of it is built.

    Attributes:
        folder: of the run.
        environment: what it learned in.
        algorithm: what learned.
        state: what the algorithm's `state_dict` was.
        greedy: how it is evaluated, as `Acting.actor` takes it.
        best: `step` of its best evaluation, and as `state` what the algorithm's `acting_state` was then; None where
            that was not kept.
    """

    folder: Path
    environment: Component
    algorithm: Component
    state: dict[str, Any]
    greedy: bool | None
    best: dict[str, Any] | None

    @abstractmethod
    def opened(self, device: torch.device) -> "AbstractContextManager[Algorithm]":
        """The algorithm as the checkpoint left it, until the context ends; global generators stay as they were."""

    @abstractmethod
    def check_environment(self, other: "EnvironmentSpec") -> None:
        """Hold an environment that it is to be used in against its own.

        Raises:
            RunError: it has other agents, or observations or states of other sizes.
        """


SavedRuns = Callable[[RunReference | Path | str], SavedRun]
"""Reads a run; what a reference leaves open is the newest."""


def no_saved_runs(run: RunReference | Path | str) -> SavedRun:
    """What a context says that was made without a registry to find the components of other runs in."""
    where = str(RunReference.of(run).folder)
    raise RunError("No other run can be read here.", where=where, fix="Give the context its saved_run.")

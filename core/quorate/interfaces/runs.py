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


@dataclass(frozen=True)
class SavedRun(ABC):
    """A run at one of its checkpoints; nothing of it is built.

    Attributes:
        folder: of the run.
        environment: what it learned in.
        algorithm: what learned.
        state: what the algorithm's `state_dict` was.
    """

    folder: Path
    environment: Component
    algorithm: Component
    state: dict[str, Any]

    @abstractmethod
    def opened(self, device: torch.device) -> "AbstractContextManager[Algorithm]":
        """The algorithm as the checkpoint left it, until the context ends; global generators stay as they were."""


SavedRuns = Callable[[RunReference | Path | str], SavedRun]
"""Reads a run; what a reference leaves open is the newest."""


def no_saved_runs(run: RunReference | Path | str) -> SavedRun:
    """What a context says that was made without a registry to find the components of other runs in."""
    where = str(RunReference.of(run).folder)
    raise RunError("No other run can be read here.", where=where, fix="Give the context its saved_run.")

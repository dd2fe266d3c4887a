"""What a policy sees: the observation, a history, the state, or an estimate of it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.gone import gone_from
from quorate.interfaces.algorithm import Report
from quorate.interfaces.environment import Environment, Step
from quorate.interfaces.runs import SavedRuns, no_saved_runs


@dataclass(frozen=True)
class InputContext:
    """What a policy input is built from.

    Attributes:
        environment: a batch of it, to ask for its spec and its abilities; not to be stepped.
        seed: the root seed of the run.
        device: where to compute.
        report: as in `RunContext`, for long work such as loading or training an estimator.
        saved_run: as in `RunContext`.
    """

    environment: Environment
    seed: int
    device: torch.device
    report: Report
    saved_run: SavedRuns = no_saved_runs


class InputTracker(ABC):
    """Turns the steps of B environments into what their agents' policies see; remembers what that takes."""

    @abstractmethod
    def reset(self, step: Step) -> Tensor:
        """The inputs [B, n, f] at the start of episodes; everything before is forgotten."""

    def told(self, actions: Tensor) -> None:  # noqa: B027  (most trackers show no actions)
        """The joint action that is taken now, as `Environment.step` gets it; the next `observe` is of what it led to.

        A tracker that shows no actions leaves it out.
        """

    @abstractmethod
    def observe(self, step: Step) -> tuple[Tensor, Tensor]:
        """The inputs after a step.

        Returns:
            What the policies see now, [B, n, f] (rows that ended are in a new episode), and what follows the action
            that was just taken, [B, n, f]: the same, except that rows that ended hold the last of the old episode.
        """

    def estimate(self, inputs: Tensor) -> Tensor | None:
        """The estimate of the state that is a part of inputs [B, n, f], [B, n, s]; None where none is."""
        return None

    def restart(self, step: Step, rows: Tensor) -> Tensor:
        """Episodes begin in some rows, out of turn; the others stay where they are.

        So it is after `quorate resume`, in rows where an environment could not go on (`Restarts`). A tracker that can
        not do that leaves this out; new episodes then begin in all rows, by `reset`.

        Args:
            step: as of a reset in these rows.
            rows: bool [B].

        Returns:
            Inputs [B, n, f], right in these rows.
        """
        raise NotImplementedError

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """What later inputs depend on: nested dicts and lists of tensors and plain data."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""


class PolicyInput(ABC):
    """What a policy sees. Built as ``target(settings, context)`` with an `InputContext`.

    It holds what all batches share; each batch of environments has a tracker of its own.
    """

    @property
    @abstractmethod
    def size(self) -> int:
        """f: features of each agent's input, padded to the largest agent."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What it is made of, in words, for the record of the run."""

    @abstractmethod
    def tracker(self, batch: int, seed: int) -> InputTracker:
        """For a batch of environments; the seed is of whatever it draws."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Parameters that a checkpoint must hold, such as those of an estimator; {} where there are none."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""


__getattr__ = gone_from(__name__)

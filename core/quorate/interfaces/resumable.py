"""An environment whose episodes survive a stop."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from quorate.interfaces.environment import Step


@dataclass(frozen=True)
class Restarts:
    """Rows in which an environment could not go on from what was stored: new episodes have begun there.

    Everything that is remembered of these rows must be taken from the new episodes: observation, state, masks, the
    histories of inputs, the return so far, the time. The old episodes were cut: nothing may run on into the new ones.

    Attributes:
        rows: bool [B].
        step: as `Environment.reset` returns it; it means something in these rows only.
    """

    rows: Tensor
    step: Step


@runtime_checkable
class Resumable(Protocol):
    """An environment that can be stored in the middle of its episodes.

    Where an environment is not, algorithms that keep episodes from one training step to the next begin new ones
    after `quorate resume`, and say so in their conventions. `quorate.learning.collector.Collector` does all that
    `Restarts` asks for, whether an environment is resumable or not.
    """

    def state_dict(self) -> dict[str, Any]:
        """Everything that later steps depend on: nested dicts and lists of tensors and plain data.

        The tensors are copies: later steps do not change them.
        """
        ...

    def load_state_dict(self, state: dict[str, Any]) -> Restarts | None:
        """Go on bit for bit from what `state_dict` returned.

        Returns:
            The rows in which that is not possible, and how they began anew; None where all go on.
        """
        ...


@runtime_checkable
class PartlyResumable(Resumable, Protocol):
    """One that can not always go on exactly, and says when."""

    @property
    def resumption(self) -> str:
        """What `quorate resume` does with the episodes, in words, for the conventions of a run."""
        ...

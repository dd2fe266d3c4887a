"""An environment whose episodes survive a stop."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Resumable(Protocol):
    """An environment that can be stored in the middle of its episodes.

    Where an environment is not, algorithms that keep episodes from one training step to the next begin new ones
    after `quorate resume`, and say so in their conventions.
    """

    def state_dict(self) -> dict[str, Any]:
        """Everything that later steps depend on: nested dicts and lists of tensors and plain data.

        The tensors are copies: later steps do not change them.
        """
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on bit for bit from what `state_dict` returned."""
        ...

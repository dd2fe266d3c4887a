"""An environment that pays for many steps at once."""

from typing import Protocol, runtime_checkable

from torch import Tensor

from quorate.interfaces.environment import Step


@runtime_checkable
class PaysLater(Protocol):
    """An environment whose rewards nobody needs in order to go on: of many steps at once they take a fraction."""

    def step_unpaid(self, actions: Tensor) -> Step:
        """As `Environment.step`, but that its rewards are NaN until `pay`."""
        ...

    def pay(self) -> tuple[Tensor, Tensor | None]:
        """What the T unpaid steps since the last payment are worth, exactly as `Environment.step` says it of each.

        Returns:
            `Step.reward`, [T, B], and `Step.agent_reward`, [T, B, n], or None where all agents are paid the same.
        """
        ...

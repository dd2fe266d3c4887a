"""Natively batched environments that are paid for where their worlds are: for one step, or for many at once."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments.native import Advance, NativeEnvironment, World, tensors
from quorate.interfaces import EnvironmentSpec, Step


class PaidLater(NativeEnvironment[World]):
    """Writes `move` and `worth` in place of `advance`; never terminates, and changes no world in place.

    Args:
        spec: what does not change.
        batch: B, independent copies.
        device: where they live.
    """

    def __init__(self, spec: EnvironmentSpec, batch: int, device: torch.device | str = "cpu") -> None:
        super().__init__(spec, batch, device)
        self._unpaid: list[World] = []
        unknown = torch.full((batch, spec.agent_count), torch.nan, device=self._device)
        self._unknown = Advance(unknown[:, 0], agent_reward=unknown if spec.agent_rewards else None)

    @abstractmethod
    def move(self, actions: Tensor) -> None:
        """Let the worlds go on: set `world`."""

    @abstractmethod
    def worth(self, world: World) -> Advance:
        """What it is worth to come into worlds, B of them or any number, each by itself."""

    @override
    def advance(self, actions: Tensor) -> Advance:
        self.move(actions)
        return self.worth(self.world)

    @override
    def reset(self, seed: int | None = None) -> Step:
        self._unpaid = []
        return super().reset(seed)

    def step_unpaid(self, actions: Tensor) -> Step:
        """See `PaysLater.step_unpaid`."""
        self.check_actions(actions, begun=self._clock.begun)
        self.move(actions)
        self._unpaid.append(self.world)
        return self._after(self._unknown)

    def pay(self) -> tuple[Tensor, Tensor | None]:
        """See `PaysLater.pay`."""
        worlds, self._unpaid = self._unpaid, []
        paid, steps = self.worth(_one_batch(worlds)), (len(worlds), self._batch)
        return paid.reward.unflatten(0, steps), (
            None if paid.agent_reward is None else paid.agent_reward.unflatten(0, steps)
        )


def _one_batch(worlds: Sequence[World]) -> World:
    """Field by field, one after the other."""
    parts = [tensors(world) for world in worlds]
    return replace(worlds[0], **{name: torch.cat([part[name] for part in parts]) for name in parts[0]})  # type: ignore[type-var]

"""What batches of environments have in common, whoever computes their steps."""

from functools import cached_property

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Environment, EnvironmentSpec, PolicySpec
from quorate.machine import size_text, total


class BatchedEnvironment(Environment):
    """Knows its spec, its size and its device, and tells actions of another shape.

    Args:
        spec: what does not change.
        batch: B.
        device: where every tensor of a `Step` lives.

    Raises:
        MemoryError: what is seen of so many does not fit this machine; some libraries would end the process.
    """

    def __init__(self, spec: EnvironmentSpec, batch: int, device: torch.device | str) -> None:
        self._spec, self._batch, self._device = spec, batch, torch.device(device)
        seen = 4 * batch * (sum(spec.observation_sizes) + spec.state_size)  # float32
        if self._device.type == "cpu" and seen > total():
            has = f"this machine has {size_text(total())}"
            raise MemoryError(f"{batch:,} environments: what is seen of them takes {size_text(seen)}, and {has}")

    @property
    @override
    def spec(self) -> EnvironmentSpec:
        return self._spec

    @property
    @override
    def batch(self) -> int:
        return self._batch

    @property
    @override
    def device(self) -> torch.device:
        return self._device

    @override
    def close(self) -> None:
        """There is nothing to release."""

    @cached_property
    def _action_shape(self) -> tuple[int, ...]:
        policies = PolicySpec.of(self._spec, 0)
        return (self._batch, policies.agents, *(() if policies.discrete else (policies.action_size,)))

    def check_actions(self, actions: Tensor, *, begun: bool) -> None:
        """Look at the actions of a step.

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where their shape or their type is not that of the action spaces.
        """
        if not begun:
            raise RuntimeError(f"{type(self).__name__}.step was called before reset.")
        if not isinstance(actions, Tensor):
            raise ValueError(f"actions: expected shape {self._action_shape}, got a {type(actions).__name__}.")
        if actions.shape != self._action_shape:
            raise ValueError(f"actions: expected shape {self._action_shape}, got {(*actions.shape,)}.")
        discrete = len(self._action_shape) == 2
        if not (actions.dtype is torch.int64 if discrete else actions.is_floating_point()):
            raise ValueError(f"actions: expected {'int64' if discrete else 'floats'}, got {actions.dtype}.")

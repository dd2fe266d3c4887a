"""From the actions that a ParallelEnv is given, by agent, to what an `Environment` takes. Numpy only."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from quorate.environments.bounds import float32_bounds
from quorate.environments.values import Array, SpaceError, as_array, described, is_numeric
from quorate.interfaces import EnvironmentSpec

_LARGEST = np.finfo(np.float32).max


class ActionEncoder:
    """Actions of the agents' own spaces as one array; those of agents that are gone are 0.

    Args:
        spec: of an environment whose agents all have a Discrete space, or all a Box of one dimension.
        native: the spaces that these stand for, such as MultiDiscrete, whose actions are taken too.

    Attributes:
        spaces: of the actions that are taken.
    """

    def __init__(self, spec: EnvironmentSpec, native: Sequence[spaces.Space[Any]] = ()) -> None:
        self._agents, self._name, self._native = spec.agents, spec.name, native or spec.action_spaces
        self.spaces = (
            spec.action_spaces
        )  # from 0, whatever the native ones begin with: many clients take that for granted
        boxes = [space for space in spec.action_spaces if isinstance(space, spaces.Box)]
        self._limits = [np.clip(float32_bounds(box), -_LARGEST, _LARGEST) for box in boxes]

    def __call__(self, actions: Mapping[str, Any], live: Collection[str]) -> Array:
        """int64 [1, n], or float32 [1, n, a] inside the boxes.

        Raises:
            SpaceError: an action is of another shape, is no number, or none of those that the agent has.
        """
        width = max((limits.shape[1] for limits in self._limits), default=1)
        encoded = np.zeros((len(self._agents), width), np.float32 if self._limits else np.int64)
        for index, agent in enumerate(self._agents):
            if agent in live:
                one = self._one(index, actions[agent])
                encoded[index, : one.size] = one
        return encoded[None] if self._limits else encoded.T

    def _one(self, index: int, action: Any) -> Array:
        try:
            given = as_array(action, "action")
            if not is_numeric(given):
                raise SpaceError(f"the action is {described(action)}, but must be of numbers")
            return self._vector(index, given) if self._limits else self._choice(index, given)
        except SpaceError as error:
            where = f"environment {self._name}, agent {self._agents[index]}"
            fix = f"give an action of its space, {self.spaces[index]}"
            raise SpaceError(error.problem, where=where, fix=fix) from error

    def _choice(self, index: int, given: Array) -> Array:
        space, native = self.spaces[index], self._native[index]
        assert isinstance(space, spaces.Discrete)
        if isinstance(native, spaces.MultiDiscrete | spaces.MultiBinary) and given.shape == native.shape:
            counts = native.nvec if isinstance(native, spaces.MultiDiscrete) else np.full(native.shape, 2)
            chosen = given - getattr(native, "start", 0)
            if ((chosen < 0) | (chosen >= counts) | (chosen % 1 != 0)).any():
                raise SpaceError(f"the action {given.tolist()} is not in {native}")
            given = np.asarray(np.ravel_multi_index(tuple(chosen.reshape(-1).astype(int)), tuple(counts.reshape(-1))))
        if given.size != 1 or not space.start <= given.item() < space.start + space.n or given.item() % 1:
            raise SpaceError(f"the action {given.tolist()} is not one of the {space.n} actions")
        return given.reshape(1).astype(np.int64)

    def _vector(self, index: int, given: Array) -> Array:
        """Clipped before it is rounded to float32, which can not lead out again: rounding is monotone."""
        if given.shape == self._native[index].shape:
            given = given.reshape(-1)
        if given.shape != self.spaces[index].shape:
            raise SpaceError(f"the shape of the action is {given.shape}, but must be {self.spaces[index].shape}")
        if np.isnan(given).any():
            raise SpaceError("the action is not a number")
        low, high = self._limits[index]
        return np.clip(given.astype(np.float64), low, high).astype(np.float32)

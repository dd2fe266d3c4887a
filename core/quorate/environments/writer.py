"""From PettingZoo's dictionaries to one row of the buffers."""

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from quorate.environments import masks
from quorate.environments.blame import Blame
from quorate.environments.buffers import Buffers
from quorate.environments.layout import STATE_FIX, Layout
from quorate.environments.spaces import flatten, leaves
from quorate.environments.values import Array, SpaceError

_ENDINGS = ("observation", "state", "action_mask", "agent_mask")


class RowWriter:
    """Writes what one environment shows into row `index` of the buffers, and checks that it is as declared."""

    def __init__(self, layout: Layout, blame: Blame, buffers: Buffers, index: int) -> None:
        self._layout, self._blame, self._buffers, self._index = layout, blame, buffers, index
        self._sizes, self._leaves = layout.observation_sizes, layout.observation_leaves
        self._state_leaves = [] if layout.state is None else leaves(layout.state)
        self._padding, self._masked = layout.padding_mask, layout.masked

    def write(
        self,
        env: Any,
        observations: Mapping[Hashable, Any],
        infos: Mapping[Hashable, Any],
        live: Sequence[int],
        leaving: Sequence[int] = (),
    ) -> None:
        """Write observations, masks and state; agents that are leaving still show their last observation."""
        buffers, row = self._buffers, self._index
        buffers.agent_mask[row] = False
        buffers.agent_mask[row, live] = True
        buffers.observation[row] = 0.0
        for index in (*live, *leaving):
            with self._blame(index):
                buffers.observation[row, index, : self._sizes[index]] = self._observe(observations, index)
        self._write_masks(observations, infos, live)
        with self._blame(fix=STATE_FIX):
            buffers.state[row] = self._state(env)

    def finish(self, observations: Mapping[Hashable, Any], infos: Mapping[Hashable, Any], cut: Sequence[int]) -> None:
        """Keep what was written last as the end of an episode; agents that were cut off would have gone on."""
        buffers, row = self._buffers, self._index
        for name in _ENDINGS:
            getattr(buffers, f"final_{name}")[row] = getattr(buffers, name)[row]
        buffers.final_agent_mask[row, cut] = True
        if buffers.final_action_mask.shape[-1]:
            for index in cut:
                with self._blame(index):
                    buffers.final_action_mask[row, index] = self._last_mask(observations, infos, index)

    def _last_mask(self, observations: Mapping[Hashable, Any], infos: Mapping[Hashable, Any], index: int) -> Array:
        """What is given to an agent that will not act: its mask where it is one, else all actions that it has."""
        agent = self._layout.ids[index]
        mask: Array = self._padding[index].copy()
        with suppress(SpaceError):
            found = masks.given(observations[agent], infos.get(agent, {}), self._masked[index])
            if found is not None:
                size = self._layout.actions[index].size
                mask[:size] = masks.read(found, size)
        return mask

    def _observe(self, observations: Mapping[Hashable, Any], index: int) -> Array:
        agent = self._layout.ids[index]
        if agent not in observations:
            raise SpaceError("the environment gave no observation")
        try:
            flat = flatten(self._leaves[index], observations[agent])
        except SpaceError as error:
            raise SpaceError(f"the observation is not as declared: {error.problem}", fix=error.fix) from error
        return _finite(flat, "observation")

    def _write_masks(
        self, observations: Mapping[Hashable, Any], infos: Mapping[Hashable, Any], live: Sequence[int]
    ) -> None:
        rows = self._buffers.action_mask[self._index]
        rows[:] = False
        # Whoever is gone keeps one valid action, so that a distribution over its actions still exists.
        rows[:, :1] = True
        with self._blame():
            masks.check_infos(infos)
        for index in live:
            with self._blame(index):
                self._write_mask(rows, observations[self._layout.ids[index]], infos, index)

    def _write_mask(self, rows: Array, observation: Any, infos: Mapping[Hashable, Any], index: int) -> None:
        mask = masks.given(observation, infos.get(self._layout.ids[index], {}), self._masked[index])
        if rows.shape[-1]:
            rows[index] = self._padding[index]
        if mask is not None:
            if not rows.shape[-1]:
                masks.check_use(self._layout.discrete)
            size = self._layout.actions[index].size
            rows[index, :size] = masks.read(mask, size)

    def _state(self, env: Any) -> Array:
        if self._layout.state is None:
            own = self._buffers.observation[self._index]
            return np.concatenate([own[index, :size] for index, size in enumerate(self._sizes)])
        try:
            return _finite(flatten(self._state_leaves, env.state()), "state")
        except SpaceError as error:
            raise SpaceError(f"the state is not as declared: {error.problem}", fix=error.fix) from error


def _finite(values: Array, what: str) -> Array:
    if not (good := np.isfinite(values)).all():
        first = int(good.argmin())
        kind = "not a number" if np.isnan(values[first]) else "infinite"
        raise SpaceError(f"the {what} holds a value that is {kind}, at feature {first}")
    return values

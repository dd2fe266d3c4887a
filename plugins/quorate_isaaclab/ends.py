"""The ends of episodes in Isaac Lab, which resets worlds within the step."""

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor


class Watcher(Protocol):
    """Is told before worlds are reset."""

    def before_reset(self, rows: Any) -> None:
        """The numbers of the worlds, which are still as their episodes ended."""


class Ends:
    """Takes the last observations and states out of a DirectMARLEnv, before it resets worlds.

    `_reset_idx` is the one function that tasks write and that Isaac Lab calls with the worlds as they ended; it gives
    last observations (`compute_final_obs`, since version 3), and no last states. New episodes begin without a last
    action.

    Args:
        worlds: the environment.
        agents: in tensor order.
        own_state: the task has a state of its own; else it is the observations, and those of `state()` are a step old.
    """

    def __init__(self, worlds: Any, agents: Sequence[str], own_state: bool) -> None:
        self._worlds, self._agents, self._own_state = worlds, agents, own_state
        self._observations: dict[str, Tensor] = {}
        self._state: Tensor | None = None
        self._watchers: list[Watcher] = []
        self._reset = worlds._reset_idx
        worlds._reset_idx = self._before

    def watch(self, watcher: Watcher) -> None:
        """Tell another, too."""
        self._watchers.append(watcher)

    def last(self) -> tuple[dict[str, Tensor], Tensor | None]:
        """Observations and state, where the task has one, of the worlds that were last reset; else anything."""
        return self._observations, self._state

    def _before(self, rows: Any) -> Any:
        if getattr(self._worlds, "reset_buf", None) is not None and bool(self._worlds.reset_buf.any()):
            self._observations = self._last_observations()
            self._state = self._worlds.state().clone() if self._own_state else None
            for watcher in self._watchers:
                watcher.before_reset(rows)
        result = self._reset(rows)
        self._forget_actions(rows)
        return result

    def _forget_actions(self, rows: Any) -> None:
        """Tasks that show agents what they did last would show a new episode an action of the old one."""
        actions = getattr(self._worlds, "actions", None)
        if not isinstance(actions, dict):
            return
        self._worlds.actions = {agent: action.index_fill(0, rows, 0) for agent, action in actions.items()}

    def _last_observations(self) -> dict[str, Tensor]:
        """Those of `compute_final_obs`, noise and all; version 2 has to be asked."""
        extras = self._worlds.extras
        found = {agent: extras.get(agent, {}).get("final_obs") for agent in self._agents}
        if any(value is None for value in found.values()):
            found = self._worlds._get_observations()
        return {agent: found[agent].clone() for agent in self._agents}

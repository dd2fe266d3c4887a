"""SMACv2 as a ParallelEnv, which the bridge batches; one game each. Runs in worker processes too: no torch."""

import secrets
import warnings
from typing import Any

import numpy as np
from gymnasium import Space, spaces
from pettingzoo import ParallelEnv
from typing_extensions import override

from quorate.errors import QuorateError
from quorate_smacv2.game import CrashError, Game, Look, simulator
from quorate_smacv2.settings import SMACv2Settings

OUTCOMES = ("won", "dead_allies", "dead_enemies", "crashed")

Given = dict[str, Any]


def make(settings: SMACv2Settings, render_mode: str | None = None) -> "Battles":
    """One environment.

    Raises:
        QuorateError: SMACv2 can not be imported.
    """
    return Battles(settings, render_mode)


class Battles(ParallelEnv[str, Any, int]):  # type: ignore[misc]
    """Battles in one game of StarCraft II, which is launched at the first `reset`.

    An agent that dies terminates, and so do all when one side is dead. At the horizon all are truncated; so are they
    when the game crashes, which a warning and the outcome ``crashed`` tell, and the next episode launches it again:
    what they saw before is then what they saw last.

    A seed that is given when an episode has just ended draws what SMACv2 draws from it, teams and places first of all,
    and leaves the game running, which takes long to start. Any other seed launches the game anew with it, so that it
    determines all that follows.

    Args:
        settings: what `SMACv2Settings` documents.
        render_mode: ``rgb_array`` or None.
    """

    def __init__(self, settings: SMACv2Settings, render_mode: str | None = None) -> None:
        self._game, self.render_mode = Game(settings), render_mode
        info = self._game.inner.get_env_info()
        self.possible_agents = [f"agent_{index}" for index in range(info["n_agents"])]
        self.agents: list[str] = []
        size, actions = info["obs_shape"], info["n_actions"]
        features = spaces.Box(-np.inf, np.inf, (size,), np.float32)
        mask = spaces.Box(0, 1, (actions,), np.int8)
        self._seen = spaces.Dict({"observation": features, "action_mask": mask})
        self._actions = spaces.Discrete(actions)
        self.state_space = spaces.Box(-np.inf, np.inf, (info["state_shape"],), np.float32)
        self._declared = {"simulator": simulator(self._game)}
        self.metadata = {"name": "smacv2", "render_modes": ["rgb_array"], "quorate": self._declared}
        self._look: Look | None = None
        self._seeded = self._over = False
        self._outcome = dict.fromkeys(OUTCOMES, 0.0)

    @override
    def observation_space(self, agent: str) -> Space[Any]:
        return self._seen

    @override
    def action_space(self, agent: str) -> Space[Any]:
        return self._actions

    @override
    def reset(self, seed: int | None = None, options: Given | None = None) -> tuple[Given, Given]:
        """Begin an episode.

        Raises:
            QuorateError: the game does not start, or an episode does not begin.
        """
        if seed is not None or not self._seeded:
            self._game.seed(secrets.randbits(31) if seed is None else seed, restart=not self._over)
        self._seeded, self._over = True, False
        self._outcome = dict.fromkeys(OUTCOMES, 0.0)
        self._look = self._game.begin()
        self._declared["simulator"] = simulator(self._game)
        self.agents = list(self.possible_agents)
        return self._shown(self.agents), {agent: {} for agent in self.agents}

    @override
    def step(self, actions: Given) -> tuple[Given, Given, Given, Given, Given]:
        """Take the actions of the agents that are there.

        Raises:
            QuorateError: an action is not valid, or the game crashed in several episodes in a row.
        """
        acting = self.agents
        chosen = [self._valid(agent, actions) for agent in self.possible_agents]
        reward, over, cut = 0.0, True, True
        try:
            reward, over, info, self._look = self._game.step(chosen)
        except CrashError as error:
            self._outcome["crashed"] = 1.0
            warnings.warn(f"A game crashed: {error}. Its episode is truncated, and a new game begins.", stacklevel=2)
        else:
            cut = bool(info.get("episode_limit"))
            self._outcome |= {name: float(info[key]) for name, key in zip(OUTCOMES, _KEYS, strict=False)}
        assert self._look is not None
        alive = dict(zip(self.possible_agents, self._look.alive, strict=True))
        truncated = {agent: over and cut and bool(alive[agent]) for agent in acting}
        terminated = {agent: not truncated[agent] and (over or not alive[agent]) for agent in acting}
        self._over, self.agents = over, [] if over else [agent for agent in acting if alive[agent]]
        infos: Given = {agent: dict(self._outcome) if over else {} for agent in acting}
        return self._shown(acting), dict.fromkeys(acting, reward), terminated, truncated, infos

    def _valid(self, agent: str, actions: Given) -> int:
        """Its action; that of the dead is to do nothing, which is number 0."""
        if agent not in self.agents:
            return 0
        assert self._look is not None
        action, mask = int(actions[agent]), self._look.masks[self.possible_agents.index(agent)]
        if not mask[action]:
            fix = f"choose one that its action mask allows: {np.flatnonzero(mask).tolist()}"
            raise QuorateError(f"the action {action} of {agent} is not valid now", fix=fix)
        return action

    def _shown(self, agents: list[str]) -> Given:
        assert self._look is not None
        rows = zip(self.possible_agents, self._look.observations, self._look.masks.astype(np.int8), strict=True)
        return {agent: {"observation": seen, "action_mask": mask} for agent, seen, mask in rows if agent in agents}

    @override
    def state(self) -> np.ndarray[Any, Any]:
        """float32 [s]: SMACv2's own state."""
        assert self._look is not None, "reset() comes first"
        return self._look.state

    @override
    def render(self) -> np.ndarray[Any, Any]:
        """uint8 [h, w, 3]: the battle from above."""
        return self._game.render()

    @override
    def close(self) -> None:
        self._game.close()


_KEYS = ("battle_won", "dead_allies", "dead_enemies")
"""How SMACv2 calls the outcomes, all but the last."""

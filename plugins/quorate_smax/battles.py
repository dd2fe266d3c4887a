"""B battles as compiled functions: from keys, states and actions to all that a step must tell."""

from copy import deepcopy
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from quorate_smax.layout import Layout
from quorate_smax.packing import Packed, pack
from quorate_smax.settings import ActionKind, Frame, SMAXSettings
from quorate_smax.teams import make_game, possible_types


class Battles(NamedTuple):
    """Where B battles are.

    Attributes:
        key: uint32 [B, 2], of all that they will draw.
        state: jaxmarl's, B of them.
    """

    key: jax.Array
    state: Any


class Look(NamedTuple):
    """What there is to see of B battles.

    Attributes:
        observation: float32 [B, n, o].
        state: float32 [B, s].
        alive: bool [B, n].
        valid: bool [B, n, a], or None where actions are numbers.
    """

    observation: jax.Array
    state: jax.Array
    alive: jax.Array
    valid: jax.Array | None


class Result(NamedTuple):
    """What actions led to.

    Attributes:
        now: where an episode ended, of the next one.
        reward: float32 [B].
        terminated: bool [B], one side is dead.
        truncated: bool [B], neither is, and the time is over.
    """

    now: Look
    reward: jax.Array
    terminated: jax.Array
    truncated: jax.Array


class End(NamedTuple):
    """Where episodes ended, before new ones began; it means nothing for other rows.

    Attributes:
        last: what was seen.
        outcomes: float32 [B, 3]: won, dead allies, dead enemies.
    """

    last: Look
    outcomes: jax.Array


class Game:
    """The rules, compiled once for each B; `game_of` has one for all environments of the same settings.

    Rows of keys and states are those of jaxmarl's own ``step`` with the second half of each key.

    Args:
        settings: of the environment.

    Attributes:
        begin: compiled: of keys, uint32 [B, 2], new `Battles` and their `Look`, packed.
        advance: compiled: of `Battles` and actions, int32 [B, n] or float32 [B, n, 4], `Battles`, the `Result` and
            the `End`, both packed. Where an episode ended, the next one has begun.
    """

    def __init__(self, settings: SMAXSettings) -> None:
        self._settings, self.game = settings, make_game(settings)
        self.layout = Layout(self.game, possible_types(settings, self.game))
        self.agents: list[str] = self.game.agents
        self.begin, self.advance = jax.jit(self._begin), jax.jit(self._advance)

    @property
    def observation_size(self) -> int:
        """o."""
        size = self.layout.seen_size if self._settings.observation is Frame.GLOBAL else self.game.obs_size
        return int(size)

    def _begin(self, keys: jax.Array) -> tuple[Battles, Packed]:
        key, use = halves(keys)
        state, look = self._fresh(use)
        return Battles(key, state), pack(look)

    def _advance(self, battles: Battles, actions: jax.Array) -> tuple[Battles, Packed, Packed]:
        if self._settings.actions is ActionKind.CONTINUOUS:
            actions = actions.clip(0.0, 1.0)
        key, use = halves(battles.key)
        step_key, reset_key = halves(use)
        chosen = {agent: actions[:, index] for index, agent in enumerate(self.agents)}
        _, state, reward, done, _ = jax.vmap(self.game.step_env)(step_key, battles.state, chosen)
        state, ended = _strong(state), done["__all__"]
        alive = state.state.unit_alive
        allies, enemies = alive[:, : self.layout.allies], alive[:, self.layout.allies :]
        fallen, beaten = ~allies.any(1), ~enemies.any(1)
        won = beaten & ~fallen
        outcomes = jnp.stack([won, (~allies).sum(1), (~enemies).sum(1)], axis=1).astype(jnp.float32)
        over, last = fallen | beaten, self._look(state)
        state, now = jax.lax.cond(
            ended.any(),  # seldom so in a small batch: new battles then cost nothing
            lambda: _merge(ended, self._fresh(reset_key), (state, last)),
            lambda: (state, last),
        )
        result = Result(now, reward[self.agents[0]], over, ended & ~over)
        return Battles(key, state), pack(result), pack(End(last, outcomes))

    def _fresh(self, keys: jax.Array) -> tuple[Any, Look]:
        state = _strong(jax.vmap(self.game.reset)(keys)[1])
        return state, self._look(state)

    def _look(self, state: Any) -> Look:
        battle = state.state
        if self._settings.observation is Frame.GLOBAL:
            observation = jax.vmap(self.layout.seen)(battle)
        else:
            observation = self._stacked(jax.vmap(self.game.get_obs)(state))
        valid = None
        if self._settings.actions is ActionKind.DISCRETE:
            valid = self._stacked(jax.vmap(self.game.get_avail_actions)(state)).astype(bool)
        alive = battle.unit_alive[:, : self.layout.allies]
        return Look(observation, jax.vmap(self.layout.state)(battle), alive, valid)

    def _stacked(self, of_agents: dict[str, jax.Array]) -> jax.Array:
        return jnp.stack([of_agents[agent] for agent in self.agents], axis=1)


def game_of(settings: SMAXSettings) -> Game:
    """The same game for the same settings: what is compiled for one environment serves all others of its B."""
    key = repr(settings)
    if key not in _GAMES:
        _GAMES[key] = Game(deepcopy(settings))
    return _GAMES[key]


_GAMES: dict[str, Game] = {}


def halves(keys: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Two keys of each: [B, 2] -> [B, 2], [B, 2]."""
    both = jax.vmap(jax.random.split)(keys)
    return both[:, 0], both[:, 1]


def _strong(tree: Any) -> Any:
    """The same numbers of types that are settled; weak ones would make a function compile once more."""
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, leaf.dtype), tree)


def _merge(rows: jax.Array, one: Any, other: Any) -> Any:
    """Leaf by leaf: one in some rows, bool [B], and the other elsewhere."""
    return jax.tree.map(lambda x, y: jnp.where(rows.reshape(-1, *[1] * (x.ndim - 1)), x, y), one, other)

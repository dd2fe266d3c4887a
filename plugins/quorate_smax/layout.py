"""What agents are shown of a battle, and its state, as numbers in [0, 1]; functions of jaxmarl's own state."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


class Layout:
    """Features of units, in one order: the allies, then the enemies.

    A unit has its health, its position, its cooldown and, where it may be of several types, a bit for each; all are 0
    once it is dead. What never changes is left out: SMAX's own state has the teams, the types as numbers and bits of
    types that there are not, too.

    Args:
        game: of jaxmarl, one copy.
        types: for each unit, the types that it may be of.

    Attributes:
        units: u, all of them.
        state_size: s.
        seen_size: o, of an observation in the global frame.
        columns: for each unit, where its features are in a state: (health, x, y, cooldown, *bits).
    """

    def __init__(self, game: Any, types: list[set[int]]) -> None:
        self._game, self.allies = game, game.num_allies
        self.units, bits = game._env.num_agents, game._env.unit_type_bits
        kept = np.zeros((self.units, 4 + bits), dtype=bool)
        kept[:, :4] = True
        for unit, possible in enumerate(types):
            kept[unit, [4 + kind for kind in possible]] = len(possible) > 1
        self._kept = kept.flatten().nonzero()[0]
        self.state_size = len(self._kept)
        numbers = np.cumsum(kept.flatten()).reshape(kept.shape) - 1
        self.columns = [row[keep].tolist() for row, keep in zip(numbers, kept, strict=True)]
        self._bits = bits if kept[:, 4:].any() else 0
        self.seen_size = self.units * (1 + 4 + self._bits + 3)

    def state(self, battle: Any) -> jax.Array:
        """[s]."""
        return self._features(battle).reshape(-1)[self._kept]

    def seen(self, battle: Any) -> jax.Array:
        """What each ally sees in the global frame: [n, o].

        For each unit ``[seen, health, x, y, cooldown, type bits, last movement (2), last target]``, zeros if unseen;
        the bits only where types vary. The target is a number in [0, 1]: the action over the number of the last action.
        """
        game = self._game._env
        place, alive = battle.unit_positions, battle.unit_alive
        reach = game.unit_type_sight_ranges[battle.unit_types]
        near = jnp.linalg.norm(place[:, None] - place[None], axis=-1) < reach[:, None]
        visible = (near & alive[:, None] & alive[None])[: self.allies]
        own = jnp.eye(self.units, dtype=bool)[: self.allies]
        friends = jnp.arange(self.units) < self.allies
        told = friends | game.see_enemy_actions
        last = jnp.where(friends, game.num_ally_actions - 1, game.num_enemy_actions - 1)
        deeds = jnp.concatenate([battle.prev_movement_actions, (battle.prev_attack_actions / last)[:, None]], axis=1)
        whole = self._features(battle)[:, : 4 + self._bits]
        parts = [jnp.ones((self.units, 1)), whole, jnp.where(told[:, None], deeds, 0.0)]
        features = jnp.concatenate(parts, axis=1)
        shown = jnp.where((visible | (own & alive[: self.allies, None]))[..., None], features[None], 0.0)
        return shown.reshape(self.allies, -1)

    def _features(self, battle: Any) -> jax.Array:
        """[u, 4 + bits]."""
        game = self._game._env
        kinds = battle.unit_types
        health = battle.unit_health / game.unit_type_health[kinds]
        place = battle.unit_positions / jnp.array([game.map_width, game.map_height], dtype=jnp.float32)
        cooldown = jnp.clip(battle.unit_weapon_cooldowns / game.unit_type_weapon_cooldowns[kinds], 0.0, 1.0)
        bits = jax.nn.one_hot(kinds, game.unit_type_bits)
        features = jnp.concatenate([health[:, None], place, cooldown[:, None], bits], axis=1)
        return jnp.where(battle.unit_alive[:, None], features, 0.0)

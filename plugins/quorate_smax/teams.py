"""Who fights, and where: a game of jaxmarl from settings."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from quorate_smax.lean import smax_module
from quorate_smax.settings import UNITS, Enemy, SMAXSettings

TABLES = ("velocities", "attacks", "attack_ranges", "sight_ranges", "radiuses", "health", "weapon_cooldowns")
"""Of a type of unit; names of SMAX's arguments begin with ``unit_type_``."""


def make_game(settings: SMAXSettings) -> Any:
    """``HeuristicEnemySMAX`` with the teams, the enemy and the limits of the settings.

    A game of jaxmarl notices its limit one step late, so it is told one less.
    """
    smax = smax_module()
    options: dict[str, Any] = {
        "action_type": str(settings.actions),
        "max_steps": settings.horizon - 1,
        "see_enemy_actions": settings.see_enemy_actions,
        "enemy_shoots": settings.enemy is not Enemy.HARMLESS,
        "attack_mode": "random" if settings.enemy is Enemy.RANDOM else "closest",
    }
    tables = _tables(smax, settings.units, settings.sight)
    allies, enemies = settings.sides
    if settings.scenario is None:
        options |= {"unit_type_names": settings.units, "unit_type_shorthands": [unit[0] for unit in settings.units]}
        kinds = jnp.zeros(allies + enemies, dtype=jnp.uint8)
        options["scenario"] = smax.Scenario(kinds, allies, enemies, True, True)
    else:
        options["scenario"] = smax.map_name_to_scenario(settings.scenario)
    game = smax.HeuristicEnemySMAX(**options, **tables)
    inner = game._env
    if settings.spawn_margin:
        inner.position_generator = Margin(
            inner.position_generator, inner.map_width, inner.map_height, settings.spawn_margin
        )
    if settings.scenario is None:
        inner.unit_type_generator = Weighted(allies, enemies, _weights(settings))
    return game


def make_teams(units: list[str], sight: float | None, allies: int, enemies: int) -> Any:
    """``SMAX`` with units of some types, of which only numbers and tables are of use."""
    smax = smax_module()
    options = {"unit_type_names": units, "unit_type_shorthands": [unit[0] for unit in units]}
    return smax.SMAX(num_allies=allies, num_enemies=enemies, **options, **_tables(smax, units, sight))


def possible_types(settings: SMAXSettings, game: Any) -> list[set[int]]:
    """For each unit, the types that it may be of, as numbers."""
    inner = game._env
    units = inner.num_agents
    if inner.smacv2_unit_type_generation:
        return [set(range(inner.unit_type_bits))] * units
    return [{int(kind)} for kind in inner.scenario]


class Margin:
    """Positions as another generator draws them, but for those near the walls, which are moved away from them.

    Args:
        generator: of jaxmarl.
        width: of the map.
        height: of the map.
        margin: the least distance from a wall.
    """

    def __init__(self, generator: Any, width: int, height: int, margin: float) -> None:
        self._generator = generator
        self._low, self._high = jnp.full(2, margin), jnp.array([width - margin, height - margin])

    def generate(self, key: jax.Array) -> jax.Array:
        """[units, 2]."""
        return jnp.clip(self._generator.generate(key), self._low, self._high)


class Weighted:
    """Types drawn by weight; enemies are of the allies' types, and further ones are drawn as well.

    In jaxmarl further enemies are always of the first type.

    Args:
        allies: how many.
        enemies: how many.
        weights: of the types.
    """

    def __init__(self, allies: int, enemies: int, weights: jax.Array) -> None:
        self._allies, self._enemies, self._logits = allies, enemies, jnp.log(weights / weights.sum())

    def generate(self, key: jax.Array) -> jax.Array:
        """uint8 [units]."""
        drawn = jax.random.categorical(key, self._logits, shape=(max(self._allies, self._enemies),)).astype(jnp.uint8)
        return jnp.concatenate([drawn[: self._allies], drawn[: self._enemies]])


def _weights(settings: SMAXSettings) -> jax.Array:
    weights = np.array(settings.weights * (len(settings.units) if len(settings.weights) == 1 else 1))
    _, exponent = np.frexp(weights.max())
    return jnp.array(np.ldexp(weights, -exponent), dtype=jnp.float32)  # scaled exactly: their sum shall be a number


def _tables(smax: Any, units: list[str], sight: float | None) -> dict[str, Any]:
    """The numbers of the types that there are, and the sight that was set."""
    whole = smax.SMAX()
    chosen = jnp.array([UNITS.index(unit) for unit in units])
    tables = {f"unit_type_{name}": getattr(whole, f"unit_type_{name}")[chosen] for name in TABLES}
    if sight is not None:
        tables["unit_type_sight_ranges"] = jnp.full(len(units), sight)
    return tables

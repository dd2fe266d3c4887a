"""Settings of SMACv2. Imports neither torch nor smacv2."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quorate.nearest import nearest
from quorate.settings import setting

RACES = {
    "zerg": ("zergling", "baneling", "hydralisk"),
    "terran": ("marine", "marauder", "medivac"),
    "protoss": ("stalker", "zealot", "colossus"),
}
"""The types of unit of each race."""

WEIGHTS = {"zerg": (0.45, 0.1, 0.45), "terran": (0.45, 0.45, 0.1), "protoss": (0.45, 0.45, 0.1)}
"""How often each is drawn, as published (oxwhirl/smacv2 577ab5a, smacv2/examples/configs)."""

HELPLESS = ("baneling", "medivac")
"""Types that no team is made of alone, as published there."""

DISTRIBUTIONS = ("fixed", "all_teams", "weighted_teams", "per_agent_uniform", "mask", "reflect_position", "surrounded",
                 "surrounded_and_reflect")  # fmt: skip
"""What a capability may be drawn from."""

CAPABILITIES = ("attack", "enemy_mask", "health", "start_positions", "team_gen")
"""What may be drawn anew for each episode."""

OPTIONS = (
    "debug", "kill_unit_step_mul", "move_amount", "obs_all_health", "obs_last_action", "obs_own_health", "obs_own_pos",
    "obs_pathing_grid", "obs_starcraft", "obs_terrain_height", "obs_timestep_number", "reward_death_value",
    "reward_defeat", "reward_negative_scale", "reward_only_positive", "reward_scale", "reward_scale_rate",
    "reward_sparse", "reward_win", "state_last_action", "state_timestep_number", "step_mul", "window_size_x",
    "window_size_y", "fully_observable",
)  # fmt: skip
"""Keyword arguments of ``StarCraft2Env`` that have no setting of their own here."""


class Race(StrEnum):
    """Whose units fight, on both sides."""

    ZERG = "zerg"
    TERRAN = "terran"
    PROTOSS = "protoss"


class Difficulty(StrEnum):
    """How well the game's own player leads the enemies; the last three cheat."""

    VERY_EASY = "very-easy"
    EASY = "easy"
    MEDIUM = "medium"
    MEDIUM_HARD = "medium-hard"
    HARD = "hard"
    HARDER = "harder"
    VERY_HARD = "very-hard"
    CHEAT_VISION = "cheat-vision"
    CHEAT_MONEY = "cheat-money"
    CHEAT_INSANE = "cheat-insane"


@dataclass
class SMACv2Settings:
    """A battle of two teams that are drawn and placed anew for each episode; the game's own player leads the enemies.

    Raises:
        ValueError: where settings do not fit each other; the message begins with the setting's name.
    """

    race: Race = setting(Race.ZERG, "Whose units fight, on both sides.")
    allies: int = setting(5, "Agents.", minimum=2, maximum=64)
    enemies: int = setting(5, "Enemies; the first ones are of the allies' types.", minimum=1, maximum=64)
    units: list[str] | None = setting(None, "Types that teams are drawn from; null: the three of the race.")
    weights: list[float] | None = setting(
        None, "How often each type of `units` is drawn; null: as published, 0.45, 0.45 and 0.1.", minimum=0
    )
    exceptions: list[str] | None = setting(
        None, "Types that no team may be made of alone; null: as published, banelings and medivacs."
    )
    reflected: float = setting(
        0.5, "How often the enemies face the allies as in a mirror, instead of surrounding them.", minimum=0, maximum=1
    )
    unit_ranges: bool = setting(True, "Types see and shoot as far as in the game; false: 9 and 6 for all.")
    minimum_attack_range: float = setting(2.0, "How far every unit can shoot at least, with unit_ranges.", minimum=0)
    sight: float | None = setting(None, "How far all agents see; null: as unit_ranges says.", above=0)
    attack_range: float | None = setting(None, "How far all agents can shoot; null: as unit_ranges says.", above=0)
    conic_view: bool = setting(False, "Agents see a cone only, and have actions that turn it.")
    view_directions: int = setting(12, "Directions that a cone can have, each as wide as their share.", minimum=1)
    enemy_visibility: float = setting(
        1.0,
        "Probability that an enemy that an agent sees first can be seen by each of the others, too; 0 in SMACv2's "
        "challenge of extended partial observability.",
        minimum=0,
        maximum=1,
    )
    attack_mask: bool = setting(True, "Attacks on who is out of range are masked; false in that challenge.")
    difficulty: Difficulty = setting(Difficulty.VERY_HARD, "How well the game's own player leads the enemies.")
    horizon: int = setting(200, "Steps per episode.", minimum=1)
    game_version: str | None = setting(None, "Of StarCraft II, such as 4.10; null: the newest that is installed.")
    capabilities: dict[str, Any] = setting(
        {}, "What else is drawn for each episode, as in SMACv2's capability_config, on top of units and positions."
    )
    options: dict[str, Any] = setting({}, "Further keyword arguments of SMACv2's StarCraft2Env.")

    def __post_init__(self) -> None:
        own = RACES[self.race]
        for name, given in (("units", self.units), ("exceptions", self.exceptions)):
            for unit in given or ():
                if unit not in own:
                    raise ValueError(f"{name}: {unit!r} is no {self.race} unit here; choose from {', '.join(own)}.")
        if self.units is not None and (len(set(self.units)) < len(self.units) or not self.units):
            raise ValueError("units: expected one or more types, each of them once.")
        if self.weights is not None and (len(self.weights) != len(self.types) or not sum(self.weights) > 0):
            raise ValueError(f"weights: expected {len(self.types)} numbers, one for each of {', '.join(self.types)}, "
                             f"not all 0, got {self.weights}.")  # fmt: skip
        able = {unit for unit, weight in zip(self.types, self.shares, strict=True) if weight > 0}
        if able <= set(self.alone):
            raise ValueError(f"exceptions: no team can be made where none of {', '.join(able)} may fight alone.")
        _check_keys("capabilities", self.capabilities, CAPABILITIES)
        _check_keys("options", self.options, OPTIONS)
        for name, config in self.capabilities.items():
            kind = config.get("dist_type") if isinstance(config, dict) else config
            if kind not in DISTRIBUTIONS:
                raise ValueError(f"capabilities: {name} needs a dist_type, one of {', '.join(DISTRIBUTIONS)}, "
                                 f"not {kind!r}.")  # fmt: skip

    @property
    def types(self) -> tuple[str, ...]:
        """Types that teams are drawn from."""
        return RACES[self.race] if self.units is None else tuple(self.units)

    @property
    def shares(self) -> tuple[float, ...]:
        """How often each of them is drawn; they sum to 1."""
        published = dict(zip(RACES[self.race], WEIGHTS[self.race], strict=True))
        weights = [published[unit] for unit in self.types] if self.weights is None else self.weights
        return tuple(weight / sum(weights) for weight in weights)

    @property
    def alone(self) -> tuple[str, ...]:
        """Types that no team may be made of alone."""
        given = HELPLESS if self.exceptions is None else self.exceptions
        return tuple(unit for unit in given if unit in self.types)

    @property
    def tags(self) -> dict[str, object]:
        """What the settings change of the manifest row's tags."""
        return {"agents": self.allies, "horizon": self.horizon}


def _check_keys(name: str, given: dict[str, Any], valid: tuple[str, ...]) -> None:
    for key in given:
        if key not in valid:
            near = nearest(key, valid)
            known = f"did you mean {near[0]}?" if near else f"choose from {', '.join(valid)}."
            raise ValueError(f"{name}: there is no {key!r} that has no setting of its own; {known}")

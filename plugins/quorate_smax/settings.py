"""Settings of SMAX. Imports neither torch nor jax."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.settings import setting

UNITS = ("marine", "marauder", "stalker", "zealot", "zergling", "hydralisk")
"""The types of unit, in SMAX's order."""

SCENARIOS = {
    "3m": (3, 3),
    "2s3z": (5, 5),
    "25m": (25, 25),
    "3s5z": (8, 8),
    "8m": (8, 8),
    "5m_vs_6m": (5, 6),
    "10m_vs_11m": (10, 11),
    "27m_vs_30m": (27, 30),
    "3s5z_vs_3s6z": (8, 9),
    "3s_vs_5z": (3, 5),
    "6h_vs_8z": (6, 8),
    "smacv2_5_units": (5, 5),
    "smacv2_10_units": (10, 10),
    "smacv2_20_units": (20, 20),
}
"""The scenarios of jaxmarl: how many allies and enemies; a test holds them against the package."""


class ActionKind(StrEnum):
    """What an agent chooses from."""

    DISCRETE = "discrete"
    """North, east, south, west, stop, or the enemy to attack; invalid choices are masked."""
    CONTINUOUS = "continuous"
    """Four numbers in [0, 1]: to repeat the last target or not, to move or to shoot, distance, and direction."""


class Frame(StrEnum):
    """How an observation tells what an agent sees."""

    RELATIVE = "relative"
    """SMAX's own: the other units in an order that shifts with the agent, positions relative to it."""
    GLOBAL = "global"
    """All units in one order, its own included, each with a mark that it is seen; positions on the map."""


class Enemy(StrEnum):
    """What the enemies do: they chase whom they see, and attack whom they reach, the same one until it is dead."""

    CLOSEST = "closest"
    """The closest one first."""
    RANDOM = "random"
    """A random one first."""
    HARMLESS = "harmless"
    """They move, and never shoot."""


@dataclass
class SMAXSettings:
    """A battle of two teams on a square map; the enemies play by rules.

    Raises:
        ValueError: where settings do not fit each other; the message begins with the setting's name.
    """

    scenario: str | None = setting(
        "3m", "A scenario of jaxmarl; null: both teams are generated anew for each episode.", choices=tuple(SCENARIOS)
    )
    allies: int = setting(5, "Agents of a generated team.", minimum=1, maximum=64)
    enemies: int = setting(
        5, "Enemies of a generated team; the first ones are of the allies' types.", minimum=1, maximum=64
    )
    units: list[str] = setting(list(UNITS), "Types that generated teams are made of.", choices=UNITS)
    weights: list[float] = setting(
        [1.0], "How often each type of `units` is drawn: one number for all, or one for each.", above=0
    )
    actions: ActionKind = setting(ActionKind.DISCRETE, "Whether agents choose from a list or numbers.")
    observation: Frame = setting(Frame.RELATIVE, "How an observation tells what an agent sees.")
    enemy: Enemy = setting(Enemy.CLOSEST, "How the enemies choose whom to attack.")
    sight: float | None = setting(
        None, "How far units see, in cells of the map; null: as SMAX has it for each type.", above=0
    )
    see_enemy_actions: bool = setting(True, "Observations tell the last actions of the enemies too, as in jaxmarl.")
    spawn_margin: float = setting(
        1.0,
        "How far generated positions are from the walls, which kill; 0: as in jaxmarl, some units begin outside.",
        minimum=0,
        maximum=8,
    )
    horizon: int = setting(100, "Steps per episode, exactly.", minimum=1, maximum=2**31 - 1)

    def __post_init__(self) -> None:
        if len(set(self.units)) < len(self.units) or not self.units:
            raise ValueError("units: expected one or more types, each of them once.")
        if len(self.weights) not in (1, len(self.units)):
            raise ValueError(
                f"weights: expected 1 or {len(self.units)} numbers, one for each of `units`, got {len(self.weights)}."
            )
        if self.scenario is not None and (self.units != list(UNITS) or len(self.weights) > 1):
            raise ValueError(
                f"units: the scenario {self.scenario} has types of its own; set `scenario: null` for generated teams."
            )

    @property
    def sides(self) -> tuple[int, int]:
        """How many allies and enemies there are."""
        return (self.allies, self.enemies) if self.scenario is None else SCENARIOS[self.scenario]

    @property
    def tags(self) -> dict[str, object]:
        """What the settings change of the manifest row's tags."""
        return {"actions": str(self.actions), "agents": self.sides[0]}


@dataclass
class HeuristicSettings:
    """The rules of the enemies, for the allies; types and sight must be those of the environment."""

    units: list[str] = setting(list(UNITS), "The types of unit that observations tell apart.", choices=UNITS)
    sight: float | None = setting(None, "How far units see, as set in the environment.", above=0)
    epsilon: float = setting(0.0, "How often it moves at random, or stands, instead.", minimum=0, maximum=1)

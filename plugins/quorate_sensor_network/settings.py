"""Settings of the sensor network. This module imports no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class SensorNetworkSettings:
    """An H x W grid of sensors that watch the edges between them, and k targets on those edges.

    Raises:
        ValueError: where settings do not fit each other; the message begins with the setting's name.
    """

    grid: list[int] = setting([2, 2], "Rows and columns of sensors, [H, W]; the areas are the grid's edges.", minimum=1)
    targets: int = setting(1, "k, the number of targets; each occupies an area of its own.", minimum=1)
    miss: list[float] = setting(
        [0.0],
        "Probability that a sensor overlooks a target in an area: one value for all areas, or one per area.",
        minimum=0.0,
        maximum=1.0,
    )
    false_alarm: list[float] = setting(
        [0.0],
        "Probability that a sensor reports a target in an empty area: one value for all areas, or one per area.",
        minimum=0.0,
        below=1.0,
    )
    move: float = setting(
        0.0, "Probability that a target tries to move to a neighbouring area, each step.", minimum=0.0, maximum=1.0
    )
    scan_cost: float = setting(0.1, "What each scan costs the team.", minimum=0.0)
    catch_reward: float = setting(
        1.0, "What the team earns for each target whose area both of its sensors scan in one step.", minimum=0.0
    )
    respawn: bool = setting(False, "Whether a caught target jumps to an area drawn from all, before the targets move.")
    horizon: int = setting(10, "Steps per episode.", minimum=1)

    def __post_init__(self) -> None:
        if len(self.grid) != 2:
            raise ValueError(f"grid: expected two numbers [rows, columns], got {len(self.grid)}.")
        if self.areas < 1:
            raise ValueError(f"grid: {list(self.grid)} has no edge, so nothing to watch; take at least [1, 2].")
        if self.targets > self.areas:
            raise ValueError(f"targets: {self.targets} targets do not fit on the {self.areas} areas of this grid.")
        _check_length("miss", self.miss, self.areas)
        _check_length("false_alarm", self.false_alarm, self.areas)

    @property
    def tags(self) -> dict[str, int]:
        """What the settings change of the manifest row's tags."""
        return {"agents": self.grid[0] * self.grid[1]}

    @property
    def areas(self) -> int:
        """A: edges of the grid."""
        height, width = self.grid
        return height * (width - 1) + width * (height - 1)

    @property
    def misses(self) -> list[float]:
        """The miss probability of each of the A areas."""
        return _per_area(self.miss, self.areas)

    @property
    def false_alarms(self) -> list[float]:
        """The false-alarm probability of each of the A areas."""
        return _per_area(self.false_alarm, self.areas)


def _check_length(name: str, values: Sequence[float], areas: int) -> None:
    if len(values) not in (1, areas):
        raise ValueError(f"{name}: expected 1 value, or one for each of the {areas} areas, got {len(values)}.")


def _per_area(values: Sequence[float], areas: int) -> list[float]:
    return list(values) * areas if len(values) == 1 else list(values)

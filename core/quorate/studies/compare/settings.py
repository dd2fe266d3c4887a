"""What a comparison's file may hold. Imports no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quorate.config.schema import Goal
from quorate.settings import REQUIRED, Component, component, setting


@dataclass
class ComparisonSettings:
    """Variants of one configuration, on the same environments, with the same seeds."""

    base: dict[str, Any] = setting(REQUIRED, "A run's configuration, or the name of a file that holds one.")
    variants: dict[str, Any] = setting(REQUIRED, "By name, what each changes in the base: keys, nested or dotted.")
    environments: list[Any] = setting([], "Names, or mappings with settings; none: the one of the base.")
    seeds: int | list[int] = setting(5, "Seeds of each variant in each environment; 5 means 0 to 4.", minimum=0)
    metric: str | dict[str, str] = setting("return/mean", "What is compared, of evaluations; or one for each variant.")
    goal: Goal = setting(Goal.MAXIMISE, "Which values of the metric are better.")
    normalise: dict[str, tuple[float, float]] = setting(
        {}, "By environment, the metric's values that count as 0 and 1; else the least and greatest scores."
    )
    accept: list[str] = setting([], "Names of the fairness guard's findings that are accepted.")
    launcher: Component = component("launcher", "local", "What runs the parts.")
    directory: Path = setting(Path("compare"), "The folder for all comparisons.")
    name: str = setting("", "The comparison's folder below the directory; empty: the name of the file.")


@dataclass
class LocalSettings:
    """Settings of the launcher `local`."""

    processes: int | None = setting(
        None, "Runs at once; null: as many as there are physical cores for their threads.", minimum=1
    )
    memory: float | None = setting(
        None, "GiB that one run may need; null: a first guess of 1, then the most that one has needed.", above=0
    )

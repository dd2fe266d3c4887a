from dataclasses import dataclass, field
from enum import StrEnum

from quorate.settings import REQUIRED, Component, component, components, setting


class Shape(StrEnum):
    LINE = "line"
    RING = "ring"


@dataclass
class LineSettings:
    length: int = setting(REQUIRED, "Places.", minimum=2, maximum=100)
    shape: Shape = setting(Shape.LINE, "Whether the ends meet.")


@dataclass
class ChosenSettings(LineSettings):
    actions: str = setting("continuous", "What they are said to be.")

    @property
    def tags(self) -> dict[str, str]:
        return {"actions": self.actions}


@dataclass
class NetSettings:
    width: int = setting(8, "Hidden units.", minimum=1)
    dropout: float = setting(0.2, "Probability.", minimum=0.0, below=1.0)
    label: str | None = setting(None, "Any text.")


@dataclass
class Optimiser:
    rate: float = setting(0.01, "Learning rate.", above=0.0)
    betas: tuple[float, float] = setting((0.9, 0.99), "Of Adam.", minimum=0.0, below=1.0)
    warm: int = setting(0, "Steps.", minimum=0)
    steps: int = setting(10, "Steps.", minimum=1)

    def __post_init__(self) -> None:
        if self.warm >= self.steps:
            raise ValueError(f"warm must be less than steps, not {self.warm}.")


@dataclass
class RegressionSettings:
    net: Component = component("denoiser", "toy/net", "What is trained.")
    teacher: Component | None = component("denoiser", None, "What it imitates, if anything.")
    probes: list[Component] = components("denoiser", [], "Further networks.")
    optimiser: Optimiser = field(default_factory=Optimiser, metadata={"help": "Adam."})
    batch: int = setting(16, "Rows.", minimum=1)
    weights: list[float] = setting([1.0], "Of features.", minimum=0.0)
    tags: dict[str, int] = setting({}, "Numbers by name.", maximum=9)
    mode: str = setting("fast", "How.", choices=["fast", "slow"])
    scale: int | float | None = setting(None, "Any number.")
    flag: bool = setting(False, "Yes or no.")
    pause: float = setting(0.0, "Seconds to sleep in each step.", minimum=0.0)
    diverge_at: int = setting(0, "The step whose loss is not a number; 0: none.", minimum=0)
    bad_reward_at: int = setting(0, "The step from which a reward is not finite; 0: none.", minimum=0)
    steep_at: int = setting(0, "The step whose gradient norm is infinite; 0: none.", minimum=0)
    infinite: bool = setting(False, "Whether an evaluation metric is infinite.")


@dataclass
class JournalSettings:
    file: str = setting("journal.txt", "Inside the run's folder.")
    fail: bool = setting(False, "Raise in every hook.")
    interrupt: bool = setting(False, "Raise KeyboardInterrupt when metrics are logged.")

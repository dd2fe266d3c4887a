from dataclasses import dataclass, field

import isolation_faults

from quorate.settings import REQUIRED, setting


@dataclass
class Noise:
    scale: float = setting(0.25, "Of the noise.", minimum=0)


@dataclass
class DriftSettings:
    horizon: int = setting(4, "Steps of an episode.", minimum=1)
    rate: float = setting(1.0, "How far a step goes.")
    fault: str = setting("", "What goes wrong in the third step.")
    label: str = setting("", "Anything.")
    continuous: bool = setting(False, "Whether actions are.")
    noise: Noise = field(default_factory=Noise)

    @property
    def tags(self) -> dict[str, object]:
        return {"actions": "continuous" if self.continuous else "discrete"}


@dataclass
class WalkSettings:
    continuous: bool = setting(False, "Whether actions are.")

    @property
    def title(self) -> str:
        return "(continuous)" if self.continuous else "(discrete)"


@dataclass
class ChoosySettings:
    least: int = setting(1, "A bound.", minimum=0)
    most: int = setting(2, "Another.")
    needed: str = setting(REQUIRED, "Must be given.")

    def __post_init__(self) -> None:
        if hasattr(isolation_faults, self.needed):
            getattr(isolation_faults, self.needed)()
        if self.least > self.most:
            raise ValueError("least is more than most")

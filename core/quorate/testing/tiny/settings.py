"""Settings of the tiny world. This module imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.conventions import Observability
from quorate.settings import setting


class Actions(StrEnum):
    """How agents name features."""

    DISCRETE = "discrete"
    CONTINUOUS = "continuous"


@dataclass
class TinyWorldSettings:
    """n agents that name n + 1 binary features, of which agent i sees the i-th and the next."""

    agents: int = setting(2, "n, the number of agents; there are n + 1 binary features.", minimum=1, maximum=8)
    actions: Actions = setting(Actions.DISCRETE, "Whether features are named by choices or by numbers.")
    flip: float = setting(0.2, "Probability that a feature changes, each step.", minimum=0.0, maximum=0.5)
    error: float = setting(0.0, "Probability that a feature is reported wrongly, each step.", minimum=0.0, below=0.5)
    stop: float = setting(0.0, "Probability that an episode ends by the rules, each step.", minimum=0.0, below=1.0)
    horizon: int = setting(4, "Steps per episode.", minimum=1)

    @property
    def tags(self) -> dict[str, int | str]:
        """What the settings change of the manifest row's tags."""
        return {"agents": self.agents, "actions": str(self.actions), "observability": str(self.observability)}

    @property
    def features(self) -> int:
        """s, the number of features of the state."""
        return self.agents + 1

    @property
    def observability(self) -> Observability:
        """Of one step's observation."""
        if self.error > 0:
            return Observability.PARTIAL
        return Observability.FULL if self.agents == 1 else Observability.COLLECTIVE

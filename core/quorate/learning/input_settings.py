"""Settings of the policy inputs. Imports no torch."""

from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class InputSettings:
    """What all policy inputs share."""

    identity: bool = setting(True, "Also give each agent its number, one-hot; agents that share parameters need it.")


@dataclass
class ObservationSettings(InputSettings):
    """Each agent's own observation."""


@dataclass
class HistorySettings(InputSettings):
    """Each agent's own last observations."""

    length: int = setting(3, "Observations in a history.", minimum=1)


@dataclass
class StateSettings(InputSettings):
    """The true state, and each agent's own observation."""

"""Settings of the policy inputs. Imports no torch."""

from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class InputSettings:
    """What all policy inputs share."""

    identity: bool = setting(True, "Also give each agent its number, one-hot; agents that share parameters need it.")


@dataclass
class ActionsSettings(InputSettings):
    """What inputs share that may tell an agent what it did."""

    actions: bool = setting(False, "Also tell each agent the action that it took last; zero where an episode begins.")


@dataclass
class ObservationSettings(ActionsSettings):
    """Each agent's own observation."""


@dataclass
class HistorySettings(ActionsSettings):
    """Each agent's own last observations; with `actions`, each beside the action that led to it."""

    length: int = setting(3, "Observations in a history.", minimum=1)


@dataclass
class StateSettings(InputSettings):
    """The true state, and each agent's own observation."""

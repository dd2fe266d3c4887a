"""Settings of the policy inputs. Imports no torch."""

from dataclasses import dataclass
from typing import Any

from quorate.information import Written
from quorate.settings import setting


def sharing_delay() -> Any:
    """The setting that chooses an information structure."""
    return setting(
        1,
        "Steps after which the others' observations and actions are known; or a structure: full, one-step, "
        "one-directional, delayed(2), none; or n lists of n, null is never; or such of observation_delay and "
        "of action_delay.",
    )


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


@dataclass
class SharedSettings(InputSettings):
    """All agents' last observations, each as soon as an information structure makes it known."""

    length: int = setting(3, "Observations of each agent in a history.", minimum=1)
    delay: Written = sharing_delay()
    actions: bool = setting(False, "Also tell the actions taken, own and others', each as soon as it is known.")

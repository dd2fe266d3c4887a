"""Settings of the particle environments. This module imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.settings import setting


class ActionKind(StrEnum):
    """What an agent chooses from."""

    CONTINUOUS = "continuous"
    DISCRETE = "discrete"


class Parametrisation(StrEnum):
    """What the continuous actions of an agent that moves are."""

    BOX = "box"
    """As in mpe2: five numbers in [0, 1], for nothing, left, right, down and up; opposites are subtracted."""
    FORCE = "force"
    """Two numbers in [-1, 1], the force along x and y: the same forces, each in one way only."""


class TeamReward(StrEnum):
    """How the agents' rewards become the team's."""

    SUM = "sum"
    MEAN = "mean"


@dataclass
class ParticleSettings:
    """What all scenarios have.

    Raises:
        ValueError: where settings do not fit each other; the message begins with the setting's name.
    """

    actions: ActionKind = setting(ActionKind.CONTINUOUS, "Whether agents choose numbers or from a list.")
    parametrisation: Parametrisation = setting(
        Parametrisation.BOX,
        "Continuous motion: mpe2's own five numbers in [0, 1] (box), or the force along x and y in [-1, 1] (force); "
        "utterances are in [0, 1] either way.",
    )
    reward: TeamReward = setting(TeamReward.SUM, "The team's reward: sum or mean of the agents' rewards.")
    horizon: int = setting(25, "Steps per episode (mpe2's max_cycles).", minimum=1)

    def __post_init__(self) -> None:
        if self.actions == ActionKind.DISCRETE and self.parametrisation != Parametrisation.BOX:
            raise ValueError("parametrisation: it is for continuous actions; leave it out where actions are discrete.")

    @property
    def tags(self) -> dict[str, object]:
        """What the settings change of the manifest row's tags."""
        return {"actions": str(self.actions)}


@dataclass
class SimpleSpreadSettings(ParticleSettings):
    """N agents, and as many landmarks to cover."""

    agents: int = setting(3, "N, the number of agents and of landmarks.", minimum=1, maximum=1000)
    local_ratio: float = setting(
        0.5,
        "Share of an agent's own reward (collisions) in what it earns; the rest is the global reward (coverage).",
        minimum=0.0,
        maximum=1.0,
    )

    @property
    def tags(self) -> dict[str, object]:
        """As of every scenario, and the number of agents."""
        return super().tags | {"agents": self.agents}


@dataclass
class SimpleReferenceSettings(ParticleSettings):
    """Two agents, each of which knows where the other must go."""

    local_ratio: float = setting(
        0.5,
        "Share of an agent's own reward in what it earns; the rest is the mean over both agents.",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass
class SimpleSpeakerListenerSettings(ParticleSettings):
    """A speaker that knows the goal, and a listener that moves."""


@dataclass
class SimpleAdversarySettings(ParticleSettings):
    """Good agents that know the goal, and an adversary that does not."""

    good_agents: int = setting(2, "N, the number of good agents and of landmarks; mpe2's N.", minimum=1, maximum=1000)

    @property
    def tags(self) -> dict[str, object]:
        """As of every scenario, and the number of agents."""
        return super().tags | {"agents": self.good_agents + 1}

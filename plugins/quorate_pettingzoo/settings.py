"""Settings of the environment ``pettingzoo``. This module imports neither torch nor PettingZoo."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quorate.conventions import Observability, RewardRule
from quorate.settings import REQUIRED, setting


class State(StrEnum):
    """What the state is."""

    OWN = "own"
    OBSERVATIONS = "observations"


@dataclass
class PettingZooSettings:
    """Which environment, how it is made, and what PettingZoo does not say of it.

    Raises:
        ValueError: where a setting is not of its form; the message begins with the setting's name.
    """

    id: str = setting(
        REQUIRED,
        "The module of a parallel environment, such as mpe2.simple_spread_v3, whose function parallel_env makes it; or "
        "module:function.",
    )
    settings: dict[str, Any] = setting({}, "The keyword arguments that the environment is made with.")
    observability: Observability | None = setting(
        None, "What the observations reveal of the state; null: what the environment declares, else partial."
    )
    reward: RewardRule | None = setting(
        None,
        "The team's reward from the agents': their sum, their mean, or the one that all share (which is checked); "
        "null: what the environment declares, else sum.",
    )
    horizon: int | None = setting(
        None, "Steps after which an episode is cut off; null: the environment's own affair.", minimum=1
    )
    state: State | None = setting(
        None,
        "The environment's own state(), where it has one, or all agents' observations, one after the other; null: what "
        "the environment declares, else its own.",
    )
    outcomes: list[str] | None = setting(
        None,
        "What episodes end with, such as [won]: keys of infos[agent] in an agent's last step; null: what the "
        "environment declares, else nothing.",
    )
    simulator: str | None = setting(None, "Name and version of the simulator; null: those of the package.")

    def __post_init__(self) -> None:
        module, colon, function = self.id.partition(":")
        if not module or (colon and not function):
            raise ValueError(f"id: {self.id!r} is not of the form package.module or package.module:function.")
        for key in self.settings:
            if not isinstance(key, str) or not key.isidentifier():
                raise ValueError(f"settings: {key!r} can not be the name of an argument.")

    @property
    def module(self) -> str:
        """The module that makes the environment."""
        return self.id.partition(":")[0]

    @property
    def function(self) -> str:
        """The function or class in it."""
        return self.id.partition(":")[2] or "parallel_env"

    @property
    def imports(self) -> tuple[str, ...]:
        """The modules that these settings name; they must be allowed."""
        return (self.module,)

    @property
    def title(self) -> str:
        """What errors call the environment, after its registered name."""
        return self.id

    @property
    def tags(self) -> dict[str, Any]:
        """What is declared here."""
        keys = ("observability", "reward", "horizon", "state", "outcomes", "simulator")
        declared = {key: getattr(self, key) for key in keys}
        return {key: value for key, value in declared.items() if value is not None}

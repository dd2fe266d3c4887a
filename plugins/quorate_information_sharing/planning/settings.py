"""Settings of the planner; imports neither torch nor numpy."""

from dataclasses import dataclass, field
from enum import Enum

from quorate.information import Written
from quorate.settings import setting
from quorate_information_sharing.planning.effort import Effort


class Solution(Enum):
    """What is planned."""

    TEAM = "team"
    """What is best for agents who are all paid the same."""
    ZERO_SUM = "zero-sum"
    """Of two opponents, what each ensures whatever the other one does."""
    COARSE_CORRELATED = "coarse-correlated"
    """What no agent gains from leaving before it is told what to do."""
    CORRELATED = "correlated"
    """What no agent gains from leaving, also after it is told its action."""


@dataclass
class PlannerSettings:
    """Plan a game of tables under an information structure."""

    structure: Written = setting(
        "one-step",
        "Who is told what, and when: a word such as one-step or delayed(2), a number of steps, n lists of n, "
        "null is never, or such of observation_delay and action_delay.",
    )
    solution: Solution | None = setting(
        None, "What is planned; null: by the rewards, team, zero-sum, or coarse-correlated."
    )
    memory: int | None = setting(
        None,
        "L, steps of what is common that are remembered; null: all. Only for structures whose common beliefs do not "
        "depend on policies.",
        minimum=0,
    )
    bounds: bool = setting(
        False, "Where an exact plan does not fit in memory, bound the value; else that is refused. Of a team only."
    )
    effort: Effort = field(default_factory=Effort, metadata={"help": "How much is kept and tried."})

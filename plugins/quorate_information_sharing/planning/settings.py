"""Settings of the planner; imports neither torch nor numpy."""

from dataclasses import dataclass, field

from quorate.settings import setting
from quorate_information_sharing.planning.effort import Effort


@dataclass
class PlannerSettings:
    """Plan a game of tables under an information structure."""

    structure: int | str | dict[str, list[list[int | None]]] = setting(
        "one-step",
        "Who is told what, and when: a word such as one-step or delayed(2), a number of steps, or observation_delay "
        "and action_delay, n lists of n, null is never.",
    )
    effort: Effort = field(default_factory=Effort, metadata={"help": "How much is kept and tried."})

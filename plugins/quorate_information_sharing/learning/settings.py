"""Settings of the learner; imports neither torch nor numpy."""

from dataclasses import dataclass

from quorate.information import Written
from quorate.settings import setting


@dataclass
class LearnerSettings:
    """Learn a game of tables under an information structure; a training step is a round of exploration and planning."""

    structure: Written = setting(
        "one-step",
        "Who is told what, and when: full, one-directional(1), one-step, a number of steps, n lists of n, or such of "
        "observation_delay and action_delay. All is shared within a step.",
    )
    memory: int = setting(1, "L, joint observations that all remember of what is common.", minimum=0)
    episodes: int = setting(250_000, "Episodes of exploration in a round.", minimum=1)
    trials: int = setting(50_000, "Episodes in which each candidate, and each answer to it, is tried.", minimum=2)
    environments: int = setting(
        25_000,
        "Environments stepped together, at most; episodes and trials are rounded up to as many in each.",
        minimum=1,
    )
    prefixes: int = setting(
        4,
        "Of so many latest plans, one leads the way for some steps, before actions are random; 0: all is random.",
        minimum=0,
    )
    spanner: bool = setting(
        False,
        "Policies that span all that may be observed at a step lead as well (a barycentric spanner); takes longer.",
    )
    settle: int = setting(0, "Random steps that must lie between such a lead and a step that counts.", minimum=0)
    least: int = setting(1, "Windows that came less often are left to a shorter memory.", minimum=1)

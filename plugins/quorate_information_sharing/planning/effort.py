"""How much planning may cost; imports neither torch nor numpy."""

from dataclasses import dataclass

from quorate.errors import QuorateError
from quorate.settings import setting

BELIEFS = 200_000
"""How many beliefs are kept unless a setting says otherwise."""
MEMORY = 2048
"""MiB that the values of one layer may take, likewise."""


LONGEST = 10_000
"""Steps of the longest episodes that are planned."""


class TooLargeError(QuorateError):
    """There is an exact planner, but what it needs to keep is more than is allowed."""


def check_length(steps: int) -> None:
    """Refuse episodes that no planning ends for.

    Raises:
        QuorateError: they are longer than `LONGEST`.
    """
    if steps > LONGEST:
        problem = f"Episodes of {steps:,} steps are too long to plan: at most {LONGEST:,} are."
        raise QuorateError(problem, where="horizon", fix="Give a shorter horizon.")


@dataclass
class Effort:
    """How much is kept, and how much is tried where nothing is shared."""

    beliefs: int = setting(BELIEFS, "The most beliefs to keep in memory.", minimum=1)
    megabytes: int = setting(MEMORY, "MiB that the values of one layer may take.", minimum=1)
    rounds: int = setting(20, "Bounds of what does not fit: plans that are followed, one after the other.", minimum=1)
    reveal: int = setting(4, "Upper bounds of what does not fit: the state is told every so many steps.", minimum=1)
    width: int = setting(20, "Nodes of the beam search at each step.", minimum=1)
    rules: int = setting(30, "Joint decision rules that are tried at each node.", minimum=1)
    kinds: int = setting(40, "The most kinds of histories of an agent; what needs more is left out.", minimum=1)
    block: int = setting(7, "The longest policy that is repeated where beliefs return.", minimum=1)
    seed: int = setting(0, "Of the beam search.")

    def most(self, numbers: int, layers: int = 2) -> int:
        """How many beliefs fit, of which each has so many values in each of the layers that are held at once."""
        return max(1, min(self.beliefs, (self.megabytes << 20) // (layers * 8 * numbers)))

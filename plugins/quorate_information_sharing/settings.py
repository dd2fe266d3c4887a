"""Settings of everything this plugin registers; imports neither torch nor numpy."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from quorate.settings import REQUIRED, setting


class Game(Enum):
    """Which game."""

    DEC_TIGER = "dec-tiger"
    BOX_PUSHING = "box-pushing"
    RECYCLING = "recycling"
    GRID_SMALL = "grid-small"
    BROADCAST = "broadcast"
    INDIVIDUAL_TIGER = "individual-tiger"


TIGERS = Game.DEC_TIGER, Game.INDIVIDUAL_TIGER
HEARING = [0.85, 0.85]


@dataclass
class TabularSettings:
    """A known game of tables.

    Raises:
        ValueError: `hearing` does not have a probability for each agent, or is set for a game in which nothing is
            heard; the message begins with the setting's name.
    """

    game: Game = setting(Game.DEC_TIGER, "Which game; set by the row.")
    horizon: int = setting(10, "H, the joint actions of an episode.", minimum=1)
    hearing: list[float] = setting(
        HEARING, "How probably each agent hears the tiger where it is, if both listen; of the tigers only."
    )

    observes_at_start: bool = setting(
        False,
        "Observe before the first action, of the first state: tigers are heard, nobody sends. Else nothing is seen "
        "then, which is the timing of the MADP toolbox.",
    )

    def __post_init__(self) -> None:
        if len(self.hearing) != 2 or not all(0 <= one <= 1 for one in self.hearing):
            raise ValueError("hearing: expected two probabilities, such as [0.85, 0.85]")
        if self.game not in TIGERS and self.hearing != HEARING:
            raise ValueError(f"hearing: nothing is heard in {self.game.value}; leave it out")


@dataclass
class FileSettings:
    """A game of tables in a file of the user's."""

    file: Path = setting(REQUIRED, "A .dpomdp file.")
    horizon: int = setting(10, "H, the joint actions of an episode.", minimum=1)
    observes_at_start: bool = setting(
        False, "Observe before the first action, of the first state as if the first joint action had led to it."
    )

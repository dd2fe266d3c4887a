"""What an agent alone knows: its last observations, as one number that goes on from step to step."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quorate.errors import QuorateError
from quorate.information import InformationStructure
from quorate_information_sharing.planning.beliefs import Ints
from quorate_information_sharing.posg import TabularPOSG

MOST_KINDS = 4096
"""Of what an agent may know alone."""


@dataclass(frozen=True)
class Window:
    """An agent's last observations, the newest the last digit of a number; what leaves the window becomes common.

    Attributes:
        observations: O, of the agent.
        length: d, of the window; 0: all is common at once.
    """

    observations: int
    length: int

    @property
    def kinds(self) -> int:
        """K = O ** d."""
        return int(self.observations**self.length)

    @cached_property
    def following(self) -> Ints:
        """[K, O] the next kind."""
        kinds, seen = np.arange(self.kinds)[:, None], np.arange(self.observations)
        return np.asarray((kinds * self.observations + seen) % self.kinds)

    @cached_property
    def revealed(self) -> Ints:
        """[K, O] the observation that becomes common when another one is seen."""
        kinds, seen = np.arange(self.kinds)[:, None], np.arange(self.observations)
        oldest = kinds * self.observations // self.kinds if self.length else seen
        return np.broadcast_to(oldest, (self.kinds, self.observations)).copy()


@dataclass(frozen=True)
class Privacy:
    """What two agents keep to themselves under a structure whose common beliefs do not depend on strategies.

    Attributes:
        windows: of each agent's observations.
        acted: whose actions are common at once; those of others have no effect, and need not be known.
    """

    windows: tuple[Window, Window]
    acted: tuple[bool, bool]


def privacy(game: TabularPOSG, structure: InformationStructure, horizon: int) -> Privacy:
    """What is private at each step (2308.08705, Assumption 1), as windows.

    Where beliefs do not depend on strategies (Assumption 3), actions that have an effect are common at once. Of two
    agents, each then hides only observations that the other one has not been told yet.

    Args:
        game: of two agents, or of more who share all at once: these count as the first one, and all others.
        structure: who is told what, and when.
        horizon: steps of an episode; what is told later is never told.

    Raises:
        QuorateError: beliefs depend on strategies, or too much is private.
    """
    sizes = len(game.observations[0]), game.joint_observations // len(game.observations[0])
    if structure.agents == 2:
        late = structure.observation_delay[1][0], structure.observation_delay[0][1]
        controls = game.controls[0], game.controls[1]
    else:
        others = [delay for row in structure.observation_delay for delay in row]
        late, controls = (max(others), max(others)), (True, True)
    if not structure.strategy_independent(game.controls) or (structure.agents != 2 and max(late) > 0):
        problem = f"Under {structure.name}, common beliefs depend on policies, or more than two agents keep secrets."
        raise QuorateError(problem, where="structure")
    first, second = (Window(size, int(min(delay, horizon))) for size, delay in zip(sizes, late, strict=True))
    if max(first.kinds, second.kinds) > MOST_KINDS:
        problem = (
            f"Under {structure.name}, an agent of {game.name} may know {max(first.kinds, second.kinds)} things alone."
        )
        fix = f"At most {MOST_KINDS} are planned: give a shorter delay, or a shorter horizon."
        raise QuorateError(problem, where="structure", fix=fix)
    return Privacy((first, second), controls)

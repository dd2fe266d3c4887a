"""Who knows what within a step of a game of two agents, whose rules are not known."""

from dataclasses import dataclass

import numpy as np

from quorate.errors import QuorateError
from quorate.information import InformationStructure
from quorate_information_sharing.learning.windows import Ints, Windows
from quorate_information_sharing.posg import TabularPOSG

LEARNED = ("full", "one-directional", "one-step")


@dataclass(frozen=True)
class Knowledge:
    """What of a joint observation is common at once, and what each agent knows; at the next step all of it is common.

    Attributes:
        actions: of each agent.
        observations: of each agent.
        common: int64 [O], what all know of each joint observation, as a number.
        known: int64 [2, O], what each agent knows of it, common or not.
    """

    actions: tuple[int, int]
    observations: tuple[int, int]
    common: Ints
    known: Ints

    @classmethod
    def of(cls, game: TabularPOSG, structure: InformationStructure) -> "Knowledge":
        """In a game, of which sizes alone are read.

        Raises:
            QuorateError: it is not of two agents, or something is shared later than after a step.
        """
        if game.agents != 2:
            problem = f"{game.name} has {game.agents} agents, and stage games of two are learned"
            raise QuorateError(problem, where="environment", fix="Choose a game of two agents.")
        seen, done = structure.observation_delay, structure.action_delay
        if {seen[0][1], seen[1][0]} - {0, 1} or {done[0][1], done[1][0]} != {1}:
            problem = f"{structure.name}: the learner needs that all is shared within a step."
            fix = "Choose one of these. Longer delays can be planned, with the model: `common-information-planner`."
            raise QuorateError(problem, where="algorithm.structure", choices=LEARNED, fix=fix)
        sizes = len(game.observations[0]), len(game.observations[1])
        own = np.divmod(np.arange(sizes[0] * sizes[1]), sizes[1])
        told = seen[1][0] == 0, seen[0][1] == 0
        common = own[0] * told[0] * sizes[1] + own[1] * told[1]
        hears = np.stack([common + (0 if told[0] else own[0] * sizes[1]), common + (0 if told[1] else own[1])])
        return cls((len(game.actions[0]), len(game.actions[1])), sizes, common, hears)

    def windows(self, memory: int) -> Windows:
        """Of what is common, of this memory."""
        return Windows(self.actions[0] * self.actions[1], len(self.common), memory)

    def joint_action(self, actions: Ints) -> Ints:
        """Of both agents' actions [2, ...]."""
        return np.asarray(actions[0] * self.actions[1] + actions[1])

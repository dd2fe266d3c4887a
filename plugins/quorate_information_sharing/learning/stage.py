"""What two agents do best at a stage where each knows what is common and something of its own."""

from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.learning.windows import Floats, Ints
from quorate_information_sharing.planning.prescriptions import team

CELLS = 1 << 22
"""Numbers in the largest array."""


@dataclass(frozen=True)
class Stages:
    """G stage games; E edges, each what happened to be observed in one of them.

    Attributes:
        game: int64 [E], what is common: 0, 1, ... in any order, without gaps.
        types: int64 [2, E], what each agent knows beside it, 0, 1, ... in each game without gaps.
        count: int64 [2, G], how many types each agent has.
    """

    game: Ints
    types: Ints
    count: Ints

    @classmethod
    def of(cls, common: Ints, private: tuple[Ints, Ints]) -> "Stages":
        """From any numbers of what is common and private, [E] each; games are ordered by them."""
        game = np.unique(common, return_inverse=True)[1]
        ranked = [_ranks(game, own) for own in private]
        return cls(game, np.stack([types for types, _ in ranked]), np.stack([count for _, count in ranked]))

    def solve(self, payoff: Floats) -> tuple[Floats, Ints]:
        """The rules that bring most: from what each agent knows to its action.

        Args:
            payoff: [E, A1, A2], the chance of the edge times what joint actions are worth.

        Returns:
            [G] what they bring, and int64 [2, E] the actions of both.
        """
        value, actions = np.empty(self.count.shape[1]), np.empty((2, len(self.game)), np.int64)
        kinds, kind = np.unique(self.count, axis=1, return_inverse=True)
        first, second = payoff.shape[1:]
        for number, (k1, k2) in enumerate(kinds.T.tolist()):
            games = np.flatnonzero(kind == number)
            cells = min(first**k1 * k2 * second, second**k2 * k1 * first) + k1 * k2 * first * second
            blocks = min(-(-len(games) * cells // CELLS), len(games))
            for block in np.array_split(games, blocks):
                self._solve_block(block, (k1, k2), payoff, value, actions)
        return value, actions

    def _solve_block(self, games: Ints, kinds: tuple[int, int], payoff: Floats, value: Floats, actions: Ints) -> None:
        """Of games with so many types of each agent."""
        place = np.full(self.count.shape[1], -1)
        place[games] = np.arange(len(games))
        edges = np.flatnonzero(place[self.game] >= 0)
        row, (first, second) = place[self.game[edges]], self.types[:, edges]
        full = np.zeros((len(games), *kinds, *payoff.shape[1:]))
        full[row, first, second] = payoff[edges]
        best = team(full[None])
        value[games] = best.values(full)
        actions[:, edges] = best.first.argmax(-1)[row, 0, first], best.second.argmax(-1)[row, 0, second]


def _ranks(game: Ints, own: Ints) -> tuple[Ints, Ints]:
    """Numbers counted among those that are there in their game, and how many these are."""
    width = int(own.max(initial=0)) + 1
    pairs, inverse = np.unique(game * width + own, return_inverse=True)
    count = np.bincount(pairs // width)
    return inverse - (np.cumsum(count) - count)[game], count

"""What two agents do best at a stage where each knows what is common and something of its own."""

from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.learning.windows import Floats, Ints

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
        """The rules that bring most: from what each agent knows to its action. One agent's are enumerated: exact.

        Args:
            payoff: [E, A1, A2], the chance of the edge times what joint actions are worth.

        Returns:
            [G] what they bring, and int64 [2, E] the actions of both.
        """
        value, actions = np.empty(self.count.shape[1]), np.empty((2, len(self.game)), np.int64)
        kinds, kind = np.unique(self.count, axis=1, return_inverse=True)
        for number, (first, second) in enumerate(kinds.T.tolist()):
            games = np.flatnonzero(kind == number)
            sizes = first, second
            swap = _cells(sizes[::-1], payoff.shape[:0:-1]) < _cells(sizes, payoff.shape[1:])
            if swap:
                sizes = second, first
            cells = _cells(sizes, payoff.shape[:0:-1] if swap else payoff.shape[1:])
            for block in np.array_split(games, min(-(-len(games) * cells // CELLS), len(games))):
                self._solve_block(block, payoff, sizes, swap, value, actions)
        return value, actions

    def _solve_block(
        self, games: Ints, payoff: Floats, sizes: tuple[int, int], swap: bool, value: Floats, actions: Ints
    ) -> None:
        place = np.full(self.count.shape[1], -1)
        place[games] = np.arange(len(games))
        edges = np.flatnonzero(place[self.game] >= 0)
        leader, other = (1, 0) if swap else (0, 1)
        where = place[self.game[edges]], self.types[leader, edges], self.types[other, edges]
        chosen = payoff[edges].transpose(0, 2, 1) if swap else payoff[edges]
        full = np.zeros((len(games), *sizes, *chosen.shape[1:]))
        full[where] = chosen
        value[games], leads, answers = best_rules(full)
        actions[leader, edges], actions[other, edges] = leads[where[0], where[1]], answers[where[0], where[2]]


def best_rules(payoff: Floats) -> tuple[Floats, Ints, Ints]:
    """The most that both can get, and how.

    Args:
        payoff: [G, K1, K2, A1, A2], of the types and actions of both.

    Returns:
        [G] the sum over types, and the actions of types, [G, K1] and [G, K2].
    """
    games, kinds, _, actions, _ = payoff.shape
    total = payoff[:, 0].transpose(0, 2, 1, 3)
    for kind in range(1, kinds):
        total = total[:, :, None] + payoff[:, kind].transpose(0, 2, 1, 3)[:, None]
        total = total.reshape(games, -1, *total.shape[3:])
    worth = total.max(-1).sum(-1)
    rule = worth.argmax(-1)
    rows = np.arange(games)
    first = rule[:, None] // actions ** np.arange(kinds - 1, -1, -1) % actions
    return worth[rows, rule], first, total[rows, rule].argmax(-1)


def _cells(types: tuple[int, int], actions: tuple[int, ...]) -> int:
    """Numbers that a game takes where the first agent's rules are enumerated."""
    return int((actions[0] ** types[0] + types[0] * actions[0]) * types[1] * actions[1])


def _ranks(game: Ints, own: Ints) -> tuple[Ints, Ints]:
    """Numbers counted among those that are there in their game, and how many these are."""
    width = int(own.max(initial=0)) + 1
    pairs, inverse = np.unique(game * width + own, return_inverse=True)
    count = np.bincount(pairs // width)
    return inverse - (np.cumsum(count) - count)[game], count

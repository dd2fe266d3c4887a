"""What a team gets out of a stage game, by who knows which observation when it acts."""

from abc import ABC, abstractmethod

import numpy as np
from typing_extensions import override

from quorate_information_sharing.planning.beliefs import Floats, Ints, StageGames
from quorate_information_sharing.planning.trees import Trees

CELLS = 1 << 22
"""Numbers in the largest array of a stage solver."""


class Stage(ABC):
    """Solves the stage games of a team of two (or more, where everything is shared).

    Attributes:
        trees: for each agent, what it has already decided when a stage begins.
    """

    trees: tuple[Trees, Trees]

    @abstractmethod
    def solve(self, games: StageGames, values: Floats) -> Floats:
        """The best expected value of what follows.

        Args:
            games: G of them.
            values: [N, T1, T2] of beliefs and the trees of both agents.

        Returns:
            [G, S1, S2] for the subtrees that both agents are bound to.
        """


class Shared(Stage):
    """All observations are shared at once."""

    def __init__(self, actions: tuple[int, int]) -> None:
        self.trees = (Trees(actions[0], 1, 1), Trees(actions[1], 1, 1))

    @override
    def solve(self, games: StageGames, values: Floats) -> Floats:
        best = values.max((1, 2))[games.following] * games.probability
        return np.add.reduceat(best, games.start)[:, None, None]


class OneDirectional(Stage):
    """One agent's observation is shared at once, the other's one step late.

    Args:
        actions: of each agent.
        source: 0 or 1, whose observation is shared at once.
    """

    def __init__(self, actions: tuple[int, int], source: int) -> None:
        self.trees = (Trees(actions[0], 1, 1), Trees(actions[1], 1, 1))
        self.source = source

    @override
    def solve(self, games: StageGames, values: Floats) -> Floats:
        knows = values.max(2 - self.source)
        observed = games.second if self.source else games.first
        game = games.game()
        order = np.lexsort((observed, game))
        game, observed = game[order], observed[order]
        new = np.flatnonzero((np.diff(game, prepend=-1) != 0) | (np.diff(observed, prepend=-1) != 0))
        best = (knows[games.following] * games.probability[:, None])[order]
        best = np.add.reduceat(best, new).max(1)
        return np.add.reduceat(best, np.flatnonzero(np.diff(game[new], prepend=-1)))[:, None, None]


class Delayed(Stage):
    """All is shared d steps late: both agents extend what they are bound to by a last layer, each by what it saw.

    One agent's rules are enumerated, the other answers each of them by type: exact.
    """

    def __init__(self, actions: tuple[int, int], observations: tuple[int, int], delay: int) -> None:
        first, second = (Trees(a, o, delay) for a, o in zip(actions, observations, strict=True))
        self.trees = (first, second)

    @override
    def solve(self, games: StageGames, values: Floats) -> Floats:
        bound = [trees.prefixes ** (trees.observations if trees.depth > 1 else 0) for trees in self.trees]
        found = np.empty((len(games.start), *bound))
        for group in _groups(games, self.trees):
            self._solve_group(group, games, values, found)
        return found

    def _solve_group(self, group: "_Group", games: StageGames, values: Floats, found: Floats) -> None:
        """Stage games with as many types each, in blocks that fit in memory."""
        types = group.types
        rules = [trees.count**k for trees, k in zip(self.trees, types, strict=True)]
        swap = rules[1] < rules[0]
        largest = min(rules[swap] * types[1 - swap] * self.trees[1 - swap].count, CELLS)
        block = max(1, CELLS // max(largest, types[0] * types[1] * self.trees[0].count * self.trees[1].count))
        order = (1, 0) if swap else (0, 1)
        for begin in range(0, len(group.games), block):
            chosen = group.games[begin : begin + block]
            payoff = group.payoff(slice(begin, begin + block), games, values)
            if swap:
                payoff = payoff.transpose(0, 2, 1, 4, 3)
            best = _best(payoff, self.trees[order[0]], self.trees[order[1]])
            found[chosen] = best.transpose(0, 2, 1) if swap else best


def _best(payoff: Floats, leader: Trees, other: Trees) -> Floats:
    """The most that both can get.

    Args:
        payoff: [G, k1, k2, T1, T2].
        leader: trees of the agent whose rules are enumerated.
        other: those of the other.

    Returns:
        [G, prefixes1 ** k1, prefixes2 ** k2].
    """
    games, leads, answers = payoff.shape[:3]
    split = payoff.transpose(0, 1, 3, 2, 4).reshape(games, leads, leader.count, answers, other.prefixes, -1)
    total = split[:, 0]
    for kind in range(1, leads):
        total = total[:, :, None] + split[:, kind, None]
        total = total.reshape(games, -1, *split.shape[3:])
    best = total.max(-1)
    joint = best[:, :, 0]
    for kind in range(1, answers):
        joint = (joint[..., None] + best[:, :, kind, None]).reshape(games, best.shape[1], -1)
    apart = joint.reshape(games, *(leader.prefixes, leader.lasts) * leads, -1)
    best = apart.max(tuple(range(2, 2 * leads + 1, 2)))
    return np.asarray(best).reshape(games, leader.prefixes**leads, -1)


class _Group:
    """Stage games with as many types of each agent; edges by their place in them."""

    def __init__(
        self, games: Ints, edges: Ints, place: Ints, types: tuple[int, int], locals_: tuple[Ints, Ints]
    ) -> None:
        self.games, self.types = games, types
        self._edges, self._place, self._locals = edges, place, locals_

    def payoff(self, block: slice, games: StageGames, values: Floats) -> Floats:
        """[G, k1, k2, T1, T2] the probability of types times what follows."""
        begin, end = np.searchsorted(self._place, [block.start, min(block.stop, len(self.games))])
        edges = self._edges[begin:end]
        first, second = (local[begin:end] for local in self._locals)
        found = np.zeros((min(block.stop, len(self.games)) - block.start, *self.types, *values.shape[1:]))
        chance = games.probability[edges, None, None]
        found[self._place[begin:end] - block.start, first, second] = chance * values[games.following[edges]]
        return found


def _groups(games: StageGames, trees: tuple[Trees, Trees]) -> list[_Group]:
    """Stage games by how many observations of each agent can come; all of them count where trees are deeper."""
    game = games.game()
    if trees[0].depth > 1:
        types = (trees[0].observations, trees[1].observations)
        return [_Group(np.arange(len(games.start)), np.arange(len(game)), game, types, (games.first, games.second))]
    (first, k1), (second, k2) = _ranks(game, games.first), _ranks(game, games.second)
    kinds, kind = np.unique(np.stack([k1, k2]), axis=1, return_inverse=True)
    found = []
    for number, types in enumerate(kinds.T.tolist()):
        chosen = np.flatnonzero(kind == number)
        place = np.full(len(games.start), -1)
        place[chosen] = np.arange(len(chosen))
        edges = np.flatnonzero(place[game] >= 0)
        local = (first[edges], second[edges])
        found.append(_Group(chosen, edges, place[game[edges]], (types[0], types[1]), local))
    return found


def _ranks(game: Ints, observed: Ints) -> tuple[Ints, Ints]:
    """Observations counted among those that can come in their game ([E]), and how many these are ([G])."""
    width = int(observed.max(initial=0)) + 1
    pairs, inverse = np.unique(game * width + observed, return_inverse=True)
    count = np.bincount(pairs // width, minlength=int(game[-1]) + 1)
    return inverse - (np.cumsum(count) - count)[game], count

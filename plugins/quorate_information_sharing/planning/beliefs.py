"""The beliefs that a game can reach, each once, and the stage games between them.

What follows a belief does not depend on the step, so that one graph serves all horizons. Grown step by step, beliefs
are numbered in the order of their distance from the roots, and those within t steps are a prefix; single ones can be
explored instead.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from quorate_information_sharing.planning.effort import BELIEFS, TooLargeError
from quorate_information_sharing.posg import TabularPOSG

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.integer | np.floating]
Keys = npt.NDArray[np.uint64]

RESOLUTION = 1e10
"""Beliefs that agree to ten digits are one: that bounds their number in games like DecTiger, and sets the error."""


@dataclass(frozen=True)
class StageGames:
    """What joint observations lead to, of G distinct pairs of a belief and a joint action; E edges, sorted by game.

    Attributes:
        start: [G] the first edge of each game.
        first: [E] the first agent's observation.
        second: [E] of the joint observation of all others.
        probability: [E] of the joint observation.
        following: [E] the belief after it.
    """

    start: Ints
    first: Ints
    second: Ints
    probability: Floats
    following: Ints

    def game(self) -> Ints:
        """[E] the game of each edge."""
        return np.repeat(np.arange(len(self.start)), np.diff(self.start, append=len(self.first)))


class BeliefGraph:
    """Beliefs over states given everything shared, reachable from roots.

    Attributes:
        within: [t] how many beliefs are within t steps of a root.
        games_within: [t] how many stage games follow beliefs within t steps.
        row: [N] of each belief in `game_of`; -1 of those that were not explored.

    Args:
        game: whose beliefs.
        roots: [R, S] beliefs to begin with.
        limit: the most beliefs to keep.
        report: told how many steps have been grown.
    """

    def __init__(
        self, game: TabularPOSG, roots: Floats, limit: int = BELIEFS, report: Callable[[int, int], None] | None = None
    ) -> None:
        self._game, self._limit, self._report = game, limit, report or (lambda done, total: None)
        self._others = game.joint_observations // len(game.observations[0])
        self._kernel = joint_kernel(game)
        self._rewards = sparse.csr_array(np.concatenate(list(game.reward), 1))
        first = sparse.csr_array(roots)
        self._parts, self._keys = [first], row_keys(first.indptr[:-1], first.indices, first.data)
        self.row = np.full(len(roots), -1)
        self.within = [len(roots)]
        self.games_within: list[int] = []
        self._edges: list[tuple[Ints, Ints, Floats, Ints]] = []
        self._game_keys = np.zeros(0, np.uint64)
        self._game_of: list[Ints] = []

    def grow(self, steps: int) -> None:
        """Reach what can be reached in this many steps.

        Raises:
            TooLargeError: these are too many beliefs.
        """
        while len(self.within) <= steps:
            self._report(len(self.within), steps)
            self.explore(np.arange(self.within[-2] if len(self.within) > 1 else 0, self.within[-1]))
            self.within.append(len(self._keys))
            self.games_within.append(len(self._game_keys))
            if self.within[-1] > self._limit:
                fits = len(self.within) - 1
                problem = f"{self._game.name} reaches more than {self._limit} beliefs within {steps} steps."
                fix = f"Give a horizon of at most {fits}, or allow more `beliefs` and `megabytes`."
                raise TooLargeError(problem, where="horizon", fix=fix)

    def explore(self, beliefs: Ints) -> None:
        """Find what follows some beliefs, after all joint actions and observations."""
        fresh = np.unique(beliefs[self.row[beliefs] < 0])
        if len(fresh):
            self.row[fresh] = sum(map(len, self._game_of)) + np.arange(len(fresh))
            self._expand(self.beliefs[fresh])

    @property
    def explored(self) -> Ints:
        """[M] beliefs by their row in `game_of`."""
        found = np.flatnonzero(self.row >= 0)
        return found[np.argsort(self.row[found])]

    @property
    def reward(self) -> Floats:
        """[n, N, A] expected, of each belief and joint action."""
        agents = len(self._game.reward)
        found = (self.beliefs @ self._rewards).toarray()
        return found.reshape(len(found), agents, -1).transpose(1, 0, 2)

    @property
    def beliefs(self) -> sparse.csr_array:
        """[N, S] all of them."""
        self._parts = [sparse.csr_array(sparse.vstack(self._parts, format="csr"))]
        return self._parts[0]

    @property
    def game_of(self) -> Ints:
        """[M, A] the stage game after each belief that was explored and each joint action."""
        actions = self._game.joint_actions
        return np.concatenate([np.zeros((0, actions), np.int64), *self._game_of])

    def games(self) -> StageGames:
        """All stage games grown so far."""
        if not self._edges:
            none = np.zeros(0, np.int64)
            return StageGames(none, none, none, np.zeros(0), none)
        game, observation, probability, following = (np.concatenate(part) for part in zip(*self._edges, strict=True))
        start = np.flatnonzero(np.diff(game, prepend=-1))
        return StageGames(start, observation // self._others, observation % self._others, probability, following)

    def _expand(self, frontier: sparse.csr_array) -> None:
        """All joint actions and observations after some beliefs."""
        game = self._game
        actions, observations, states = game.joint_actions, game.joint_observations, len(game.states)
        product = sparse.csr_array(frontier @ self._kernel)
        product.sort_indices()
        row = np.repeat(np.arange(len(product.indptr) - 1), np.diff(product.indptr))
        cell = row.astype(np.int64) * (actions * observations) + product.indices // states
        starts = np.flatnonzero(np.diff(cell, prepend=-1))
        sizes = np.diff(starts, append=len(cell))
        probability = np.add.reduceat(product.data, starts)
        values, state = product.data / np.repeat(probability, sizes), (product.indices % states).astype(np.int64)
        following = self._find(starts, sizes, state, values)
        cell = cell[starts]
        self._add_games(cell // observations, cell % observations, probability, following, frontier.shape[0])

    def _find(self, starts: Ints, sizes: Ints, state: Ints, values: Floats) -> Ints:
        """Numbers of beliefs given as sparse rows; new ones are kept."""
        keys = row_keys(starts, state, values)
        number, rows = numbered(self._keys, keys)
        self._parts.append(chosen_rows(rows, starts, sizes, state, values, len(self._game.states)))
        self._keys = np.concatenate([self._keys, keys[rows]])
        self.row = np.concatenate([self.row, np.full(len(rows), -1)])
        return number

    def _add_games(self, pair: Ints, observation: Ints, probability: Floats, following: Ints, beliefs: int) -> None:
        """Number the stage games of these pairs of belief and joint action; pairs with the same edges share one."""
        starts = np.flatnonzero(np.diff(pair, prepend=-1))
        sizes = np.diff(starts, append=len(pair))
        keys = np.add.reduceat(mixed(mixed(observation, following), np.rint(probability * RESOLUTION)), starts)
        number, rows = numbered(self._game_keys, keys)
        self._game_of.append(number.reshape(beliefs, -1))
        new = np.zeros(len(keys), bool)
        new[rows] = True
        kept = np.repeat(new, sizes)
        ids = np.repeat(len(self._game_keys) + np.arange(len(rows)), sizes[new])
        self._game_keys = np.concatenate([self._game_keys, keys[rows]])
        self._edges.append((ids, observation[kept], probability[kept], following[kept]))


def numbered(known: Keys, keys: Keys) -> tuple[Ints, Ints]:
    """Numbers of keys that go on from those that are known, and which of them are new, each once, in their order."""
    count = len(known)
    _, where, inverse = np.unique(np.concatenate([known, keys]), return_index=True, return_inverse=True)
    order = np.sort(where[where >= count])
    number = np.where(where < count, where, count + np.searchsorted(order, where))
    return number[inverse[count:]], order - count


def chosen_rows(rows: Ints, starts: Ints, sizes: Ints, column: Ints, values: Floats, width: int) -> sparse.csr_array:
    """Some of the sparse rows that lie one after the other, as a matrix."""
    ends = np.concatenate([[0], np.cumsum(sizes[rows])])
    taken = np.repeat(starts[rows] - ends[:-1], sizes[rows]) + np.arange(ends[-1])
    return sparse.csr_array((values[taken], column[taken], ends), shape=(len(rows), width))


def joint_kernel(game: TabularPOSG) -> sparse.csr_array:
    """[S, A * O * S'] the chance to come to a state with a joint observation."""
    parts = []
    for transition, observation in zip(game.transition, game.observation, strict=True):
        moved = sparse.csr_array(transition)
        parts += [moved @ sparse.diags_array(column) for column in observation.T]
    kernel = sparse.csr_array(sparse.hstack(parts, format="csr"))
    kernel.eliminate_zeros()
    return kernel


def split_columns(column: Ints, observations: int, states: int) -> tuple[Ints, Ints, Ints]:
    """Columns of `joint_kernel` -> joint actions, joint observations, states."""
    return column // (observations * states), column // states % observations, column % states


def row_keys(starts: npt.NDArray[np.integer], state: Numbers, values: Floats) -> Keys:
    """One number for each sparse row, the same where the rows agree to the resolution."""
    rounded = np.rint(values * RESOLUTION)
    scrambled = np.where(rounded > 0, mixed(state, rounded), np.uint64(0))
    return np.add.reduceat(scrambled, starts)


def mixed(first: Numbers, second: Numbers) -> Keys:
    """Two whole numbers scrambled into one (splitmix64)."""
    with np.errstate(over="ignore"):
        found = first.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + second.astype(np.uint64)
        found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return found ^ (found >> np.uint64(31))

"""Backward induction over common beliefs, for a team."""

from collections.abc import Callable, Iterator

import numpy as np

from quorate.interfaces.algorithm import Report as Progress
from quorate_information_sharing.planning.beliefs import BeliefGraph, Floats, StageGames
from quorate_information_sharing.planning.stages import Stage
from quorate_information_sharing.posg import TabularPOSG

Report = Callable[[int, int], None]
"""Told how many steps are done, of how many."""


def named(progress: Progress) -> Callable[[str], Report]:
    """Tells of the progress of named parts."""
    return lambda what: lambda done, total: progress(what, done, total)


def beginning(game: TabularPOSG) -> tuple[Floats, StageGames]:
    """Beliefs that episodes begin with ([R, S]), and the stage game that leads to them.

    Without an observation before the first action that is one belief, after the only observation that there is.
    """
    if not game.observes_at_start or game.initial_observation is None:
        joint, seen = game.start[None], np.zeros(1, np.int64)
    else:
        joint = (game.start[:, None] * game.initial_observation).T
        seen = np.flatnonzero(joint.sum(1))
        joint = joint[seen]
    chance, others = joint.sum(1), game.joint_observations // len(game.observations[0])
    stage = StageGames(np.zeros(1, np.int64), seen // others, seen % others, chance, np.arange(len(seen)))
    return joint / chance[:, None], stage


def action_values(graph: BeliefGraph, stage: Stage, horizon: int, report: Report) -> Iterator[Floats]:
    """What trees are worth, by the steps to go: 1, 2, ..., horizon.

    Args:
        graph: grown here as far as needed.
        stage: solves stage games.
        horizon: the most steps to go.
        report: told how many steps are done, of how many.

    Returns:
        After h steps [N_h, T1, T2]; N_h: beliefs within horizon - h steps of a root.
    """
    graph.grow(horizon - 1)
    induction = Induction(graph, stage)
    values = induction.reward[: graph.within[horizon - 1]]
    yield values
    for to_go in range(2, horizon + 1):
        report(to_go, horizon)
        values = induction.earlier(values, horizon - to_go)
        yield values


class Induction:
    """One step of backward induction at a time.

    Attributes:
        reward: [N, T1, T2] expected now, of trees.
    """

    def __init__(self, graph: BeliefGraph, stage: Stage) -> None:
        self._graph, self._stage = graph, stage
        first, second = stage.trees
        self._joint = first.root[:, None] * second.actions + second.root
        self._bound = first.subtrees[:, None], second.subtrees
        self.reward = graph.reward[0][:, self._joint]
        self._games, self._game_of = graph.games(), graph.game_of

    def with_actions(self, following: Floats) -> Floats:
        """[N, T1, T2] what is expected now, and of what follows the joint actions ([N, A])."""
        return np.asarray(self.reward + following[:, self._joint])

    def earlier(self, values: Floats, steps: int) -> Floats:
        """Values of beliefs within so many steps of a root, from those of beliefs within one step more."""
        count = self._graph.within[steps]
        games = _first(self._games, self._graph.games_within[steps])
        return np.asarray(self.reward[:count] + self._after(games, values, count))

    def explored(self, values: Floats) -> Floats:
        """[M, T1, T2] values of the beliefs that were explored, from those of all beliefs one step later."""
        return np.asarray(self.reward[self._graph.explored] + self._after(self._games, values, len(self._game_of)))

    def _after(self, games: StageGames, values: Floats, count: int) -> Floats:
        """[count, T1, T2] what is expected of what follows the first beliefs."""
        solved = self._stage.solve(games, values)
        return np.asarray(solved[self._game_of[:count][:, self._joint], self._bound[0], self._bound[1]])


def _first(games: StageGames, count: int) -> StageGames:
    """The first stage games alone."""
    edges = int(games.start[count]) if count < len(games.start) else len(games.first)
    whose = games.first[:edges], games.second[:edges]
    return StageGames(games.start[:count], *whose, games.probability[:edges], games.following[:edges])

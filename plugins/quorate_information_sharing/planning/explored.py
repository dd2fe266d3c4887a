"""Bounds where beliefs are too many: those are explored that the best plan leads to, others are interpolated."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from quorate_information_sharing.planning.backward import Induction, Report, beginning
from quorate_information_sharing.planning.beliefs import BeliefGraph, Floats
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.exact import stage_size
from quorate_information_sharing.planning.extraction import machine
from quorate_information_sharing.planning.joint_policy import JointPolicy, evaluate
from quorate_information_sharing.planning.mixtures import Mixtures
from quorate_information_sharing.planning.readers import Games, reader
from quorate_information_sharing.planning.stages import Stage
from quorate_information_sharing.posg import TabularPOSG

GAP = 1e-9
"""Bounds that are nearer than this meet, as a share of the largest reward in all steps."""
LEAP = 500
"""Beliefs that a plan may add before bounds that have just moved are computed again; or as many as there are."""


def gap_of(game: TabularPOSG, horizon: int) -> float:
    """How near bounds of what a game returns have to come to meet."""
    return GAP * horizon * float(np.abs(game.reward[:, game.reachable]).max())


class Bracket(NamedTuple):
    """What is known of a value.

    Attributes:
        lower: the value of a policy, from the game itself; minus infinity: none was finished.
        upper: no policy has more.
        policy: that one.
        gap: how near bounds have to come to meet.
    """

    lower: float
    upper: float
    policy: JointPolicy | None
    gap: float

    @property
    def meets(self) -> bool:
        """Whether that is the value."""
        return self.upper - self.lower <= self.gap


class Explored:
    """Upper bounds on what decisions are worth at any belief.

    What is still to come is convex in the belief, whoever is told what: where a belief is a mixture, agents who are
    also told which part of it holds have the mixture of the parts' values, and could ignore it. So values of some
    beliefs bound those of all others (Lovejoy 1991). What follows a belief does not depend on the step, so that the
    same ones serve all steps.

    Args:
        game: of a team.
        stage: solves stage games.
        horizon: steps of an episode.
        effort: how much may be kept.

    Attributes:
        graph: what was explored.
        beginning: the stage game before the first action.

    Raises:
        TooLargeError: even certainties of states are too many.
    """

    def __init__(self, game: TabularPOSG, stage: Stage, horizon: int, effort: Effort) -> None:
        roots, self.beginning = beginning(game)
        states = np.flatnonzero(game.reachable)
        self.graph = BeliefGraph(game, np.concatenate([roots, np.eye(len(game.states))[states]]))
        self._game, self._stage, self._horizon = game, stage, horizon
        self._limit = effort.most(stage_size(stage), horizon + 2)
        self._check()
        self.graph.explore(np.arange(len(self.graph.row)))
        corners = np.full(len(game.states), -1)
        corners[states] = len(roots) + np.arange(len(states))
        self._mixtures = Mixtures(self.graph, corners)
        self._layers: list[Floats] = []

    @property
    def fits(self) -> bool:
        """Whether no more was explored than may be kept."""
        return len(self.graph.row) <= self._limit

    def bracket(self, rounds: int, report: Report) -> Bracket:
        """Explore what the best plan by these bounds leads to, until it leads nowhere else: then it is optimal.

        Args:
            rounds: the most plans that are followed.
            report: told how many steps of a plan are done, of how many.
        """
        found = Bracket(-np.inf, np.inf, None, gap_of(self._game, self._horizon))
        for _ in range(rounds):
            before, found = found.upper, found._replace(upper=min(found.upper, self.sweep(report)))
            explored = len(self.graph.explored)
            policy = self._followed(explored + max(LEAP, explored) if before - found.upper > found.gap else self._limit)
            if policy is not None:
                value = float(evaluate(self._game, policy, self._horizon)[0])
                found = max(found, found._replace(lower=value, policy=policy), key=lambda one: one.lower)
            if found.meets or len(self.graph.explored) == explored or not self.fits:
                break
        return found

    def sweep(self, report: Report) -> float:
        """Bound all values by those of what is explored; returns that of the beginning."""
        self._mixtures.update()
        mixed, induction, explored = self._mixtures.matrix(), Induction(self.graph, self._stage), self.graph.explored
        values = induction.reward
        self._layers = [values[explored]]
        for to_go in range(2, self._horizon + 1):
            report(to_go, self._horizon)
            self._layers.append(induction.explored(values))
            values = _mixed(mixed, self._layers[-1])
        return float(self._stage.solve(self.beginning, values).max())

    def values(self, to_go: int) -> Floats:
        """[N, T1, T2] bounds on trees at all beliefs that are known by now.

        Raises:
            TooLargeError: these are too many.
        """
        self._check()
        self._mixtures.extend()
        return _mixed(self._mixtures.matrix(), self._layers[to_go - 1])

    def _followed(self, most: int) -> JointPolicy | None:
        """The best plan by these bounds; None: more would be explored than that."""

        def values(to_go: int) -> Floats:
            if len(self.graph.explored) > most:
                raise TooLargeError("New bounds will lead elsewhere.")
            return self.values(to_go)

        reads = reader(self._stage, Games(self.graph, self.beginning), self._game)
        try:
            return machine(self._game, reads, self._horizon, values)
        except TooLargeError:
            return None

    def _check(self) -> None:
        if not self.fits:
            raise TooLargeError(f"More than {self._limit} beliefs of {self._game.name} would be kept.", where="horizon")


def _mixed(weights: sparse.csr_array, values: Floats) -> Floats:
    """[N, T1, T2] of all beliefs, from those of parts, [M, T1, T2]."""
    return np.asarray((weights @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:]))

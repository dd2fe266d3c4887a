"""Upper bounds for long horizons: the state is told to all every few steps."""

import numpy as np

from quorate_information_sharing.planning.backward import Induction, Report, beginning
from quorate_information_sharing.planning.beliefs import BeliefGraph
from quorate_information_sharing.planning.effort import BELIEFS
from quorate_information_sharing.planning.stages import Stage
from quorate_information_sharing.posg import TabularPOSG


def revealed_value(
    game: TabularPOSG, stage: Stage, horizon: int, every: int, report: Report, limit: int = BELIEFS
) -> float:
    """The best value where all are told the state every few steps: no policy that is told less can have more.

    Args:
        game: of a team.
        stage: who knows what in between; its trees have one layer.
        horizon: steps of an episode.
        every: steps between tellings, the first of them so many steps after the beginning.
        report: told how many steps are done, of how many.
        limit: the most beliefs to keep.
    """
    roots, first = beginning(game)
    graph = BeliefGraph(game, np.concatenate([roots, np.eye(len(game.states))]), limit)
    graph.grow(min(every, horizon) - 1)
    induction, beliefs = Induction(graph, stage), graph.beliefs
    told, values = np.zeros(len(game.states)), np.zeros(0)
    for to_go in range(1, horizon + 1):
        report(to_go, horizon)
        since = (horizon - to_go) % every
        if to_go == 1 or since == every - 1:
            after = (beliefs @ (game.transition @ told).T).reshape(len(induction.reward), -1)
            values = induction.with_actions(after)[: graph.within[since]]
        else:
            values = induction.earlier(values, since)
        if since == 0:
            told = values[len(roots) : len(roots) + len(told)].max((1, 2))
    return float(stage.solve(first, values).max())

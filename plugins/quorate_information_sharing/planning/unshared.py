"""The best policy without sharing that is found: by beam search, and put together from blocks."""

import math

import numpy as np

from quorate.errors import QuorateError
from quorate_information_sharing.planning.backward import Report, action_values, beginning
from quorate_information_sharing.planning.beam import Beam
from quorate_information_sharing.planning.beliefs import BeliefGraph
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.policy import Step, evaluate
from quorate_information_sharing.planning.stages import Delayed
from quorate_information_sharing.posg import TabularPOSG


def best_found(game: TabularPOSG, horizon: int, effort: Effort, report: Report) -> tuple[float, list[Step]]:
    """The best policy found, and its exact value in the game; none and minus infinity where none was found.

    Policies of a few steps after which the chances of states are those of the beginning are repeated: agents that
    forget what they saw begin again.

    Args:
        game: of a team of two.
        horizon: steps of an episode.
        effort: how much is tried.
        report: told how many steps are done, of how many.
    """
    sizes = [(len(names), len(seen)) for names, seen in zip(game.actions, game.observations, strict=True)]
    stage = Delayed((sizes[0][0], sizes[1][0]), (sizes[0][1], sizes[1][1]), 1)
    roots, first = beginning(game)
    graph = BeliefGraph(game, roots, effort.beliefs)
    longest = _affordable(graph, horizon)
    values = [np.zeros((0, 1, 1)), *action_values(graph, stage, longest, report)]
    observations = sizes[0][1], sizes[1][1]
    beam = Beam(graph, first, values, observations, effort.width, effort.rules, effort.kinds, effort.seed)
    found: dict[int, tuple[float, list[Step]]] = {}
    blocks: dict[int, tuple[float, list[Step]]] = {}
    for steps in sorted({*range(1, min(effort.block, longest) + 1), longest}):
        report(steps, longest)
        for node in beam.search(steps, lambda done, total: None):
            value, after = evaluate(game, node.steps)
            kept = (float(value[0]), list(node.steps))
            found[steps] = max(found.get(steps, kept), kept, key=lambda one: one[0])
            if np.abs(after - game.start).max() < 1e-12 and not game.observes_at_start:
                blocks[steps] = max(blocks.get(steps, kept), kept, key=lambda one: one[0])
    return _composed(horizon, found, blocks)


def _affordable(graph: BeliefGraph, horizon: int) -> int:
    """The longest horizon, up to this one, whose beliefs fit."""
    try:
        graph.grow(horizon - 1)
    except QuorateError:
        return len(graph.within) - 1
    return horizon


def _composed(
    horizon: int, found: dict[int, tuple[float, list[Step]]], blocks: dict[int, tuple[float, list[Step]]]
) -> tuple[float, list[Step]]:
    """The best way to put blocks before a policy."""
    best: list[tuple[float, list[Step]]] = [(0.0, [])]
    for steps in range(1, horizon + 1):
        ways = [found[steps]] if steps in found else []
        for length, (value, policy) in blocks.items():
            if length <= steps and best[steps - length][0] > -math.inf:
                rest = best[steps - length]
                ways.append((value + rest[0], policy + rest[1]))
        best.append(max(ways, key=lambda one: one[0], default=(-math.inf, [])))
    return best[horizon]

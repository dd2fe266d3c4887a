"""The best policy without sharing that is found: by beam search, and put together from blocks."""

import math
from dataclasses import replace

import numpy as np

from quorate_information_sharing.planning.backward import Report, action_values, beginning
from quorate_information_sharing.planning.beam import Beam, Node
from quorate_information_sharing.planning.beliefs import BeliefGraph
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.explored import Explored
from quorate_information_sharing.planning.policy import Step, evaluate
from quorate_information_sharing.planning.stages import Delayed
from quorate_information_sharing.posg import TabularPOSG


def best_found(
    game: TabularPOSG, horizon: int, effort: Effort, report: Report, explored: Explored | None = None
) -> tuple[float, list[Step]]:
    """The best policy found, and its exact value in the game; none and minus infinity where none was found.

    Policies of a few steps after which the chances of states are those of the beginning are repeated: agents that
    forget what they saw begin again. Where no policy of the whole horizon is found, they forget every few steps, and go
    on from the chances of states then.

    Args:
        game: of a team of two.
        horizon: steps of an episode.
        effort: how much is tried.
        report: told how many steps are done, of how many.
        explored: bounds of what is told one step late, if they are known already, for where not all beliefs fit.
    """
    beam, longest = _beam(game, horizon, effort, report, explored)
    found: dict[int, tuple[float, list[Step]]] = {}
    blocks: dict[int, tuple[float, list[Step]]] = {}
    for steps in sorted({*range(1, min(effort.block, longest) + 1), longest}):
        report(steps, longest)
        for node in _searched(beam, steps):
            value, after = evaluate(game, node.steps)
            kept = (float(value[0]), list(node.steps))
            found[steps] = max(found.get(steps, kept), kept, key=lambda one: one[0])
            if np.abs(after - game.start).max() < 1e-12 and not game.observes_at_start:
                blocks[steps] = max(blocks.get(steps, kept), kept, key=lambda one: one[0])
    whole = _composed(horizon, found, blocks)
    if whole[0] > -math.inf or not found or longest < 2:
        return whole
    rates = {steps: value / steps for steps, (value, _) in found.items()}
    return _pieced(game, horizon, max(rates, key=rates.__getitem__), effort, report)


def _pieced(game: TabularPOSG, horizon: int, piece: int, effort: Effort, report: Report) -> tuple[float, list[Step]]:
    """Policies of a few steps, one after the other, each from the chances of states that the one before leaves."""
    policy: list[Step] = []
    here, alone = game, replace(effort, block=1)
    while len(policy) < horizon:
        value, steps = best_found(here, min(piece, horizon - len(policy)), alone, lambda done, total: None)
        if value == -math.inf:
            return value, []
        policy += steps
        report(len(policy), horizon)
        after = evaluate(game, policy)[1]
        here = replace(game, start=after / after.sum(), observes_at_start=False, initial_observation=None)
    return float(evaluate(game, policy)[0][0]), policy


def _beam(
    game: TabularPOSG, horizon: int, effort: Effort, report: Report, explored: Explored | None
) -> tuple[Beam, int]:
    """A search that is guided by what is told one step late, and the longest policy that it can look for.

    Guides are values of all beliefs where they fit; else bounds; else values as far as they fit.
    """
    actions = len(game.actions[0]), len(game.actions[1])
    observations = len(game.observations[0]), len(game.observations[1])
    tried = observations, effort.width, effort.rules, effort.kinds, effort.seed
    stage = Delayed(actions, observations, 1)
    roots, first = beginning(game)
    graph = BeliefGraph(game, roots, effort.beliefs)
    longest = _affordable(graph, horizon)
    bounds = explored
    if longest < horizon and bounds is None:
        bounds = _explored(game, stage, horizon, effort, report)
    if longest < horizon and bounds is not None and bounds.fits:
        return Beam(bounds.graph, bounds.beginning, bounds.values, *tried), horizon
    values = [np.zeros((0, *actions)), *action_values(graph, stage, longest, report)]
    return Beam(graph, first, values.__getitem__, *tried), longest


def _explored(game: TabularPOSG, stage: Delayed, horizon: int, effort: Effort, report: Report) -> Explored | None:
    try:
        found = Explored(game, stage, horizon, effort)
    except TooLargeError:
        return None
    found.bracket(effort.rounds, report)
    return found


def _searched(beam: Beam, steps: int) -> list[Node]:
    """What is found; nothing where that leads to more beliefs than fit."""
    try:
        return beam.search(steps, lambda done, total: None)
    except TooLargeError:
        return []


def _affordable(graph: BeliefGraph, horizon: int) -> int:
    """The longest horizon, up to this one, whose beliefs fit."""
    try:
        graph.grow(horizon - 1)
    except TooLargeError:
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

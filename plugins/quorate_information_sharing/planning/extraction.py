"""From the values of a team to what it does: the machine of an exact plan, node by node, as far as it is reached."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from quorate.information import InformationStructure
from quorate_information_sharing.planning.backward import Induction, Report, action_values, beginning
from quorate_information_sharing.planning.beliefs import BeliefGraph, Floats
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.exact import planned_in_common, stage_of, stage_size
from quorate_information_sharing.planning.joint_policy import JointPolicy, Seats
from quorate_information_sharing.planning.policy import Step
from quorate_information_sharing.planning.readers import Decision, Games, Reader, reader
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task, independent_plan
from quorate_information_sharing.planning.stages import Stage
from quorate_information_sharing.posg import TabularPOSG

HELD = 1 << 27
"""Values of layers that are all held at once; of more, every so manieth is, and those between are computed again."""


def exact_policy(
    game: TabularPOSG, structure: InformationStructure, horizon: int, report: Report, effort: Effort | None = None
) -> JointPolicy:
    """What a team does that has the value of `exact_value`.

    Args:
        game: of a team.
        structure: who is told what, and when.
        horizon: steps of an episode.
        report: told how many steps are done, of how many.
        effort: how much may be kept; None: as much as usual.

    Raises:
        QuorateError: as of `exact_value`.
    """
    effort = effort or Effort()
    if planned_in_common(game, structure):
        return independent_plan(Task(game, structure, horizon, Solution.TEAM), effort, report).policy
    stage = stage_of(game, structure)
    roots, first = beginning(game)
    graph = BeliefGraph(game, roots, effort.most(stage_size(stage)), report)
    graph.grow(horizon - 1)
    layers = _Layers(_descending(graph, stage, horizon, report), horizon)
    return machine(game, reader(stage, Games(graph, first), game), horizon, layers.values)


def unshared_policy(game: TabularPOSG, steps: Sequence[Step]) -> JointPolicy:
    """What agents do that share nothing, as such a machine: one node, and kinds that count over all steps."""
    tables = []
    for seat in (0, 1):
        sizes = [len(step.actions[seat]) for step in steps]
        starts = np.cumsum([0, *sizes])
        after = [np.maximum(step.kinds[seat], 0) + starts[number + 1] for number, step in enumerate(steps)]
        kinds = np.concatenate(after)
        kinds[kinds >= starts[-1]] = 0  # nothing follows the last step
        tables.append((np.concatenate([step.actions[seat] for step in steps]), kinds))
    (first, one), (second, other) = tables
    rules = [
        np.eye(len(names))[actions][None, None] for names, actions in zip(game.actions, (first, second), strict=True)
    ]
    begun = [np.arange(len(names)) * int(game.observes_at_start) for names in game.observations]
    seats = Seats((one, other), (np.zeros_like(one), np.zeros_like(other)), (begun[0], begun[1]))
    nodes = np.zeros((1, 1), np.int64), np.zeros(1, np.int64)
    return JointPolicy.of((np.ones((1, 1)), rules[0], rules[1]), nodes, seats, (1, 1, 1, 1))


def _descending(graph: BeliefGraph, stage: Stage, horizon: int, report: Report) -> Iterator[Floats]:
    """What trees are worth, by the steps to go: horizon, ..., 2, 1."""
    first, second = stage.trees
    cells = sum(graph.within[step] for step in range(horizon)) * first.count * second.count
    stride = 1 if cells <= HELD else math.isqrt(horizon - 1) + 1
    layers = enumerate(action_values(graph, stage, horizon, report), 1)
    kept = {to_go: values for to_go, values in layers if to_go % stride == 0 or to_go == 1}
    induction = Induction(graph, stage)
    for start in sorted(kept, reverse=True):
        held = [kept.pop(start)]
        above = min([to_go for to_go in range(start + 1, horizon + 1) if to_go % stride == 0], default=horizon + 1)
        for to_go in range(start + 1, above):
            held.append(induction.earlier(held[-1], horizon - to_go))
        yield from reversed(held)


class _Layers:
    """Of what `_descending` tells, the one that is asked for."""

    def __init__(self, descending: Iterator[Floats], horizon: int) -> None:
        self._rest, self._to_go = descending, horizon + 1
        self._values = np.zeros(0)

    def values(self, to_go: int) -> Floats:
        """With as many steps to go, or fewer than asked for before."""
        while self._to_go > to_go:
            self._values, self._to_go = next(self._rest), self._to_go - 1
        return self._values


def machine(game: TabularPOSG, reads: Reader, horizon: int, values: Callable[[int], Floats]) -> JointPolicy:
    """Nodes that are reached, step by step, each once.

    Args:
        game: of a team.
        reads: what is done at a node.
        horizon: steps of an episode.
        values: of trees, by the steps to go; asked for with fewer and fewer.
    """
    first, second = reads.windows
    begin = reads.begin(values(horizon))
    layer = {node: number for number, node in enumerate(dict.fromkeys(begin.values()))}
    start = np.full(first.observations * second.observations, -1)
    start[list(begin)] = [layer[node] for node in begin.values()]
    decisions: list[Decision] = []
    following: list[dict[int, int]] = []
    for step in range(horizon):
        then = step < horizon - 1
        if then:
            reads.explore(layer)
        known = values(horizon - max(0, step + 1 - reads.reads))
        found = [reads.decide(step, node, known, then) for node in layer]
        after = dict.fromkeys(node for one in found for node in one.following.values())
        layer = {node: len(decisions) + len(found) + number for number, node in enumerate(after)}
        decisions += found
        following += [{z: layer[node] for z, node in one.following.items()} for one in found]
    table = np.full((len(decisions), len(start)), -1)
    for row, nodes in zip(table, following, strict=True):
        row[list(nodes)] = list(nodes.values())
    others = game.joint_actions // len(game.actions[0])
    one = np.eye(len(game.actions[0]))[np.stack([decision.first for decision in decisions])][:, None]
    other = np.eye(others)[np.stack([decision.second for decision in decisions])][:, None]
    seats = Seats.of(reads.windows, game.observes_at_start)
    sizes = first.observations, second.observations, 1, 1
    return JointPolicy.of((np.ones((len(decisions), 1)), one, other), (table, start), seats, sizes)

"""From the values of a team to what it does: the machine of an exact plan, node by node, as far as it is reached."""

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from quorate.information import InformationStructure
from quorate_information_sharing.planning.backward import Induction, Report, action_values, beginning
from quorate_information_sharing.planning.beliefs import BeliefGraph, Floats, Ints, StageGames
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.exact import planned_in_common, stage_of, stage_size
from quorate_information_sharing.planning.joint_policy import JointPolicy, Seats
from quorate_information_sharing.planning.policy import Step
from quorate_information_sharing.planning.prescriptions import team
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task, independent_plan
from quorate_information_sharing.planning.stages import Delayed, OneDirectional, Shared, Stage
from quorate_information_sharing.planning.trees import Trees
from quorate_information_sharing.planning.windows import Window
from quorate_information_sharing.posg import TabularPOSG

HELD = 1 << 27
"""Values of layers that are all held at once; of more, every so manieth is, and those between are computed again."""

FIRST = -1
"""The stage game before the first action."""


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
    layers = _descending(graph, stage, horizon, report)
    reader = _reader(stage, _Games(graph, first), game)
    return _machine(game, reader, horizon, layers)


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


class _Games:
    """Stage games one by one, that before the first action too."""

    def __init__(self, graph: BeliefGraph, first: StageGames) -> None:
        self._games, self._first = graph.games(), first
        self._ends = np.append(self._games.start, len(self._games.first))
        self._after = graph.game_of

    def edges(self, game: int) -> tuple[Ints, Ints, Floats, Ints]:
        """[E] what both observe, the chance of that, and the belief then."""
        games = self._first if game == FIRST else self._games
        part = slice(None) if game == FIRST else slice(self._ends[game], self._ends[game + 1])
        return games.first[part], games.second[part], games.probability[part], games.following[part]

    def after(self, belief: int, action: int) -> int:
        """The stage game after a belief and a joint action, if it was grown."""
        return int(self._after[belief, action]) if belief < len(self._after) else FIRST


@dataclass(frozen=True)
class Decision:
    """What a node does, and where it leads.

    Attributes:
        first: [K1] actions.
        second: [K2].
        following: nodes by z.
    """

    first: Ints
    second: Ints
    following: dict[int, Hashable]


class _Reader(ABC):
    """Reads decisions off the values of the steps to go.

    Attributes:
        windows: of both.
        reads: the step from which on each step reads one more layer of values.
    """

    windows: tuple[Window, Window]
    reads: int = 1

    @abstractmethod
    def begin(self, values: Floats) -> dict[int, Hashable]:
        """Nodes before the first action, by z."""

    @abstractmethod
    def decide(self, step: int, node: Hashable, values: Floats, then: bool) -> Decision:
        """At a node; `then`: something follows."""


class _ReadsShared(_Reader):
    """A node is a belief."""

    def __init__(self, games: _Games, game: TabularPOSG) -> None:
        others = game.joint_observations // len(game.observations[0])
        self._games, self._actions = games, game.joint_actions // len(game.actions[0])
        self.windows = Window(len(game.observations[0]), 0), Window(others, 0)

    @override
    def begin(self, values: Floats) -> dict[int, Hashable]:
        return self._nodes(FIRST)

    @override
    def decide(self, step: int, node: Hashable, values: Floats, then: bool) -> Decision:
        assert isinstance(node, int)
        action = int(values[node].argmax())
        one, other = divmod(action, self._actions)
        nodes = self._nodes(self._games.after(node, action)) if then else {}
        return Decision(np.array([one]), np.array([other]), nodes)

    def _nodes(self, game: int) -> dict[int, Hashable]:
        first, second, _, following = self._games.edges(game)
        z = first * self.windows[1].observations + second
        return dict(zip(z.tolist(), following.tolist(), strict=True))


class _ReadsDirected(_Reader):
    """A node is a stage game, and what the agent observed that tells at once."""

    def __init__(self, games: _Games, game: TabularPOSG, source: int) -> None:
        first, second = (Window(len(names), int(seat != source)) for seat, names in enumerate(game.observations))
        self._games, self._source, self.windows = games, source, (first, second)
        self._sizes = len(game.actions[0]), len(game.actions[1])

    @override
    def begin(self, values: Floats) -> dict[int, Hashable]:
        return self._nodes(FIRST, 0)

    @override
    def decide(self, step: int, node: Hashable, values: Floats, then: bool) -> Decision:
        assert isinstance(node, tuple)
        told, hidden, chance, following = self._edges(node[0])
        kept = told == node[1]
        hidden, chance, following = hidden[kept], chance[kept], following[kept]
        worth = values[following] if self._source == 0 else values[following].transpose(0, 2, 1)
        lead = int((chance[:, None] * worth.max(2)).sum(0).argmax())
        answers = np.zeros(self.windows[1 - self._source].kinds, np.int64)
        answers[hidden] = worth[:, lead].argmax(1)
        nodes: dict[int, Hashable] = {}
        for seen, belief in zip(hidden.tolist(), following.tolist(), strict=True) if then else ():
            pair = (lead, int(answers[seen])) if self._source == 0 else (int(answers[seen]), lead)
            nodes |= self._nodes(self._games.after(belief, pair[0] * self._sizes[1] + pair[1]), seen)
        leads = np.array([lead])
        return Decision(leads, answers, nodes) if self._source == 0 else Decision(answers, leads, nodes)

    def _edges(self, game: int) -> tuple[Ints, Ints, Floats, Ints]:
        first, second, chance, following = self._games.edges(game)
        return (first, second, chance, following) if self._source == 0 else (second, first, chance, following)

    def _nodes(self, game: int, hidden: int) -> dict[int, Hashable]:
        """By z: what is told now, and what was hidden."""
        told = np.unique(self._edges(game)[0]).tolist()
        size = self.windows[1].observations
        return {one * size + hidden if self._source == 0 else hidden * size + one: (game, one) for one in told}


class _ReadsDelayed(_Reader):
    """A node is a stage game and what both are bound to; at the beginning, trees that all was decided by."""

    def __init__(self, games: _Games, game: TabularPOSG, trees: tuple[Trees, Trees]) -> None:
        self._games, self._trees, self._depth = games, trees, trees[0].depth
        first, second = (Window(len(names), self._depth) for names in game.observations)
        self.windows, self.reads = (first, second), self._depth
        self._start: tuple[Ints, Ints] = (np.zeros(0, np.int64), np.zeros(0, np.int64))

    @override
    def begin(self, values: Floats) -> dict[int, Hashable]:
        self._start = self._solved(FIRST, values, [np.arange(trees.count)[None] for trees in self._trees])
        return {0: (FIRST, 0, 0)}

    @override
    def decide(self, step: int, node: Hashable, values: Floats, then: bool) -> Decision:
        assert isinstance(node, tuple)
        game, *bound = node
        trees = self._start if game == FIRST else self._solved(game, values, self._options(bound))
        layer = min(step, self._depth - 1)
        first, second = (self._actions(seat, trees[seat], layer) for seat in (0, 1))
        if layer < self._depth - 1:
            return Decision(first, second, {0: node})
        return Decision(first, second, self._nodes(game, trees) if then else {})

    def _options(self, bound: list[int]) -> list[Ints]:
        """For each agent the trees that it may have, [O, L], where what it is bound to is a number."""
        found = []
        for number, trees in zip(bound, self._trees, strict=True):
            places = trees.prefixes ** np.arange(trees.observations)[::-1]
            prefixes = number // places % trees.prefixes
            found.append(prefixes[:, None] * trees.lasts + np.arange(trees.lasts))
        return found

    def _solved(self, game: int, values: Floats, options: list[Ints]) -> tuple[Ints, Ints]:
        """The best trees by what each observes, [O1] and [O2], among options [O or 1, L]."""
        first, second, chance, following = self._games.edges(game)
        seen, places = zip(*(np.unique(part, return_inverse=True) for part in (first, second)), strict=True)
        whole = [
            np.broadcast_to(part, (trees.observations, part.shape[1]))
            for part, trees in zip(options, self._trees, strict=True)
        ]
        payoff = np.zeros((*map(len, seen), *(part.shape[1] for part in whole)))
        rows, columns = whole[0][first][:, :, None], whole[1][second][:, None]
        payoff[places[0], places[1]] = chance[:, None, None] * values[following[:, None, None], rows, columns]
        rules = team(payoff[None, None])
        found = []
        for part, kinds, rule in zip(whole, seen, (rules.first, rules.second), strict=True):
            trees = part[:, 0].copy()
            trees[kinds] = part[kinds, rule[0, 0].argmax(1)]
            found.append(trees)
        return found[0], found[1]

    def _actions(self, seat: int, trees: Ints, layer: int) -> Ints:
        """[K] actions in a layer, by the last observations, of which that one that chose the tree is the oldest."""
        kind, shape = np.arange(self.windows[seat].kinds), self._trees[seat]
        path, oldest = kind % shape.observations**layer, kind // shape.observations**layer % shape.observations
        digits = sum(shape.observations**depth for depth in range(shape.depth))
        place = digits - 1 - sum(shape.observations**depth for depth in range(layer)) - path
        return np.asarray(trees[oldest] // shape.actions**place % shape.actions)

    def _nodes(self, game: int, trees: tuple[Ints, Ints]) -> dict[int, Hashable]:
        first, second, _, following = self._games.edges(game)
        chosen = trees[0][first], trees[1][second]
        roots = [shape.root[tree] for shape, tree in zip(self._trees, chosen, strict=True)]
        bound = [shape.subtrees[tree] for shape, tree in zip(self._trees, chosen, strict=True)]
        z = first * self.windows[1].observations + second
        joint = roots[0] * self._trees[1].actions + roots[1]
        after = [
            self._games.after(belief, action) for belief, action in zip(following.tolist(), joint.tolist(), strict=True)
        ]
        return dict(zip(z.tolist(), zip(after, bound[0].tolist(), bound[1].tolist(), strict=True), strict=True))


def _reader(stage: Stage, games: _Games, game: TabularPOSG) -> _Reader:
    if isinstance(stage, Shared):
        return _ReadsShared(games, game)
    if isinstance(stage, OneDirectional):
        return _ReadsDirected(games, game, stage.source)
    assert isinstance(stage, Delayed)
    return _ReadsDelayed(games, game, stage.trees)


def _machine(game: TabularPOSG, reader: _Reader, horizon: int, layers: Iterator[Floats]) -> JointPolicy:
    """Nodes that are reached, step by step, each once."""
    first, second = reader.windows
    values = next(layers)
    begin = reader.begin(values)
    layer = {node: number for number, node in enumerate(dict.fromkeys(begin.values()))}
    start = np.full(first.observations * second.observations, -1)
    start[list(begin)] = [layer[node] for node in begin.values()]
    decisions: list[Decision] = []
    following: list[dict[int, int]] = []
    for step in range(horizon):
        if step >= reader.reads:
            values = next(layers)
        found = [reader.decide(step, node, values, step < horizon - 1) for node in layer]
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
    seats = Seats.of(reader.windows, game.observes_at_start)
    sizes = first.observations, second.observations, 1, 1
    return JointPolicy.of((np.ones((len(decisions), 1)), one, other), (table, start), seats, sizes)

"""What is done at a node of an exact plan, and where it leads, read off the values of the steps to go."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from quorate_information_sharing.planning.beliefs import BeliefGraph, Floats, Ints, StageGames
from quorate_information_sharing.planning.prescriptions import team
from quorate_information_sharing.planning.stages import Delayed, OneDirectional, Shared, Stage
from quorate_information_sharing.planning.trees import Trees
from quorate_information_sharing.planning.windows import Window
from quorate_information_sharing.posg import TabularPOSG

FIRST = -1
"""The stage game before the first action."""


class Games:
    """Stage games one by one, that before the first action too."""

    def __init__(self, graph: BeliefGraph, first: StageGames) -> None:
        self._graph, self._first = graph, first
        self._load()

    def explore(self, beliefs: Ints) -> None:
        """Find what follows some beliefs, if that is not known."""
        if (self._graph.row[beliefs] < 0).any():
            self._graph.explore(beliefs)
            self._load()

    def edges(self, game: int) -> tuple[Ints, Ints, Floats, Ints]:
        """[E] what both observe, the chance of that, and the belief then."""
        games = self._first if game == FIRST else self._games
        part = slice(None) if game == FIRST else slice(self._ends[game], self._ends[game + 1])
        return games.first[part], games.second[part], games.probability[part], games.following[part]

    def after(self, belief: int, action: int) -> int:
        """The stage game after a belief and a joint action, if it was explored."""
        row = self._graph.row[belief]
        return int(self._after[row, action]) if row >= 0 else FIRST

    def _load(self) -> None:
        self._games, self._after = self._graph.games(), self._graph.game_of
        self._ends = np.append(self._games.start, len(self._games.first))


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


class Reader(ABC):
    """Reads decisions off the values of the steps to go.

    Attributes:
        windows: of both.
        reads: the step from which on each step reads one more layer of values.
    """

    windows: tuple[Window, Window]
    reads: int = 1

    def __init__(self, games: Games) -> None:
        self._games = games

    @abstractmethod
    def begin(self, values: Floats) -> dict[int, Hashable]:
        """Nodes before the first action, by z."""

    @abstractmethod
    def decide(self, step: int, node: Hashable, values: Floats, then: bool) -> Decision:
        """At a node; `then`: something follows."""

    def explore(self, nodes: Iterable[Hashable]) -> None:
        """Find what follows whatever may be decided at some nodes."""
        self._games.explore(np.unique([belief for node in nodes for belief in self._reached(node)]))

    @abstractmethod
    def _reached(self, node: Hashable) -> list[int]:
        """The beliefs at which it is acted."""


class _ReadsShared(Reader):
    """A node is a belief."""

    def __init__(self, games: Games, game: TabularPOSG) -> None:
        others = game.joint_observations // len(game.observations[0])
        super().__init__(games)
        self._actions = game.joint_actions // len(game.actions[0])
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

    @override
    def _reached(self, node: Hashable) -> list[int]:
        assert isinstance(node, int)
        return [node]

    def _nodes(self, game: int) -> dict[int, Hashable]:
        first, second, _, following = self._games.edges(game)
        z = first * self.windows[1].observations + second
        return dict(zip(z.tolist(), following.tolist(), strict=True))


class _ReadsDirected(Reader):
    """A node is a stage game, and what the agent observed that tells at once."""

    def __init__(self, games: Games, game: TabularPOSG, source: int) -> None:
        first, second = (Window(len(names), int(seat != source)) for seat, names in enumerate(game.observations))
        super().__init__(games)
        self._source, self.windows = source, (first, second)
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

    @override
    def _reached(self, node: Hashable) -> list[int]:
        assert isinstance(node, tuple)
        told, _, _, following = self._edges(node[0])
        return list(following[told == node[1]].tolist())

    def _edges(self, game: int) -> tuple[Ints, Ints, Floats, Ints]:
        first, second, chance, following = self._games.edges(game)
        return (first, second, chance, following) if self._source == 0 else (second, first, chance, following)

    def _nodes(self, game: int, hidden: int) -> dict[int, Hashable]:
        """By z: what is told now, and what was hidden."""
        told = np.unique(self._edges(game)[0]).tolist()
        size = self.windows[1].observations
        return {one * size + hidden if self._source == 0 else hidden * size + one: (game, one) for one in told}


class _ReadsDelayed(Reader):
    """A node is a stage game and what both are bound to; at the beginning, trees that all was decided by."""

    def __init__(self, games: Games, game: TabularPOSG, trees: tuple[Trees, Trees]) -> None:
        super().__init__(games)
        self._trees, self._depth = trees, trees[0].depth
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

    @override
    def _reached(self, node: Hashable) -> list[int]:
        assert isinstance(node, tuple)
        return list(self._games.edges(node[0])[3].tolist())

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


def reader(stage: Stage, games: Games, game: TabularPOSG) -> Reader:
    """Of the plans of a stage solver."""
    if isinstance(stage, Shared):
        return _ReadsShared(games, game)
    if isinstance(stage, OneDirectional):
        return _ReadsDirected(games, game, stage.source)
    assert isinstance(stage, Delayed)
    return _ReadsDelayed(games, game, stage.trees)

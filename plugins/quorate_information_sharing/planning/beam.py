"""Policies without sharing, by beam search over joint decision rules: their values are exact, and lower bounds.

A node is what would be known from outside: the joint chance of both agents' kinds of histories, and the belief after
each pair of them. Histories that say the same about the state and the other agent are one kind (lossless clustering).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.planning.beliefs import BeliefGraph, Floats, Ints, StageGames
from quorate_information_sharing.planning.policy import Step
from quorate_information_sharing.planning.rules import Rule, good_rules

DIGITS = 10


@dataclass(frozen=True)
class Node:
    """Where a policy has led.

    Attributes:
        chance: [K1, K2] of kinds of histories.
        belief: [K1, K2] numbers in the graph; -1 where the chance is 0.
        reward: expected so far.
        steps: the policy so far.
    """

    chance: Floats
    belief: Ints
    reward: float
    steps: tuple[Step, ...]

    def key(self) -> bytes:
        """The same for nodes from which all goes on alike."""
        return np.round(self.chance, DIGITS).tobytes() + self.belief.tobytes()


class Beam:
    """Searches policies without sharing.

    Args:
        graph: of beliefs from the beginning.
        beginning: the stage game of what is seen before the first action.
        values: of joint actions with one step of delay, by the steps to go, at all beliefs that are known by then: the
            heuristic, which is an upper bound.
        observations: of each agent.
        width: nodes kept at each step.
        rules: joint decision rules tried at each node.
        kinds: the most kinds of histories of an agent; policies that need more are left out.
        seed: of starting points where rules are too many to enumerate.
    """

    def __init__(
        self,
        graph: BeliefGraph,
        beginning: StageGames,
        values: Callable[[int], Floats],
        observations: tuple[int, int],
        width: int = 20,
        rules: int = 30,
        kinds: int = 40,
        seed: int = 0,
    ) -> None:
        self._values, self._width, self._rules, self._kinds, self._seed = values, width, rules, kinds, seed
        self._beginning, self._seen = beginning, observations
        self._graph, self._known, self._actions = graph, -1, values(1).shape[2]

    def search(self, horizon: int, report: Callable[[int, int], None]) -> list[Node]:
        """The best policies found for this horizon, best first; none where all need too many kinds of histories.

        Args:
            horizon: steps.
            report: told how many steps are done, of how many.
        """
        nodes = [self._root()]
        generator = np.random.default_rng(self._seed)
        for to_go in range(horizon, 0, -1):
            report(horizon - to_go, horizon)
            nodes = self._step(nodes, to_go, generator)
        return nodes

    def _root(self) -> Node:
        """Before the first action; what is seen then are the first kinds of histories, unmerged."""
        first, second = self._beginning.first, self._beginning.second
        chance = np.zeros((first.max() + 1, second.max() + 1))
        belief = np.full(chance.shape, -1)
        chance[first, second], belief[first, second] = self._beginning.probability, self._beginning.following
        return Node(chance, belief, 0.0, ())

    def _step(self, nodes: list[Node], to_go: int, generator: np.random.Generator) -> list[Node]:
        """The best that follow these nodes."""
        tried = []
        known = [node.belief[node.belief >= 0] for node in nodes if to_go > 1]
        self._load(np.concatenate([np.zeros(0, np.int64), *known]))
        values = self._values(to_go)
        for node in nodes:
            payoff = node.chance[..., None, None] * values[node.belief]
            tried += [(node.reward + rule.value, node, rule) for rule in good_rules(payoff, self._rules, generator)]
        tried.sort(key=lambda one: -one[0])
        found: dict[bytes, Node] = {}
        for _, node, rule in tried:
            child = self._child(node, rule, last=to_go == 1)
            if max(child.chance.shape) > self._kinds:
                continue
            key = child.key()
            if key not in found and len(found) == self._width:
                break
            if key not in found or child.reward > found[key].reward:
                found[key] = child
        return sorted(found.values(), key=lambda one: -one.reward)

    def _load(self, beliefs: Ints) -> None:
        """Have at hand what follows some beliefs."""
        self._graph.explore(beliefs)
        if self._known == len(self._graph.explored):
            return
        games, self._known = self._graph.games(), len(self._graph.explored)
        self._reward, self._game_of = self._graph.reward[0], self._graph.game_of
        shape = (len(games.start), *self._seen)
        place = (games.game(), games.first, games.second)
        self._probability, self._following = np.zeros(shape), np.full(shape, -1)
        self._probability[place], self._following[place] = games.probability, games.following

    def _child(self, node: Node, rule: Rule, last: bool) -> Node:
        """After both have acted and seen."""
        action = rule.first[:, None] * self._actions + rule.second
        reward = node.reward + float((node.chance * self._reward[node.belief, action]).sum())
        if last:
            return Node(node.chance, node.belief, reward, (*node.steps, Step.last(rule.first, rule.second, self._seen)))
        game = self._game_of[self._graph.row[node.belief], action]
        chance = (node.chance[..., None, None] * self._probability[game]).transpose(0, 2, 1, 3)
        belief = np.where(chance > 0, self._following[game].transpose(0, 2, 1, 3), -1)
        (k1, o1, k2, o2), size = chance.shape, chance.shape[0] * chance.shape[1]
        chance, belief, kinds = clustered(chance.reshape(size, -1), belief.reshape(size, -1))
        step = Step((rule.first, rule.second), (kinds[0].reshape(k1, o1), kinds[1].reshape(k2, o2)))
        return Node(chance, belief, reward, (*node.steps, step))


def clustered(chance: Floats, belief: Ints) -> tuple[Floats, Ints, tuple[Ints, Ints]]:
    """Merge rows, and columns, that say the same about all else.

    Args:
        chance: [K1, K2].
        belief: [K1, K2].

    Returns:
        Both, smaller, and the new number of each old row and column, -1 where it had no chance.
    """
    kinds = [np.arange(size) for size in chance.shape]
    while True:
        before = chance.shape
        for side in (0, 1):
            chance, belief, new = _merge_rows(chance, belief)
            kinds[side] = np.where(kinds[side] >= 0, new[kinds[side]], -1)
            chance, belief = chance.T, belief.T
        if chance.shape == before:
            return np.ascontiguousarray(chance), np.ascontiguousarray(belief), (kinds[0], kinds[1])


def _merge_rows(chance: Floats, belief: Ints) -> tuple[Floats, Ints, Ints]:
    """Rows that agree up to their own chance become one."""
    total = chance.sum(1)
    alive = np.flatnonzero(total > 1e-14)
    signs = np.concatenate([np.round(chance[alive] / total[alive, None], DIGITS), belief[alive]], 1)
    _, where, inverse = np.unique(signs, axis=0, return_index=True, return_inverse=True)
    merged = np.zeros((len(where), chance.shape[1]))
    np.add.at(merged, inverse, chance[alive])
    new = np.full(len(chance), -1)
    new[alive] = inverse
    return merged, belief[alive][where], new

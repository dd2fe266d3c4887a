"""Finite memory: what is common is forgotten but for the last steps (2308.08705, approximate common information)."""

import numpy as np
from scipy import sparse

from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.beliefs import Floats, Ints, Keys, mixed, numbered
from quorate_information_sharing.planning.common import CommonModel, CommonNodes, expanded
from quorate_information_sharing.planning.effort import TooLargeError


def remembering_nodes(model: CommonModel, memory: int, horizon: int, limit: int, report: Report) -> CommonNodes:
    """What is remembered of what was common, with beliefs as if the state before had been drawn uniformly.

    A node is what became common in the last steps: of L of them all, and of as many before as observations may be late
    the actions alone, which what is known of the state later depends on. While an episode is not older than that, its
    belief is exact. Later it is that of an agent that knows these steps alone, before which the state, and what others
    keep to themselves, is uniform: such nodes do not depend on the step.

    Args:
        model: of the game.
        memory: L, how many steps are remembered.
        horizon: steps of an episode.
        limit: the most nodes to keep.
        report: told how many steps are done, of how many.

    Raises:
        TooLargeError: there are too many nodes.
    """
    z, chance, roots = model.beginning()
    grown = _Grown(model, memory, limit)
    layers = [grown.exact(sparse.csr_array(roots))]
    for step in range(1, horizon):
        report(step, horizon)
        layers.append(grown.later(layers[-1]) if step <= grown.length else grown.forgetting(layers[-1]))
    return grown.nodes(layers, (z, layers[0], chance))


class _Grown:
    """Nodes as they are found; each remembers a window of what became common.

    Attributes:
        length: of the window.
    """

    def __init__(self, model: CommonModel, memory: int, limit: int) -> None:
        self._model, self._limit = model, limit
        self._late = [window.length for window in model.privacy.windows]
        self.length = memory + max(self._late)
        self._sizes = model.sizes
        self._parts: list[sparse.csr_array] = []
        self._windows: list[Ints] = []  # [N, W]; steps that an episode did not have yet are -1
        self._edges: list[tuple[Ints, Ints, Ints]] = []
        self._steady, self._numbers = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self._done = np.zeros(0, np.int64)

    def exact(self, beliefs: sparse.csr_array) -> Ints:
        """Nodes that remember nothing because nothing became common."""
        return self._add(beliefs, np.full((beliefs.shape[0], self.length), -1))

    def later(self, layer: Ints) -> Ints:
        """What follows in an episode that is not older than what is remembered."""
        node, z, rows = expanded(self._model, self._beliefs(), layer)
        found = self._add(rows.chosen(np.arange(len(node))), self._longer(node, z))
        self._edges.append((node, z, found))
        return found

    def forgetting(self, layer: Ints) -> Ints:
        """What follows where the oldest step is forgotten."""
        fresh = np.setdiff1d(layer, self._done)
        self._done = np.union1d(self._done, fresh)
        if len(fresh):
            node, z, _ = expanded(self._model, self._beliefs(), fresh)
            windows = self._remembered(self._longer(node, z))
            keys = _keys(windows)
            number, new = numbered(self._steady, keys)
            self._steady = np.concatenate([self._steady, keys[new]])
            added = self._add(self._steady_beliefs(windows[new]), windows[new])
            self._numbers = np.concatenate([self._numbers, added])
            self._edges.append((node, z, self._numbers[number]))
        before, _, after = (np.concatenate(part) for part in zip(*self._edges, strict=True))
        return np.unique(after[np.isin(before, layer)])

    def nodes(self, layers: list[Ints], begin: tuple[Ints, Ints, Floats]) -> CommonNodes:
        """All of them."""
        none = np.zeros(0, np.int64)
        before, z, after = (np.concatenate([none, *(edges[part] for edges in self._edges)]) for part in range(3))
        order = np.argsort(before, kind="stable")
        return CommonNodes(self._beliefs(), (before[order], z[order], after[order]), layers, begin)

    def _add(self, beliefs: sparse.csr_array, windows: Ints) -> Ints:
        count = sum(map(len, self._windows))
        if count + len(windows) > self._limit:
            problem = f"{self._model.game.name} has more than {self._limit} things to remember."
            raise TooLargeError(problem, where="memory", fix="Remember fewer steps, or allow more `beliefs`.")
        self._parts.append(beliefs)
        self._windows.append(windows)
        return np.arange(count, count + len(windows))

    def _beliefs(self) -> sparse.csr_array:
        return sparse.csr_array(sparse.vstack(self._parts, format="csr"))

    def _longer(self, nodes: Ints, told: Ints) -> Ints:
        """Windows in which one thing more became common, and the oldest is gone."""
        return (
            np.concatenate([np.concatenate(self._windows)[nodes], told[:, None]], 1)[:, 1:]
            if self.length
            else (np.zeros((len(nodes), 0), np.int64))
        )

    def _remembered(self, windows: Ints) -> Ints:
        """What was observed before the first of the steps is forgotten, and counts as 0."""
        parts = np.unravel_index(windows, self._sizes)
        place = np.arange(self.length)
        kept = [np.where(place < late, 0, part) for part, late in zip(parts, self._late, strict=False)]
        return np.asarray(np.ravel_multi_index((*kept, *parts[2:]), self._sizes))

    def _steady_beliefs(self, windows: Ints) -> sparse.csr_array:
        """Given what is remembered alone."""
        size = int(np.prod(self._model.shape))
        beliefs = np.full((len(windows), size), 1 / size)
        for told in windows.T:
            for z in np.unique(told):
                rows = told == z
                beliefs[rows] = beliefs[rows] @ self._model.kernel[:, z * size : (z + 1) * size]
            beliefs /= beliefs.sum(1, keepdims=True)
        return sparse.csr_array(beliefs)


def _keys(windows: Ints) -> Keys:
    """One number for each row."""
    found = np.zeros(len(windows), np.uint64)
    for column in windows.T:
        found = mixed(found, column)
    return found

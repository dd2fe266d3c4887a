"""Common beliefs where they do not depend on strategies: on the state, and on what each agent knows alone."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.beliefs import (
    Floats,
    Ints,
    Keys,
    chosen_rows,
    joint_kernel,
    numbered,
    row_keys,
    split_columns,
)
from quorate_information_sharing.planning.effort import TooLargeError
from quorate_information_sharing.planning.windows import Privacy
from quorate_information_sharing.posg import TabularPOSG


@dataclass(frozen=True)
class CommonModel:
    """A game of two agents in which what they know alone belongs to the state: x, one of X = S K1 K2.

    Common beliefs are those under uniform actions, which are those under any (2308.08705, Assumption 3).

    Attributes:
        game: as it is.
        privacy: what is private.
    """

    game: TabularPOSG
    privacy: Privacy

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """S, K1, K2."""
        first, second = self.privacy.windows
        return len(self.game.states), first.kinds, second.kinds

    @cached_property
    def actions(self) -> tuple[int, int]:
        """A1, A2."""
        first = len(self.game.actions[0])
        return first, self.game.joint_actions // first

    @cached_property
    def sizes(self) -> tuple[int, int, int, int]:
        """The factors of Z: what both tell, and their actions where these are told."""
        first, second = self.privacy.windows
        told = [size if acted else 1 for size, acted in zip(self.actions, self.privacy.acted, strict=True)]
        return first.observations, second.observations, told[0], told[1]

    @property
    def common(self) -> int:
        """Z: what may become common at a step."""
        return int(np.prod(self.sizes))

    @cached_property
    def kernel(self) -> sparse.csr_array:
        """[X, Z X'] the chance of what becomes common and what then is, under uniform actions."""
        x, _, z, after, chance = self._moves
        size = int(np.prod(self.shape))
        cells = (chance / self.game.joint_actions, (x, z * size + after))
        return sparse.csr_array(sparse.coo_array(cells, shape=(size, self.common * size)).tocsr())

    @cached_property
    def told(self) -> sparse.csr_array:
        """[X A, Z] the chance of what becomes common."""
        x, action, z, _, chance = self._moves
        actions, size = self.game.joint_actions, int(np.prod(self.shape))
        cells = (chance, (x * actions + action, z))
        return sparse.csr_array(sparse.coo_array(cells, shape=(size * actions, self.common)).tocsr())

    @cached_property
    def told_at_once(self) -> sparse.csr_array:
        """[X, A Z] the same."""
        return sparse.csr_array(self.told.reshape((int(np.prod(self.shape)), -1)))

    @cached_property
    def reward(self) -> Floats:
        """[n, X, A]."""
        return self.game.reward.repeat(self.shape[1] * self.shape[2], 1)

    def beginning(self) -> tuple[Ints, Floats, Floats]:
        """What is common before the first action, z [R], its chances [R], and the beliefs then, [R, X]."""
        game, (first, second) = self.game, self.privacy.windows
        joint = game.start[:, None]
        if game.observes_at_start and game.initial_observation is not None:
            joint = joint * game.initial_observation
        state, seen = np.nonzero(joint)
        one, other = seen // second.observations, seen % second.observations
        z = (first.revealed[0, one] * self.sizes[1] + second.revealed[0, other]) * self.sizes[2] * self.sizes[3]
        known, row = np.unique(z, return_inverse=True)
        beliefs = np.zeros((len(known), *self.shape))
        beliefs[row, state, first.following[0, one], second.following[0, other]] = joint[state, seen]
        flat = beliefs.reshape(len(known), -1)
        return known, flat.sum(1), flat / flat.sum(1, keepdims=True)

    @cached_property
    def _moves(self) -> tuple[Ints, Ints, Ints, Ints, Floats]:
        """All that can happen: x, a, z, x', and the chance of z and x' given x and a."""
        states, *kinds = self.shape
        first, second = self.privacy.windows
        moves = joint_kernel(self.game).tocoo()
        before, column = moves.row.astype(np.int64), moves.col.astype(np.int64)
        action, seen, after = split_columns(column, self.game.joint_observations, states)
        one, other = seen // second.observations, seen % second.observations
        mine, yours = (axis.ravel() for axis in np.indices(kinds))
        z = first.revealed[mine[:, None], one] * self.sizes[1] + second.revealed[yours[:, None], other]
        for size, acted in zip(self.sizes[2:], divmod(action, self.actions[1]), strict=True):
            z = z * size + (acted if size > 1 else 0)
        kind = first.following[mine[:, None], one] * kinds[1] + second.following[yours[:, None], other]
        x = before * len(mine) + np.arange(len(mine))[:, None]
        spread = np.broadcast_to(action, z.shape), np.broadcast_to(moves.data, z.shape)
        return x.ravel(), spread[0].ravel(), z.ravel(), (after * len(mine) + kind).ravel(), spread[1].ravel()


@dataclass(frozen=True)
class CommonNodes:
    """What may be common, as a graph.

    Attributes:
        beliefs: [N, X].
        edges: nodes, z and the nodes that follow, int64 [E] each, sorted by nodes.
        layers: by step, the nodes that may be reached then.
        begin: z before the first action [R], the nodes then, and their chances.
    """

    beliefs: sparse.csr_array
    edges: tuple[Ints, Ints, Ints]
    layers: list[Ints]
    begin: tuple[Ints, Ints, Floats]

    def following(self, rows: Ints, common: int) -> Ints:
        """[R, Z] of some nodes; -1 where z can not come."""
        node, z, after = self.edges
        place = np.full(self.beliefs.shape[0], -1)
        place[rows] = np.arange(len(rows))
        kept = place[node] >= 0
        found = np.full((len(rows), common), -1)
        found[place[node[kept]], z[kept]] = after[kept]
        return found


def common_nodes(model: CommonModel, horizon: int, limit: int, report: Report) -> CommonNodes:
    """All common beliefs that can be reached, each once.

    Args:
        model: of a game.
        horizon: steps of an episode.
        limit: the most to keep.
        report: told how many steps are done, of how many.

    Raises:
        TooLargeError: they are too many; says for which horizon they are not.
    """
    z, chance, roots = model.beginning()
    first = sparse.csr_array(roots)
    keys = row_keys(first.indptr[:-1], first.indices, first.data)
    parts, edges, layers, grown = [first], [], [np.arange(len(z))], 0
    for step in range(1, horizon):
        report(step, horizon)
        beliefs = sparse.csr_array(sparse.vstack(parts, format="csr"))
        fresh = np.arange(grown, beliefs.shape[0])
        grown = beliefs.shape[0]
        node, told, rows = expanded(model, beliefs, fresh)
        number, new = numbered(keys, rows.keys)
        edges.append((node, told, number))
        parts.append(rows.chosen(new))
        keys = np.concatenate([keys, rows.keys[new]])
        if len(keys) > limit:
            problem = f"{model.game.name} reaches more than {limit} common beliefs within {step} steps."
            fix = f"Give a horizon of at most {step}, or allow more `beliefs` and `megabytes`."
            raise TooLargeError(problem, where="horizon", fix=fix)
        before, _, after = (np.concatenate(part) for part in zip(*edges, strict=True))
        layers.append(np.unique(after[np.isin(before, layers[-1])]))
    none = np.zeros(0, np.int64)
    joined = tuple(np.concatenate([none, *part]) for part in zip(*edges, strict=True)) or (none, none, none)
    beliefs = sparse.csr_array(sparse.vstack(parts, format="csr"))
    return CommonNodes(beliefs, (joined[0], joined[1], joined[2]), layers, (z, np.arange(len(z)), chance))


@dataclass(frozen=True)
class Rows:
    """Sparse rows, one after the other, not yet a matrix."""

    starts: Ints
    sizes: Ints
    column: Ints
    values: Floats
    width: int

    @property
    def keys(self) -> Keys:
        """One number for each."""
        return row_keys(self.starts, self.column, self.values)

    def chosen(self, rows: Ints) -> sparse.csr_array:
        """Some of them, as a matrix."""
        return chosen_rows(rows, self.starts, self.sizes, self.column, self.values, self.width)


def expanded(model: CommonModel, beliefs: sparse.csr_array, nodes: Ints) -> tuple[Ints, Ints, Rows]:
    """What may become common after some beliefs: nodes [E], z [E], and the beliefs then."""
    size = int(np.prod(model.shape))
    product = sparse.csr_array(beliefs[nodes] @ model.kernel)
    product.sort_indices()
    row = np.repeat(np.arange(len(nodes)), np.diff(product.indptr))
    cell = row.astype(np.int64) * model.common + product.indices // size
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    sizes = np.diff(starts, append=len(cell))
    chance = np.add.reduceat(product.data, starts) if len(starts) else np.zeros(0)
    values = product.data / np.repeat(chance, sizes)
    column = (product.indices % size).astype(np.int64)
    rows = Rows(starts, sizes, column, values, size)
    return nodes[cell[starts] // model.common], cell[starts] % model.common, rows

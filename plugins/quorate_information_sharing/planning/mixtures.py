"""Beliefs as mixtures of those that were explored."""

import numpy as np
from scipy import sparse

from quorate_information_sharing.planning.beliefs import BeliefGraph, Ints

BLOCK = 1 << 22
"""Numbers in the largest array."""


class Mixtures:
    """What beliefs are mixed of: of one explored belief as much as can be, the rest of certainties of states.

    Args:
        graph: of beliefs.
        corners: [S] beliefs that are certain of a state, all explored; -1 of states that can not be.
    """

    def __init__(self, graph: BeliefGraph, corners: Ints) -> None:
        self._graph, self._corners = graph, corners
        self._share, self._part = np.zeros(0), np.zeros(0, np.int64)
        self._parts = 0

    def update(self) -> None:
        """Mix of all that are explored by now."""
        self.extend()
        before, self._parts = self._parts, len(self._graph.explored)
        self._cover(np.arange(len(self._share)), np.arange(before, self._parts))

    def extend(self) -> None:
        """Mix beliefs that are new of the same parts as before."""
        known, added = len(self._share), len(self._graph.row) - len(self._share)
        self._share = np.concatenate([self._share, np.zeros(added)])
        self._part = np.concatenate([self._part, np.zeros(added, np.int64)])
        self._cover(np.arange(known, known + added), np.arange(self._parts))

    def matrix(self) -> sparse.csr_array:
        """[N, M] the weights of parts in all beliefs."""
        beliefs, row, parts = self._graph.beliefs, self._graph.row, self._graph.explored[: self._parts]
        mixed = np.flatnonzero((row < 0) | (row >= self._parts))
        share, part = self._share[mixed], self._part[mixed]
        rest = (beliefs[mixed] - sparse.diags_array(share) @ beliefs[parts[part]]).tocoo()
        weight = np.concatenate([np.ones(len(parts)), share, np.maximum(rest.data, 0)])
        belief = np.concatenate([parts, mixed, mixed[rest.row]])
        column = np.concatenate([np.arange(len(parts)), part, row[self._corners[rest.col]]])
        return sparse.csr_array(sparse.coo_array((weight, (belief, column)), shape=(len(row), len(parts))))

    def _cover(self, beliefs: Ints, parts: Ints) -> None:
        """Mix beliefs of these parts too, where one of them can have a larger share."""
        if not len(parts) or not len(beliefs):
            return
        known = self._graph.beliefs[self._graph.explored[parts]]
        size = max(1, BLOCK // known.nnz)
        for begin in range(0, len(beliefs), size):
            block = beliefs[begin : begin + size]
            ratio = self._graph.beliefs[block].toarray()[:, known.indices] / known.data
            shares = np.minimum.reduceat(ratio, known.indptr[:-1], axis=1)
            best = shares.argmax(1)
            share = shares[np.arange(len(block)), best]
            better = share > self._share[block]
            self._share[block[better]], self._part[block[better]] = share[better], parts[best[better]]

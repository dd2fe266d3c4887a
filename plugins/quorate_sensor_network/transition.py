"""The Markov chain of the sets of occupied areas."""

from itertools import combinations

import torch
from torch import Tensor

from quorate_sensor_network.network import Network


def enumerate_states(areas: int, targets: int) -> Tensor:
    """Every set of occupied areas as a multi-hot row, in lexicographic order: float32 [K, A], K = C(A, k)."""
    positions = torch.tensor(list(combinations(range(areas), targets)))
    return torch.zeros(len(positions), areas).scatter_(1, positions, 1.0)


def transition_matrix(network: Network, states: Tensor, move: float) -> Tensor:
    """p(next state | state) for targets that move one after the other, in the order of their areas' numbers.

    While the targets of one source state move, the set of occupied areas is all that counts: whose turn it is
    follows from the source, and a target that has not moved yet is still where it was. So row s of the matrix is
    e_s M_p1 ... M_pk, where p1 < ... < pk are the areas occupied in s and M_p lets the target in area p move.

    Args:
        network: the geometry.
        states: [K, A] from `enumerate_states`.
        move: probability that a target tries to move.

    Returns:
        float64 [K, K], row = state now, column = state after the move.
    """
    order = states.nonzero()[:, 1].reshape(len(states), -1)
    swaps = _Swaps(states)
    matrix = torch.eye(len(states), dtype=torch.float64)
    for turn in order.unbind(dim=1):
        for area, near in enumerate(network.neighbours):
            rows = (turn == area).nonzero()[:, 0]
            if len(rows) and near:
                matrix[rows] = _move_from(matrix[rows], area, near, swaps, move / len(near))
    return matrix


class _Swaps:
    """Finds, for two areas p and q, the states with p but not q occupied, and what they become when p moves to q."""

    def __init__(self, states: Tensor) -> None:
        self._states = states.to(torch.uint8)
        self._index = {row.tobytes(): index for index, row in enumerate(self._states.numpy())}
        self._known: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}

    def __call__(self, here: int, there: int) -> tuple[Tensor, Tensor]:
        if (here, there) not in self._known:
            self._known[here, there] = self._find(here, there)
        return self._known[here, there]

    def _find(self, here: int, there: int) -> tuple[Tensor, Tensor]:
        sources = ((self._states[:, here] == 1) & (self._states[:, there] == 0)).nonzero()[:, 0]
        moved = self._states[sources]
        moved[:, here], moved[:, there] = 0, 1
        return sources, torch.tensor([self._index[row.tobytes()] for row in moved.numpy()], dtype=torch.int64)


def _move_from(rows: Tensor, area: int, near: tuple[int, ...], swaps: _Swaps, share: float) -> Tensor:
    """Apply M_area to distributions [R, K]: `share` of the mass of each state flows to each free goal."""
    after = rows.clone()
    for goal in near:
        sources, results = swaps(area, goal)
        flow = rows[:, sources] * share
        after[:, sources] -= flow
        after[:, results] += flow
    return after

"""Two agents who want to meet on a grid of two by two cells (Amato, Bernstein and Zilberstein 2009)."""

import numpy as np

from quorate_information_sharing.posg import Array, TabularPOSG, alike, independent

CELLS = "top-left", "top-right", "bottom-left", "bottom-right"
ACTIONS = "up", "down", "left", "right", "stay"
OBSERVATIONS = "left", "right"
STARTS = 1, 2
INTENDED, OTHERWISE = 0.6, 0.1


def grid_small(horizon: int = 3) -> TabularPOSG:
    """Who moves gets where it wants with probability 0.6, and moves in each other way with 0.1; each sees its column.

    Who stays does so for certain. The team is paid 1 whenever both arrive in the same cell.
    """
    alone = np.stack([_moves(action) for action in range(5)])  # [a, c, c']
    transition = np.einsum("aij,bkl->abikjl", alone, alone).reshape(25, 16, 16)
    together = np.eye(4).ravel()
    reward = (transition @ together).T
    column = np.eye(2)[np.arange(4) % 2]
    seen = independent(column.repeat(4, 0), np.tile(column, (4, 1)))
    observation = np.broadcast_to(seen, (25, 16, 4)).copy()
    start = np.eye(16)[4 * STARTS[0] + STARTS[1]]
    states = tuple(f"{one} {other}" for one in CELLS for other in CELLS)
    return alike(
        "grid-small",
        states,
        ACTIONS,
        OBSERVATIONS,
        transition=transition,
        observation=observation,
        reward=reward,
        start=start,
        horizon=horizon,
    )


def _moves(action: int) -> Array:
    """[c, c'] of one agent."""
    if ACTIONS[action] == "stay":
        return np.eye(4)
    targets = np.array([[cell % 2, cell % 2 + 2, cell // 2 * 2, cell // 2 * 2 + 1, cell] for cell in range(4)])
    found = np.zeros((4, 4))
    for move in range(5):
        found[np.arange(4), targets[:, move]] += INTENDED if move == action else OTHERWISE
    return found

"""Two recycling robots (Amato et al. 2007)."""

import numpy as np

from quorate_information_sharing.posg import TabularPOSG, alike, independent

STATES = "high-high", "high-low", "low-high", "low-low"
ACTIONS = "recharge", "search-little", "search-big"
OBSERVATIONS = "high", "low"
STAYS_HIGH = np.array([[1.0, 0.7, 0.5], [1.0, 0.2, 0.3]])
"""The probability of a high battery next, by battery now (high, low) and action."""
DEPLETES = np.array([[0.0, 0.0, 0.0], [0.0, 0.2, 0.3]])


def recycling(horizon: int = 3) -> TabularPOSG:
    """Each sees its own battery. A small can pays 2 to whoever finds it, a big one 5 to both together.

    A robot whose battery is depleted costs 10, and brings nothing home.
    """
    battery = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    action = np.array([[first, second] for first in range(3) for second in range(3)])
    high = STAYS_HIGH[battery[None, :, :], action[:, None, :]]  # [A, S, n]
    nexts = np.stack([high, 1 - high], -1)
    transition = independent(nexts[:, :, 0], nexts[:, :, 1])
    lost = DEPLETES[battery[:, None, :], action[None, :, :]]  # [S, A, n]
    found = 2.0 * (action == 1).sum(-1) + 5.0 * (action == 2).all(-1)
    reward = (1 - lost).prod(-1) * found - 10 * lost.sum(-1)
    observation = np.broadcast_to(np.eye(4), (9, 4, 4)).copy()
    start = np.array([1.0, 0.0, 0.0, 0.0])
    return alike(
        "recycling",
        STATES,
        ACTIONS,
        OBSERVATIONS,
        transition=transition,
        observation=observation,
        reward=reward,
        start=start,
        horizon=horizon,
    )

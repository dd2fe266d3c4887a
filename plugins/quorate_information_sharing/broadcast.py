"""The broadcast channel of two nodes (Hansen, Bernstein and Zilberstein 2004)."""

import numpy as np

from quorate_information_sharing.posg import TabularPOSG, alike, independent

STATES = "full-full", "full-empty", "empty-full", "empty-empty"
ACTIONS = "send", "wait"
OBSERVATIONS = "collision", "no-collision"
ARRIVALS = 0.9, 0.1
NOISE = 0.1


def broadcast(horizon: int = 3) -> TabularPOSG:
    """One message at a time gets through, and pays the team 1; buffers of one message are filled with 0.9 and 0.1."""
    full = sends = np.array([[True, True], [True, False], [False, True], [False, False]])  # by state, by joint action
    tries = full[None] & sends[:, None]  # [A, S, n]
    through = tries & (tries.sum(-1, keepdims=True) == 1)
    remains = np.where(full[None] & ~through, 1.0, np.array(ARRIVALS))
    nexts = np.stack([remains, 1 - remains], -1)
    transition = independent(nexts[:, :, 0], nexts[:, :, 1])
    heard = np.where(sends.all(-1), 1 - NOISE, NOISE)
    own = np.stack([heard, 1 - heard], -1)
    observation = np.broadcast_to(independent(own, own)[:, None], (4, 4, 4)).copy()
    start = np.array([1.0, 0.0, 0.0, 0.0])
    reward = through.any(-1).T.astype(float)
    return alike(
        "broadcast",
        STATES,
        ACTIONS,
        OBSERVATIONS,
        transition=transition,
        observation=observation,
        reward=reward,
        start=start,
        horizon=horizon,
    )

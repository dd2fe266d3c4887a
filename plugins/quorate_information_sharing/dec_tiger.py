"""The tiger problem of two agents (Nair et al. 2003), and an opponents' variant."""

import numpy as np

from quorate_information_sharing.posg import Array, TabularPOSG, alike, independent

STATES = "tiger-left", "tiger-right"
ACTIONS = "listen", "open-left", "open-right"
OBSERVATIONS = "hear-left", "hear-right"
LISTEN = 0


def dec_tiger(hearing: tuple[float, float] = (0.85, 0.85), horizon: int = 3) -> TabularPOSG:
    """A team stands before two doors; a tiger is behind one, and all begins anew when a door is opened.

    Args:
        hearing: how probably each agent hears the tiger where it is, if both listen.
        horizon: H.
    """
    reward = np.array([[_team(state, *divmod(joint, 3)) for joint in range(9)] for state in range(2)])
    return _tiger("dec-tiger", hearing, reward, horizon)


def individual_tiger(hearing: tuple[float, float] = (0.85, 0.85), horizon: int = 3) -> TabularPOSG:
    """Two opponents before the same doors: each has its own tiger problem, and wins what the other loses.

    Alone, listening costs 1, the right door pays 10 and the tiger costs 100; an agent is paid the difference.
    """
    alone = np.array([[-1.0, -100.0, 10.0], [-1.0, 10.0, -100.0]])
    difference = (alone[:, :, None] - alone[:, None, :]).reshape(2, 9)
    return _tiger("individual-tiger", hearing, np.stack([difference, -difference]), horizon)


def _tiger(name: str, hearing: tuple[float, float], reward: Array, horizon: int) -> TabularPOSG:
    transition, observation = np.full((9, 2, 2), 0.5), np.full((9, 2, 4), 0.25)
    transition[LISTEN] = np.eye(2)
    ears = [np.array([[right, 1 - right], [1 - right, right]]) for right in hearing]
    observation[LISTEN] = independent(*ears)
    return alike(
        name,
        STATES,
        ACTIONS,
        OBSERVATIONS,
        transition=transition,
        observation=observation,
        reward=reward,
        start=np.full(2, 0.5),
        horizon=horizon,
    )


def _team(state: int, first: int, second: int) -> float:
    """Doors are numbered like the states, from 1."""
    tiger = state + 1
    if first == second:
        return -2.0 if first == LISTEN else (-50.0 if first == tiger else 20.0)
    if LISTEN in (first, second):
        return -101.0 if tiger in (first, second) else 9.0
    return -100.0

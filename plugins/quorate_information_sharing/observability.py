"""How much observations tell of the state: gamma-observability (2308.08705, Assumption 2)."""

import itertools

import numpy as np
from scipy.optimize import linprog

from quorate_information_sharing.posg import Array, TabularPOSG


def observability(game: TabularPOSG) -> Array:
    """The largest gamma with |O_a^T b - O_a^T b'|_1 >= gamma |b - b'|_1 for all beliefs, of each action: float64 [A].

    O_a are the probabilities of joint observations in the states that joint action a led to.
    """
    return np.array([_gamma(table) for table in game.observation])


def _gamma(table: Array) -> float:
    """Of one action, [S, O]: zero where two beliefs look alike, else the least over the signs of their difference."""
    states = len(table)
    if states == 1:
        return 1.0
    if np.linalg.matrix_rank(table, tol=1e-12) < states:
        return 0.0
    signs = itertools.product((1.0, -1.0), repeat=states - 1)  # the first state's sign is free to choose
    return min(_least(table, np.array([1.0, *rest])) for rest in signs if -1.0 in rest)


def _least(table: Array, signs: Array) -> float:
    """The least |O^T x|_1 / |x|_1 over x that sum to zero and have these signs: a linear program in |x| and |O^T x|."""
    states, seen = table.shape
    change = (signs[:, None] * table).T  # [O, S]: from |x| to O^T x
    slack = np.eye(seen)
    bounded = np.block([[change, -slack], [-change, -slack]])
    equal = np.stack([np.r_[signs, np.zeros(seen)], np.r_[np.ones(states), np.zeros(seen)]])
    cost = np.r_[np.zeros(states), np.ones(seen)]
    found = linprog(cost, bounded, np.zeros(2 * seen), equal, [0.0, 1.0])
    return np.inf if found.fun is None else float(found.fun)

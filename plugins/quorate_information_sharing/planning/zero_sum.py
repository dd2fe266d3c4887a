"""Stage games of two opponents, by linear programs: one for a whole block of games."""

import numpy as np
from scipy import sparse

from quorate_information_sharing.planning.beliefs import Floats
from quorate_information_sharing.planning.prescriptions import Prescriptions
from quorate_information_sharing.planning.programs import least

BLOCK = 1 << 15
"""Payoffs of a program: of many small games at once, HiGHS needs less time for each."""


def zero_sum(payoffs: Floats) -> Prescriptions:
    """Rules that ensure both agents the value of each game, whatever the other one does.

    The first agent chooses probabilities x(k1, a1) to have the most where the second one answers each of its kinds
    k2 by the action that leaves the least, v(k2); the second one's rules are the dual solution.

    Args:
        payoffs: [n, G, K1, K2, A1, A2], of which the first agent's counts.
    """
    payoff = payoffs[0]
    games, k1, k2, a1, a2 = payoff.shape
    size = max(1, BLOCK // (k1 * k2 * a1 * a2))
    parts = [_solved(payoff[begin : begin + size]) for begin in range(0, games, size)]
    first, second = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Prescriptions(np.ones((games, 1)), first[:, None], second[:, None])


def _solved(payoff: Floats) -> tuple[Floats, Floats]:
    """[G, K1, A1] and [G, K2, A2] of G games."""
    games, k1, k2, a1, a2 = payoff.shape
    scale = np.abs(payoff).max((1, 2, 3, 4), keepdims=True)
    scaled = payoff / np.where(scale > 0, scale, 1)
    choices, values, answers = games * k1 * a1, games * k2, k2 * a2
    blocks = scaled.transpose(0, 2, 4, 1, 3).reshape(games, answers, k1 * a1)
    gains = sparse.block_diag(list(-blocks), format="csr")  # type: ignore[var-annotated]
    worst = sparse.kron(sparse.eye_array(values), np.ones((a2, 1)), format="csr")
    total = sparse.kron(sparse.eye_array(games * k1), np.ones((1, a1)))
    ones = sparse.csr_array(sparse.hstack([total, sparse.csr_array((games * k1, values))], format="csr"))
    cost = np.concatenate([np.zeros(choices), -np.ones(values)])
    above = sparse.csr_array(sparse.hstack([gains, worst], format="csr"))
    x, duals = least(cost, above, ones, values)
    first, second = x[:choices].reshape(games, k1, a1), duals.reshape(games, k2, a2)
    return _probabilities(first), _probabilities(second)


def _probabilities(rule: Floats) -> Floats:
    """What a solver gives, without its rounding."""
    positive = np.maximum(rule, 0)
    total = positive.sum(-1, keepdims=True)
    return np.where(total > 0, positive / np.where(total > 0, total, 1), 1 / rule.shape[-1])

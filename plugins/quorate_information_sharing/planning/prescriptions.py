"""Decision rules of two agents in a stage game, and those that are best for a team."""

from dataclasses import dataclass

import numpy as np

from quorate.errors import QuorateError
from quorate_information_sharing.planning.beliefs import Floats, Ints

CELLS = 1 << 22
"""Numbers in the largest array of a stage solver."""


@dataclass(frozen=True)
class Prescriptions:
    """What both do in G stage games, by what they know alone.

    Attributes:
        weight: float64 [G, M] the chance of each pair of rules.
        first: float64 [G, M, K1, A1] probabilities of actions.
        second: float64 [G, M, K2, A2].
    """

    weight: Floats
    first: Floats
    second: Floats

    def values(self, payoff: Floats) -> Floats:
        """[G] expected of a payoff [G, K1, K2, A1, A2]."""
        return np.asarray(
            np.einsum("gm,gmka,gmlb,gklab->g", self.weight, self.first, self.second, payoff, optimize=True)
        )


def team(payoffs: Floats) -> Prescriptions:
    """The best pair of rules where both are paid the same: those of one are enumerated, the other answers by kind.

    Args:
        payoffs: [n, G, K1, K2, A1, A2], of which the first agent's counts.

    Raises:
        QuorateError: the rules are too many.
    """
    payoff = payoffs[0]
    (_, k1, k2, a1, a2), swap = payoff.shape, False
    if a2**k2 < a1**k1:
        payoff, swap = payoff.transpose(0, 2, 1, 4, 3), True
    rules = enumerated(payoff.shape[1], payoff.shape[3])
    gains = sum(payoff[:, kind][:, :, rules[:, kind]] for kind in range(payoff.shape[1]))  # [G, K2, R, A2]
    gains = np.asarray(gains)
    best = gains.max(3).sum(1).argmax(1)
    chosen = gains[np.arange(len(gains)), :, best].argmax(2)
    leads, answers = pure(rules[best], payoff.shape[3]), pure(chosen, payoff.shape[4])
    weight = np.ones((len(gains), 1))
    return Prescriptions(weight, answers, leads) if swap else Prescriptions(weight, leads, answers)


def enumerated(kinds: int, actions: int) -> Ints:
    """[R, K] all pure rules of an agent.

    Raises:
        QuorateError: they are too many.
    """
    if actions**kinds > CELLS // 8:
        problem = f"An agent has {actions}^{kinds} decision rules at a step, which is too many to enumerate."
        raise QuorateError(problem, where="structure", fix="Give a shorter delay, or a shorter horizon.")
    return np.arange(actions**kinds)[:, None] // actions ** np.arange(kinds)[::-1] % actions


def pure(actions: Ints, count: int) -> Floats:
    """[G, K] actions as probabilities [G, 1, K, A]."""
    return np.eye(count)[actions][:, None]

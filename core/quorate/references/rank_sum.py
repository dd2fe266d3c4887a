"""The exact rank-sum test of Wilcoxon, Mann and Whitney, and the interval that belongs to it.

Both hold for samples of any distribution, however skewed or tailed: if new and stored values are from the same one,
every order of them is equally likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import comb, inf
from statistics import fmean, median

LEVEL = 0.05
"""Of the two-sided test: so often at most are values told apart that are from the same distribution."""
TOLERANCE = 1e-5
"""Relative to the mean (to 1 where that is smaller): what rounding of 32-bit numbers may do counts as a tie."""


@dataclass(frozen=True)
class RankSum:
    """New values held against stored ones.

    Attributes:
        new: how many there are.
        stored: how many there are.
        shift: median of all differences between a new and a stored value (Hodges and Lehmann).
        low: lower end of the interval for it; -inf where there are too few values for one.
        high: its upper end.
        p: of the two-sided test; ties count for equality.
        least: the smallest p that so many values can have.
    """

    new: int
    stored: int
    shift: float
    low: float
    high: float
    p: float
    least: float

    @property
    def decides(self) -> bool:
        """Whether so many values can tell anything at all."""
        return self.least <= LEVEL

    @property
    def differs(self) -> bool:
        """Whether they are told apart."""
        return self.p <= LEVEL


def rank_sum(new: Sequence[float], stored: Sequence[float]) -> RankSum:
    """Test whether two samples are from the same distribution.

    Args:
        new: finite values, at least one.
        stored: finite values, at least one.
    """
    differences = sorted(one - other for one in new for other in stored)
    chances, tie = _chances(len(stored), len(new)), rounding(fmean(stored))
    not_above = sum(difference <= tie for difference in differences)
    not_below = sum(difference >= -tie for difference in differences)
    p = min(1.0, 2 * chances[min(not_above, not_below)])
    left_out = sum(2 * chance <= LEVEL for chance in chances)  # so many differences at either end
    low, high = (differences[left_out - 1], differences[-left_out]) if left_out else (-inf, inf)
    return RankSum(len(new), len(stored), median(differences), low, high, p, least(len(new), len(stored)))


def rounding(value: float) -> float:
    """What rounding may change in values of this size."""
    return TOLERANCE * max(1.0, abs(value))


def least(new: int, stored: int) -> float:
    """The smallest two-sided p that so many values can have: all new ones lie on one side of all stored ones."""
    return min(1.0, 2 / comb(new + stored, new))


def needed(stored: int) -> int:
    """How many new values can tell something beside so many stored ones."""
    return next(new for new in count(1) if least(new, stored) <= LEVEL)


def _chances(stored: int, new: int) -> list[float]:
    """The chance that at most so many of the ``stored * new`` differences are negative, for 0, 1, 2, ...

    A new value that has `below` stored ones below it counts `below`; every choice of these numbers is equally likely.
    """
    import numpy as np

    ways = np.zeros((new + 1, stored * new + 1))  # of choosing so many numbers with such a sum
    ways[0, 0] = 1.0
    for below in range(stored + 1):
        for chosen in range(1, new + 1):
            ways[chosen, below:] += ways[chosen - 1, : ways.shape[1] - below]
    chances: list[float] = (ways[new].cumsum() / ways[new].sum()).tolist()
    return chances

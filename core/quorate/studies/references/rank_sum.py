"""The exact rank-sum test of Wilcoxon, Mann and Whitney, for samples of any distribution, however skewed or tailed.

If new and stored values are from the same distribution, the new ones are equally likely to have any of the ranks of all
of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import comb
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
        above: whether the new values have the higher ranks.
        p: of the two-sided test.
        least: the smallest p that so many values can have.
    """

    new: int
    stored: int
    shift: float
    above: bool
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
    swapped = len(new) > len(stored)  # the ranks of fewer values cost less
    few, many = (stored, new) if swapped else (new, stored)
    ranks = _twice_ranks([*few, *many], rounding(fmean(stored)))
    chances, found = _chances(ranks, len(few)), sum(ranks[: len(few)])
    below, above = sum(chances[: found + 1]), sum(chances[found:])
    shift = median(one - other for one in new for other in stored)
    p = min(1.0, 2 * min(below, above))
    return RankSum(len(new), len(stored), shift, (above < below) != swapped, p, least(len(new), len(stored)))


def rounding(value: float) -> float:
    """What rounding may change in values of this size."""
    return TOLERANCE * max(1.0, abs(value))


def least(new: int, stored: int) -> float:
    """The smallest two-sided p that so many values can have: all new ones lie on one side of all stored ones."""
    return min(1.0, 2 / comb(new + stored, new))


def needed(stored: int) -> int:
    """How many new values can tell something beside so many stored ones."""
    return next(new for new in count(1) if least(new, stored) <= LEVEL)


def _twice_ranks(values: Sequence[float], tie: float) -> list[int]:
    """Twice the rank of each value, from 1; those that lie closer than `tie` share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, first = [0] * len(values), 0
    for last, index in enumerate(order):
        if last + 1 < len(order) and values[order[last + 1]] - values[index] <= tie:
            continue
        for tied in order[first : last + 1]:
            ranks[tied] = first + last + 2
        first = last + 1
    return ranks


def _chances(ranks: Sequence[int], few: int) -> list[float]:
    """The chance of each sum of `few` of these ranks, where every choice of them is equally likely."""
    import numpy as np

    ways = np.zeros((few + 1, sum(ranks) + 1))  # of choosing so many ranks with such a sum
    ways[0, 0] = 1.0
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, :-rank]
    chances: list[float] = (ways[few] / ways[few].sum()).tolist()
    return chances

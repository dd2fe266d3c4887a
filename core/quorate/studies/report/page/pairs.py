"""Pairs of variants: which one is better, and whether the interval and the number of runs show it."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quorate.studies.report.caveat import over
from quorate.studies.report.page.index import Report
from quorate.studies.report.page.numbers import complement, interval


@dataclass(frozen=True)
class Pair:
    """The probability that the leader is better than another variant, with its interval.

    `over` names the environments that it is over, where they are not all.
    """

    other: str
    point: float
    low: float | None
    high: float | None
    enough: bool
    runs: tuple[str, ...] = ()
    over: str = ""

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, or ``unclear``."""
        if self.low is None or self.high is None or not self.enough:
            return "unclear"
        return "better" if self.low > 0.5 else "worse" if self.high < 0.5 else "unclear"

    def __str__(self) -> str:
        where = f" in {self.over} only" if self.over else ""
        return interval(self.point, self.low, self.high) + where


def pairs_of(report: Report, variant: str) -> list[Pair]:
    """The variant against each other one; a pair stored the other way round is turned."""
    found: list[Pair] = []
    for row in report["improvement"]:
        if row["point"] is None or variant not in (row["a"], row["b"]):
            continue
        other = row["b"] if row["a"] == variant else row["a"]
        numbers = (row["point"], row["low"], row["high"])
        if row["b"] == variant:
            numbers = complement(*numbers)
        if all(pair.other != other for pair in found):
            found.append(Pair(other, *numbers, enough_runs(report, row), tuple(row["runs"]), over(report, [row])))
    return found


def enough_runs(report: Report, row: Mapping[str, Any]) -> bool:
    """Whether a pair of variants has runs enough to differ by more than chance.

    A bootstrap of two or three runs gives an interval of no width where the scores do not overlap. Yet if the runs of
    two equal variants were dealt at random, all environments would come out fully separated with the probability
    2 Π 1 / C(n_a + n_b, n_a); where that is above the error that the intervals allow, nothing can be shown.
    """
    cells = {run["id"]: (run["variant"], run["environment"]) for run in report["runs"]}
    runs = Counter(cells[name] for name in row["runs"] if name in cells)
    counts = [(runs[row["a"], name], runs[row["b"], name]) for name in report["environments"]]
    chance = 2 / math.prod(math.comb(first + second, first) for first, second in counts)
    error: float = 1 - report["bootstrap"]["confidence"]
    return chance <= error + 1e-9


def leader(report: Report) -> str | None:
    """The variant with the highest IQM; without one, that which is most often better."""
    iqm: dict[str, float | None] = {
        row["variant"]: row["point"] for row in report["aggregates"] if row["statistic"] == "iqm"
    }
    known = {name: number for name, number in iqm.items() if number is not None}
    if known:
        return max(known, key=lambda name: known[name])
    chances = {name: [pair.point for pair in pairs_of(report, name)] for name in report["variants"]}
    means = {name: sum(points) / len(points) for name, points in chances.items() if points}
    return max(means, key=lambda name: means[name], default=None)

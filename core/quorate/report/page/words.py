"""The result in sentences: a difference is named only where the interval and the number of runs support it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quorate.report.page.index import Report
from quorate.report.page.numbers import complement, interval, value

_NAMED = 4
"""Pairs that are spelled out; more are summed up."""


@dataclass(frozen=True)
class Pair:
    """The probability that the leader is better than another variant, with its interval."""

    other: str
    point: float
    low: float | None
    high: float | None
    enough: bool

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, or ``unclear``."""
        if self.low is None or self.high is None or not self.enough:
            return "unclear"
        return "better" if self.low > 0.5 else "worse" if self.high < 0.5 else "unclear"

    def __str__(self) -> str:
        return interval(self.point, self.low, self.high)


def result(report: Report) -> list[str]:
    """What the comparison shows, in one to three sentences."""
    finished = sum(run["status"] == "finished" for run in report["runs"])
    if not finished:
        return ["No run has finished yet, so there is nothing to compare."]
    if len(report["variants"]) < 2:
        return ["There is one variant only, so there is nothing to compare it with."]
    leader = _leader(report)
    pairs = pairs_of(report, leader) if leader is not None else []
    if leader is None or not pairs:
        return ["No difference between the variants is shown: there are too few finished runs to compare them."]
    sentences = [_sentence(leader, pairs, "better"), _sentence(leader, pairs, "worse"), _unclear(leader, pairs)]
    return [sentence for sentence in sentences if sentence]


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
            found.append(Pair(other, *numbers, enough_runs(report, variant, other)))
    return found


def enough_runs(report: Report, a: str, b: str) -> bool:
    """Whether two variants have runs enough to differ by more than chance.

    A bootstrap of two or three runs gives an interval of no width where the scores do not overlap. Yet if the runs of
    two equal variants were dealt at random, all environments would come out fully separated with the probability
    2 Π 1 / C(n_a + n_b, n_a); where that is above the error that the intervals allow, nothing can be shown.
    """
    runs = Counter((run["variant"], run["environment"]) for run in report["runs"] if run["final"] is not None)
    counts = [(runs[a, name], runs[b, name]) for name in report["environments"]]
    chance = 2 / math.prod(math.comb(first + second, first) for first, second in counts)
    error: float = 1 - report["bootstrap"]["confidence"]
    return chance <= error + 1e-9


def _leader(report: Report) -> str | None:
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


def _sentence(leader: str, pairs: Sequence[Pair], verdict: str) -> str:
    found = [pair for pair in pairs if pair.verdict == verdict]
    if not found:
        return ""
    if len(found) > _NAMED:
        whom = f"all {len(found)} other variants" if len(found) == len(pairs) else _names(found)
        ends = f"the {'lowest' if verdict == 'better' else 'highest'} of these probabilities that it is better"
        edge = min(found, key=lambda p: p.point) if verdict == "better" else max(found, key=lambda p: p.point)
        return f"{leader} is {verdict} than {whom} ({ends} is {edge}, against {edge.other})."
    if verdict == "better":
        said = [f"than {pair.other} with probability {pair}" for pair in found]
    else:
        said = [f"than {pair.other} (it is better with probability {pair} only)" for pair in found]
    return f"{leader} is {verdict} {_join(said)}."


def _unclear(leader: str, pairs: Sequence[Pair]) -> str:
    found = [pair for pair in pairs if pair.verdict == "unclear"]
    if not found:
        return ""
    few = [pair for pair in found if not pair.enough]
    why = ", and so few runs could not show one" if few and len(few) == len(found) else ""
    if len(found) > _NAMED:
        return f"No difference is shown between {leader} and {_names(found)}{why}."
    said = [f"{pair.other} (it is better with probability {pair})" for pair in found]
    return f"No difference is shown between {leader} and {_join(said)}{why}."


def _names(pairs: Sequence[Pair]) -> str:
    return _join([pair.other for pair in pairs])


def _join(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def compared(report: Report) -> str:
    """What was compared, in one sentence."""
    variants, environments, seeds = (len(report[name]) for name in ("variants", "environments", "seeds"))
    budget = max((at for run in report["runs"] for at in run["x"] or [] if at is not None), default=None)
    parts = [
        f"{variants} variant{'s' * (variants != 1)}, {environments} environment{'s' * (environments != 1)} and "
        f"{seeds} seed{'s' * (seeds != 1)} each",
        f"by {metric(report)} ({'higher' if report['metric']['goal'] == 'maximise' else 'lower'} is better)",
    ]
    if budget is not None:
        parts.append(f"over up to {int(budget):,} {report['x']['name']}".replace(",", "\N{NARROW NO-BREAK SPACE}"))
    return ", ".join(parts) + "."


def metric(report: Report) -> str:
    """The metric's name, or those of the variants."""
    name: Any = report["metric"]["name"]
    if isinstance(name, str):
        return name
    distinct = list(dict.fromkeys(name.values()))
    return distinct[0] if len(distinct) == 1 else _join([f"{value} ({key})" for key, value in name.items()])


def percent(report: Report) -> str:
    """The intervals' confidence."""
    return f"{value(100 * report['bootstrap']['confidence'], 0)} %"


def why(report: Report) -> str:
    """Why a section is empty: the most basic thing that is missing."""
    finished = [run for run in report["runs"] if run["final"] is not None]
    if not finished:
        return "no run has finished"
    if {run["variant"] for run in finished} != {*report["variants"]}:
        return "a variant has no finished run"
    cells = {(run["variant"], run["environment"]) for run in finished}
    if len(cells) < len(report["variants"]) * len(report["environments"]):
        return "a variant has no finished run in one of the environments"
    if len(report["variants"]) < 2:
        return "there is one variant only"
    return "the runs have recorded nothing for it" if len(finished) > len(cells) else "there is one seed only"

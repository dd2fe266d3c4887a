"""The figures of a report."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from quorate.studies.report.page import intervals, lines
from quorate.studies.report.page.index import Index, Report, seeds
from quorate.studies.report.page.intervals import Row
from quorate.studies.report.page.lines import Line, Mark, Panel
from quorate.studies.report.page.numbers import count, value
from quorate.studies.report.page.pairs import Pair, leader, pairs_of
from quorate.studies.report.page.sentences import metric

STATISTICS = {"iqm": "IQM", "median": "Median", "mean": "Mean", "optimality_gap": "Optimality gap", "std": "Std"}
"""How the statistics are called, in the order in which they are shown."""

_ROWS = 12
"""Pairs of variants that are drawn; of more, only those of the best variant."""


def curves(report: Report, index: Index) -> list[tuple[str, Markup | None, list[dict[str, Any]]]]:
    """For each environment, its learning curves (None where it has none) and the runs behind them."""
    figures = []
    for place, environment in enumerate(index.environments):
        rows = [row for row in report["curves"] if row["environment"] == environment]
        title, x = f"Learning curves in {environment}", report["x"]["name"]
        panel = Panel(f"curves-{place}", title, x, metric(report), write=count, strip="absolute")
        drawn = lines.draw(panel, [_curve(row, index) for row in rows])
        figures.append((environment, drawn, [_source(row["variant"], row["runs"], index) for row in rows]))
    return figures


def outcome_curves(report: Report, index: Index) -> list[tuple[str, Markup | None]]:
    """The curves of each outcome in each environment that has it, by what they are called."""
    cells = dict.fromkeys((row["environment"], row["outcome"]) for row in report["outcome_curves"])
    figures = []
    for place, (environment, name) in enumerate(cells):
        rows = [r for r in report["outcome_curves"] if (r["environment"], r["outcome"]) == (environment, name)]
        title = f"{name} in {environment}"
        panel = Panel(f"outcome-curves-{place}", title, report["x"]["name"], name, write=count)
        figures.append((title, lines.draw(panel, [_line(row, row["x"], index) for row in rows])))
    return figures


def _source(variant: str, ids: Sequence[str], index: Index) -> dict[str, Any]:
    title = f"{variant}: {seeds([index.runs[name] for name in ids if name in index.runs])}"
    return {"variant": variant, "count": len(ids), "href": index.href(ids), "title": title}


def sources(report: Report, index: Index) -> list[dict[str, Any]]:
    """For each variant, its finished runs in all environments."""
    found = {name: [run["id"] for run in index.of(name) if run["final"] is not None] for name in index.variants}
    return [_source(name, ids, index) for name, ids in found.items() if ids]


def _curve(row: Mapping[str, Any], index: Index) -> Line:
    marks = [
        Mark(run["absolute"], f"{run['id']}: absolute {value(run['absolute'])}", index.href([run["id"]]))
        for run in index.of(row["variant"], row["environment"])
        if run["absolute"] is not None
    ]
    return _line(row, row["x"], index, marks)


def _line(row: Mapping[str, Any], x: Sequence[float | None], index: Index, marks: Sequence[Mark] = ()) -> Line:
    empty = [None] * len(x)
    low, high = (row.get(name) or empty for name in ("low", "high"))
    return Line(index.styles[row["variant"]], row["variant"], x, row["point"], low, high, list(marks))


def profiles(report: Report, index: Index) -> Markup | None:
    """The performance profiles."""
    panel = Panel("profiles", "Performance profiles", "normalised score τ", "fraction of runs above τ", range=(0, 1))
    return lines.draw(panel, [_line(row, row["tau"], index) for row in report["profiles"]])


def efficiency(report: Report, index: Index) -> Markup | None:
    """The sample efficiency."""
    panel = Panel("efficiency", "Sample efficiency", report["x"]["name"], "IQM of normalised score", write=count)
    return lines.draw(panel, [_line(row, row["x"], index) for row in report["sample_efficiency"]])


def aggregates(report: Report, index: Index) -> list[Markup]:
    """A panel for each aggregate statistic."""
    figures = []
    for statistic in ("iqm", "median", "mean", "optimality_gap"):
        found = [row for row in report["aggregates"] if row["statistic"] == statistic]
        better = "lower" if statistic == "optimality_gap" else "higher"
        rows = [
            Row(index.styles[name], (name,), row["point"], row["low"], row["high"], index.href(row["runs"]))
            for row in found
            for name in [row["variant"]]
        ]
        label = f"{STATISTICS[statistic]} of normalised score ({better} is better)"
        drawn = intervals.draw(f"aggregate-{statistic}", STATISTICS[statistic], label, rows)
        figures += [drawn] if drawn else []
    return figures


def improvement(report: Report, index: Index) -> Markup | None:
    """The probabilities of improvement: each pair with the better one first, or only the best variant's of many."""
    pairs = {name: pairs_of(report, name) for name in index.variants}
    found = [(name, pair) for name in pairs for pair in pairs[name] if _upward(name, pair, index)]
    if len(found) > _ROWS:
        best = leader(report)
        found = [(name, pair) for name in pairs for pair in pairs[name] if name == best]
    rows = [
        Row(index.styles[name], (name, pair.other), pair.point, pair.low, pair.high, index.href(pair.runs))
        for name, pair in found
    ]
    title, label = "Probability of improvement", "probability that the first is better than the second"
    return intervals.draw("improvement", title, label, rows, span=(0, 1), reference=0.5)


def _upward(name: str, pair: Pair, index: Index) -> bool:
    """Whether a pair is in the direction in which it is an improvement; a tie is in the order of the variants."""
    tie = pair.point == 0.5 and index.styles[name].index < index.styles[pair.other].index
    return pair.point > 0.5 or tie

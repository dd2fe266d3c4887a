"""A report as Markdown: tables that can be read as text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from quorate.harmless import harmless, markdown_line
from quorate.studies.facts import shown
from quorate.studies.report.caveat import few_seeds, over
from quorate.studies.report.exports import metric_of

Report = Mapping[str, Any]

NOTHING = "-"
"""Stands for a number that there is not."""

SCORES = {"final": "of the final evaluation", "absolute": "of the best policy seen (absolute metric)"}
"""What stands for a run, in words."""

_STATISTICS = {"mean": "mean", "median": "median", "iqm": "IQM", "std": "std", "optimality_gap": "optimality gap"}


def render(report: Report) -> str:
    """The whole report, but for curves: numbers with their intervals, and the runs they are from."""
    report = harmless(report, markdown_line)
    parts = [_head(report), _runs(report), _scores(report), _outcomes(report), _aggregates(report)]
    parts += [_improvement(report), _cost(report), _differences(report), _setting(report), _problems(report)]
    return "\n".join(line for part in parts for line in part) + "\n"


def number(value: float | None) -> str:
    """Four significant digits."""
    return NOTHING if value is None else f"{value:.4g}"


def estimate(row: Mapping[str, Any] | None, point: str = "point") -> str:
    """A value and its interval."""
    if row is None or row[point] is None:
        return NOTHING
    ends = "" if row["low"] is None else f" [{number(row['low'])}, {number(row['high'])}]"
    return number(row[point]) + ends


def _head(report: Report) -> Iterator[str]:
    from quorate.studies.report.page.sentences import result  # imports jinja2, which tables do without

    metric, bootstrap = report["metric"], report["bootstrap"]
    names = dict.fromkeys(metric_of(report, variant) for variant in report["variants"])
    better = "higher" if metric["goal"] == "maximise" else "lower"
    yield f"# {report['title']}"
    yield ""
    yield f"Metric: {', '.join(names)}, {SCORES[metric['score']]}; {better} is better. Steps are {report['x']['name']}."
    yield (
        f"Intervals in brackets: {bootstrap['confidence']:.0%}, percentiles of {bootstrap['samples']} bootstrap "
        f"samples over the runs of each environment."
    )
    yield f"Newest run of {report['created'] or 'an unknown date'}."
    yield ""
    yield " ".join(filter(None, [*result(report), few_seeds(report)]))


def _runs(report: Report) -> Iterator[str]:
    head = ["number", "run", "status", "final", "absolute", "folder"]
    cells = [
        [str(index), run["id"], run["status"], number(run["final"]), number(run["absolute"]), run["path"] or NOTHING]
        for index, run in enumerate(report["runs"], 1)
    ]
    yield from _section("Runs", "The tables below name runs by these numbers.", head, cells)


def _scores(report: Report) -> Iterator[str]:
    names = ("mean", "median", "iqm", "std")
    found = {(row["environment"], row["variant"], row["statistic"]): row for row in report["scores"]}
    cells = []
    for environment in report["environments"]:
        for variant in report["variants"]:
            rows = [found.get((environment, variant, name)) for name in names]
            cells.append([environment, variant, *(estimate(row) for row in rows), _numbers(report, rows[:1])])
    head = ["environment", "variant", *(_STATISTICS[name] for name in names), "runs"]
    yield from _section("Scores", "Per environment, in the metric's own units.", head, cells)


def _outcomes(report: Report) -> Iterator[str]:
    keys = ("environment", "variant", "outcome")
    cells = [[*(row[key] for key in keys), estimate(row), _numbers(report, [row])] for row in report["outcomes"]]
    if cells:
        head = [*keys, "mean", "runs"]
        yield from _section("Outcomes", "What episodes ended with, over those of an evaluation.", head, cells)


def _aggregates(report: Report) -> Iterator[str]:
    names = ("iqm", "median", "mean", "optimality_gap")
    found = {(row["variant"], row["statistic"]): row for row in report["aggregates"]}
    cells = []
    for variant in report["variants"]:
        rows = [found.get((variant, name)) for name in names]
        cells.append([variant, *(estimate(row) for row in rows), _numbers(report, rows[:1])])
    ranges = "; ".join(
        f"{name}: {number(row['low'])} to {number(row['high'])} ({row['source']})"
        for name, row in report["normalisation"].items()
    )
    text = f"Over {over(report) or 'all environments'}, normalised so that 1 is best. Ranges: {ranges or 'none'}."
    head = ["variant", *(_STATISTICS[name] for name in names), "runs"]
    yield from _section("Aggregates", text, head, cells if found else [])


def _improvement(report: Report) -> Iterator[str]:
    cells = [
        [row["a"], row["b"], estimate(row), over(report, [row]) or "all", _numbers(report, [row])]
        for row in report["improvement"]
    ]
    text = "The probability that a run of A is better than a run of B, averaged over environments."
    yield from _section("Probability of improvement", text, ["A", "B", "P(A > B)", "environments", "runs"], cells)


def _cost(report: Report) -> Iterator[str]:
    cells = []
    for row in report["cost"]:
        memory = {k: None if v is None else v / 2**20 for k, v in row["peak_memory_bytes"].items()}
        costs = [estimate(row["seconds"], "mean"), estimate(memory, "mean")]
        cells.append([row["environment"], row["variant"], *costs, _numbers(report, [row])])
    head = ["environment", "variant", "seconds", "peak memory (MiB)", "runs"]
    yield from _section("Cost", "Means over finished runs.", head, cells)


def _differences(report: Report) -> Iterator[str]:
    variants = report["variants"]
    cells = [
        [
            f"`{row['key']}`",
            *(_cell(row["values"].get(variant)) for variant in variants),
            row["concern"],
            "declared" if row["declared"] else "accepted" if row["accepted"] else "NOT declared",
        ]
        for row in report["differences"]
    ]
    text = "What differs between variants, without what follows from a component's name and is in no patch."
    yield from _section("Differences", text, ["key", *variants, "concern", ""], cells)


def _setting(report: Report) -> Iterator[str]:
    setting = report["setting"]
    yield from ["", "## Setting", ""]
    yield f"- versions: {_cell(setting['versions'])}"
    yield from [f"- machine: {_cell(machine)}" for machine in setting["machines"]]
    yield from [f"- revision: {_cell(git)}" for git in setting["git"]]
    yield from [f"- environment {name}: {_cell(facts)}" for name, facts in setting["environments"].items()]


def _problems(report: Report) -> Iterator[str]:
    yield from ["", "## Problems", ""]
    yield from [f"- {row['run'] + ': ' if row['run'] else ''}{row['text']}" for row in report["problems"]] or ["None."]


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_cell(item)}" for key, item in value.items())
    return NOTHING if value is None else shown(value)


def _numbers(report: Report, rows: Sequence[Mapping[str, Any] | None]) -> str:
    """Runs by their numbers, neighbours as a range: ``1-5, 7``."""
    places = {run["id"]: index for index, run in enumerate(report["runs"], 1)}
    found = sorted({places[name] for row in rows if row for name in row["runs"]})
    spans: list[list[int]] = []
    for place in found:
        if spans and spans[-1][-1] == place - 1:
            spans[-1].append(place)
        else:
            spans.append([place])
    return ", ".join(str(s[0]) if len(s) == 1 else f"{s[0]}-{s[-1]}" for s in spans) or NOTHING


def _section(title: str, text: str, head: Sequence[str], cells: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = [[_escape(cell) for cell in row] for row in cells]
    yield from ["", f"## {title}", ""]
    if not rows:
        yield "None."
        return
    yield from [text, ""]
    names = [_escape(cell) for cell in head]
    widths = [max(3, *(len(row[column]) for row in [names, *rows])) for column in range(len(names))]
    yield _line(names, widths)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    yield from (_line(row, widths) for row in rows)


def _escape(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"

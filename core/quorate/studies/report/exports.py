"""A report as tables and as files of other tools."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quorate.harmless import spreadsheet_cell
from quorate.studies.report.measure import OUTCOME, Measured, Measurement

Report = Mapping[str, Any]

_RUNS = ("run", "variant", "environment", "seed", "status", "x", "x_unit", "metric", "value", "point", "path")

_SCORES = ("environment", "variant", "statistic", "point", "low", "high", "normalised", "metric", "runs")


def json_text(data: Any) -> str:
    """JSON, indented."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def runs_csv(report: Report) -> str:
    """One row for each evaluation of each run, then its final and absolute values; a run without any has one row.

    The column ``point`` says which: ``evaluation``, ``final`` or ``absolute``. The rows of each outcome follow.
    """
    rows: list[list[Any]] = []
    for run in report["runs"]:
        head = [run["id"], run["variant"], run["environment"], run["seed"], run["status"]]
        unit, metric = report["x"]["name"], metric_of(report, run["variant"])
        for name, one in [(metric, run), *((f"{OUTCOME}{name}", one) for name, one in run["outcomes"].items())]:
            points = _points(run["x"], one) or [(None, None, None)] * (one is run)
            rows += [[*head, x, unit, name, y, kind, run["path"]] for x, y, kind in points]
    return _csv(_RUNS, rows)


def _points(x: Sequence[float], one: Report) -> list[tuple[Any, Any, str | None]]:
    points: list[tuple[Any, Any, str | None]] = [(at, y, "evaluation") for at, y in zip(x, one["y"], strict=False)]
    return points + [(None, one[name], name) for name in ("final", "absolute") if one[name] is not None]


def scores_csv(report: Report) -> str:
    """Scores and mean outcomes per environment, then normalised aggregates over environments, each with its runs."""
    ends = [{**row, "statistic": "mean", "metric": f"{OUTCOME}{row['outcome']}"} for row in report["outcomes"]]
    rows = [
        [
            *(row.get(key) for key in _SCORES[:6]),
            "environment" not in row,
            row.get("metric") or metric_of(report, row["variant"]),
            " ".join(row["runs"]),
        ]
        for row in [*report["scores"], *ends, *report["aggregates"]]
    ]
    return _csv(_SCORES, rows)


def metric_of(report: Report, variant: str) -> str:
    """The metric of a variant."""
    name = report["metric"]["name"]
    return str(name.get(variant, "")) if isinstance(name, dict) else str(name)


def marl_eval(measurement: Measurement) -> dict[str, Any]:
    """The finished runs in the layout that the tools of Gorsane et al. 2022 (arXiv:2209.10485) read.

    It is that of the section "Data Structure for Raw Experiment data" in the README of instadeepai/marl-eval, with
    ``elapsed_time`` as its ``JsonLogger`` writes it: environment, task, algorithm, run, then ``step_0``, ``step_1``
    and so on with ``step_count`` and lists of values, and ``absolute_metrics``. An environment ``a/b`` is the task
    ``b`` of the environment ``a``; an algorithm is a variant; each list has one value, the mean over episodes. Without
    an absolute metric the final value stands in its place. Those tools need all algorithms to have as many runs and
    steps as each other.
    """
    data: dict[str, Any] = {}
    for m in measurement.runs:
        if m.final is None:
            continue
        environment, _, task = m.run.environment.rpartition("/")
        tasks = data.setdefault(environment or task, {})
        runs = tasks.setdefault(task, {}).setdefault(m.run.variant, {})
        runs[f"seed_{m.run.seed}"] = _marl_eval_run(m, _marl_eval_name(measurement))
    return data


def _marl_eval_name(measurement: Measurement) -> str:
    """One name for all variants, as the layout needs; a slash is no part of a name there."""
    name = measurement.metric
    return name.replace("/", "_") if isinstance(name, str) else "score"


def _marl_eval_run(m: Measured, name: str) -> dict[str, Any]:
    content = m.run.content
    assert content is not None
    elapsed = dict(zip(m.x, (content.elapsed.get(step) for step in content.evaluations), strict=True))
    steps: dict[str, Any] = {}
    for index, (x, y) in enumerate(m.points.items()):
        time = {} if elapsed[x] is None else {"elapsed_time": elapsed[x]}
        steps[f"step_{index}"] = {"step_count": int(x), **time, name: [y]}
    return {**steps, "absolute_metrics": {name: [m.final if m.absolute is None else m.absolute]}}


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(["" if cell is None else spreadsheet_cell(cell) for cell in row] for row in rows)
    return text.getvalue()

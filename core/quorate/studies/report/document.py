"""The report of a folder: one document of plain data, and the files written from it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quorate.config.schema import Goal
from quorate.documents import dump
from quorate.harmless import harmless
from quorate.studies.report import differences
from quorate.studies.report.collect import collect
from quorate.studies.report.collection import Collection
from quorate.studies.report.jsonable import jsonable
from quorate.studies.report.measure import Measurement, Metric, Score, measure
from quorate.studies.report.normalisation import Ranges, scales
from quorate.studies.report.sections import Sections
from quorate.studies.report.statistics import Bootstrap

SCHEMA = 1
"""Of ``report.json``."""

Report = dict[str, Any]

FILES = ("index.html", "report.json", "runs.csv", "scores.csv", "report.md", "marl-eval.json")
"""What a report is written as."""


@dataclass(frozen=True)
class Options:
    """How a report is made.

    Attributes:
        metric: None: the one that the comparison names, else ``return/mean``.
        goal: None: the comparison's, else more is better.
        score: what stands for a run; None: the absolute metric where all finished runs have it, else the final value.
        normalise: by environment, the values that become 0 and 1; given ones go before the comparison's.
        bootstrap: how intervals are made.
    """

    metric: Metric | None = None
    goal: Goal | None = None
    score: Score | None = None
    normalise: Ranges = field(default_factory=dict)
    bootstrap: Bootstrap = field(default_factory=Bootstrap)


def build_report(folder: Path, options: Options | None = None, out: Path | None = None) -> Report:
    """Everything that a report says, as plain data without NaN.

    It is a function of the runs: the clock is not read, and resampling has a fixed seed.

    Args:
        folder: of a comparison, or with runs in it.
        options: how it is made.
        out: the folder that paths are relative to; None: ``report`` in `folder`.

    Returns:
        The content of ``report.json``. ``runs`` has the cells, all other lists name theirs by ``id``.

    Raises:
        RunError: there are no runs, or none has the metric.
    """
    return _build(Path(folder), options or Options(), out)[0]


def write_report(folder: Path, options: Options | None = None, out: Path | None = None) -> list[Path]:
    """Write a report: `FILES`, each whole or not at all.

    Args:
        folder: as for `build_report`.
        options: likewise.
        out: where; None: ``report`` in `folder`.

    Returns:
        The files.

    Raises:
        RunError: there are no runs, none has the metric, a file can not be written, or a link leads out of `folder`.
    """
    from quorate.folders.files import disk_errors, refuse_links, write_bytes
    from quorate.studies.report import exports, markdown
    from quorate.studies.report.page import render

    if out is None:
        out = Path(folder) / "report"
        refuse_links(out, Path(folder))
    report, measurement = _build(Path(folder), options or Options(), out)
    contents: dict[str, Callable[[], str]] = {
        "report.json": lambda: exports.json_text(report),
        "runs.csv": lambda: exports.runs_csv(report),
        "scores.csv": lambda: exports.scores_csv(report),
        "report.md": lambda: markdown.render(report),
        "marl-eval.json": lambda: exports.json_text(exports.marl_eval(measurement)),
        "index.html": lambda: render(harmless(report)),
    }
    texts = {name: make() for name, make in contents.items()}
    with disk_errors(out, "created"):
        out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_bytes(out / name, text.encode())
    return [out / name for name in FILES]


def _build(folder: Path, options: Options, out: Path | None) -> tuple[Report, Measurement]:
    found = collect(folder)
    measurement = measure(found, options.metric, options.goal, options.score)
    ranges = scales(found, measurement, options.normalise)
    sections = Sections(found, measurement, ranges, options.bootstrap)
    out = folder / "report" if out is None else out
    report: Report = {
        "schema": SCHEMA,
        "title": found.title,
        "created": _created(found),
        "metric": {
            "name": measurement.metric,
            "goal": measurement.goal.value,
            "score": measurement.score.value,
        },
        "x": {"name": measurement.x},
        "variants": found.variants,
        "environments": found.environments,
        "seeds": found.seeds,
        "runs": [{**row, "path": _relative(row["path"], out)} for row in sections.runs()],
        "curves": sections.curves(),
        "scores": sections.scores(),
        "outcomes": sections.outcomes(),
        "outcome_curves": sections.outcome_curves(),
        "aggregates": sections.aggregates(),
        "profiles": sections.profiles(),
        "improvement": sections.improvement(),
        "sample_efficiency": sections.sample_efficiency(),
        "cost": sections.cost(),
        "normalisation": {name: scale.row() for name, scale in ranges.items()},
        "bootstrap": vars(options.bootstrap).copy(),
        "base": dump(found.comparison["base"]) if found.comparison.get("base") else None,
        "differences": differences.differences(found),
        "conventions": differences.conventions(found),
        "setting": differences.setting(found),
    }
    report["problems"] = [{"run": problem.run, "text": problem.text} for problem in found.problems]
    data: Report = jsonable(report)
    return data, measurement


def _created(found: Collection) -> str | None:
    """When the newest run began: a report changes with its runs only."""
    started = [str(run.content.record.get("started") or "") for run in found.runs if run.content]
    return max(started, default="") or None


def _relative(path: str | None, out: Path) -> str | None:
    return None if path is None else Path(os.path.relpath(path, out)).as_posix()

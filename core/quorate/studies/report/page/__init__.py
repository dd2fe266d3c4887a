"""The report's page: one HTML file that needs nothing else."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from quorate.studies.report.caveat import few_seeds, over
from quorate.studies.report.page import panels, sentences, setting, tables
from quorate.studies.report.page.index import Index, Report

__all__ = ["render"]

_HERE = Path(__file__).parent


def render(report: Report) -> str:
    """Write a report as a page.

    The page holds its style, figures and script; it asks for nothing from outside. It reads well without the script,
    in print, on a phone and in the dark. The same report gives the same text.
    """
    return _environment().get_template("page.html.jinja").render(content(report))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = setting.breakable
    return environment


def content(report: Report) -> Mapping[str, Any]:
    """What the template shows."""
    index = Index(report)
    states = [run["status"] for run in report["runs"]]
    return {
        "report": report,
        "style": Markup((_HERE / "style.css").read_text(encoding="utf-8")),
        "script": Markup((_HERE / "script.js").read_text(encoding="utf-8")),
        "styles": index.styles,
        "states": {name: states.count(name) for name in tables.MARKS if name in states},
        "result": sentences.result(report),
        "caveat": few_seeds(report),
        "over": over(report),
        "compared": sentences.compared(report),
        "stands": sentences.stands(report),
        "bands": any(low is not None for row in report["curves"] for low in row["low"] or ()),
        "absolute": any(run["absolute"] is not None for run in report["runs"]),
        "percent": sentences.percent(report),
        "metric": sentences.metric(report),
        "every_metric": sentences.every_metric(report),
        "why": sentences.why(report),
        "curves": panels.curves(report, index),
        "all_runs": panels.sources(report, index),
        "places": {name: f"#{index.anchor(variant=name)}" for name in index.variants},
        "statistics": {*(row["statistic"] for row in report["curves"])},
        "scores": tables.scores(report, index),
        "outcomes": tables.outcomes(report, index),
        "outcome_curves": panels.outcome_curves(report, index),
        "aggregates": {"figures": panels.aggregates(report, index), "table": tables.aggregates(report, index)},
        "improvement": {"figure": panels.improvement(report, index), "table": tables.improvement(report, index)},
        "profiles": panels.profiles(report, index),
        "efficiency": panels.efficiency(report, index),
        "costs": tables.costs(report, index),
        "differences": setting.differences(report, index),
        "conventions": setting.conventions(report, index),
        "surroundings": setting.surroundings(report),
        "problems": setting.problems(report, index),
        "runs": tables.runs(report, index),
    }

"""What `quorate compare` prints: the plan, the guard's findings, and how it ended."""

import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from statistics import fmean, stdev
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from quorate.compare.display import first_line
from quorate.compare.execute import Project
from quorate.compare.folder import State, Status
from quorate.compare.guard import Finding
from quorate.errors import RunError
from quorate.run.files import read_json

_SHOWN = 8
"""Rows of one finding that are shown; all of them are in guard.json."""


def print_findings(findings: Sequence[Finding], variants: Iterable[str], heading: str) -> None:
    """A table of what the guard found, with the value of each variant."""
    click.echo(heading)
    names = list(variants)
    table = Table("finding", "key", *names, "")
    for finding in findings:
        label = f"{finding.name}\n({'accepted' if finding.accepted else 'not accepted'})"
        for row in finding.differences[:_SHOWN]:
            own = [name for name in row.values if name not in names]
            cells = [_text(row.values[name]) if name in row.values else "" for name in names]
            more = "; ".join(f"{name}: {_text(row.values[name])}" for name in own)
            table.add_row(label, row.key, *cells, " ".join(filter(None, [more, row.environment])))
            label = ""
        if len(finding.differences) > _SHOWN:
            table.add_row("", f"and {len(finding.differences) - _SHOWN} more", *[""] * (len(names) + 1))
    _console().print(table)
    for finding in findings:
        click.echo(f"{finding.name}: {finding.text}")


def print_plan(project: Project, statuses: Mapping[str, Status]) -> None:
    """How many cells there are in which state, by variant and environment, and what would be run."""
    table = Table("variant", "environment", *State, "to run")
    due = {cell.name for cell in project.todo(statuses, {})}
    groups = dict.fromkeys((cell.variant, cell.environment) for cell in project.cells)
    for variant, environment in groups:
        cells = [cell for cell in project.cells if (cell.variant, cell.environment) == (variant, environment)]
        count = Counter(statuses[cell.name].state for cell in cells)
        numbers = [str(count[state] or "") for state in State]
        table.add_row(variant, environment, *numbers, str(sum(cell.name in due for cell in cells)))
    steps = sum(cell.run.settings.budget.train_steps for cell in project.cells if cell.name in due)
    _console().print(table)
    click.echo(
        f"{len(due)} of {len(project.cells)} cells would run, {steps} training steps, into {project.folder.path}"
    )


def print_failures(project: Project, statuses: Mapping[str, Status]) -> None:
    """The cells that have failed, and why."""
    failed = {name: status for name, status in statuses.items() if status.state is State.FAILED}
    if not failed:
        return
    table = Table("failed", "error")
    for name, status in failed.items():
        table.add_row(name, first_line(status.error))
    _console().print(table)
    click.echo(f"see {project.folder.path / 'failures'}; to try these again, add --retry-failed")


def print_scores(project: Project, statuses: Mapping[str, Status], report: Mapping[str, Any] | None) -> None:
    """The metric of each variant in each environment, from the report, or from the runs where there is none."""
    variants = list(project.comparison.variants)
    slugs = [entry.slug for entry in project.comparison.environments]
    rows = _reported(report) if report is not None else {}
    rows = rows or _measured(project, statuses)
    environments = list(dict.fromkeys(environment for _, environment in rows)) or slugs
    metric = project.comparison.settings.metric
    click.echo(f"{metric if isinstance(metric, str) else 'each its metric'}, at the end, mean over seeds")
    table = Table("", *environments)
    for variant in variants:
        table.add_row(variant, *(rows.get((variant, environment), "") for environment in environments))
    _console().print(table)


def _reported(report: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {}
    for row in report.get("scores", []):
        if row["statistic"] == "mean" and row["point"] is not None:
            known = row["low"] is not None and row["high"] is not None
            band = f" [{row['low']:.4g}, {row['high']:.4g}]" if known else ""
            found[row["variant"], row["environment"]] = f"{row['point']:.4g}{band}"
    return found


def _measured(project: Project, statuses: Mapping[str, Status]) -> dict[tuple[str, str], str]:
    values: dict[tuple[str, str], list[float]] = {}
    metric = project.comparison.settings.metric
    for cell in project.cells:
        run = statuses[cell.name].run
        name = metric if isinstance(metric, str) else metric[cell.variant]
        with suppress(RunError, KeyError, TypeError, ValueError):
            if run is not None and statuses[cell.name].state is State.FINISHED:
                value = float(read_json(run / "result.json")["evaluation"][name])
                values.setdefault((cell.variant, cell.environment), []).append(value)
    return {key: _mean(numbers) for key, numbers in values.items()}


def _mean(numbers: list[float]) -> str:
    spread = f" ± {stdev(numbers):.2g}" if len(numbers) > 1 and all(map(math.isfinite, numbers)) else ""
    return f"{fmean(numbers):.4g}{spread}"


def _text(value: Any) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=160)  # a pipe has no width to fold to

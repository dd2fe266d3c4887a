"""What `quorate compare` prints: the plan, the guard's findings, and how it ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from quorate.interfaces.launcher import Status
from quorate.output import say
from quorate.paths import from_here
from quorate.studies.compare.display import first_line
from quorate.studies.compare.folder import CellStatus
from quorate.studies.compare.guard import Finding
from quorate.studies.compare.project import Project
from quorate.studies.report.caveat import few_seeds
from quorate.studies.report.markdown import SCORES, estimate
from quorate.terminal import Table, results_console

_SHOWN = 8
"""Rows of one finding that are shown; all of them are in guard.json."""


def print_findings(findings: Sequence[Finding], heading: str) -> None:
    """A table of what the guard found: each value once, with who has it, so that many variants fit too."""
    say(heading)
    table = Table("finding", "key", "values", "environment")
    for finding in findings:
        label = f"{finding.name}\n({'accepted' if finding.accepted else 'not accepted'})"
        for row in finding.differences[:_SHOWN]:
            table.add_row(label, row.key, _values(row.values), row.environment)
            label = ""
        if len(finding.differences) > _SHOWN:
            table.add_row("", f"and {len(finding.differences) - _SHOWN} more", "", "")
    results_console(160).print(table)
    for finding in findings:
        say(f"{finding.name}: {finding.text}")


def print_plan(project: Project, statuses: Mapping[str, CellStatus]) -> None:
    """How many cells there are in which state, by variant and environment, and what would be run."""
    table = Table("variant", "environment", *Status, "to run")
    due = {cell.name for cell in project.todo(statuses, {})}
    groups = dict.fromkeys((cell.variant, cell.environment) for cell in project.cells)
    for variant, environment in groups:
        cells = [cell for cell in project.cells if (cell.variant, cell.environment) == (variant, environment)]
        count = Counter(statuses[cell.name].state for cell in cells)
        numbers = [str(count[state] or "") for state in Status]
        table.add_row(variant, environment, *numbers, str(sum(cell.name in due for cell in cells)))
    steps = sum(cell.run.settings.budget.train_steps for cell in project.cells if cell.name in due)
    results_console(160).print(table)
    say(
        f"{len(due)} of {len(project.cells)} cells would run, {steps} training steps, into "
        f"{from_here(project.folder.path)}"
    )


def print_failures(project: Project, statuses: Mapping[str, CellStatus]) -> None:
    """The cells that have failed, and why."""
    failed = {name: status for name, status in statuses.items() if status.state is Status.FAILED}
    if not failed:
        return
    table = Table("failed", "error")
    for name, status in failed.items():
        table.add_row(name, first_line(status.error))
    results_console(160).print(table)
    say(f"see {from_here(project.folder.path / 'failures')}; to try these again, add --retry-failed")


def print_scores(project: Project, report: Mapping[str, Any]) -> None:
    """The metric of each variant in each environment, with its interval."""
    metric, share = report["metric"], report["bootstrap"]["confidence"]
    name = metric["name"] if isinstance(metric["name"], str) else "each its metric"
    say(f"{name}, {SCORES[metric['score']]}, mean over seeds with its {share:.0%} interval")
    means = {(row["variant"], row["environment"]): row for row in report["scores"] if row["statistic"] == "mean"}
    table = Table("", *report["environments"])
    for variant in project.comparison.variants:
        table.add_row(variant, *(estimate(means.get((variant, where))) for where in report["environments"]))
    results_console(160).print(table)
    if caveat := few_seeds(report):
        say(caveat)


def _values(values: Mapping[str, Any]) -> str:
    """Each value, and the names of those who have it, a line for each."""
    having: dict[str, list[str]] = {}
    for name, value in values.items():
        having.setdefault(_text(value), []).append(name)
    return "\n".join(f"{text}: {', '.join(names)}" for text, names in having.items())


def _text(value: Any) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."

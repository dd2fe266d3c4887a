"""``quorate compare``: run the variants of a configuration and compare them."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import quiet_option
from quorate.commands import no_option
from quorate.output import say
from quorate.paths import from_here

if TYPE_CHECKING:
    from quorate.studies.compare.execute import Result
    from quorate.studies.compare.project import Project


@quorate_command(
    "compare",
    examples=[
        "quorate compare schemes.yaml --dry-run",
        "quorate compare schemes.yaml seeds=3 base.budget.train_steps=200 launcher.processes=4",
        "quorate compare schemes.yaml --accept environments",
        "quorate compare schemes.yaml --rerun composite",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--accept", multiple=True, metavar="NAME", help="Accept a finding of the fairness guard. May be repeated."
)
@click.option(
    "--rerun",
    multiple=True,
    metavar="VARIANT|CELL",
    help="Run a variant or a cell (variant/environment/seed-0) anew; its old runs are moved aside. May be repeated.",
)
@click.option("--retry-failed", is_flag=True, help="Also try the cells again that have failed.")
@click.option("--dry-run", is_flag=True, help="Show what would be run, and run nothing.")
@quiet_option
def command(
    app: App,
    file: Path,
    overrides: tuple[str, ...],
    accept: tuple[str, ...],
    rerun: tuple[str, ...],
    retry_failed: bool,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Run every variant of FILE in every environment with every seed, and compare them.

    What is finished is not run again, what was cut is resumed, and a run that fails costs only itself. Before anything
    runs, whatever differs between the variants besides their patches is shown, and must be accepted by name. Exit code
    1: something failed; 2: a mistake, or findings that are not accepted.
    """
    from quorate.studies.compare.execute import execute, planned
    from quorate.studies.compare.project import Wishes

    project = planned(file, overrides, app.registry, Wishes(accept, rerun, retry_failed, sys.argv))
    _guard(project, dry_run)
    if dry_run:
        return

    from quorate.studies.compare.display import make_board

    with project.folder.locked():
        result = execute(project, make_board(quiet))
        options = [word for name in accept for word in ("--accept", name)]
        options += ["--retry-failed"] if retry_failed else []  # but never --rerun, which has been obeyed
        again = shlex.join(["quorate", "compare", no_option(file), *overrides, *options]) + app.again
        _conclude(project, result, again)


def _guard(project: "Project", dry_run: bool) -> None:
    """Show the plan and what the guard finds, and refuse what is not accepted."""
    from quorate.studies.compare.conclusion import print_findings, print_plan
    from quorate.studies.compare.execute import inspect, refuse

    statuses, _, findings = inspect(project)
    if dry_run:
        print_plan(project, statuses)
    if findings:
        print_findings(findings, "What differs besides what the variants are about:")
    refuse(project, findings)


def _conclude(project: "Project", result: "Result", again: str) -> None:
    """Write the report, print the table, and say what went wrong.

    Raises:
        SystemExit: 128 + the signal's number, or 1 where cells are not finished.
    """
    from quorate.interfaces.launcher import Status
    from quorate.studies.compare.conclusion import print_failures, print_findings, print_scores

    states = [status.state for status in result.statuses.values()]
    finished = states.count(Status.FINISHED)
    if result.signal is not None:
        say(f"Stopped; {finished} of {len(states)} cells are finished.\nTo go on: {again}", err=True)
        raise SystemExit(128 + result.signal)
    print_failures(project, result.statuses)
    page = None
    if finished:
        from quorate.door.studies import report

        study = report(project.folder.path)
        page = study.page
        print_scores(project, study.report)
    late = [finding for finding in result.late if not finding.accepted]
    if late:
        print_findings(late, "Found in the records of the runs, and not accepted:")
        words = " ".join(f"--accept {finding.name}" for finding in late)
        say(f"Where it is meant, accept it: {again} {words}")
    say(f"{finished} of {len(states)} cells are finished: {from_here(project.folder.path)}")
    if page:
        say(f"report: {from_here(page)}")
    if finished < len(states):
        raise SystemExit(1)

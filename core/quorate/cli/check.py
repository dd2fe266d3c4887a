"""``quorate check``: does a component do what its kind promises?"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.completion import component_names, kind_option
from quorate.cli.options import Seconds
from quorate.errors import ConfigError, QuorateError
from quorate.interpreters import known_interpreters
from quorate.nearest import nearest
from quorate.output import Once, json_option, print_json, say
from quorate.paths import path_fault
from quorate.registry.kinds import find_kind
from quorate.registry.registry import Registry
from quorate.registry.rows import Row
from quorate.registry.selection import rows_in, rows_of, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

    from quorate.testing.apart import Job
    from quorate.testing.framework import Finding

_SIGNS = {"passed": ("ok", "green"), "skipped": ("--", "yellow"), "failed": ("XX", "red")}


@quorate_command(
    "check",
    examples=[
        "quorate check sensor-network/2x2-v1",
        "quorate check acme/world-v1 --only seed --only rows size=4",
        "quorate check isaac/reach-v1 interpreter=isaac",
        "quorate check ./registry.yaml",
        "quorate check acme --json",
        "quorate check --list --kind environment",
    ],
)
@click.argument("target", required=False, shell_complete=component_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@kind_option("Only components of this kind, or checks of it.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check only. May be repeated.")
@click.option("--batch", type=click.IntRange(1), help="Rows of environments, for those that can not have any number.")
@json_option()
@click.option(
    "--list", "listing", is_flag=True, help="Print the checks and what they are for, in full those of --only; run none."
)
@click.option("--timeout", type=Seconds(), default=600.0, show_default=True, help="Seconds for one check.")
def command(
    app: App,
    target: str | None,
    overrides: tuple[str, ...],
    kind: str | None,
    only: tuple[str, ...],
    batch: int | None,
    as_json: bool,
    listing: bool,
    timeout: float,
) -> None:
    """Check that components do what their kind promises; exit code 1 where one does not.

    TARGET is the name of a component, or a distribution or plugin, or the path of a manifest, of which all components
    are checked. KEY=VALUE are settings of the component; interpreter=NAME is where an environment lives. Each check is
    one line: ok, XX where it failed (with what was expected, what was found, and where to read on), or -- where it does
    not apply. The checks run in a process of their own, so that a component that crashes or hangs fails one check only.
    A single component of which nothing could be checked gives exit code 1 too.
    """
    if kind is not None:
        find_kind(app.registry.kinds, kind)
    if listing:
        _list(app.registry, kind, only, as_json)
        return
    if target is None:
        raise QuorateError("There is nothing to check.", fix="Name a component, a distribution or a manifest.")
    plan = [(replace(job, batch=batch), reason) for job, reason in _plan(app, target, kind, overrides, only)]
    findings, once = [], Once()
    for finding in _findings(app.registry, plan, timeout):
        findings.append(finding)
        if not as_json:
            _print(finding, once)
    _conclude(len(plan), findings, as_json)


def _conclude(components: int, findings: "list[Finding]", as_json: bool) -> None:
    from quorate.testing.framework import unchecked

    failed, nothing = sum(finding.status == "failed" for finding in findings), unchecked(findings)
    sound = not failed and len(nothing) < components
    if as_json:
        print_json({"sound": sound, "unchecked": nothing, "findings": [asdict(finding) for finding in findings]})
    else:
        say(_summary(components, findings, failed, nothing))
    click.get_current_context().exit(0 if sound else 1)


def _list(registry: Registry, kind: str | None, only: Sequence[str], as_json: bool) -> None:
    """One line for each check; whole paragraphs of those that are named."""
    from quorate.testing import checks_of

    kinds = [registry.kinds[kind]] if kind else registry.kinds.values()
    checks = [check for each in kinds for check in checks_of(each)]
    if only:
        names = list(dict.fromkeys(check.name for check in checks))
        for name in only:
            if name not in names:
                fix = "Leave out --only to see all."
                raise QuorateError(f"There is no check {name!r}.", choices=nearest(name, names) or names, fix=fix)
        checks = [check for check in checks if check.name in only]
    if as_json:
        print_json([{"kind": check.kind, "name": check.name, "summary": check.summary} for check in checks])
        return
    width = max(len(f"{check.kind} {check.name}") for check in checks)
    for check in checks:
        say(f"{f'{check.kind} {check.name}':{width}}  {check.summary}")
        if only and check.details:
            say(f"\n{check.details}\n")


def _plan(
    app: App, target: str, kind: str | None, overrides: Sequence[str], only: Sequence[str]
) -> "list[tuple[Job, str | None]]":
    """What is to be checked; and, of each of several components, why it can not be checked as it is."""
    from quorate.testing.apart import Job

    given = list(overrides), list(only)
    if kind in (None, "environment") and _names_interpreter(overrides):
        return [(Job("environment", target, *given), None)]
    rows = _rows(app, target, kind)
    if len(rows) == 1:
        app.registry.find(rows[0].kind, rows[0].name)
    elif overrides:
        fix = "Name one component, with --kind if need be."
        raise QuorateError(f"{target!r} has {len(rows)} components; settings are of one.", fix=fix)
    return [(Job(row.kind, row.name, *given), why_not(app.registry, row)) for row in rows]


def _names_interpreter(overrides: Sequence[str]) -> bool:
    """Whether the environment lives in another interpreter, whose registry has its row."""
    values = [value.strip() for key, _, value in (text.partition("=") for text in overrides) if key == "interpreter"]
    return bool(values) and values[-1] not in ("", "~", "null")


def _rows(app: App, target: str, kind: str | None) -> list[Row]:
    """What a target names: a manifest's path, then a component, then a distribution or a plugin."""
    if fault := path_fault(target):
        raise ConfigError(fault, where="TARGET", fix="Name a component, a distribution or a manifest.")
    path = Path(target).expanduser()
    if path.suffix in (".yaml", ".yml") or path.is_file():
        app.update(manifest=[str(path)])
        return rows_in(app.registry, path, kind)
    return rows_of(app.registry, target, kind, known_interpreters(app.interpreters))


def _findings(registry: Registry, plan: "Sequence[tuple[Job, str | None]]", timeout: float) -> "Iterator[Finding]":
    from quorate.testing.apart import check_apart
    from quorate.testing.framework import ROW, Finding, Status

    jobs = []
    for job, reason in plan:
        if reason:
            yield Finding(job.kind, job.name, ROW, Status.SKIPPED, found=reason)
        else:
            jobs.append(job)
    with _progress(len(jobs)) as began:
        yield from check_apart(registry.origin, jobs, alone=len(plan) == 1, timeout=timeout, began=began)


@contextmanager
def _progress(jobs: int) -> "Iterator[Callable[[Job, str], None]]":
    """Shows, on a terminal, what is being checked."""
    from rich.console import Console

    from quorate.terminal import literal

    console = Console(stderr=True)
    seen: set[tuple[str, str]] = set()
    with console.status("starting") as status:

        def began(job: "Job", check: str) -> None:
            seen.add((job.kind, job.name))
            status.update(literal(f"{len(seen)}/{jobs}  {job.kind} {job.name}: {check}"))

        if not console.is_terminal:
            status.stop()
        yield began


def _print(finding: "Finding", once: Once) -> None:
    from quorate.testing.framework import indented

    sign, colour = _SIGNS[finding.status]
    remark = f"  {finding.found}" if finding.status == "skipped" else ""
    say(f"  {finding.kind} {finding.component}  {finding.check}{remark}", sign=click.style(sign, fg=colour))
    if finding.status == "failed":
        for name in ("expected", "found", "read"):
            if text := getattr(finding, name):
                text = once(f"{finding.kind} {finding.component}", text) if name == "found" else text
                say(f"    {name + ':':<10}{indented(text)}")


def _summary(components: int, findings: "Sequence[Finding]", failed: int, nothing: "Sequence[Finding]") -> str:
    counts = {status: sum(finding.status == status for finding in findings) for status in _SIGNS}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    if components == len(nothing) == 1:
        return f"\nNothing could be checked: {nothing[0].found}."
    broken = len({(finding.kind, finding.component) for finding in findings if finding.status == "failed"})
    which = f"{broken} of {components} component{'' if components == 1 else 's'} failed" if failed else "All is sound"
    if nothing:
        names = ", ".join(finding.component for finding in nothing)
        told += f"; nothing could be checked of {len(nothing)} of {components} components: {names}"
        which = which if failed or len(nothing) < components else "Nothing was checked"
    return f"\n{which}: {told}."

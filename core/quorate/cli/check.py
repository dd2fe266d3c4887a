"""``quorate check``: does a component do what its kind promises?"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.completion import component_names, kind_option
from quorate.cli.options import Seconds
from quorate.errors import QuorateError
from quorate.output import Once, json_option, print_json, say
from quorate.registry.kinds import find_kind
from quorate.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from quorate.door.checking import Checked
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
    from quorate.door.checking import findings_apart, planned

    plan = planned(app, target, kind, overrides, only, batch)
    findings, once = [], Once()
    with _progress(sum(not reason for _, reason in plan)) as began:
        for finding in findings_apart(app.registry, plan, timeout, began):
            findings.append(finding)
            if not as_json:
                _print(finding, once)
    _conclude(len(plan), findings, as_json)


def _conclude(components: int, findings: "list[Finding]", as_json: bool) -> None:
    from quorate.door.checking import Checked

    checked = Checked(findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print_json({"sound": checked.sound, "unchecked": checked.nothing, "findings": rows})
    else:
        say(_summary(components, findings, checked))
    click.get_current_context().exit(0 if checked.sound else 1)


def _list(registry: Registry, kind: str | None, only: Sequence[str], as_json: bool) -> None:
    """One line for each check; whole paragraphs of those that are named."""
    from quorate.door.checking import known_checks

    checks = known_checks(registry, kind, only)
    if as_json:
        print_json([{"kind": check.kind, "name": check.name, "summary": check.summary} for check in checks])
        return
    width = max(len(f"{check.kind} {check.name}") for check in checks)
    for check in checks:
        say(f"{f'{check.kind} {check.name}':{width}}  {check.summary}")
        if only and check.details:
            say(f"\n{check.details}\n")


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


def _summary(components: int, findings: "Sequence[Finding]", checked: "Checked") -> str:
    failed, nothing = checked.failed, checked.nothing
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

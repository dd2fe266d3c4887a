"""Checking components: what a name stands for, and what comes of its checks, in this process or in one of their own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from quorate.door import arguments, session
from quorate.door.rows import Rows
from quorate.errors import ConfigError, QuorateError
from quorate.interpreters import known_interpreters
from quorate.nearest import nearest
from quorate.paths import path_fault
from quorate.registry.registry import Registry
from quorate.registry.rows import Row
from quorate.registry.selection import rows_in, rows_of, why_not
from quorate.testing.apart import Job, check_apart
from quorate.testing.framework import ROW, Check, Finding, Status, unchecked

Plan = list[tuple[Job, str | None]]
"""What is to be checked; and, of each of several components, why it can not be checked as it is."""


def check(name: str, kind: str | None = None, *, only: Sequence[str] = (), **settings: Any) -> "Checked":
    """Check that components do what their kind promises, as ``quorate check`` does, in this process.

    Args:
        name: of a component, or of a plugin or a distribution, of which all components are checked.
        kind: of components; needed where those of two kinds have the name.
        only: the names of the checks to run; none: all.
        settings: of the component.

    Raises:
        QuorateError: there is no such component, plugin or check, or the settings do not fit it.
    """
    from quorate.testing import check_component

    registry, wanted = session.registry(), arguments.words("only", only)
    rows = rows_of(registry, arguments.text("name", name), kind)
    if settings and len(rows) > 1:
        raise ConfigError(f"{name!r} has {len(rows)} components; settings are of one.", where=next(iter(settings)))
    findings: list[Finding] = []
    for row in rows:
        if len(rows) > 1 and (reason := why_not(registry, row)):
            findings.append(_left_out(row.kind, row.name, reason))
        else:
            findings += check_component(registry, row.kind, row.name, settings, only=wanted)
    return Checked(findings)


class Checked(Rows):
    """What came of each check of components.

    Attributes:
        failed: how many checks have failed.
        nothing: see `quorate.testing.framework.unchecked`.
        sound: no check has failed, and of some component more than its row was checked.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        components = {(one.kind, one.component) for one in findings}
        self.failed, self.nothing = sum(one.status is Status.FAILED for one in findings), unchecked(findings)
        self.sound = not self.failed and len(self.nothing) < len(components)
        shown = ("status", "component", "check", "found") if len(components) > 1 else ("status", "check", "found")
        super().__init__((vars(one) for one in findings), shown)


def known_checks(registry: Registry, kind: str | None, only: Sequence[str]) -> list[Check]:
    """The checks that there are.

    Args:
        registry: whose kinds they are of.
        kind: None: all.
        only: the names of some of them; none: all.

    Raises:
        QuorateError: there is no check of such a name.
    """
    from quorate.testing import checks_of

    kinds = [registry.kinds[kind]] if kind else registry.kinds.values()
    checks = [check for each in kinds for check in checks_of(each)]
    names = list(dict.fromkeys(check.name for check in checks))
    for name in only:
        if name not in names:
            fix = "Leave out --only to see all."
            raise QuorateError(f"There is no check {name!r}.", choices=nearest(name, names) or names, fix=fix)
    return [check for check in checks if not only or check.name in only]


def planned(
    app: session.App, target: str, kind: str | None, overrides: Sequence[str], only: Sequence[str], batch: int | None
) -> Plan:
    """What a target is to be checked for.

    Args:
        app: whose registry it is in; the manifest at a path is added to it.
        target: the name of a component, of a distribution or a plugin, or the path of a manifest.
        kind: of components; None: any.
        overrides: settings of the component, ``key.path=value``.
        only: the names of the checks to run; none: all.
        batch: rows of environments; None: as the checks have them.

    Raises:
        QuorateError: there is no such thing, or settings are given for several components.
    """
    given: dict[str, Any] = {"overrides": list(overrides), "only": list(only), "batch": batch}
    if kind in (None, "environment") and _names_interpreter(overrides):
        return [(Job("environment", target, **given), None)]
    rows = _rows(app, target, kind)
    if len(rows) == 1:
        app.registry.find(rows[0].kind, rows[0].name)
    elif overrides:
        fix = "Name one component, with --kind if need be."
        raise QuorateError(f"{target!r} has {len(rows)} components; settings are of one.", fix=fix)
    return [(Job(row.kind, row.name, **given), why_not(app.registry, row)) for row in rows]


def findings_apart(
    registry: Registry, plan: Plan, timeout: float, began: Callable[[Job, str], None]
) -> Iterator[Finding]:
    """Check what is planned in a process of its own, so that a component that crashes or hangs fails one check only.

    Arguments and errors as of `check_apart`.
    """
    yield from (_left_out(job.kind, job.name, reason) for job, reason in plan if reason)
    jobs = [job for job, reason in plan if not reason]
    yield from check_apart(registry.origin, jobs, alone=len(plan) == 1, timeout=timeout, began=began)


def _left_out(kind: str, name: str, reason: str) -> Finding:
    return Finding(kind, name, ROW, Status.SKIPPED, found=reason)


def _names_interpreter(overrides: Sequence[str]) -> bool:
    """Whether the environment lives in another interpreter, whose registry has its row."""
    values = [value.strip() for key, _, value in (text.partition("=") for text in overrides) if key == "interpreter"]
    return bool(values) and values[-1] not in ("", "~", "null")


def _rows(app: session.App, target: str, kind: str | None) -> list[Row]:
    """What a target names: a manifest's path, then a component, then a distribution or a plugin."""
    if fault := path_fault(target):
        raise ConfigError(fault, where="TARGET", fix="Name a component, a distribution or a manifest.")
    path = Path(target).expanduser()
    if path.suffix in (".yaml", ".yml") or path.is_file():
        app.update(manifest=[str(path)])
        return rows_in(app.registry, path, kind)
    return rows_of(app.registry, target, kind, known_interpreters(app.interpreters))

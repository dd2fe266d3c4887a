"""Checks by kind, and their use on one component."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quorate.errors import QuorateError
from quorate.nearest import nearest
from quorate.registry import KINDS, Kind, Registry
from quorate.registry.check import check_row
from quorate.registry.kinds import find_kind
from quorate.settings import Component, load_target
from quorate.testing.framework import (
    ROW,
    Check,
    CheckFailureError,
    Finding,
    Status,
    Subject,
    expect,
    failed_finding,
    run_checks,
    unchecked,
)

_ROW_EXPECTED = "a row whose target and settings can be used"


def checks_of(kind: str | Kind, only: Sequence[str] = ()) -> tuple[Check, ...]:
    """The checks of a kind, in the order in which they are run.

    Args:
        kind: of component: the name of a built-in one, or one of `Registry.kinds`.
        only: the names of some of them; none: all.

    Raises:
        QuorateError: there is no such kind, or no such check.
    """
    kind = find_kind(KINDS, kind) if isinstance(kind, str) else kind
    checks = {check.name: check for check in (_row_check(kind.name), *_own_checks(kind))}
    for name in only:
        if name not in checks:
            problem = f"There is no check {name!r} of the kind {kind.name}."
            fix = f"See `quorate check --list --kind {kind.name}`."
            raise QuorateError(problem, choices=nearest(name, checks) or tuple(checks), fix=fix)
    return tuple(_with_all_needs(check, checks) for name, check in checks.items() if name in (only or checks))


def _with_all_needs(check: Check, checks: Mapping[str, Check]) -> Check:
    """With what its needs need, so that it is skipped with them even if they are not run themselves."""
    needs = list(check.needs)
    for name in needs:  # grows on the way
        needs += [inner for inner in checks[name].needs if inner not in needs]
    return dataclasses.replace(check, needs=tuple(needs))


def check_component(
    registry: Registry,
    kind: str,
    name: str,
    settings: Mapping[str, Any] | None = None,
    /,
    *,
    only: Sequence[str] = (),
    overrides: Sequence[str] = (),
    **more: Any,
) -> list[Finding]:
    """Run the checks of a component's kind on it, in this process.

    Args:
        registry: where it is from.
        kind: of component.
        name: the registered name.
        settings: of it, as plain data; what is not given has its default.
        only: the names of the checks to run; none: all.
        overrides: settings as on the command line, ``key.path=value``.
        more: further settings.

    Raises:
        QuorateError: there is no such component, or the settings do not fit it. A component whose row is broken is a
            finding, no error.
    """
    given = {**(settings or {}), **more}
    return list(iterate_checks(registry, kind, name, given, only, overrides))


def iterate_checks(
    registry: Registry,
    kind: str,
    name: str,
    settings: Mapping[str, Any] | None = None,
    only: Sequence[str] = (),
    overrides: Sequence[str] = (),
    batch: int | None = None,
    **options: Any,
) -> Iterator[Finding]:
    """As `check_component`, finding by finding; `batch` is of `Subject`, and `options` are those of `run_checks`."""
    from quorate.config import compose_component

    checks = checks_of(find_kind(registry.kinds, kind), only)
    try:
        component = compose_component(kind, name, registry, settings, overrides)
    except QuorateError:
        if (error := _row_error(registry, kind, name)) is None:
            raise
        yield failed_finding(_row_check(kind), name, _ROW_EXPECTED, error)
        return
    yield from run_checks(checks, Subject(component, registry, batch), **options)


def assert_conforms(
    registry: Registry,
    kind: str,
    name: str,
    settings: Mapping[str, Any] | None = None,
    /,
    *,
    only: Sequence[str] = (),
    overrides: Sequence[str] = (),
    **more: Any,
) -> None:
    """Fail unless a component passes every check of its kind (those that do not apply to it aside).

    The arguments are those of `check_component`.

    Raises:
        AssertionError: it lists every failed check with what was expected, what was found and where to read on; or
            nothing could be checked beyond the row.
        QuorateError: as of `check_component`.
    """
    findings = check_component(registry, kind, name, settings, only=only, overrides=overrides, **more)
    failed = [finding for finding in findings if finding.status is Status.FAILED]
    if failed:
        head = f"The {kind} {name!r} fails {len(failed)} of {len(findings)} checks:"
        raise AssertionError("\n\n".join([head, *map(str, failed)]))
    if nothing := unchecked(findings):
        raise AssertionError(f"Nothing could be checked of the {kind} {name!r}: {nothing[0].found}")


def _own_checks(kind: Kind) -> tuple[Check, ...]:
    return tuple(load_target(kind.checks)) if kind.checks else ()


def _row_check(kind: str) -> Check:
    summary = f"The row's target is what the kind {kind} asks for, and its settings a dataclass that has its defaults."
    return Check(kind, ROW, summary, _check_row)


def _row_error(registry: Registry, kind: str, name: str) -> str | None:
    """What is wrong with a component's row; None also where there is no such row here."""
    try:
        row = registry.find(kind, name)
    except QuorateError:
        return None
    return check_row(registry, row)


def _check_row(subject: Subject) -> None:
    """The manifest's row names a target and the dataclass of its settings.

    Both can be imported, the target is called with settings of that class, every default that the row gives is one
    of those settings, and a target that is a class implements the interface of the kind. A row's tag `check` has known
    keys, and skips checks that there are, with reasons. Of an environment in another interpreter, that one has found
    the row and held the settings against it before.
    """
    component = subject.component
    _check_tag(component, subject.registry.kinds[component.kind])
    if component.interpreter is not None:
        return
    row = subject.registry.find(component.kind, component.name)
    if error := check_row(subject.registry, row):
        raise CheckFailureError(_ROW_EXPECTED, error)


def _check_tag(component: Component, kind: Kind) -> None:
    tag = component.tags.get("check", {})
    expected = "a tag `check` of the keys environment, metric (of an algorithm) and skip: {CHECK: REASON}"
    known = {"skip"} | ({"environment", "metric"} if component.kind == "algorithm" else set())
    expect(isinstance(tag, dict) and set(tag) <= known, expected, f"check: {tag}")
    skip, names = tag.get("skip", {}), {check.name for check in _own_checks(kind)}
    good = isinstance(skip, dict) and all(isinstance(reason, str) and reason.strip() for reason in skip.values())
    expect(good and set(skip) <= names, f"{expected}, the checks being of {sorted(names)}", f"skip: {skip}")

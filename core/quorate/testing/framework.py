"""What a conformance check is, and what comes of running some."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quorate.errors import QuorateError
from quorate.foreign import Foreign, cause, raised_at, text_of
from quorate.registry import Registry
from quorate.settings import Component

ROW = "row"
"""The check that every kind has and that comes first; where it fails, the others are skipped."""


class Status(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class CheckFailureError(AssertionError):
    """A component does not do what its kind promises.

    Attributes:
        expected: what the contract says, in one sentence.
        found: what came instead, with the numbers.
    """

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}; found {found}")
        self.expected, self.found = expected, found


class CheckSkippedError(Exception):
    """A check does not apply to this component; its text says why."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is checked; checks may keep by it what others can use too.

    Attributes:
        component: composed, with its settings; `component.build(...)` makes it.
        registry: where it is from, and where what it needs to run is found.
        batch: rows of an environment, where more than one are played, instead of what a check takes; None: that.
    """

    component: Component
    registry: Registry
    batch: int | None = None


def read_of(kind: str, check: str) -> str:
    """A command that says more of a check, which an installed user has too; docs/reference/checks.md has the same."""
    return f"quorate check --list --kind {kind} --only {check}"


@dataclass(frozen=True)
class Check:
    """One promise of a kind of component.

    Attributes:
        kind: a key of `Registry.kinds`.
        name: unique within the kind, such as ``autoreset``; also the anchor of its paragraph in the documentation.
        summary: what is promised, in one sentence.
        run: returns where the promise is kept; else raises `CheckFailureError` or `CheckSkippedError`. Whatever else
            it raises counts as a failure too.
    """

    kind: str
    name: str
    summary: str
    run: Callable[[Subject], None]
    needs: tuple[str, ...] = ()

    @property
    def read(self) -> str:
        """Where to read on (see `read_of`)."""
        return read_of(self.kind, self.name)

    @property
    def details(self) -> str:
        """What the documentation says beyond the summary: the docstring of `run`."""
        return (inspect.getdoc(self.run) or "") if inspect.isfunction(self.run) else ""


@dataclass(frozen=True)
class Finding:
    """What came of one check of one component; `expected` and `found` tell of a failure, `found` of a skip."""

    kind: str
    component: str
    check: str
    status: Status
    expected: str = ""
    found: str = ""
    read: str = ""

    def __str__(self) -> str:
        lines = [f"{self.status} {self.kind} {self.component}: {self.check}"]
        told = {"expected": self.expected, "found": self.found, "read": self.read}
        lines += [f"  {name + ':':<10}{indented(text)}" for name, text in told.items() if text]
        return "\n".join(lines)


def indented(text: str) -> str:
    """Text whose lines after the first stand below its beginning, as `Finding` prints them."""
    return text.rstrip().replace("\n", "\n" + " " * 12)


def check_tag(component: Component) -> dict[str, Any]:
    """What the row's tag `check` says of how the component is to be checked, if it is a mapping.

    Its keys: `environment` and `metric` of an algorithm (see its check `learns`), and of all kinds `skip`, from the
    names of checks that the component does not pass to the reasons why it need not.
    """
    tag = component.tags.get("check", {})
    return dict(tag) if isinstance(tag, dict) else {}


def run_checks(
    checks: Iterable[Check],
    subject: Subject,
    *,
    began: Callable[[str], None] = lambda name: None,
    failed: Iterable[str] = (),
) -> Iterator[Finding]:
    """Run checks one after another; none raises.

    Args:
        checks: in an order in which each comes after those that it needs.
        subject: what is checked.
        began: called with the name of each check before it is run.
        failed: the names of checks that have failed before, elsewhere.
    """
    without, skips = set(failed), check_tag(subject.component).get("skip", {})
    for check in checks:
        began(check.name)
        if missing := [name for name in (ROW, *check.needs) if name in without]:
            found = f"it needs the check {missing[0]!r}, which failed"
            finding = Finding(check.kind, subject.component.name, check.name, Status.SKIPPED, found=found)
        elif check.name in skips and check.name != ROW:
            found = f"its row says: {skips[check.name]}"
            finding = Finding(check.kind, subject.component.name, check.name, Status.SKIPPED, found=found)
        else:
            finding = _run(check, subject)
        if finding.status is Status.FAILED:
            without.add(check.name)
        yield finding


def _run(check: Check, subject: Subject) -> Finding:
    name = subject.component.name
    try:
        with Foreign():
            check.run(subject)
    except CheckFailureError as failure:
        return failed_finding(check, name, failure.expected, failure.found)
    except CheckSkippedError as skip:
        return Finding(check.kind, name, check.name, Status.SKIPPED, found=str(skip))
    except Exception as error:
        return failed_finding(check, name, check.summary, _told(error))
    return Finding(check.kind, name, check.name, Status.PASSED)


def unchecked(findings: Iterable[Finding]) -> list[Finding]:
    """Of each component of which nothing was checked beyond its row, the first check that was skipped.

    A check that does not apply is no fault of a component; but where that is so of all of them, nothing is known of it.
    """
    first: dict[tuple[str, str], Finding] = {}
    checked = set()
    for finding in findings:
        at = finding.kind, finding.component
        if finding.status is Status.SKIPPED:
            first.setdefault(at, finding)
        elif finding.check != ROW or finding.status is Status.FAILED:
            checked.add(at)
    return [finding for at, finding in first.items() if at not in checked]


def failed_finding(check: Check, component: str, expected: str, found: str) -> Finding:
    """A failure, with where to read on."""
    return Finding(check.kind, component, check.name, Status.FAILED, expected, found, check.read)


def _told(error: Exception) -> str:
    """An exception with the line that raised it, except where it is worded for its reader."""
    said, place = f"{type(cause(error)).__name__}: {text_of(cause(error))}", raised_at(error)
    return f"{said} ({place})" if place and not isinstance(error, QuorateError) else said


def expect(holds: Any, expected: str, found: str) -> None:
    """Fail a check unless a condition holds.

    Raises:
        CheckFailureError: it does not.
    """
    if not holds:
        raise CheckFailureError(expected, found)

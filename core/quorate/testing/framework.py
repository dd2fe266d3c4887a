"""What a conformance check is, and what comes of running some."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quorate.registry import Registry
from quorate.settings import Component


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


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Attributes:
        component: composed, with its settings; `component.build(...)` makes it.
        registry: where it is from, and where what it needs to run is found.
    """

    component: Component
    registry: Registry


@dataclass(frozen=True)
class Check:
    """One promise of a kind of component.

    Attributes:
        kind: a key of `quorate.registry.kinds.KINDS`.
        name: unique within the kind, such as ``autoreset``; also the anchor of its paragraph in the documentation.
        summary: what is promised, in one sentence.
        run: returns where the promise is kept; else raises `CheckFailureError` or `CheckSkippedError`. Whatever else
            it raises counts as a failure too.
    """

    kind: str
    name: str
    summary: str
    run: Callable[[Subject], None]

    @property
    def read(self) -> str:
        """Where to read on: a place in the documentation."""
        return f"docs/reference/checks.md#{self.kind}-{self.name}"


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


def run_checks(checks: Iterable[Check], subject: Subject) -> Iterator[Finding]:
    """Run checks one after another; none raises."""
    for check in checks:
        yield _run(check, subject)


def _run(check: Check, subject: Subject) -> Finding:
    def finding(status: Status, expected: str = "", found: str = "") -> Finding:
        return Finding(check.kind, subject.component.name, check.name, status, expected, found, check.read)

    try:
        check.run(subject)
    except CheckFailureError as failure:
        return finding(Status.FAILED, failure.expected, failure.found)
    except CheckSkippedError as skip:
        return finding(Status.SKIPPED, found=str(skip))
    except Exception as error:  # a third party's component may raise anything
        return finding(Status.FAILED, check.summary, f"{type(error).__name__}: {error}")
    return finding(Status.PASSED)


def expect(holds: Any, expected: str, found: str) -> None:
    """Fail a check unless a condition holds.

    Raises:
        CheckFailureError: it does not.
    """
    if not holds:
        raise CheckFailureError(expected, found)

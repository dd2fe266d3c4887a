"""Checks in a process of their own: a component that crashes or hangs there fails one check, and the rest goes on.

``python -m quorate.testing.apart`` reads the origin of a registry and a list of jobs, and tells each step it takes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from quorate.child import Child, ChildError, answer, question
from quorate.errors import QuorateError
from quorate.testing.framework import ROW, Finding, Status

_START_TIMEOUT = 180.0
"""Seconds for the process to start and read the manifests."""


@dataclass(frozen=True)
class Job:
    """One component to check.

    Attributes:
        kind: of component.
        name: the registered name.
        overrides: its settings, ``key.path=value``.
        only: the names of the checks to run; none: all.
        failed: the names of checks that have failed already.
    """

    kind: str
    name: str
    overrides: list[str] = field(default_factory=list)
    only: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def check_apart(
    origin: Mapping[str, Any],
    jobs: Sequence[Job],
    *,
    timeout: float = 600.0,
    began: Callable[[Job, str], None] = lambda job, check: None,
) -> Iterator[Finding]:
    """Check components one after another in a child process, in a new one after each crash or hang.

    Args:
        origin: of the registry (`Registry.origin`).
        jobs: what to check.
        timeout: seconds for one check.
        began: called when a check begins.

    Raises:
        QuorateError: the settings given, or the names of checks, do not fit the component, which is the only one. Of
            several, it is a finding.
    """
    waiting = list(jobs)
    while waiting:
        with Child(
            "quorate.testing.apart", {"origin": dict(origin), "jobs": [asdict(job) for job in waiting]}
        ) as child:
            for finding in _Follower(child, waiting, timeout, began).findings():
                if isinstance(finding, QuorateError):
                    if len(jobs) == 1:
                        raise finding
                    job = waiting[0]
                    finding = Finding(job.kind, job.name, ROW, Status.FAILED, "settings that fit", str(finding))
                yield finding


class _Follower:
    """Reads what one child tells, until it has done all that is waiting, or ends."""

    def __init__(self, child: Child, waiting: list[Job], timeout: float, began: Callable[[Job, str], None]) -> None:
        self._child, self._waiting, self._timeout, self._began = child, waiting, timeout, began
        self._checks: list[str] = []
        self._current = ROW
        self._failed: list[str] = []

    def findings(self) -> Iterator[Finding | QuorateError]:
        try:
            self._child.answer(_START_TIMEOUT)
            while self._waiting:
                yield from self._next(*self._child.answer(self._timeout))
        except ChildError as end:
            yield self._died(end)

    def _next(self, what: str, value: Any) -> Iterator[Finding | QuorateError]:
        job = self._waiting[0]
        if what == "checks":
            self._checks, self._current, self._failed = value, ROW, list(job.failed)
        elif what == "begin":
            self._current = value
            self._began(job, value)
        elif what == "finding":
            finding = Finding(**{**value, "status": Status(value["status"])})
            self._failed += [finding.check] if finding.status is Status.FAILED else []
            yield finding
        else:
            if what == "error":
                yield QuorateError(**value)
            self._waiting.pop(0)

    def _died(self, end: ChildError) -> Finding:
        """The check that was running has failed; those after it are for the next process."""
        job, current = self._waiting[0], self._current
        rest = self._checks[self._checks.index(current) + 1 :] if current in self._checks and current != ROW else []
        again = replace(job, only=rest, failed=[*self._failed, current])
        self._waiting[:1] = [again] if rest else []
        expected = "a component that leaves the process that it runs in alive, and comes back"
        read = f"docs/reference/checks.md#{job.kind}-{current}"
        return Finding(job.kind, job.name, current, Status.FAILED, expected, self._child.end(end, lines=3), read)


def main() -> None:
    """Do the jobs given on standard input."""
    from quorate.registry import registry_from

    asked = question()
    registry = registry_from(asked["origin"])
    answer(["ready", None])
    for job in asked["jobs"]:
        try:
            _work(registry, Job(**job))
        except QuorateError as error:
            told = {"problem": error.problem, "where": error.where, "choices": error.choices, "fix": error.fix}
            answer(["error", told])
        else:
            answer(["done", None])


def _work(registry: Any, job: Job) -> None:
    from quorate.testing.conformance import checks_of, iterate_checks

    answer(["checks", [check.name for check in checks_of(job.kind, job.only)]])
    options: dict[str, Any] = {"began": lambda name: answer(["begin", name]), "failed": job.failed}
    for finding in iterate_checks(registry, job.kind, job.name, None, job.only, job.overrides, **options):
        answer(["finding", asdict(finding)])


if __name__ == "__main__":
    main()

"""Checks in a process of their own: a component that crashes or hangs there fails one check, and the rest goes on.

The process is asked for the jobs, with the origin of a registry, and tells each step it takes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from quorate.errors import QuorateError
from quorate.processes.channel import Channel
from quorate.processes.child import ChildError, ChildProcess, answer, inherited
from quorate.progress import listen, tell
from quorate.registry.describe import describe_settings
from quorate.testing.framework import ROW, Finding, Status, read_of

_START_TIMEOUT = 180.0
"""Seconds for the process to start, read the manifests and import the checks."""


@dataclass(frozen=True)
class Job:
    """One component to check.

    Attributes:
        kind: of component.
        name: the registered name.
        overrides: its settings, ``key.path=value``.
        only: the names of the checks to run; none: all.
        failed: the names of checks that have failed already.
        batch: of `quorate.testing.framework.Subject`.
    """

    kind: str
    name: str
    overrides: list[str] = field(default_factory=list)
    only: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    batch: int | None = None


def check_apart(
    origin: Mapping[str, Any],
    jobs: Sequence[Job],
    *,
    alone: bool = False,
    timeout: float = 600.0,
    began: Callable[[Job, str], None] = lambda job, check: None,
) -> Iterator[Finding]:
    """Check components one after another in a child process, in a new one after each crash or hang.

    Args:
        origin: of the registry (`Registry.origin`).
        jobs: what to check.
        alone: they were asked for by name, so that settings that do not fit are the caller's mistake.
        timeout: seconds for one check, or until it next tells what it does (`quorate.progress.tell`).
        began: called when a check begins.

    Raises:
        QuorateError: the settings given, or the names of checks, do not fit the component, which is `alone`. Others
            that need settings are skipped.
    """
    waiting = list(jobs)
    while waiting:
        with ChildProcess("quorate.testing.apart") as child:
            child.ask({"origin": dict(origin), "jobs": [asdict(job) for job in waiting]})
            yield from _Follower(child, waiting, timeout, began, alone=alone).findings()


class _Follower:
    """Reads what one child tells, until it has done all that is waiting, or ends."""

    def __init__(
        self, child: ChildProcess, waiting: list[Job], timeout: float, began: Callable[[Job, str], None], *, alone: bool
    ) -> None:
        self._child, self._waiting, self._timeout, self._began = child, waiting, timeout, began
        self._alone = alone
        self._checks: list[str] = []
        self._current = ROW
        self._failed: list[str] = []

    def findings(self) -> Iterator[Finding]:
        try:
            self._child.answer(_START_TIMEOUT)
            while self._waiting:
                yield from self._next(*self._child.answer(self._timeout))
        except ChildError as end:
            yield self._died(end)

    def _next(self, what: str, value: Any) -> Iterator[Finding]:
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
        elif what == "progress":
            tell(value)  # a sign of life: the check's time begins anew
        else:
            if what == "error":
                yield self._unfit(job, **value)
            self._waiting.pop(0)

    def _unfit(self, job: Job, error: dict[str, Any], needy: bool) -> Finding:
        """Its settings could not be composed, though there is nothing wrong with its row in itself."""
        if self._alone:
            raise QuorateError(**error)
        if needy:
            found = f"it needs settings: {error['problem']} Run: quorate check {job.name} KEY=VALUE"
            return Finding(job.kind, job.name, ROW, Status.SKIPPED, found=found)
        found, read = str(QuorateError(**error)), read_of(job.kind, ROW)
        return Finding(job.kind, job.name, ROW, Status.FAILED, "a row whose defaults fit its settings", found, read)

    def _died(self, end: ChildError) -> Finding:
        """The check that was running has failed; those after it are for the next process."""
        job, current = self._waiting[0], self._current
        rest = self._checks[self._checks.index(current) + 1 :] if current in self._checks and current != ROW else []
        again = replace(job, only=rest, failed=[*self._failed, current])
        self._waiting[:1] = [again] if rest else []
        expected = "a component that leaves the process that it runs in alive, and comes back"
        read = read_of(job.kind, current)
        return Finding(job.kind, job.name, current, Status.FAILED, expected, self._child.end(end, lines=3), read)


def main() -> None:
    """Do the jobs that are asked for."""
    from quorate.registry import registry_from
    from quorate.testing.conformance import checks_of

    channel = inherited()
    listen(lambda text: answer(channel, ["progress", text]))
    asked, _ = channel.receive()
    registry = registry_from(asked["origin"])
    for kind in {job["kind"] for job in asked["jobs"]}:
        checks_of(registry.kinds[kind])  # imports torch, which is not to count as part of the first check
    answer(channel, ["ready", None])
    for job in asked["jobs"]:
        try:
            _work(channel, registry, Job(**job))
        except QuorateError as error:
            told = {"problem": error.problem, "where": error.where, "choices": error.choices, "fix": error.fix}
            answer(channel, ["error", {"error": told, "needy": _needy(registry, Job(**job))}])
        else:
            answer(channel, ["done", None])


def _work(channel: Channel, registry: Any, job: Job) -> None:
    from quorate.testing.conformance import checks_of, iterate_checks

    answer(channel, ["checks", [check.name for check in checks_of(registry.kinds[job.kind], job.only)]])
    options: dict[str, Any] = {
        "began": lambda name: answer(channel, ["begin", name]),
        "failed": job.failed,
        "batch": job.batch,
    }
    for finding in iterate_checks(registry, job.kind, job.name, None, job.only, job.overrides, **options):
        answer(channel, ["finding", asdict(finding)])


def _needy(registry: Any, job: Job) -> bool:
    """Whether a component has settings that only a user can give: its row leaves them all to them, or some."""
    row = next((row for row in registry.rows(job.kind) if row.name == job.name), None)
    if row is None:  # served by a hook, or in another interpreter
        return False
    settings = describe_settings(registry.settings_class(row), row.defaults)
    return not row.defaults or any(setting.required for setting in settings)


if __name__ == "__main__":
    main()

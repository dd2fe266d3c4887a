"""Runs a comparison: what is missing, after the fairness guard has let it pass."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typing_extensions import override

from quorate.config.resolved import plain
from quorate.documents import dump
from quorate.errors import ConfigError, QuorateError, RunError
from quorate.failures import told_as
from quorate.folders.files import write_bytes, write_json
from quorate.interfaces.launcher import Ending, Launcher, Status, Task, Watcher
from quorate.registry import Registry
from quorate.run.signals import StopSignal
from quorate.studies.compare import guard
from quorate.studies.compare.display import Board
from quorate.studies.compare.folder import CellStatus, ComparisonFolder
from quorate.studies.compare.local import cores
from quorate.studies.compare.metric import MetricCheck
from quorate.studies.compare.plan import Cell, plan
from quorate.studies.compare.project import Project, Wishes
from quorate.studies.compare.reading import read_comparison
from quorate.studies.compare.task import task_data

_POLL = 0.5
"""Seconds between two looks at a cell that another process writes, or at the evaluations of one that runs."""


@dataclass
class Result:
    """How a comparison ended.

    Attributes:
        statuses: of all cells.
        endings: of those that were tried now.
        late: what the records show to be different.
        signal: that stopped it, or None.
    """

    statuses: dict[str, CellStatus]
    endings: dict[str, Ending]
    late: list[guard.Finding] = field(default_factory=list)
    signal: int | None = None


def planned(source: Path | Mapping[str, Any], overrides: Sequence[str], registry: Registry, wishes: Wishes) -> Project:
    """A comparison with its cells and its folder; nothing is written. Arguments and errors as of `read_comparison`."""
    comparison = read_comparison(source, overrides, registry)
    return Project(comparison, plan(comparison, registry), ComparisonFolder(comparison.folder), registry, wishes)


def refuse(project: Project, findings: Sequence[guard.Finding]) -> None:
    """Refuse findings that are not accepted.

    Raises:
        ConfigError: there are some.
    """
    if refused := [finding.name for finding in findings if not finding.accepted]:
        raise ConfigError(
            f"The variants do not differ in their patches alone: {', '.join(refused)}.",
            where=str(project.comparison.file),
            fix="Make them equal; or, where it is meant, accept it by name: "
            f"accept: [{', '.join(refused)}] in the file, or {' '.join(f'--accept {name}' for name in refused)}.",
        )


def inspect(project: Project) -> tuple[dict[str, CellStatus], list[guard.Difference], list[guard.Finding]]:
    """The states of all cells, what differs, and the guard's findings; nothing is written.

    Raises:
        QuorateError: something is named that does not exist, stored runs have other configurations, or they do not
            have the metric.
    """
    project.check_names()
    statuses = project.statuses()
    project.check_changed(statuses)
    project.check_metric(statuses)
    differences = guard.differences(project.cells)
    kept = {cell.name for cell in project.cells if not project.reruns(cell)}
    records = {name: record for name, record in project.records().items() if name in kept}
    if project.todo(statuses, {}):
        differences += guard.outdated(records)
    return statuses, differences, guard.findings(differences, project.accept)


def execute(project: Project, board: Board, launcher: Callable[[], Launcher] | None = None) -> Result:
    """Run what is missing; `inspect` must have let it pass, and the folder must be locked.

    The launcher, by default the one of the comparison's settings, is made where there is something to run.

    Raises:
        QuorateError: the folder can not be written, the launcher can not begin, or an evaluation does not have the
            metric that is compared.
    """
    statuses, differences, findings = inspect(project)
    folder = project.folder.path
    write_bytes(folder / "comparison.yaml", dump(_document(project)).encode())
    write_json(folder / "guard.json", guard.document(differences, findings, project.accept))
    for cell in project.cells:
        if project.reruns(cell) or (statuses[cell.name].state is Status.FAILED and statuses[cell.name].changed):
            _set_aside(project, cell, statuses[cell.name], board)
    tried: dict[str, Ending] = {}
    with StopSignal() as stop:
        stop.immediate = False
        _rounds(project, board, launcher or project.comparison.settings.launcher.build, stop, tried)
    recorded = guard.recorded_differences(project.records())
    findings = guard.findings([*differences, *recorded], project.accept)
    write_json(folder / "guard.json", guard.document([*differences, *recorded], findings, project.accept))
    return Result(project.statuses(), tried, guard.findings(recorded, project.accept), stop.number)


def _document(project: Project) -> dict[str, Any]:
    """The file as plain data, with every default."""
    data: dict[str, Any] = plain(project.comparison.settings)
    return {**data, "seeds": project.comparison.seeds, "accept": project.accept}


def _set_aside(project: Project, cell: Cell, status: CellStatus, board: Board) -> None:
    if status.state is Status.RUNNING:
        fix = "Wait for it, or stop it."
        raise RunError(f"Another process is writing {cell.name}.", where=str(status.run), fix=fix)
    if status.run is not None or status.state is Status.FAILED:
        board.note(f"{cell.name}: the old run is now in {project.folder.set_aside(cell.name)}")


def _rounds(
    project: Project, board: Board, launcher: Callable[[], Launcher], stop: StopSignal, tried: dict[str, Ending]
) -> None:
    """Launch what is due; cells that another process writes are waited for, and looked at again."""
    statuses = project.statuses()
    board.open(len(project.cells), sum(status.state is Status.FINISHED for status in statuses.values()))
    told = False
    try:
        while not stop.number and (due := project.todo(statuses, tried, moved=True)):
            free = [cell for cell in due if statuses[cell.name].state is not Status.RUNNING]
            if free:
                watcher = _Recorder(project, board, stop, {cell.name: cell for cell in free}, tried)
                with told_as("launching the runs", RunError, "Mend the cause; the same command then goes on."):
                    launcher().launch([_task(project, cell) for cell in free], watcher)
                if watcher.problem is not None:
                    raise watcher.problem
            else:
                if not told:
                    names = ", ".join(cell.name for cell in due[:3]) + (", ..." if len(due) > 3 else "")
                    board.note(f"waiting for another process that runs {names}")
                told = True
                time.sleep(_POLL)
            statuses = project.statuses()
    finally:
        board.close()


def _task(project: Project, cell: Cell) -> Task:
    settings = cell.run.settings
    folder = project.folder.cell(cell.name)
    data = task_data(cell, folder, project.registry, list(project.wishes.command))
    return Task(cell.name, data, settings.threads or cores(), not settings.device.startswith("cpu"))


class _Recorder(Watcher):
    """Keeps what a launcher tells: on the board, and failures in the folder.

    Attributes:
        problem: an evaluation lacks the metric that is compared; nothing more is run.
    """

    def __init__(
        self, project: Project, board: Board, stop: StopSignal, cells: dict[str, Cell], tried: dict[str, Ending]
    ) -> None:
        self._project, self._board, self._stop, self._cells, self._tried = project, board, stop, cells, tried
        self._metric = MetricCheck(project.comparison, project.folder)
        self._looked: dict[str, float] = {}
        self.problem: QuorateError | None = None

    @property
    def stopping(self) -> bool:
        """Whether a signal came, or going on is useless."""
        return self._stop.number is not None or self.problem is not None

    @override
    def started(self, task: str) -> None:
        self._board.started(task)

    @override
    def progress(self, task: str, what: str, done: int, total: int) -> None:
        self._board.progress(task, what, done, total)
        now = time.monotonic()
        if now - self._looked.get(task, 0.0) >= _POLL:
            self._looked[task] = now
            self._look(task)

    def _look(self, task: str) -> None:
        self.problem = self.problem or self._metric.problem(self._cells[task])

    @override
    def ended(self, task: str, ending: Ending) -> None:
        if ending.how is not Status.RUNNING:
            self._tried[task] = ending
        self._board.ended(task, ending)
        try:
            self._keep(task, ending)
        except RunError as error:  # the cell's own error has been told, and others go on
            self._board.note(f"{task}: how it ended is not recorded: {error.problem}")
        self._look(task)

    def _keep(self, task: str, ending: Ending) -> None:
        if ending.how is Status.FAILED:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._project.folder.record_failure(self._cells[task], ending.error, ending.tail, now)
        elif ending.how is Status.FINISHED:
            self._project.folder.forget_failure(task)

    @override
    def note(self, text: str) -> None:
        self._board.note(text)

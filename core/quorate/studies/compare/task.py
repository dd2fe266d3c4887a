"""Does one task: starts the run of a cell, or continues it. The process is its own, and ends with it.

``python -m quorate.studies.compare.task`` reads the task as JSON from its standard input and writes what happens as
lines of JSON to its standard output, the last of which says how it ended; what components print goes to standard error.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.config.compose import compose_data
from quorate.documents import parse_document
from quorate.errors import ConfigError, QuorateError
from quorate.folders.files import disk_errors, write_all
from quorate.folders.lock import is_locked, try_lock
from quorate.interfaces.launcher import Status
from quorate.processes.parent import end_with_parent
from quorate.registry import Registry, registry_from
from quorate.studies.compare.folder import LOCK, newest_run
from quorate.studies.compare.plan import Cell

if TYPE_CHECKING:
    from quorate.run.execute import Outcome
    from quorate.run.progress import Display

Emit = Callable[[Mapping[str, Any]], None]
"""Takes one event; it must be JSON."""


def task_data(cell: Cell, folder: Path, registry: Registry, command: list[str]) -> dict[str, Any]:
    """A task as JSON: everything that another process, on another machine with the same folder, must know."""
    return {
        "cell": cell.name,
        "config": cell.run.to_yaml(),
        "folder": str(folder.absolute()),
        "origin": registry.origin,
        "command": command,
        "working_directory": str(Path.cwd()),
        "path": [entry for entry in sys.path if entry],
    }


def run_task(task: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
    """Do a task in this process.

    Args:
        task: of `task_data`.
        emit: is called with ``{"event": "progress", "what", "done", "total"}`` and ``{"event": "note", "text"}``.

    Returns:
        ``how``, the value of an `Status`, ``error``, ``seconds`` and ``peak``, bytes. Nothing is raised.
    """
    began = time.perf_counter()
    try:
        how, error = _run(task, emit), ""
    except QuorateError as problem:
        how, error = Status.FAILED, str(problem)
    except (KeyboardInterrupt, SystemExit):
        how, error = Status.STOPPED, ""
    except BaseException as problem:  # a third party's component may raise anything
        traceback.print_exc()
        how, error = Status.FAILED, f"{type(problem).__name__}: {problem}"
    from quorate.run.cost import peak_memory

    return {"how": how, "error": error, "seconds": time.perf_counter() - began, "peak": peak_memory()}


def _run(task: Mapping[str, Any], emit: Emit) -> Status:
    os.chdir(task["working_directory"])
    sys.path += [entry for entry in task["path"] if entry not in sys.path]
    folder = Path(task["folder"])
    with disk_errors(folder, "created"):
        folder.mkdir(parents=True, exist_ok=True)
        lock = try_lock(folder / LOCK)
    if lock is None:
        return Status.RUNNING
    try:
        existing = newest_run(folder)
        if existing is not None and is_locked(existing / "lock"):
            return Status.RUNNING  # somebody resumed it by hand
        outcome = _start_or_resume(task, folder, existing, emit)
    finally:
        os.close(lock)
    return Status.FINISHED if outcome.signal is None else Status.STOPPED


def _start_or_resume(task: Mapping[str, Any], folder: Path, existing: Path | None, emit: Emit) -> "Outcome":
    from quorate.run.execute import resume, start

    registry = registry_from(task["origin"])
    display = _display(emit)
    if existing is not None:
        return resume(existing, registry, display)
    data, places = parse_document(task["config"], f"the configuration of {task['cell']}", ConfigError, lines=False)
    run = compose_data(data, places, registry)
    return start(run, registry, display, command=task["command"])


def _display(emit: Emit) -> "Display":
    from quorate.run.progress import Display

    class Events(Display):
        """Tells whoever watches, at most five times a second."""

        def __init__(self) -> None:
            self._total, self._last = 0, 0.0

        def __call__(self, what: str, done: int, total: int) -> None:
            self._tell(what, done, total)

        def start(self, total: int, done: int) -> None:
            self._total, self._last = total, 0.0
            self._tell("training", done, total)

        def step(self, done: int) -> None:
            self._tell("training", done, self._total)

        def note(self, text: str) -> None:
            emit({"event": "note", "text": text})

        def _tell(self, what: str, done: int, total: int) -> None:
            now = time.monotonic()
            if now - self._last >= 0.2 or done >= total:
                self._last = now
                emit({"event": "progress", "what": what, "done": done, "total": total})

    return Events()


def perform(task: Mapping[str, Any], send: Emit) -> None:
    """Do a task, and tell how it ended as the last event; where nobody listens any more, events are dropped."""

    def emit(event: Mapping[str, Any]) -> None:
        with suppress(OSError):
            send(event)

    emit({"event": "ended", **run_task(task, emit)})


def main() -> None:
    """Do the task on standard input."""
    end_with_parent()
    task = json.load(sys.stdin)
    events = os.dup(1)
    os.dup2(2, 1)
    perform(task, lambda event: write_all(events, (json.dumps(event) + "\n").encode()))


if __name__ == "__main__":
    main()

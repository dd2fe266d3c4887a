"""Launchers: what runs the parts of a comparison, on this machine or on others that share its folder."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quorate.gone import gone_from
from quorate.processes.child import ending

TASK_MODULE = "quorate.studies.compare.task"
"""What does a task: ``python -P -m`` this reads `Task.data` as JSON from its standard input, and writes events as lines
of JSON to its standard output: ``{"event": "progress", "what", "done", "total"}``, ``{"event": "note", "text"}``, and
last ``{"event": "ended", "how", "error", "seconds", "peak"}``. SIGTERM stops it after a checkpoint."""


@dataclass(frozen=True)
class Task:
    """One run that is to be started, or to be continued.

    Attributes:
        name: unique among the tasks.
        data: what `quorate.studies.compare.task.run_task` takes; JSON. It needs the comparison's folder, nothing else.
        threads: of one torch operation; the cores that it keeps busy.
        gpu: whether it computes on a GPU.
    """

    name: str
    data: dict[str, Any]
    threads: int = 1
    gpu: bool = False


class Status(StrEnum):
    """How far a run is, or the part of a comparison that is one."""

    MISSING = "missing"
    """It has not begun."""
    RUNNING = "running"
    """Another process writes it."""
    STOPPED = "stopped"
    """It was stopped or cut off, and can be continued."""
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True)
class Ending:
    """What became of a task; its results are in the folder of its run.

    Attributes:
        how: it ended; running: another process writes the same run.
        error: what went wrong, where it failed.
        tail: the last that it wrote to its standard output and error.
        peak: bytes of memory that it held at most, where known.
        seconds: of wall time.
    """

    how: Status
    error: str = ""
    tail: str = ""
    peak: int | None = None
    seconds: float = 0.0

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Ending":
        """What a task's process tells last (see `TASK_MODULE`); ``tail``, which it can not know, may be added."""
        how = Status(event["how"])
        tail = event.get("tail", "") if how is Status.FAILED else ""
        return cls(how, event.get("error", ""), tail, event.get("peak"), event.get("seconds", 0.0))


def death(code: int) -> dict[str, str]:
    """What a task's process, which ended without telling anything last, would have told (see `TASK_MODULE`).

    SIGTERM, before the run was there to note it, stops a task as it does later.

    Args:
        code: its exit code; below 0, the signal that ended it.
    """
    if code == -signal.SIGTERM:
        return {"how": "stopped"}
    words = f"The process of the run {ending(code)}"
    if code >= 0:
        return {"how": "failed", "error": f"{words} before the run had."}
    memory = " The system does so where memory runs out: see the settings of the launcher." * (code == -signal.SIGKILL)
    return {"how": "failed", "error": f"{words}.{memory}"}


class Watcher(ABC):
    """Is told by a launcher how its tasks are doing. Every method returns at once."""

    @property
    @abstractmethod
    def stopping(self) -> bool:
        """Whether no further task shall begin, and those that run shall stop after writing a checkpoint."""

    @abstractmethod
    def started(self, task: str) -> None:
        """A task began."""

    @abstractmethod
    def progress(self, task: str, what: str, done: int, total: int) -> None:
        """`done` of `total` units of `what` are made, such as training steps."""

    @abstractmethod
    def ended(self, task: str, ending: Ending) -> None:
        """A task that began ended."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Something that the user should know, such as why nothing begins."""


class Launcher(ABC):
    """Runs tasks. Built as ``target(settings)``."""

    @abstractmethod
    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        """Run tasks, as many at once as there is room for.

        A task that fails or dies costs only itself. This returns when every task that began has ended: after all of
        them, or where the watcher says `stopping`. Where it is interrupted, or its process dies, tasks that run stop.

        Raises:
            QuorateError: it can run nothing, as where there is no cluster.
        """


__getattr__ = gone_from(__name__)

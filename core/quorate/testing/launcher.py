"""Checks of launchers: real tasks, which are runs in the tiny world, and one that fails."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quorate.config import compose
from quorate.errors import RunError
from quorate.interfaces.launcher import Ending, Status, Task, Watcher
from quorate.studies.compare.folder import newest_run
from quorate.studies.compare.plan import Cell
from quorate.studies.compare.task import task_data
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.support import tiny_registry

_RUN = """
environment: tiny/world-v1
algorithm: {name: mappo, environments: 2, rollout: 4}
evaluation: {episodes: 2, environments: 2}
budget: {train_steps: 1}
threads: 1
"""
_NAMES = ("tiny/seed-0", "tiny/seed-1")
_BROKEN = "tiny/broken"


class _Notes(Watcher):
    """Keeps what it is told; asks to stop from the beginning where `stop` is set."""

    def __init__(self, stop: bool = False) -> None:
        self._stop = stop
        self.began: list[str] = []
        self.endings: dict[str, Ending] = {}
        self.early: list[str] = []

    @property
    def stopping(self) -> bool:
        return self._stop

    def started(self, task: str) -> None:
        self.began.append(task)

    def progress(self, task: str, what: str, done: int, total: int) -> None:
        """What is told here is for people."""

    def ended(self, task: str, ending: Ending) -> None:
        if task not in self.began:
            self.early.append(task)
        self.endings[task] = ending

    def note(self, text: str) -> None:
        """What is told here is for people."""


def _runs(subject: Subject) -> None:
    """`launch` returns when every task has ended, and the result of each is in its folder.

    A task is told of twice: when it begins, and after that when it ends.
    """
    with _tasks() as (tasks, folder):
        notes = _launch(subject, tasks[:2])
        how = {name: str(ending.how) for name, ending in notes.endings.items() if name != _BROKEN}
        expect(how == dict.fromkeys(_NAMES, "finished"), "every task told to be finished", f"{how}")
        began = sorted(notes.began)
        expect(began == sorted(_NAMES) and not notes.early, "each told to begin once, before it ends", f"{began}")
        results = [name for name in _NAMES if (run := newest_run(folder / name)) and (run / "result.json").exists()]
        expect(results == list(_NAMES), "the results of all tasks in their folders", f"those of {results}")


def _failures(subject: Subject) -> None:
    """A task that fails is told to have failed, with the error as the task says it; the others finish."""
    with _tasks() as (tasks, _):
        notes = _launch(subject, [tasks[2], tasks[0]])
        bad, good = notes.endings.get(_BROKEN), notes.endings.get(_NAMES[0])
        told = bad is not None and bad.how is Status.FAILED
        expect(told, "the task that fails told to have failed", f"{bad and str(bad.how)}")
        said = "" if bad is None else bad.error
        expect("tiny/nowhere" in said, "its error, which names tiny/nowhere", repr(said[:200]))
        expect(good is not None, "the task after it told to have ended", "nothing of it")


def _stop(subject: Subject) -> None:
    """Nothing begins where the watcher says `stopping`, and `launch` returns."""
    with _tasks() as (tasks, folder):
        notes = _Notes(stop=True)
        _launch(subject, tasks[:1], notes)
        begun = newest_run(folder / _NAMES[0]) is not None or notes.began
        expect(not begun, "no task begun after the watcher has said to stop", f"{_NAMES[0]} begun")


def _launch(subject: Subject, tasks: list[Task], notes: _Notes | None = None) -> _Notes:
    """What is told of the tasks; a launcher that has nowhere to start them, such as no cluster, is not at fault."""
    notes = notes or _Notes()
    try:
        subject.component.build().launch(tasks, notes)
    except RunError as error:
        if notes.began:
            raise
        raise CheckSkippedError(f"it can start nothing here: {error.problem}") from error
    return notes


@contextmanager
def _tasks() -> Iterator[tuple[list[Task], Path]]:
    """Two tasks that finish in a moment, one whose component does not exist, and the folder of all."""
    registry = tiny_registry()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tiny.yaml").write_text(_RUN, encoding="utf-8")
        tasks = []
        for seed, task in enumerate((*_NAMES, _BROKEN)):
            words = [f"directory={folder / 'tiny'}", f"name={Path(task).name}", f"seed={seed}"]
            cell = Cell("tiny", "world", seed, compose(folder / "tiny.yaml", words, registry))
            data = task_data(cell, folder / task, registry, ["quorate", "check"])
            if task == _BROKEN:
                data["config"] = data["config"].replace("tiny/world-v1", "tiny/nowhere-v1")
            tasks.append(Task(task, data))
        yield tasks, folder


CHECKS: tuple[Check, ...] = (
    Check("launcher", "runs", "It runs every task, and tells when each begins and ends.", _runs),
    Check("launcher", "failures", "A task that fails is told with its error, and costs only itself.", _failures),
    Check("launcher", "stop", "Nothing begins where the watcher says to stop.", _stop),
)

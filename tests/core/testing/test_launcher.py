"""Checks of launchers: every one catches what breaks it, and only that; the built-in ones pass."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from breaking import checks, examine, examine_registered, failed, passed

from quorate.interfaces.launcher import Ending, Launcher, Status, Task, Watcher
from quorate.studies.compare.task import run_task


class Sound(Launcher):
    """One task after another, in this process."""

    def __init__(self, settings: object) -> None:
        pass

    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        for task in tasks:
            if not self.stops(watcher):
                watcher.started(task.name)
                watcher.ended(task.name, self.ending(run_task(task.data, lambda event: None)))

    def stops(self, watcher: Watcher) -> bool:
        return watcher.stopping

    def ending(self, outcome: dict[str, Any]) -> Ending:
        return Ending.of(outcome)


class Silent(Sound):
    """Does not say that tasks begin."""

    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        for task in tasks:
            if not watcher.stopping:
                watcher.ended(task.name, Ending.of(run_task(task.data, lambda event: None)))


class Forgetful(Sound):
    """Leaves out the second seed."""

    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        super().launch([task for task in tasks if task.name != "tiny/seed-1"], watcher)


class Optimist(Sound):
    """Says that everything is finished."""

    def ending(self, outcome: dict[str, Any]) -> Ending:
        return Ending(Status.FINISHED)


class Mute(Sound):
    """Does not say what went wrong."""

    def ending(self, outcome: dict[str, Any]) -> Ending:
        return Ending(Status(outcome["how"]))


class Deaf(Sound):
    """Does not stop."""

    def stops(self, watcher: Watcher) -> bool:
        return False


BROKEN = {"runs": Forgetful, "failures": Optimist, "stop": Deaf}
MORE = [(Silent, "runs"), (Mute, "failures")]


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("launcher")] == list(BROKEN)


def test_a_sound_one_passes() -> None:
    assert passed(examine("launcher", Sound)) == set(BROKEN)


@pytest.mark.parametrize(("broken", "name"), [*((cls, name) for name, cls in BROKEN.items()), *MORE])
def test_only_one_check_catches(broken: type, name: str) -> None:
    assert failed(examine("launcher", broken)) == {name}


@pytest.mark.usefixtures("warm_processes")
def test_the_built_in_one_passes() -> None:
    assert passed(examine_registered("launcher", "local", processes=2)) == set(BROKEN)

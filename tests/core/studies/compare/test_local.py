"""What the local launcher admits, and what a cell computes there."""

import os
import signal
from pathlib import Path

import pytest

from quorate.interfaces.launcher import Status, death
from quorate.run.checkpoint import checkpoint_path
from quorate.studies.compare import memory
from quorate.studies.compare.memory import GIB, Memory
from quorate.studies.compare.task import run_task, task_data


@pytest.fixture
def machine(monkeypatch):
    """Sets what is free, of 100 GiB, and how large running processes are."""

    def be(free: float, size: float) -> None:
        monkeypatch.setattr(memory, "available", lambda: free * GIB)
        monkeypatch.setattr(memory, "total", lambda: 100 * GIB)
        monkeypatch.setattr(memory, "resident", lambda process: size * GIB)

    return be


def test_one_is_always_admitted(machine):
    machine(free=0.1, size=0)
    assert Memory(50).refusal([]) is None


@pytest.mark.parametrize(
    ("free", "size", "running", "fits"),
    [(16, 10, 1, True), (14, 10, 1, False), (24, 1, 1, True), (23, 1, 1, False), (24, 1, 2, False)],
)
def test_what_is_given_counts(machine, free, size, running, fits):
    """Each that runs may still grow to 10 GiB; 5 GiB are left to others."""
    machine(free, size)
    refusal = Memory(10).refusal([1] * running)
    assert (refusal is None) == fits
    assert refusal is None or "waiting for memory" in refusal


def test_it_learns_what_runs_need(machine):
    machine(free=20, size=1)
    guess = Memory()
    assert guess.refusal([1]) is None
    guess.learn(18 * GIB)
    assert "18 GiB" in str(guess.refusal([1]))


def test_sizes_are_real():
    assert memory.resident(os.getpid()) > 10 * 2**20
    assert memory.resident(2**22 + 1) == 0
    assert 0 < memory.available() <= memory.total()


@pytest.mark.parametrize(("code", "words"), [(3, "exit code 3"), (-9, "memory"), (-11, "SIGSEGV"), (-63, "signal 63")])
def test_a_death_in_words(code, words):
    assert death(code)["how"] == "failed"
    assert words in death(code)["error"]


def test_to_be_stopped_is_no_failure():
    """Where the signal comes before the run can note it."""
    assert death(-signal.SIGTERM) == {"how": "stopped"}


def test_a_cell_is_what_quorate_run_computes(comparer, monkeypatch):
    monkeypatch.chdir(comparer.path)
    cell = comparer.plan()[0]
    folder = comparer.folder.cell(cell.name)
    events = []
    task = task_data(cell, folder, comparer.registry, ["quorate", "compare"])
    outcome = run_task(task, events.append)
    assert (outcome["how"], outcome["error"]) == ("finished", "")
    assert {"event": "progress", "what": "training", "done": 6, "total": 6} in events
    assert run_task(task, events.append)["how"] == "finished"  # and not run again
    (run,) = folder.glob("2*")

    from rich.console import Console

    from quorate.config import compose
    from quorate.run import start
    from quorate.run.progress import Display

    other = compose(run / "config.yaml", ["directory=alone"], comparer.registry)
    alone = start(other, comparer.registry, Display(Console())).directory
    name = checkpoint_path(Path("checkpoints"), 6)
    assert (alone / name).read_bytes() == (run / name).read_bytes()
    assert (alone / "metrics.jsonl").read_bytes() == (run / "metrics.jsonl").read_bytes()


def test_a_cell_that_another_process_runs_is_busy(comparer):
    from quorate.folders.lock import try_lock
    from quorate.studies.compare.folder import LOCK

    cell = comparer.plan()[0]
    folder = comparer.folder.cell(cell.name)
    folder.mkdir(parents=True)
    descriptor = try_lock(folder / LOCK)
    assert run_task(task_data(cell, folder, comparer.registry, []), [].append)["how"] is Status.RUNNING
    status = comparer.folder.status(cell, comparer.registry)
    assert status.state is Status.RUNNING
    os.close(descriptor)
    assert comparer.folder.status(cell, comparer.registry).state is Status.MISSING

import os
import signal
import sys
from pathlib import Path

import pytest
from rich.console import Console

from quorate.config import compose
from quorate.registry import load_registry

TOY = Path(__file__).parent / "toy" / "registry.yaml"

BASE = """\
environment: toy/line-v1
algorithm: {name: toy/regression}
budget: {train_steps: 12}
evaluation: {every: 5, at_start: true}
checkpoint: {every: 4, keep: 2}
log: {every: 3}
threads: 1
"""


class Toy:
    """Starts and resumes small runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = load_registry([TOY])
        self.file = folder / "toy.yaml"
        self.file.write_text(BASE)

    def compose(self, *overrides: str, directory: str = "runs"):
        return compose(self.file, [f"directory={self.folder / directory}", *overrides], self.registry)

    def start(self, *overrides: str, directory: str = "runs"):
        from quorate.run import start

        return start(self.compose(*overrides, directory=directory), self.registry, self.display())

    def resume(self, path: Path):
        from quorate.run import resume

        return resume(path, self.registry, self.display())

    def display(self):
        from quorate.run.progress import Display

        return Display(Console(stderr=True))

    def only_run(self, directory: str = "runs") -> Path:
        (path,) = (p for p in (self.folder / directory / "toy").iterdir() if not p.name.startswith("."))
        return path


@pytest.fixture
def toy(tmp_path):
    return Toy(tmp_path)


def begin(function) -> int:
    """Run a function in a forked process, which is returned."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    return child


def in_child(function) -> int:
    """Run a function in a forked process; returns how it ended, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(begin(function), 0)[1])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def begun():
    return begin


@pytest.fixture
def child():
    return in_child

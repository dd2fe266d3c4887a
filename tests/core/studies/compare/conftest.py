import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from quorate.cli.main import main
from quorate.documents import dump
from quorate.registry import load_registry
from quorate.studies.compare.folder import ComparisonFolder
from quorate.studies.compare.plan import plan
from quorate.studies.compare.reading import read_comparison

TOY = Path(__file__).parents[2] / "run" / "toy" / "registry.yaml"
PYTHON = sys.executable  # itself, not what starts at once

BASE = {
    "environment": "toy/line-v1",
    "algorithm": {"name": "toy/regression"},
    "budget": {"train_steps": 6},
    "checkpoint": {"every": 2},
}


class Comparer:
    """Writes a comparison's file and uses it, in this process and by the command."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.file = folder / "toy.yaml"
        self.registry = load_registry([TOY])
        self.folder = ComparisonFolder(folder / "compare" / "toy")

    def write(self, **keys) -> None:
        data = {"base": BASE, "variants": {"plain": {}, "wide": {"algorithm.net": "toy/wide"}}}
        data |= {"seeds": [0], "metric": "net/gain", "launcher": {"name": "local", "processes": 2}}
        self.file.write_text(dump({key: value for key, value in (data | keys).items() if value is not None}))

    def read(self, *overrides: str):
        return read_comparison(self.file, [f"directory={self.path / 'compare'}", *overrides], self.registry)

    def plan(self, *overrides: str):
        return plan(self.read(*overrides), self.registry)

    def command(self, *words: str) -> list[str]:
        return [PYTHON, "-m", "quorate", "--manifest", str(TOY), "compare", str(self.file), *words]

    def start(self, *words: str) -> subprocess.Popen:
        """The command in a process group of its own."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        environment = {**os.environ, "COLUMNS": "200", "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(self.command(*words), cwd=self.path, start_new_session=True, env=environment, **pipes)

    def call(self, *words: str, code: int = 0) -> str:
        """Run the command to its end in this process, which has imported all; returns everything that it prints."""
        output = io.StringIO()
        with contextlib.chdir(self.path), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            assert main(self.command(*words)[3:]) == code, output.getvalue()
        return output.getvalue()

    def runs(self) -> list[Path]:
        return sorted(self.folder.path.glob("runs/*/*/seed-*/2*"))

    def finished(self) -> int:
        return len(list(self.folder.path.glob("runs/*/*/seed-*/2*/result.json")))


@pytest.fixture
def comparer(tmp_path, warm_processes):
    made = Comparer(tmp_path)
    made.write()
    return made


def wait_until(condition, process=None, seconds: float = 1200.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        if process is not None and process.poll() is not None:
            raise AssertionError(process.communicate()[0])
        time.sleep(0.01)


def kill_all(process: subprocess.Popen) -> None:
    """SIGKILL for a process and everything that it has started, at once."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        with contextlib.suppress(ProcessLookupError):  # it may end by itself a moment before
            os.kill(member.pid, signal.SIGKILL)
    process.communicate()
    psutil.wait_procs(family)


@pytest.fixture
def wait():
    return wait_until


@pytest.fixture
def kill():
    return kill_all

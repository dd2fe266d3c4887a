"""The folder of one run, ``runs/<name>/<id>/``: created whole, locked while it is written."""

import fcntl
import os
import secrets
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quorate.config.resolved import ResolvedRun
from quorate.errors import RunError
from quorate.run.files import disk_errors, sync_directory, write_bytes, write_json
from quorate.run.reading import read_mapping

_FOLDERS = ("checkpoints", "figures")


class RunDirectory:
    """Where everything of a run is.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @classmethod
    def open(cls, path: Path) -> "RunDirectory":
        """An existing run: the folder itself, or the newest run in it, as in ``runs/<name>``.

        Raises:
            RunError: there is no run; runs further below are the choices.
        """
        path = Path(path)
        for candidate in [path, *_runs(path, "*")]:
            if (candidate / "config.yaml").is_file() and (candidate / "record.json").is_file():
                return cls(candidate)
        if (path / "comparison.yaml").is_file():
            runs = [str(run) for run in _runs(path, "runs/*/*/seed-*/*")]
            fix = "To go on with it, run `quorate compare FILE` again; else give the folder of one of its runs."
            raise RunError("This folder is a comparison, not a run.", where=str(path), choices=runs[:5], fix=fix)
        runs = [str(run) for run in _runs(path, "*/*")]
        problem = "This folder is no run of Quorate." if path.is_dir() else "There is no such folder."
        fix = "Give the folder that `quorate run` printed; it has config.yaml and record.json in it."
        raise RunError(problem, where=str(path), choices=runs[:5], fix=fix)

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "config.yaml"

    @property
    def metrics(self) -> Path:
        """Metrics as JSON lines."""
        return self.path / "metrics.jsonl"

    @property
    def timing(self) -> Path:
        """Wall-clock times as JSON lines."""
        return self.path / "timing.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def figures(self) -> Path:
        """The folder of pictures."""
        return self.path / "figures"

    @property
    def result(self) -> Path:
        """The final evaluation; it exists once the run is finished."""
        return self.path / "result.json"

    @property
    def record(self) -> dict[str, Any]:
        """Versions, machine, conventions and manifests, as `record.json` has them."""
        return read_mapping(self.path / "record.json")

    def lock(self) -> None:
        """Become the only writer until `release`.

        Raises:
            RunError: another process is.
        """
        with disk_errors(self.path / "lock"):
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _flock(descriptor):
            os.close(descriptor)
            fix = "Wait for it, or stop it; a process that died holds no lock."
            raise RunError("Another process is writing this run.", where=str(self.path), fix=fix)
        self._lock = descriptor

    def release(self) -> None:
        """Let others write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _flock(descriptor: int) -> bool:
    """Lock a file; who only looks whether it is locked holds the lock for a moment, which is waited for."""
    for _ in range(4):
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.02)
    return False


def _runs(path: Path, pattern: str) -> list[Path]:
    """Folders with a configuration, the newest first: their names begin with the time."""
    found = [file.parent for file in path.glob(f"{pattern}/config.yaml")] if path.is_dir() else []
    return sorted((run for run in found if not run.name.startswith(".")), key=lambda run: run.name, reverse=True)


class Draft:
    """A run's folder under a temporary name, until everything that a run starts with is in it."""

    def __init__(self, run: ResolvedRun) -> None:
        """Create it, which also shows whether the directory can be written.

        Raises:
            RunError: it can not.
        """
        self._run = run
        self.parent = Path(run.settings.directory) / run.settings.name
        path = self.parent / f".new-{secrets.token_hex(6)}"
        with disk_errors(path, "created", "Make room there, or choose another place with directory=..."):
            for folder in _FOLDERS:
                (path / folder).mkdir(parents=True)
        self.directory = RunDirectory(path)

    def publish(self, record: dict[str, Any]) -> RunDirectory:
        """Complete it and give it its name; the lock is held from before anyone can see it.

        Raises:
            RunError: it can not be written.
        """
        directory = self.directory
        write_bytes(directory.config, self._run.to_yaml().encode())
        write_json(directory.path / "record.json", record)
        write_bytes(directory.metrics, b"")
        directory.lock()
        base = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-seed{self._run.settings.seed}"
        with disk_errors(self.parent / base, "created"):
            directory.path = self._rename(directory.path, base)
            sync_directory(self.parent)
        return directory

    def _rename(self, path: Path, base: str) -> Path:
        """A folder that is not empty can not be renamed to, so the first of two racing runs gets the name."""
        for attempt in range(1, 10_000):
            target = self.parent / (base if attempt == 1 else f"{base}-{attempt}")
            try:
                return path.rename(target)
            except OSError:
                if not target.exists():
                    raise
        raise FileExistsError(f"{base} and its numbered variants are all taken")

    def discard(self) -> None:
        """Remove it; what is already published stays."""
        if self.directory.path.name.startswith(".new-"):
            self.directory.release()
            shutil.rmtree(self.directory.path, ignore_errors=True)


def add_recorded_manifests(manifests: list[str], path: Path) -> None:
    """Add the unpackaged manifests that a run was started with to those given, each once.

    Raises:
        RunError: there is no run.
    """
    known = {Path(name).resolve() for name in manifests}
    recorded = RunDirectory.open(path).record.get("manifests", [])
    manifests += [name for name in recorded if isinstance(name, str) and Path(name).resolve() not in known]

"""The folder of one run, ``runs/<name>/<id>/``: created whole, locked while it is written."""

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.errors import RunError
from quorate.folders.files import disk_errors, refuse_links, sync_directory, write_bytes, write_json
from quorate.folders.lock import DRAFT, hold, remove_drafts, remove_temporaries, try_lock
from quorate.folders.reading import read_mapping

if TYPE_CHECKING:
    from quorate.config.resolved import ResolvedRun


def origin_of(record: Mapping[str, Any]) -> str | None:
    """What a run continues, or whose weights it began with, in a sentence; None where it began from nothing."""
    origin = record.get("origin")
    if not isinstance(origin, dict):
        return None
    begins = "continues" if origin.get("kind") == "extended" else "begins with the weights of"
    if only := origin.get("only"):
        begins = f"begins with some weights ({', '.join(map(str, only))}) of"
    return f"This run {begins} {origin.get('run')}, step {origin.get('step')} (SHA-256 {origin.get('sha256')})."


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
        for candidate in [path, *runs_in(path)]:
            if (candidate / "config.yaml").is_file() and (candidate / "record.json").is_file():
                return cls(candidate)
        if (path / "comparison.yaml").is_file():
            runs = [str(run) for run in runs_in(path, "runs/*/*/seed-*/*")]
            fix = "To go on with it, run `quorate compare FILE` again; else give the folder of one of its runs."
            raise RunError("This folder is a comparison, not a run.", where=str(path), choices=runs[:5], fix=fix)
        runs = [str(run) for run in runs_in(path, "*/*")]
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
    def result(self) -> Path:
        """The final evaluation; it exists once the run is finished."""
        return self.path / "result.json"

    @property
    def record(self) -> dict[str, Any]:
        """Versions, machine, conventions and manifests, as `record.json` has them."""
        return read_mapping(self.path / "record.json")

    @property
    def manifests(self) -> list[str]:
        """The unpackaged manifests that it was started with; only the user can say that they are used again."""
        return self._recorded("manifests")

    @property
    def registered(self) -> list[str]:
        """The components that only the process that started it knew."""
        return self._recorded("registered")

    def _recorded(self, key: str) -> list[str]:
        names = self.record.get(key)
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def lock(self) -> None:
        """Become the only writer until `release`.

        Raises:
            RunError: another process is, or a link in the folder leads elsewhere.
        """
        refuse_links(self.path)
        with disk_errors(self.path / "lock"):
            self._lock = try_lock(self.path / "lock", patience=3)
        if self._lock is None:
            fix = "Wait for it, or stop it; a process that died holds no lock."
            raise RunError("Another process is writing this run.", where=str(self.path), fix=fix)
        for folder in (self.path, self.checkpoints):
            remove_temporaries(folder)

    def create(self) -> bool:
        """Create the folder and lock it; False where another process took it for a leftover at that very moment.

        Raises:
            OSError: it can not be created.
        """
        self.path.mkdir(parents=True)
        with suppress(FileNotFoundError):
            self._lock = hold(self.path / "lock")
            self.checkpoints.mkdir()
        return self._lock is not None

    def release(self) -> None:
        """Let others write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def runs_in(path: Path, pattern: str = "*") -> list[Path]:
    """Folders with a configuration, the newest first; a run that is not complete yet has a name with a dot."""
    found = [file.parent for file in path.glob(f"{pattern}/config.yaml")] if path.is_dir() else []
    return sorted((run for run in found if not run.name.startswith(".")), key=age, reverse=True)


def age(run: Path) -> tuple[str, int, str]:
    """Orders runs: names begin with the time; a number that was added to a taken name makes it longer."""
    return run.name.split("-seed")[0], len(run.name), run.name


class Draft:
    """A run's folder under a temporary name, until everything that a run starts with is in it."""

    def __init__(self, run: "ResolvedRun") -> None:
        """Create it, which also shows whether the directory can be written.

        Raises:
            RunError: it can not.
        """
        self._run = run
        self.parent = run.settings.directory / run.settings.name
        remove_drafts(self.parent)
        self.directory = RunDirectory(self.parent / f"{DRAFT}{secrets.token_hex(6)}")
        fix = "Make room there, or choose another place with directory=..."
        with disk_errors(self.parent, "created", fix, run.where("directory")):
            while not self.directory.create():
                self.directory = RunDirectory(self.parent / f"{DRAFT}{secrets.token_hex(6)}")

    def publish(self, record: dict[str, Any], begin: Callable[[RunDirectory], None] | None = None) -> RunDirectory:
        """Complete it and give it its name; the lock stays held.

        Args:
            record: for ``record.json``.
            begin: writes what else it begins with.

        Raises:
            RunError: it can not be written.
        """
        directory = self.directory
        write_bytes(directory.config, self._run.to_yaml().encode())
        write_json(directory.path / "record.json", record)
        write_bytes(directory.metrics, b"")
        if begin is not None:
            begin(directory)
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
        if self.directory.path.name.startswith(DRAFT):
            shutil.rmtree(self.directory.path, ignore_errors=True)
            self.directory.release()

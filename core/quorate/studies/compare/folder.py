"""The folder of a comparison, and what it says of each cell.

DIR/NAME/comparison.yaml                                  the file, as it was resolved
DIR/NAME/guard.json                                       what differs between variants, and what was accepted
DIR/NAME/runs/VARIANT/ENVIRONMENT/seed-N/TIME-seedN/      an ordinary run
DIR/NAME/failures/VARIANT--ENVIRONMENT--seed-N.json       why a cell failed; long names are cut (`names.joined`)
DIR/NAME/set-aside/...                                    runs that --rerun has moved away
DIR/NAME/report/                                          the report
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quorate.config.compose import compose
from quorate.config.difference import changes
from quorate.config.resolved import ResolvedRun
from quorate.errors import QuorateError, RunError
from quorate.folders.content import mapping_of
from quorate.folders.directory import RunDirectory
from quorate.folders.files import disk_errors, refuse_links, write_json
from quorate.folders.lock import is_locked, remove_drafts, remove_temporaries, try_lock
from quorate.interfaces.launcher import Status
from quorate.registry import Registry
from quorate.run.identity import FREE, read_identity
from quorate.studies.compare.names import joined
from quorate.studies.compare.plan import Cell

LOCK = ".lock"

_CELLS = 4
"""Levels of folders down to those of cells; whoever writes the run in one looks through that."""


@dataclass(frozen=True)
class CellStatus:
    """What the folder says of a cell.

    Attributes:
        state: how far it is.
        run: the folder of its run, or None.
        changed: what its stored configuration has otherwise than the planned one, in words.
        error: why it failed.
    """

    state: Status
    run: Path | None = None
    changed: tuple[str, ...] = ()
    error: str = ""


class ComparisonFolder:
    """Paths, and what is stored under them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def cell(self, name: str) -> Path:
        """Where the runs of a cell are; the newest counts."""
        return self.path / "runs" / name

    def failure(self, name: str) -> Path:
        """The record of a cell's failure."""
        return self.path / "failures" / f"{joined(name)}.json"

    def run(self, name: str) -> Path | None:
        """The run of a cell, where it has begun."""
        return newest_run(self.cell(name))

    def status(self, cell: Cell, registry: Registry) -> CellStatus:
        """How far a cell is, and whether what is stored is what is planned."""
        run, failure = self.run(cell.name), self.failure(cell.name)
        changed = () if run is None else _changed(cell, run, registry)
        if is_locked(self.cell(cell.name) / LOCK) or (run is not None and is_locked(run / "lock")):
            return CellStatus(Status.RUNNING, run, changed)
        if run is not None and (run / "result.json").exists():
            return CellStatus(Status.FINISHED, run, changed)
        if failure.exists():
            stored = mapping_of(failure, lambda error: None)
            then = stored.get("config")
            changed = tuple(changes(then, identity(cell.run))) if isinstance(then, dict) else ()
            return CellStatus(Status.FAILED, run, changed, str(stored.get("error", "")))
        return CellStatus(Status.MISSING if run is None else Status.STOPPED, run, changed)

    def set_aside(self, name: str) -> Path:
        """Move a cell's runs and failure away; nothing is deleted. Returns where they are now.

        Raises:
            RunError: they can not be moved.
        """
        base = self.path / "set-aside" / name
        target, attempt = base, 1
        while target.exists():
            attempt += 1
            target = base.with_name(f"{base.name}-{attempt}")
        with disk_errors(target, "created"):
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.cell(name).exists():
                self.cell(name).rename(target)
            if self.failure(name).exists():
                target.mkdir(exist_ok=True)
                self.failure(name).rename(target / "failure.json")
        return target

    def record_failure(self, cell: Cell, error: str, tail: str, time: str) -> None:
        """Write why a cell failed.

        Raises:
            RunError: it can not be written.
        """
        path = self.failure(cell.name)
        facts = {"variant": cell.variant, "environment": cell.environment, "seed": cell.seed}
        with disk_errors(path.parent, "created"):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {**facts, "error": error, "stderr": tail, "time": time, "config": identity(cell.run)})

    def forget_failure(self, name: str) -> None:
        """Remove the record of a failure.

        Raises:
            RunError: it can not be removed.
        """
        with disk_errors(self.failure(name), "removed"):
            self.failure(name).unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only `quorate compare` here.

        Raises:
            RunError: another is, the folder can not be written, or a link in it leads elsewhere.
        """
        with disk_errors(self.path, "created"):
            self.path.mkdir(parents=True, exist_ok=True)
            refuse_links(self.path, depth=_CELLS)
            descriptor = try_lock(self.path / LOCK)
        if descriptor is None:
            fix = "Wait for it, or stop it; a process that died holds no lock."
            raise RunError("Another process is running this comparison.", where=str(self.path), fix=fix)
        self._remove_leftovers()
        try:
            yield
        finally:
            os.close(descriptor)

    def _remove_leftovers(self) -> None:
        """Of processes that died; a finished cell is not started again, which would remove its own."""
        cells = list(self.path.glob("runs/*/*/seed-*"))
        for cell in cells:
            remove_drafts(cell)
        runs = [run for cell in cells for run in cell.glob("*")]
        for folder in (self.path, self.path / "failures", self.path / "report", *runs):
            remove_temporaries(folder)


def identity(run: ResolvedRun) -> dict[str, Any]:
    """What a run computes, as plain data; where and how it computes is left out."""
    return {key: value for key, value in run.to_dict().items() if key not in FREE}


def newest_run(folder: Path) -> Path | None:
    """The run of a cell that counts, or None where none has begun."""
    with suppress(RunError):
        return RunDirectory.open(folder).path
    return None


def _changed(cell: Cell, run: Path, registry: Registry) -> tuple[str, ...]:
    """A configuration that was stored by an older version lacks settings: they are filled in before it counts."""
    planned, directory = identity(cell.run), RunDirectory(run)
    try:
        if not changes(read_identity(directory), planned):
            return ()
        return tuple(changes(identity(compose(directory.config, (), registry)), planned))
    except QuorateError as error:
        return (f"its config.yaml does not fit: {error.problem.removesuffix('.')}",)

"""Metrics as JSON lines: ``{"step": 50, "phase": "train", "metrics": {"loss": 0.1}}``; wall-clock time is elsewhere."""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from quorate.errors import RunError
from quorate.folders.content import RunContent
from quorate.folders.files import disk_errors, strict, write_all


class MetricsFile:
    """The file ``metrics.jsonl`` of a run that is being written."""

    def __init__(self, path: Path, size: int = 0) -> None:
        """Open the file and cut it to `size` bytes, which is what a checkpoint remembers.

        Raises:
            RunError: it can not be written, or is shorter than that.
        """
        self._path = path
        check_size(path, size)
        with disk_errors(path):
            self._file = path.open("ab", buffering=0)
            self._file.truncate(size)

    def write(self, step: int, phase: str, metrics: Mapping[str, float]) -> None:
        """Append a line: it is with the operating system when this returns, so that only the machine can lose it."""
        with disk_errors(self._path):
            write_all(self._file.fileno(), _line({"step": step, "phase": phase, "metrics": dict(metrics)}))

    def sync(self) -> int:
        """Put everything on the disk and return the size in bytes."""
        with disk_errors(self._path):
            os.fsync(self._file.fileno())
            return os.fstat(self._file.fileno()).st_size  # its position is not the end where it was cut

    def close(self) -> None:
        """Close the file; an error would be of lines that no checkpoint knows."""
        with suppress(OSError):
            self._file.close()


def check_size(path: Path, size: int) -> None:
    """Hold a metrics file against what a checkpoint remembers of it.

    Raises:
        RunError: it is shorter than `size` bytes, or can not be looked at.
    """
    with disk_errors(path, "read"):
        present = path.stat().st_size if path.exists() else 0
    if present < size:
        fix = "Restore metrics.jsonl from a copy, or run again."
        raise RunError(f"metrics.jsonl has {present} bytes, the checkpoint knew {size}.", where=str(path), fix=fix)


class Clock:
    """The file ``timing.jsonl``: when what happened, and what it took.

    Args:
        path: the file.
        step: training steps already made.
        began: `time.perf_counter` at the beginning of this part of the run; None: now.
    """

    def __init__(self, path: Path, step: int, began: float | None = None) -> None:
        self._path = path
        self._step, self._last = step, time.perf_counter() if began is None else began
        if path.exists():
            _end_line(path)

    def write(self, event: str, step: int, **more: Any) -> None:
        """Append when something happened, and the training speed since the last line."""
        now = time.perf_counter()
        seconds, steps = now - self._last, step - self._step
        speed = {"steps_per_second": round(steps / seconds, 3)} if steps > 0 and seconds > 0 else {}
        line = {"time": time.time(), "event": event, "step": step, "seconds": round(seconds, 6), **speed, **more}
        with disk_errors(self._path), self._path.open("ab", buffering=0) as file:
            write_all(file.fileno(), _line(line))
        self._step, self._last = step, now


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a run's metrics; non-finite numbers are floats again, a last line that was cut off is left out.

    Raises:
        RunError: the file can not be read, or another line is damaged.
    """
    return RunContent(path.parent, strict=True).rows


def _end_line(path: Path) -> None:
    """A part of the run that was killed may have left half a line, which must not spoil the next."""
    with disk_errors(path), path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                file.write(b"\n")


def _line(data: dict[str, Any]) -> bytes:
    return (json.dumps(strict(data), ensure_ascii=False, allow_nan=False) + "\n").encode()

"""Files are written whole or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from quorate.errors import RunError

_MAKE_ROOM = "Make room there, allow it to be written, or choose another place; a run that had begun can be resumed."


@contextmanager
def disk_errors(path: Path, doing: str = "written", fix: str | None = None) -> Iterator[None]:
    """Turn an `OSError` (full disk, no permission, ...) into a `RunError` that names the path.

    Args:
        path: the file or folder.
        doing: what is done to it: ``written``, ``read``, ``created``, ...
        fix: what to do about it, where the caller knows better than "make room" and "check the path".
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if fix is None:
            fix = "Check the path, and that it may be read." if doing == "read" else _MAKE_ROOM
        raise RunError(f"{path.name} can not be {doing}: {reason}.", where=str(path), fix=fix) from error


def write_bytes(path: Path, *pieces: bytes) -> None:
    """Write a file: after this it is complete and on the disk, whatever happens before leaves the old one as it was.

    Raises:
        RunError: where it can not be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors(path):
        try:
            with temporary.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON (see `write_bytes`); numbers that JSON lacks become text, see `strict`."""
    write_bytes(path, (json.dumps(strict(data), indent=2, ensure_ascii=False) + "\n").encode())


def sync_directory(path: Path) -> None:
    """Make names that were created or renamed in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def strict(value: Any) -> Any:
    """Plain data without NaN and infinities, which JSON lacks: they become the text that `float` reads."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    return [strict(item) for item in value] if isinstance(value, (list, tuple)) else value

"""Memory that processes share: a mapped file that loses its name as soon as everybody has opened it."""

import contextlib
import mmap
import os
import tempfile
from pathlib import Path

from quorate.errors import QuorateError


def create(size: int) -> tuple[Path, mmap.mmap]:
    """Map a new file of `size` bytes, all zero, in the machine's memory where it has room, else among temporary files.

    Raises:
        QuorateError: where there is no room.
    """
    for folder in ("/dev/shm", tempfile.gettempdir()):
        with contextlib.suppress(OSError):
            return _create(Path(folder), max(size, 1))
    raise QuorateError(f"no room for {size} bytes of memory shared with worker processes", fix="use a smaller batch")


def _create(folder: Path, size: int) -> tuple[Path, mmap.mmap]:
    handle, name = tempfile.mkstemp(prefix="quorate-", dir=folder)
    try:
        # A file with holes would fail only later, and then with a signal instead of an error.
        os.posix_fallocate(handle, 0, size) if hasattr(os, "posix_fallocate") else os.truncate(handle, size)
        return Path(name), mmap.mmap(handle, size)
    except OSError:
        Path(name).unlink()
        raise
    finally:
        os.close(handle)


def attach(path: Path) -> mmap.mmap:
    """Map the file that another process has created."""
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)

"""Locks on files: who writes here, and what a process that died has left behind.

A lock lasts until its descriptor is closed or its process dies. What is only begun is locked while it is written, so
whoever gets the lock of a draft or of a temporary file knows that nobody writes it any more.
"""

import errno
import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from glob import escape
from pathlib import Path

_log = logging.getLogger("quorate.run")

_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
"""What the system says where another process has the lock; anything else means that it has no locks to give."""

_OPEN = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW

DRAFT = ".new-"
"""Begins the name of a run's folder that is not complete yet."""

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]+\.tmp")


def try_lock(path: Path, patience: int = 0) -> int | None:
    """Lock a file, which is created if need be; where there are no locks, this is said, and it counts as locked.

    Args:
        path: the file.
        patience: how often to try again: who only looks whether it is locked holds the lock for a moment.

    Returns:
        A descriptor to be closed, or None where another process has the lock.

    Raises:
        OSError: the file can not be opened.
    """
    descriptor = os.open(path, _OPEN, 0o644)
    for left in range(patience, -1, -1):
        if (locked := _flock(descriptor)) is not False:
            _tell(path, locked)
            return descriptor
        time.sleep(0.02 if left else 0)
    os.close(descriptor)
    return None


def is_locked(path: Path) -> bool:
    """Whether another process has locked a file; no, as far as is known, where it is missing or can not be opened."""
    try:
        descriptor = os.open(path, _OPEN & ~os.O_CREAT)
    except OSError:
        return False
    try:
        return _flock(descriptor) is False
    finally:
        os.close(descriptor)


def hold(path: Path, *, quiet: bool = False) -> int | None:
    """Create and lock a file that is new; None where another process took it for a leftover at that very moment.

    Args:
        path: the file.
        quiet: do not say where there are no locks.

    Raises:
        OSError: it can not be created.
    """
    descriptor = os.open(path, _OPEN | os.O_EXCL, 0o666)
    with suppress(FileNotFoundError):
        locked = _flock(descriptor)
        if locked is not False and os.path.samestat(os.fstat(descriptor), path.stat()):
            _tell(path, locked or quiet)
            return descriptor
    os.close(descriptor)
    return None


def remove_drafts(folder: Path) -> None:
    """Remove the drafts of runs whose processes have died."""
    for path in folder.glob(f"{DRAFT}*"):
        if path.is_dir() and not path.is_symlink():
            _remove(path / "lock", partial(shutil.rmtree, path, ignore_errors=True))


def remove_temporaries(folder: Path, name: str | None = None) -> None:
    """Remove the temporary files of processes that have died.

    Args:
        folder: what is below its folders is left alone.
        name: of the file that they were to become; None: any.
    """
    for path in folder.glob(f".{'*' if name is None else escape(name)}.*.tmp"):
        if _TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            _remove(path, path.unlink)


def _flock(descriptor: int) -> bool | None:
    """Try to lock a file: False where another process has, None where the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _TAKEN else None
    return True


def _tell(path: Path, locked: bool | None) -> None:
    if not locked:
        _log.warning("Locks are not supported on the file system of %s: let no other process write there.", path)


def _remove(lock: Path, remove: Callable[[], None]) -> None:
    with suppress(OSError):
        descriptor = os.open(lock, _OPEN, 0o644)
        try:
            if _flock(descriptor):
                remove()
        finally:
            os.close(descriptor)

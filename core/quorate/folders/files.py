"""Files are written whole or not at all."""

import errno
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from quorate.errors import RunError
from quorate.folders.lock import hold, remove_temporaries
from quorate.paths import from_here, there

_MAKE_ROOM = "Make room there, allow it to be written, or choose another place; a run that had begun can be resumed."


def check_place(path: Path, *, folder: bool = False) -> None:
    """Find out before long work whether its result could be written; missing folders above it would be made.

    Args:
        path: of the file, or of the folder.
        folder: it is one.

    Raises:
        RunError: there is something else, or something above it is no folder, or may not be written.
    """
    with disk_errors(path):  # names that are too long, or folders that may not be looked into
        if path.is_dir() != folder and path.exists():
            problem = f"{path.name} is {'no folder' if folder else 'a folder'}."
            raise RunError(problem, where=str(path), fix=f"Give another {'folder' if folder else 'file'}.")
        above = next(place for place in (path, *path.absolute().parents) if place.is_dir())
        between = next((place for place in path.absolute().parents if place.exists() and not place.is_dir()), None)
    if not folder:
        _refuse_devices(path)
    if between is not None or not os.access(above, os.W_OK | os.X_OK):
        problem = f"{path.name} can not be written: {'it is no folder' if between else 'it may not be written'}."
        raise RunError(problem, where=str(between or above), fix=_MAKE_ROOM)


def _refuse_devices(path: Path) -> None:
    """A device or a pipe would be replaced by a file, which ends /dev/null for everybody where root does it."""
    with suppress(OSError):
        kind = path.lstat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISLNK(kind) or stat.S_ISDIR(kind)):
            raise RunError(f"{path.name} is no file, but a device or a pipe.", where=str(path), fix="Give a file.")


@contextmanager
def disk_errors(path: Path, doing: str = "written", fix: str | None = None, where: str | None = None) -> Iterator[None]:
    """Turn an `OSError` (full disk, no permission, ...) into a `RunError` that names the path.

    Args:
        path: the file or folder.
        doing: what is done to it: ``written``, ``read``, ``created``, ...
        fix: what to do about it, where the caller knows better than "make room" and "check the path".
        where: the setting that chose the path; None: the path.
    """
    try:
        yield
    except OSError as error:
        obstacle = _obstacle(path, error, doing)
        reason = obstacle or error.strerror or str(error)
        if fix is None and obstacle:
            fix = "Choose another place: a folder that is there, or a new one in such a folder."
        elif fix is None:
            fix = "Check the path, and that it may be read." if doing == "read" else _MAKE_ROOM
        raise RunError(f"{path.name} can not be {doing}: {reason}.", where=where or str(path), fix=fix) from error


def _obstacle(path: Path, error: OSError, doing: str) -> str | None:
    """What is in the way of a folder, where the system names only what it was to hold."""
    places = [path, *path.absolute().parents]
    if error.errno == errno.ENOTDIR or (error.errno == errno.EEXIST and doing == "created"):
        found = (place for place in places if there(place) and not place.is_dir())
        words = (f"{from_here(place)} is {'a file and ' if place.is_file() else ''}no folder" for place in found)
        return next(words, None)
    if error.errno == errno.ENOENT and doing == "created":
        return next((f"{from_here(place)} takes no new folders" for place in places if place.is_dir()), None)
    return None


def write_bytes(path: Path, *pieces: bytes) -> None:
    """Write a file: after this it is complete and on the disk, whatever happens before leaves the old one as it was.

    What a process that died has left of the same file is removed.

    Raises:
        RunError: where it can not be written, or is a device or a pipe, which a file would replace.
    """
    _refuse_devices(path)
    with disk_errors(path):
        remove_temporaries(path.parent, path.name)
        temporary, descriptor = _temporary(path)
        try:
            for piece in pieces:
                write_all(descriptor, piece)
            os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        finally:
            with suppress(OSError):  # whatever there was to say, fsync has said
                os.close(descriptor)
        sync_directory(path.parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Hand bytes to the operating system, all of them: nothing is left in a buffer to fail when it is closed.

    Raises:
        OSError: the file can not take them; it may have a part of them.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _temporary(path: Path) -> tuple[Path, int]:
    """A new file beside another, locked until its descriptor is closed."""
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        if (descriptor := hold(temporary, quiet=True)) is not None:
            return temporary, descriptor


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON (see `write_bytes`); numbers that JSON lacks become text, see `strict`."""
    write_bytes(path, (json.dumps(strict(data), indent=2, ensure_ascii=False) + "\n").encode())


def refuse_links(folder: Path, root: Path | None = None, depth: int = 20) -> None:
    """Look for symbolic links through which whoever writes into a folder would write elsewhere.

    Args:
        folder: where something is going to be written.
        root: what links may lead to; None: the folder.
        depth: levels of folders that are looked through.

    Raises:
        RunError: a link leads elsewhere; it names both ends.
    """
    top = os.path.realpath(root or folder)
    start = len(folder.parts)
    for place, folders, names in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in (*folders, *names))):
            if (root is not None or path != folder) and path.is_symlink() and not _is_inside(path, top):
                raise RunError(
                    f"{path.name} is a link that leads out of the folder, to {str(path.readlink())!r}.",
                    where=str(path),
                    fix="Remove the link, or put what it leads to in its place: nothing is written through such links.",
                )
        if len(Path(place).parts) - start >= depth:
            folders.clear()


def _is_inside(path: Path, top: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(top)


def sync_directory(path: Path) -> None:
    """Make names that were created or renamed in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with _unsupported():
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _unsupported() -> Iterator[None]:
    """Some file systems sync no directories; there is nothing to be done about it."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise


def strict(value: Any) -> Any:
    """Plain data without NaN and infinities, which JSON lacks: they become the text that `float` reads."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    return [strict(item) for item in value] if isinstance(value, (list, tuple)) else value

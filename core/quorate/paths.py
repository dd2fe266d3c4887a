"""Paths as users write them: made absolute, and told where no file system can hold them, before anything starts."""

import os
from pathlib import Path

FIX = "Give another path."

_NAME, _WHOLE = 255, 4095
"""Bytes that file systems hold in one name, and in a whole path."""


def path_fault(path: str | Path) -> str:
    """What is wrong with a path in one sentence; empty where nothing is."""
    text = str(path)
    if "\0" in text:
        return f"{_short(text)} has a NUL byte in it."
    try:
        lengths = {name: len(name.encode()) for name in text.split("/")}
    except UnicodeEncodeError:
        return f"{_short(text)} {_unread(text)}."
    longest = max(lengths, key=lambda name: lengths[name])
    if lengths[longest] > _NAME:
        return f"The name {_short(longest)} is {lengths[longest]} bytes long; file systems hold {_NAME}."
    if len(text.encode()) > _WHOLE:
        return f"The path {_short(text)} is longer than {_WHOLE} bytes."
    return ""


def _unread(text: str) -> str:
    try:
        os.fsencode(text).decode()
    except UnicodeError:
        return "is no text in UTF-8"
    return "is in UTF-8, which this Python was not started to read: set PYTHONUTF8=1"


def there(path: str | Path) -> bool:
    """Whether something is at a path; not where no file system can hold it, or it may not be looked at."""
    try:
        return not path_fault(path) and Path(path).exists()
    except OSError:
        return False


def expanded(path: str | Path) -> Path:
    """A path with the home folder in place of ``~``.

    Raises:
        ValueError: there is no such home folder, or no file system can hold the path; the text is a sentence.
    """
    fault = path_fault(path)
    try:
        result = Path(path) if fault else Path(path).expanduser()
    except RuntimeError:
        fault = f"{_short(str(path))} names nobody's home folder."
    if fault:
        raise ValueError(fault)
    return result


def absolute(path: str | Path, folder: Path | None = None) -> Path:
    """A path that means the same from everywhere; links in it stay.

    Args:
        path: as a user writes it.
        folder: what it is relative to; None: the present folder.

    Raises:
        ValueError: as of `expanded`.
    """
    result = ((folder or Path()) / expanded(path)).absolute()
    if fault := path_fault(result):
        raise ValueError(fault)
    return result


def from_here(path: Path) -> Path:
    """A path for messages: relative to the present folder where it is inside it."""
    try:
        return path.relative_to(Path.cwd()) if path.is_absolute() else path
    except (ValueError, OSError):
        return path


def _short(text: str) -> str:
    shown = ascii(text)
    return shown if len(shown) <= 80 else f"{shown[:60]}...{shown[-15:]}"

"""Reads JSON of files that somebody may have edited, cut off or damaged: whatever is wrong with one is told alike."""

import json
from pathlib import Path
from typing import Any

from quorate.documents import read_bytes
from quorate.errors import RunError
from quorate.folders.files import disk_errors

DEPTH = 100
"""Levels of lists and mappings in each other; nothing that Quorate writes comes near."""

_DIGITS = 309
"""Of the largest number that is a float."""


def parse_json(text: bytes) -> Any:
    """JSON in UTF-8 as plain data.

    Raises:
        ValueError: it is no JSON, or nests so deeply or has such long numbers or such text that nobody can use it;
            its text says which.
    """
    try:
        data = _DECODER.decode(text.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    _check_depth(data)
    if b"\\u" in text:
        _check_text(data)
    return data


def read_json(path: Path, fix: str = "Restore it from a copy.") -> Any:
    """Read a JSON file.

    Raises:
        RunError: where it can not be read, or is damaged; `fix` says what to do in that case.
    """
    with disk_errors(path, "read"):
        raw = read_bytes(path)
    try:
        return parse_json(raw)
    except ValueError as error:
        raise damaged(path, str(error), fix) from error


def read_mapping(path: Path, fix: str = "Restore it from a copy.") -> dict[str, Any]:
    """Read a JSON file that holds a mapping.

    Raises:
        RunError: as `read_json`; also where it holds something else.
    """
    data = read_json(path, fix)
    if not isinstance(data, dict):
        raise damaged(path, "it holds no mapping", fix)
    return data


def read_rows(path: Path) -> tuple[list[dict[str, Any]], list[int]]:
    """Read a file of JSON lines, each a mapping that has a whole number as its ``step``.

    Returns:
        The good lines, and the numbers of the others from 1. What follows the last line break was cut off: it is
        neither.

    Raises:
        RunError: where the file can not be read.
    """
    with disk_errors(path, "read"):
        lines = path.read_bytes().split(b"\n")[:-1]
    rows = [_row(line) for line in lines]
    return [row for row in rows if row is not None], [at for at, row in enumerate(rows, 1) if row is None]


def damaged(path: Path, reason: str, fix: str) -> RunError:
    """The error of a file whose content is not what was written there."""
    return RunError(f"{path.name} is damaged: {reason}.", where=str(path), fix=fix)


def number(value: Any) -> float | None:
    """What `quorate.folders.files.strict` has written of a number, text such as ``nan`` among it; None for all else."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def numbers(data: Any) -> dict[str, float]:
    """The numbers of a mapping; what is none is left out, and all of what is no mapping."""
    pairs = [(str(name), number(value)) for name, value in data.items()] if isinstance(data, dict) else []
    return {name: value for name, value in pairs if value is not None}


def is_whole(value: Any) -> bool:
    """Whether something can be a count, such as of steps."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = parse_json(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and is_whole(row.get("step")) else None


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"it has a number of {len(text)} digits")
    return int(text)


_DECODER = json.JSONDecoder(parse_int=_integer)


def _check_depth(data: Any) -> None:
    level, depth = [data], 0
    while level := [item for value in level for item in _inside(value)]:
        depth += 1
        if depth > DEPTH:
            raise ValueError("it nests too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_text(data: Any) -> None:
    """Halves of surrogate pairs are no text that can be written or printed."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it has text that is no Unicode") from None

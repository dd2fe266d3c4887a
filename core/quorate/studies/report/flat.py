"""Nested settings as key paths."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from quorate.documents import KeyPath, show

CELL = ("seed", "name", "directory")
"""Settings that differ between any two runs: which cell it is, and where it is stored."""


def flatten(data: Any, path: KeyPath = (), skip: Sequence[str] = CELL) -> dict[str, Any]:
    """Key paths to values, as in ``algorithm.inference[0].name``; lists of plain values are values."""
    items: list[tuple[str | int, Any]]
    if isinstance(data, Mapping) and data:
        items = [(str(key), value) for key, value in data.items()]
    elif isinstance(data, list) and any(isinstance(item, Mapping) for item in data):
        items = list(enumerate(data))
    else:
        return {show(path): data} if path else {}
    found: dict[str, Any] = {}
    for key, value in items:
        inner = (*path, key)
        if show(inner) not in skip:
            found |= flatten(value, inner, skip)
    return found


def shown(value: Any) -> str:
    """A value in one line, the same for equal values."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)

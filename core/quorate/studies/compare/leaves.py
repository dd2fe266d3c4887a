"""A configuration as a flat mapping from key paths to values."""

from collections.abc import Iterator
from typing import Any

from quorate.documents import KeyPath


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""Stands for a value that is not there."""


def leaves(value: Any) -> dict[KeyPath, Any]:
    """Every value that holds no others, by its key path."""
    return dict(_leaves(value, ()))


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, (dict, list)) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path, value

"""In what configurations differ: key by key, whoever asks."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quorate.documents import KeyPath, show
from quorate.settings import RunReference

_REFERENCE = {field.name for field in dataclasses.fields(RunReference)}


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()


def flatten(data: Any) -> dict[KeyPath, Any]:
    """Values by key path. A list is one value where it holds no mappings.

    A run that is known by its hash may have been moved: its folder is left out.
    """
    return dict(_flatten(data, ()))


def differing(flat: Sequence[Mapping[KeyPath, Any]]) -> dict[KeyPath, list[Any]]:
    """The keys in which flat configurations differ, and the value that each has there, or something that says so."""
    values = {path: [one.get(path, _ABSENT) for one in flat] for path in dict.fromkeys(p for one in flat for p in one)}
    return {path: found for path, found in values.items() if any(value != found[0] for value in found)}


def changes(then: Any, now: Any) -> list[str]:
    """What has changed from one configuration to another, each key in words."""
    found = differing([flatten(then), flatten(now)])
    return [f"{show(path)} (was {before!r}, is {after!r})" for path, (before, after) in found.items()]


def _flatten(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, dict) and value.get("sha256") and value.keys() == _REFERENCE:
        value = {key: item for key, item in value.items() if key != "folder"}
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flatten(item, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _flatten(item, (*path, index))
    else:
        yield path, value

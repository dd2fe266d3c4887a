"""What is known of runs by key path, and in what it differs, whether they are planned, recorded or stored."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quorate.config.difference import flatten
from quorate.documents import show

Facts = Mapping[str, Any]
"""Key paths to values, as in ``algorithm.inference[0].name``; those of the record begin with ``record.``."""

CELL = ("seed", "name", "directory")
"""Settings that differ between any two runs: which cell it is, and where it is stored."""


def facts_of(data: Mapping[str, Any], skip: Sequence[str] = CELL) -> dict[str, Any]:
    """The facts in a configuration, a record or the like."""
    flat = {show(path): value for path, value in flatten(data).items() if path}
    return {key: value for key, value in flat.items() if key not in skip}


def shown(value: Any) -> str:
    """A value in one line, the same for equal values."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def distinct(values: Iterable[Any]) -> list[Any]:
    """Each value once, None left out."""
    return list({shown(value): value for value in values if value is not None}.values())


def differing(groups: Iterable[Sequence[Facts]], stated: str | tuple[str, ...] = ()) -> list[str]:
    """The keys of which groups of runs do not have the same values.

    A file that was not read differs from nothing.

    Args:
        groups: what is known of the runs of each.
        stated: how keys begin that differ only from those who state them too.
    """
    read = [[(facts, {_file(key) for key in facts}) for facts in runs] for runs in groups]
    found = []
    for key in dict.fromkeys(key for runs in read for facts, _ in runs for key in facts):
        known = [[facts for facts, files in runs if _file(key) in files] for runs in read]
        if key.startswith(stated):
            known = [[facts for facts in runs if key in facts] for runs in known]
        values = {frozenset(shown(facts[key]) if key in facts else None for facts in runs) for runs in known if runs}
        if len(values) > 1:
            found.append(key)
    return found


def is_read(facts: Facts, key: str) -> bool:
    """Whether the file that a key is from was read."""
    return any(_file(other) == _file(key) for other in facts)


def _file(key: str) -> bool:
    return key.startswith("record.")

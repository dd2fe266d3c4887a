"""What is known of a run, by key path."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from quorate.config.difference import flatten
from quorate.documents import show

CELL = ("seed", "name", "directory")
"""Settings that differ between any two runs: which cell it is, and where it is stored."""


def facts_of(data: Mapping[str, Any], skip: Sequence[str] = CELL) -> dict[str, Any]:
    """Key paths to values, as in ``algorithm.inference[0].name``."""
    flat = {show(path): value for path, value in flatten(data).items() if path}
    return {key: value for key, value in flat.items() if key not in skip}


def shown(value: Any) -> str:
    """A value in one line, the same for equal values."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)

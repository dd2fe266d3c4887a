"""Conventions: what numbers mean. Those that are data can be compared; sentences are for readers."""

from typing import Any


def is_data(value: Any) -> bool:
    """Whether a convention is a number, a truth value or one word, rather than a sentence or nothing."""
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value.split()) == 1)


def differ(first: Any, second: Any) -> bool:
    """Whether two statements of a convention are known to differ: one thing can be said in many sentences."""
    return is_data(first) and is_data(second) and first != second

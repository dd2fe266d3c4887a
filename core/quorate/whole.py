"""What a whole number is, in settings, seeds and arguments alike, whoever made it."""

import operator
from typing import Any


def whole_number(value: Any) -> int | None:
    """Python's, numpy's or torch's as Python's; None where it is another thing, as truth values and 1.0 are."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except (TypeError, RuntimeError):  # torch says of a tensor of many numbers that it is none at run time
        return None

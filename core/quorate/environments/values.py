"""Values that environments give, of whatever kind, as arrays and in words. Numpy only."""

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quorate.errors import QuorateError

Array = NDArray[Any]


class SpaceError(QuorateError):
    """A space that has no fixed size, or a value that is not of the declared shape."""


def as_array(value: Any, what: str = "value") -> Array:
    """A value as numpy sees it.

    Raises:
        SpaceError: it can not.
    """
    try:
        return np.asarray(value)
    except Exception as error:  # lists of unequal lengths, tensors on other devices, whatever has an __array__
        raise SpaceError(f"the {what} is {described(value)}, which is no array: {error}") from error


def is_numeric(array: Array) -> bool:
    """Whether it holds real numbers or truth values."""
    return array.dtype.kind in "biuf"


def described(value: Any) -> str:
    """What came, in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of the shape {value.shape} and type {value.dtype}"
    if isinstance(value, tuple | list | Mapping | set):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None or isinstance(value, str | bytes | numbers.Number | np.generic):
        return shortened(value)
    return f"a {type(value).__name__}"


def shortened(value: Any) -> str:
    """A value as Python writes it, cut off after 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

"""Bounds of a Box as float32, the type that actions are chosen in. Numpy only."""

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

Bound = NDArray[np.float32]


def float32_bounds(box: spaces.Box) -> tuple[Bound, Bound]:
    """The least and the greatest float32 inside a Box, whatever its own type; infinite only where the Box is.

    Plain conversion would round some bounds outwards, and turn those beyond float32 into infinity.

    Returns:
        [a] each. Where no float32 lies between a feature's bounds, both are the nearest one.
    """
    with np.errstate(over="ignore"):
        low, high = (bound.reshape(-1).astype(np.float32) for bound in (box.low, box.high))
        bottom = np.where(low < box.low.reshape(-1), np.nextafter(low, np.float32(np.inf)), low)
        top = np.where(high > box.high.reshape(-1), np.nextafter(high, np.float32(-np.inf)), high)
    largest = np.finfo(np.float32).max
    between = (bottom <= top) & (bottom <= largest) & (top >= -largest)
    nearest = np.clip(low, -largest, largest)
    return np.where(between, bottom, nearest), np.where(between, top, nearest)

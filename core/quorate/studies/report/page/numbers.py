"""Numbers as people read them: as many digits as an interval supports, and units."""

import math
from collections.abc import Iterable

from quorate.machine import size_text

MISSING = "\N{EN DASH}"
"""Stands for a number that does not exist."""


Interval = tuple[float | None, float | None, float | None]
"""A point and the ends of its interval."""


def shared(found: Iterable[Interval]) -> int | None:
    """Decimals for numbers that stand below each other: as many as the narrowest interval supports."""
    rows = [(point, low, high) for point, low, high in found if point is not None]
    widths = [(high - low, point) for point, low, high in rows if low is not None and high is not None]
    return max((decimals(*row) for row in widths or [(0.0, point) for point, _, _ in rows]), default=None)


def interval(point: float | None, low: float | None, high: float | None, places: int | None = None) -> str:
    """``0.931 [0.904, 0.955]``, or the point alone where there is no interval."""
    if point is None:
        return MISSING
    if low is None or high is None:
        return value(point, places)
    places = decimals(high - low, point) if places is None else places
    return f"{value(point, places)} [{value(low, places)}, {value(high, places)}]"


def value(number: float | None, places: int | None = None) -> str:
    """A number with a real minus sign; without `places`, three significant digits."""
    if number is None:
        return MISSING
    if not math.isfinite(number):
        return str(number)
    if abs(number) >= 1e7 or 0 < abs(number) < 1e-5:
        return f"{number:.2e}".replace("-", "\N{MINUS SIGN}")
    text = f"{number:.{decimals(0.0, number) if places is None else places}f}"
    zero = float(text) == 0
    return text.lstrip("-") if zero else text.replace("-", "\N{MINUS SIGN}")


def complement(point: float, low: float | None, high: float | None) -> tuple[float, float | None, float | None]:
    """The interval of 1 - p."""
    return 1 - point, None if high is None else 1 - high, None if low is None else 1 - low


def decimals(width: float, point: float) -> int:
    """Decimals that show two digits of an interval's width, or three of the point where it has none."""
    scale, digits = (width, 2) if width > 0 else (abs(point), 3)
    if not (scale > 0 and math.isfinite(scale)):
        return 2
    return min(6, max(0, digits - 1 - math.floor(math.log10(scale))))


def count(number: float | None) -> str:
    """``1.2M``, ``50k``, ``300``: steps."""
    if number is None:
        return MISSING
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.4g}{letter}"
    return f"{number:.4g}"


def duration(seconds: float | None) -> str:
    """``850 ms``, ``42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds is None:
        return MISSING
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def memory(size: float | None) -> str:
    """See `quorate.machine.size_text`."""
    return MISSING if size is None else size_text(size)

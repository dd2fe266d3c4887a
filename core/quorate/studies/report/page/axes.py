"""Axes of a figure: scales, round ticks, a quiet grid and labels."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from quorate.studies.report.page.numbers import count
from quorate.studies.report.page.svg import tag


@dataclass(frozen=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, number: float) -> float:
        """The pixel of a value."""
        return self.start + (number - self.low) / (self.high - self.low) * (self.end - self.start)

    def clamp(self, number: float) -> float:
        """The pixel of a value, or of the nearest one that is on the scale."""
        return self(min(max(number, self.low), self.high))


def limits(numbers: Iterable[float | None], margin: float = 0.05) -> tuple[float, float]:
    """A range around all finite numbers, with a margin in parts of its length; (0, 1) for none."""
    found = [number for number in numbers if number is not None and math.isfinite(number)]
    low, high = min(found, default=0.0), max(found, default=1.0)
    room = (high - low) * margin or abs(high) * 0.1 or 1.0
    return (low - room, high + room) if margin or low == high else (low, high)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most `most` + 1 round numbers inside a range: multiples of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step for size in (1, 2, 5, 10, 20) if (high - low) / (step := size * power) <= most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_text(number: float, step: float) -> str:
    """A tick with as many decimals as its step needs."""
    if abs(number) < step / 1e6:
        return "0"
    if step >= 1e4:
        return count(number).replace("-", "\N{MINUS SIGN}")
    if step < 1e-4:
        return f"{number:.3g}".replace("-", "\N{MINUS SIGN}")
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{number:.{places}f}".replace("-", "\N{MINUS SIGN}")


def across(scale: Scale, top: float, bottom: float, label: str, write: Callable[[float], str] | None = None) -> Markup:
    """The horizontal axis below a panel: grid, ticks and a label with its unit."""
    found, text = _ticks(scale)
    marks = [tag("path", d=f"M{scale(at):.1f} {top:.1f}V{bottom:.1f}", class_="grid") for at in found]
    marks += [tag("text", (write or text)(at), x=scale(at), y=bottom + 15, class_="tick middle") for at in found]
    base = tag("path", d=f"M{scale.start:.1f} {bottom:.1f}H{scale.end:.1f}", class_="axis")
    name = tag("text", label, x=(scale.start + scale.end) / 2, y=bottom + 33, class_="label middle")
    return Markup("").join([*marks, base, name])


def upright(scale: Scale, left: float, right: float, label: str) -> Markup:
    """The vertical axis left of a panel; its label stands above it, where it can be read without turning."""
    found, text = _ticks(scale)
    marks = [tag("path", d=f"M{left:.1f} {scale(at):.1f}H{right:.1f}", class_="grid") for at in found]
    marks += [tag("text", text(at), x=left - 6, y=scale(at) + 4, class_="tick end") for at in found]
    return Markup("").join([*marks, tag("text", label, x=4, y=13, class_="label")])


def _ticks(scale: Scale) -> tuple[list[float], Callable[[float], str]]:
    found = ticks(scale.low, scale.high)
    step = found[1] - found[0] if len(found) > 1 else abs(scale.high - scale.low)
    return found, lambda number: tick_text(number, step)

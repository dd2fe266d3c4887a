"""Panels of lines with bands: learning curves, performance profiles, sample efficiency."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from quorate.studies.report.page.axes import Scale, across, limits, upright
from quorate.studies.report.page.numbers import interval
from quorate.studies.report.page.svg import path, picture, tag
from quorate.studies.report.page.variant_style import VariantStyle

WIDTH, HEIGHT = 420.0, 290.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 12.0, 24.0, 42.0
_STRIP = 15.0
"""Width of one variant's column of marks beside a panel."""

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Mark:
    """A mark beside the panel: one run's value, what is said of it, and where it links to."""

    value: float
    says: str
    href: str


@dataclass(frozen=True)
class Line:
    """One variant's line: all sequences have the length of `x`; low and high may be None where there is no band."""

    style: VariantStyle
    name: str
    x: Numbers
    point: Numbers
    low: Numbers
    high: Numbers
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Panel:
    """What a panel of lines is.

    Attributes:
        name: unique in the page.
        x: label and unit of the horizontal axis.
        y: label and unit of the vertical axis.
        write: how ticks of the horizontal axis are written, or None for plain numbers.
        range: of the vertical axis, or None for that of the data.
        strip: label of the marks beside the panel.
    """

    name: str
    title: str
    x: str
    y: str
    write: Callable[[float], str] | None = None
    range: tuple[float, float] | None = None
    strip: str = ""


def draw(panel: Panel, lines: Sequence[Line]) -> Markup | None:
    """The figure, or None where no line has a point."""
    if not any(number is not None for line in lines for number in line.point):
        return None
    strip = _strip_width(lines)
    x = Scale(*limits((at for line in lines for at in line.x), 0.0), _LEFT, WIDTH - _RIGHT - strip)
    y = Scale(*(panel.range or limits(_heights(lines))), HEIGHT - _BOTTOM, _TOP)
    parts = [across(x, _TOP, HEIGHT - _BOTTOM, panel.x, panel.write), upright(y, _LEFT, x.end, panel.y)]
    parts += [_band(line, x, y) for line in lines]
    parts += [_line(line, place, x, y, panel) for place, line in enumerate(lines)]
    parts += [_strip(lines, x.end, y, panel.strip)] if strip else []
    description = f"{panel.y} over {panel.x}: " + "; ".join(_end(line, panel) for line in lines) + "."
    return picture(WIDTH, HEIGHT, panel.name, panel.title, description, *parts, links=bool(strip))


def _heights(lines: Sequence[Line]) -> list[float | None]:
    spread = [number for line in lines for numbers in (line.point, line.low, line.high) for number in numbers]
    return spread + [mark.value for line in lines for mark in line.marks]


def _band(line: Line, x: Scale, y: Scale) -> Markup:
    """The bands of each stretch that has both ends."""
    stretches: list[list[tuple[float, float, float]]] = [[]]
    for at, low, high in zip(line.x, line.low, line.high, strict=True):
        if at is None or low is None or high is None:
            stretches.append([])
        else:
            stretches[-1].append((x(at), y.clamp(low), y.clamp(high)))
    shapes = [
        tag("path", d=path([*((a, high) for a, _, high in part), *((a, low) for a, low, _ in reversed(part))]) + "Z")
        for part in stretches
        if part
    ]
    return tag("g", *shapes, class_=f"band {line.style.colour}", data_variant=str(line.style.index))


def _line(line: Line, place: int, x: Scale, y: Scale, panel: Panel) -> Markup:
    """The line, and a marker at about every tenth of its points, shifted from variant to variant."""
    points = [
        (x(at), y.clamp(number)) if at is not None and number is not None else None
        for at, number in zip(line.x, line.point, strict=True)
    ]
    every = max(1, len(points) // 9)
    shown = range(place % every, len(points), every)
    marks = [
        line.style.marker(*point, tag("title", _says(line, index, panel)), size=3.2)
        for index in shown
        if (point := points[index]) is not None
    ]
    stroke = tag("path", d=path(points), class_="line", stroke_dasharray=line.style.dash)
    return tag("g", stroke, *marks, class_=line.style.colour, data_variant=str(line.style.index))


def _says(line: Line, index: int, panel: Panel) -> str:
    at = line.x[index]
    place = "" if at is None else (panel.write or (lambda number: f"{number:.3g}"))(at)
    return f"{line.name}, {place} {panel.x}: {interval(line.point[index], line.low[index], line.high[index])}"


def _end(line: Line, panel: Panel) -> str:
    """The last point of a line in words."""
    last = next((index for index in reversed(range(len(line.x))) if line.point[index] is not None), None)
    return f"{line.name} has no points" if last is None else f"at its end {_says(line, last, panel)}"


def _strip_width(lines: Sequence[Line]) -> float:
    marked = sum(bool(line.marks) for line in lines)
    return max(54.0, 14 + min(_STRIP, 90 / marked) * marked) if marked else 0.0


def _strip(lines: Sequence[Line], left: float, y: Scale, label: str) -> Markup:
    """Beside the panel, a column for each variant with the values of its runs."""
    marked = [line for line in lines if line.marks]
    step = (_strip_width(lines) - 14) / len(marked)
    groups = []
    for place, line in enumerate(marked):
        at = left + 14 + step * (place + 0.5)
        marks = [
            tag("a", line.style.marker(at, y.clamp(mark.value), tag("title", mark.says), hollow=True), href=mark.href)
            for mark in line.marks
        ]
        groups.append(tag("g", *marks, class_=line.style.colour, data_variant=str(line.style.index)))
    right = left + _strip_width(lines)
    frame = tag("path", d=f"M{left + 12:.1f} {y.start:.1f}H{right:.1f}", class_="axis")
    name = tag("text", label, x=(left + 12 + right) / 2, y=y.start + 33, class_="label middle")
    return Markup("").join([frame, name, *groups])

"""Rows of points with their intervals: a name and the number above, the bar below, one scale for all rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from quorate.studies.report.page.axes import Scale, across, limits
from quorate.studies.report.page.numbers import interval, shared
from quorate.studies.report.page.svg import picture, tag
from quorate.studies.report.page.variant_style import VariantStyle

WIDTH = 420.0
_ROW, _TOP, _BOTTOM, _SIDE = 36.0, 8.0, 42.0, 10.0
_LETTERS = 58
"""Letters of a name and its number that fit in a row."""


@dataclass(frozen=True)
class Row:
    """A point with its interval.

    Attributes:
        style: of its variant.
        names: of its variant, or of the two that are compared, the better one first.
        point: the value.
        low: lower end, or None where there is no interval.
        high: upper end, likewise.
        href: link to its runs.
    """

    style: VariantStyle
    names: tuple[str, ...]
    point: float | None
    low: float | None
    high: float | None
    href: str | None = None

    @property
    def name(self) -> str:
        """In full."""
        return " better than ".join(self.names)

    def short(self, room: int) -> str:
        """In so many letters; names are cut in the middle, for they often differ at their ends."""
        if len(self.name) <= room:
            return self.name
        each = (room - 3 * (len(self.names) - 1)) // len(self.names)
        return " > ".join(n if len(n) <= each else f"{n[: each // 2]}…{n[1 + each // 2 - each :]}" for n in self.names)


def draw(
    name: str,
    title: str,
    label: str,
    rows: Sequence[Row],
    *,
    span: tuple[float, float] | None = None,
    reference: float | None = None,
) -> Markup | None:
    """The figure, or None where no row has a point.

    Args:
        name: unique in the page.
        title: what it shows.
        label: of the axis, with its unit.
        rows: from top to bottom.
        span: of the axis, or None for that of the data.
        reference: a value at which a line stands.
    """
    if not any(row.point is not None for row in rows):
        return None
    ends = [number for row in rows for number in (row.point, row.low, row.high)]
    bottom = _TOP + _ROW * len(rows)
    x = Scale(*(span or limits(ends, 0.08)), _SIDE, WIDTH - _SIDE)
    parts = [across(x, _TOP, bottom, label)]
    if reference is not None:
        parts.append(tag("path", d=f"M{x(reference):.1f} {_TOP:.1f}V{bottom:.1f}", class_="reference"))
    places = shared((row.point, row.low, row.high) for row in rows)
    parts += [_row(row, _TOP + _ROW * index, x, places) for index, row in enumerate(rows)]
    description = "; ".join(f"{row.name}: {interval(row.point, row.low, row.high, places)}" for row in rows) + "."
    links = any(row.href for row in rows)
    return picture(WIDTH, bottom + _BOTTOM, name, title, description, *parts, links=links)


def _row(row: Row, top: float, x: Scale, places: int | None) -> Markup:
    number = interval(row.point, row.low, row.high, places)
    name = tag("text", tag("title", row.name), row.short(_LETTERS - len(number)), x=_SIDE, y=top + 13, class_="name")
    said = tag("text", number, x=WIDTH - _SIDE, y=top + 13, class_="name end")
    linked = tag("a", said, href=row.href) if row.href else said
    shapes = []
    if row.low is not None and row.high is not None:
        start, end = x.clamp(row.low), x.clamp(row.high)
        shapes.append(tag("rect", x=start, y=top + 19, width=max(end - start, 1.5), height=11, rx=2, class_="bar"))
    if row.point is not None:
        shapes.append(row.style.marker(x.clamp(row.point), top + 24.5, size=4.2))
    drawn = tag("g", *shapes, class_=row.style.colour)
    return tag("g", name, linked, drawn, data_variant=str(row.style.index))

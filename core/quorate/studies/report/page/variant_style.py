"""How a variant is drawn: the same colour, dashes and marker in every figure of the page."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from quorate.studies.report.page.svg import path, tag

COLOURS = 7
"""Classes ``c0`` to ``c6`` of the style sheet: Okabe and Ito's colours but yellow, which is too light for lines."""

_DASHES = (None, "7 3", "2 2.5", "9 3 2 3")
_CORNERS = ((0, 0.0), (4, 45.0), (3, -90.0), (4, 0.0), (3, 90.0), (5, -90.0))
"""Markers: corners (0 is a circle) and the angle of the first, in degrees."""


@dataclass(frozen=True)
class VariantStyle:
    """The style of the variant with an index: 7 colours, 4 dashes and 6 markers repeat after 84 variants."""

    index: int

    @property
    def colour(self) -> str:
        """Class of the style sheet."""
        return f"c{self.index % COLOURS}"

    @property
    def dash(self) -> str | None:
        """Dashes of its lines."""
        return _DASHES[self.index % len(_DASHES)]

    def marker(self, x: float, y: float, *words: str, size: float = 4.0, hollow: bool = False) -> Markup:
        """Its marker at a place; `words` are elements inside (a title)."""
        corners, angle = _CORNERS[self.index % len(_CORNERS)]
        kind = "mark hollow" if hollow else "mark"
        if not corners:
            return tag("circle", *words, cx=x, cy=y, r=size, class_=kind)
        around = [math.radians(angle + 360 * corner / corners) for corner in range(corners)]
        reach = size * (1.3 if corners < 5 else 1.15)
        ring: list[tuple[float, float] | None] = [(x + reach * math.cos(a), y + reach * math.sin(a)) for a in around]
        return tag("path", *words, d=path(ring) + "Z", class_=kind)

    def sign(self) -> Markup:
        """Its marker alone."""
        return tag("svg", self.marker(7, 7), viewBox="0 0 14 14", class_=f"sign {self.colour}", aria_hidden="true")

    def key(self) -> Markup:
        """A small sample of its line and marker, for legends and tables."""
        line = tag("path", d="M1 7H33", class_="line", stroke_dasharray=self.dash)
        return tag(
            "svg", line, self.marker(17, 7), viewBox="0 0 34 14", class_=f"key {self.colour}", aria_hidden="true"
        )

"""Panels of lines: gaps, bands and marks."""

import re

import pytest

from quorate.studies.report.page.lines import Line, Mark, Panel, draw
from quorate.studies.report.page.variant_style import VariantStyle

PANEL = Panel("p", "title", "steps", "return")


def line(point, low=None, high=None, index=0, marks=()):
    empty = [None] * len(point)
    return Line(
        VariantStyle(index), f"v{index}", [0, 1, 2, 3][: len(point)], point, low or empty, high or empty, list(marks)
    )


def stroke(svg):
    return re.search(r'<path d="([^"]*)" class="line"', svg)[1]


def test_a_missing_value_is_a_gap():
    assert stroke(draw(PANEL, [line([1.0, None, 2.0, 3.0])])).count("M") == 2
    assert stroke(draw(PANEL, [line([1.0, 1.5, 2.0, 3.0])])).count("M") == 1


def test_nothing_to_draw_is_none():
    assert draw(PANEL, []) is None
    assert draw(PANEL, [line([None, None])]) is None


def test_a_band_is_drawn_where_both_ends_are_known():
    svg = draw(PANEL, [line([1.0, 2.0, 3.0], [0.5, None, 2.5], [1.5, None, 3.5])])
    band = re.search(r'<g class="band[^>]*>(.*?)</g>', svg)[1]
    assert band.count("<path") == 2
    assert "<path" not in re.search(r'<g class="band[^>]*>(.*?)</g>', draw(PANEL, [line([1.0, 2.0])]))[1]


@pytest.mark.parametrize("count", [1, 3, 10, 40])
def test_marks_lead_to_their_runs_and_stay_in_the_figure(count):
    lines = [line([1.0, 2.0], index=index, marks=[Mark(2.5, "v", f"#run-{index}")]) for index in range(count)]
    svg = draw(PANEL, lines)
    assert all(f'href="#run-{index}"' in svg for index in range(count))
    assert all(0 <= float(x) <= 420 for x in re.findall(r'cx="([^"]*)"', svg))


def test_lines_differ_by_more_than_colour():
    styles = [VariantStyle(index) for index in range(28)]
    assert len({(style.colour, style.dash) for style in styles}) == 28
    assert all(len({style.dash for style in styles if style.colour == colour}) > 1 for colour in ("c0", "c1"))

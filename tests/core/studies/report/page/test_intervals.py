"""Rows of intervals: names that are too long stay apart."""

from quorate.studies.report.page.intervals import Row, draw
from quorate.studies.report.page.variant_style import VariantStyle


def row(*names, point=0.5, low=0.4, high=0.6):
    return Row(VariantStyle(0), names, point, low, high)


def test_names_that_fit_are_whole():
    assert row("a", "b").short(20) == "a better than b"


def test_long_names_differ_where_their_ends_do():
    cut = [row(f"a_very_long_name_with_the_number_{index}").short(20) for index in range(3)]
    assert len(set(cut)) == 3
    assert {len(text) for text in cut} == {20}
    pair = row("a_very_long_name_with_the_number_1", "a_very_long_name_with_the_number_2").short(40)
    assert len(pair) <= 40
    assert pair.split(" > ")[0].endswith("_1")
    assert pair.endswith("_2")


def test_a_figure_without_points_is_none():
    assert draw("x", "title", "label", [row("a", point=None, low=None, high=None)]) is None


def test_a_point_without_an_interval_has_no_bar():
    assert 'class="bar"' not in draw("x", "title", "label", [row("a", low=None, high=None)])
    assert 'class="bar"' in draw("x", "title", "label", [row("a")])

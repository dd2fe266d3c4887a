"""Scales and ticks of the figures."""

import math

import pytest

from quorate.studies.report.page.axes import Scale, limits, tick_text, ticks


@pytest.mark.parametrize("ends", [(0, 1), (-3, 7), (0, 1e6), (1e-6, 3e-6), (99.99, 100.01), (-1e9, 1e9), (0.2, 0.7)])
def test_ticks_are_few_round_and_inside(ends):
    found = ticks(*ends)
    assert 2 <= len(found) <= 6
    slack = (ends[1] - ends[0]) * 1e-6
    assert all(ends[0] - slack <= at <= ends[1] + slack for at in found)
    step = found[1] - found[0]
    assert f"{step:.3e}"[0] in "125"
    assert len({tick_text(at, step) for at in found}) == len(found)


def test_ticks_have_the_decimals_of_their_step():
    assert [tick_text(at, 0.25) for at in (0, 0.5)] == ["0", "0.5"]
    assert [tick_text(at, 0.05) for at in (-0.05, 0.1)] == ["\N{MINUS SIGN}0.05", "0.10"]
    assert tick_text(2e6, 1e6) == "2M"


@pytest.mark.parametrize("values", [[], [None], [3.0], [0.0, 0.0], [math.nan, 1.0], [-2.0, 5.0, None]])
def test_limits_are_a_range_around_what_is_known(values):
    low, high = limits(values)
    assert low < high
    assert all(low <= value <= high for value in values if value is not None and math.isfinite(value))


def test_a_scale_turns_values_into_pixels():
    scale = Scale(0, 10, 100, 0)
    assert (scale(0), scale(5), scale.clamp(20)) == (100, 50, 0)

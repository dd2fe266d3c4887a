"""The arithmetic of bands."""

import math

import numpy as np
import pytest

from quorate.studies.references.band import band
from quorate.studies.references.model import Point


@pytest.mark.parametrize(
    ("stored", "low", "high", "sure"), [(2, 0, 1, "33%"), (5, 0, 4, "67%"), (39, 0, 38, "95%"), (79, 1, 77, "95%")]
)
def test_our_band_lies_between_two_stored_values(stored, low, high, sure):
    found = band(Point(values={seed: float(seed) ** 3 for seed in range(stored)}))
    assert (found.low, found.high) == (low**3, high**3)
    assert f"chance of {sure}, by the order of {stored} stored ones" in found.how


def test_it_holds_one_new_seed_as_often_as_it_says():
    draw = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        stored = dict(enumerate(draw.lognormal(sigma=2, size=5).tolist()))
        hits += draw.lognormal(sigma=2) in band(Point(values=stored))
    assert hits / 2000 == pytest.approx(2 / 3, abs=0.04)  # four standard errors


@pytest.mark.parametrize(
    ("point", "low", "high"),
    [
        (Point(mean=-10.0, std=0.5, seeds=3), -11.0, -9.0),
        (Point(mean=-10.0, std=0.5, read_off=0.25), -11.25, -8.75),
        (Point(mean=-10.0, read_off=0.5), -10.5, -9.5),
        (Point(low=1.0, high=2.0, read_off=0.5), 0.5, 2.5),
    ],
)
def test_published_bands(point, low, high):
    found = band(point)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert math.nan not in found

"""The arithmetic of bands, and the verdicts that follow from them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from quorate.config.schema import Goal
from quorate.references.band import band
from quorate.references.model import Point, Reference, Source
from quorate.references.verdict import judge


def test_our_band_is_the_prediction_interval():
    found = band(Point(values={0: 1.0, 1: 2.0, 2: 3.0}), runs=2)
    half = 4.302652729911275 * 1.0 * math.sqrt(1 / 3 + 1 / 2)  # a table's t with 2 degrees of freedom
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half), rel=1e-9)
    assert "2 new seeds, from 3 stored" in found.how


def test_it_holds_the_mean_of_new_runs_as_often_as_it_says():
    draw = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        stored = draw.normal(size=4)
        hits += draw.normal(size=3).mean() in band(Point(values=dict(enumerate(stored.tolist()))), runs=3)
    assert hits / 2000 == pytest.approx(0.95, abs=0.02)  # four standard errors


def test_equal_values_leave_room_for_rounding_only():
    found = band(Point(values={0: 120.0, 1: 120.0}), runs=1)
    assert 120.0005 in found
    assert 120.01 not in found


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
    found = band(point, runs=1)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert math.nan not in found


REFERENCE = Reference(
    name="a/b",
    summary="",
    source=Source.OURS,
    metric="return/mean",
    statistic="mean",
    points=(Point(train_steps=1, values={0: 1.0, 1: 1.1, 2: 1.2}),),
    conventions={"reward": "sum", "step": "an update", "simulator": "old 1"},
    versions={"quorate": "0.1.0", "torch": "1"},
)
RECORD = {
    "versions": {"quorate": "0.1.0", "torch": "2"},
    "environment": {"reward": "mean", "simulator": None},
    "conventions": {"step": "an update", "evaluation": "ten episodes"},
}


def test_what_differs_is_named():
    found = judge(REFERENCE, REFERENCE.points[0], {7: 1.15}, RECORD)
    assert found.word == "inside"
    assert [(d.key, d.stored, d.here) for d in found.differences] == [
        ("versions.torch", "1", "2"),
        ("reward", "sum", "mean"),
    ]


@pytest.mark.parametrize(
    ("goal", "value", "word"),
    [
        (Goal.MAXIMISE, 3.0, "outside: better than the band"),
        (Goal.MAXIMISE, -1.0, "outside: worse than the band"),
        (Goal.MINIMISE, 3.0, "outside: worse than the band"),
        (Goal.MAXIMISE, math.nan, "outside: it is not a number"),
    ],
)
def test_outside_is_told_with_its_direction(goal, value, word):
    found = judge(replace(REFERENCE, goal=goal), REFERENCE.points[0], {0: value}, {})
    assert (found.inside, found.word) == (False, word)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["inside"] is False

"""What is said of new results."""

import json
import math
from dataclasses import replace

import pytest

from quorate.config.schema import Goal
from quorate.studies.references.model import Point, Reference, Source
from quorate.studies.references.verdict import judge

FIVE = Point(train_steps=1, values={0: 1.0, 1: 1.1, 2: 1.2, 3: 1.3, 4: 1.4})
REFERENCE = Reference(
    name="a/b",
    summary="",
    source=Source.OURS,
    metric="return/mean",
    statistic="mean",
    points=(FIVE,),
    conventions={
        "reward": "sum",
        "step": "an update",
        "simulator": "old 1",
        "evaluation": "ten episodes; actions are sampled",
        "evaluation_episodes": 10,
        "evaluation_actions": "sampled",
        "return_discount": 1,
    },
    versions={"quorate": "0.1.0", "torch": "1"},
)
RECORD = {
    "versions": {"quorate": "0.1.0", "torch": "2"},
    "environment": {"reward": "mean", "simulator": None},
    "conventions": {
        "step": "one update",
        "evaluation": "10 episodes; sampled actions",
        "evaluation_episodes": 10,
        "evaluation_actions": "greedy",
    },
}


def verdict(*values, goal=Goal.MAXIMISE, first=10, point=FIVE):
    return judge(replace(REFERENCE, goal=goal), point, {first + i: value for i, value in enumerate(values)}, {})


def test_what_is_data_and_differs_is_named():
    found = judge(REFERENCE, FIVE, {7: 1.15}, RECORD)
    assert [(d.key, d.stored, d.here) for d in found.differences] == [
        ("versions.torch", "1", "2"),
        ("reward", "sum", "mean"),
        ("evaluation_actions", "sampled", "greedy"),
    ]


@pytest.mark.parametrize(
    ("goal", "values", "word"),
    [
        (Goal.MAXIMISE, (3.0, 4.0, 5.0), "outside: better than the stored seeds"),
        (Goal.MAXIMISE, (-1.0, 0.0, 0.5), "outside: worse than the stored seeds"),
        (Goal.MINIMISE, (3.0, 4.0, 5.0), "outside: worse than the stored seeds"),
        (Goal.MAXIMISE, (math.nan,), "outside: it is not a number"),
        (Goal.MAXIMISE, (1.2, math.nan, 1.2), "outside: it is not a number"),
        (Goal.MAXIMISE, (math.inf, math.inf, math.inf), "outside: better than the stored seeds"),
    ],
)
def test_outside_is_told_with_its_direction(goal, values, word):
    found = verdict(*values, goal=goal)
    assert (found.inside, found.word) == (False, word)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["inside"] is False


def test_one_that_is_far_off_among_many_is_no_alarm():
    assert verdict(1.05, 1.15, 1.25, 1.35, -50.0).word == "inside"


@pytest.mark.parametrize("values", [(-50.0,), (-50.0, -60.0), (1.2,)])
def test_too_few_seeds_are_said_to_be_too_few(values):
    found = verdict(*values)
    assert found.inside is None
    assert found.word.startswith("undecided: beside 5 stored seeds")
    assert "run at least 3: --seeds 5,6,7" in found.word
    assert found.to_dict()["test"]["least"] > 0.05


def test_stored_seeds_are_compared_value_by_value():
    equal = verdict(1.0, 1.100001, first=0)
    assert (equal.inside, equal.equal, equal.test) == (True, (0, 1), None)
    assert equal.word == "inside: every seed has its stored value"
    mixed = verdict(1.0, -50.0, -60.0, -70.0, first=0)
    assert (mixed.inside, mixed.equal, mixed.test.new) == (False, (0,), 3)
    # Three equal ones say nothing about the new one.
    assert judge(REFERENCE, FIVE, {0: 1.0, 1: 1.1, 2: 1.2, 9: -50.0}, {}).inside is None


@pytest.mark.parametrize(
    ("value", "word"),
    [(-10.9, "inside"), (-11.1, "outside: worse than the band"), (0.0, "outside: better than the band")],
)
def test_published_means_have_a_band(value, word):
    found = verdict(value, point=Point(mean=-10.0, std=0.5, seeds=3))
    assert (found.word, found.test) == (word, None)

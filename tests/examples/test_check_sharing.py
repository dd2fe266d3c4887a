"""What examples/check_sharing.py makes of reports."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import check_sharing


def rows(*points, width=0.5, word="mappo"):
    return [
        {"variant": f"{word}-{delay}", "point": point, "low": point - width, "high": point + width}
        for delay, point in zip(check_sharing.DELAYS, points, strict=False)
    ]


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ((4, 3, 2, 1), "the sooner the better, by the means; 0 less none is 3.00, the intervals do not meet."),
        ((4, 3, 3.5, 3.4), "not the sooner the better between 1 and 2; 0 less none is 0.60, they meet."),
        (
            (1, 2, 3),
            "not the sooner the better between 0 and 1, 1 and 2; 0 less 2 is -2.00, the intervals do not meet.",
        ),
    ],
)
def test_the_order_is_told_as_it_is(points, says):
    assert check_sharing.order(rows(*points), "mappo") == says


def test_a_table_has_a_row_for_each_delay_and_leaves_out_what_was_not_swept():
    means = rows(4, 3, 2, 1) + rows(5, 4, 3, word="ippo")
    text = check_sharing.table("a task", check_sharing.LEARNERS, means)
    assert "| 0 | 4 [3.5, 4.5] | 5 [4.5, 5.5] |" in text
    assert "| none | 1 [0.5, 1.5] |  |" in text


def test_the_picture_is_drawn(tmp_path, monkeypatch):
    (tmp_path / "docs" / "figures").mkdir(parents=True)
    monkeypatch.setattr(check_sharing, "ROOT", tmp_path)
    check_sharing.draw(
        {"one": (check_sharing.LEARNERS, rows(4, 3, 2, 1)), "other": (check_sharing.LEARNERS, rows(1, 2))}
    )
    assert (tmp_path / "docs" / "figures" / "sharing.png").stat().st_size > 5000


def test_what_must_come_out_can_fail():
    good = {"shared-0": 15, "shared-1": 12, "shared-2": 12, "shared-none": 12, "pool-0": 21, "pool-1": 14}
    held = [claim.holds(claim.value(good)) for claim in check_sharing.CLAIMS]
    assert all(held)
    bad = good | {"shared-0": 13.9, "shared-2": 13.1, "pool-0": 13, "pool-1": 11}
    assert [claim.holds(claim.value(bad)) for claim in check_sharing.CLAIMS].count(False) == 4


def test_what_is_missing_is_named():
    said = check_sharing.missing({"mpe": {"variants": ["mappo-0"], "environments": ["mpe/simple-reference-v3"]}})
    assert said[:2] == ["Not run yet: the suite `sharing-sensors`.", "Not run yet: the suite `sharing-adversary`."]
    assert "`mappo-1`" in said[2]
    assert "`mappo-0`" not in said[2]
    assert said[2].endswith("`mpe/simple-speaker-listener-v4`.")

"""A metric that evaluations do not have is told at the first of them, and what has been run stays."""

import json
import re

import pytest

from quorate.studies.compare.metric import MetricCheck

ROWS = [{"step": 2, "phase": "train", "metrics": {"loss": 1.0}}, {"step": 2, "phase": "evaluation", "metrics": {}}]


def problem(comparer, rows, cell=0):
    """What is said of a cell whose run has logged so much."""
    cells = comparer.plan()
    run = comparer.folder.cell(cells[cell].name) / "20261121T000000Z-seed0"
    run.mkdir(parents=True)
    for name in ("config.yaml", "record.json"):
        (run / name).write_text("{}")
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    check = MetricCheck(comparer.read(), comparer.folder)
    assert check.problem(cells[1 - cell]) is None  # it has not begun
    return check.problem(cells[cell])


def test_known_when_there_is_an_evaluation(comparer):
    assert problem(comparer, ROWS[:1]) is None
    assert problem(comparer, [*ROWS[:1], {**ROWS[1], "metrics": {"net/gain": "nan"}}], cell=1) is None


@pytest.mark.parametrize(
    ("metric", "name", "place"),
    [("net/gian", "'net/gian'.", "metric ("), ({"plain": "gain", "wide": "net/gain"}, "'gain'.", "metric.plain (")],
)
def test_the_error_names_the_place_and_the_nearest(comparer, metric, name, place):
    comparer.write(metric=metric)
    row = {**ROWS[1], "metrics": {"other": 1.0, "net/gain": 2.0}}
    error = problem(comparer, [row])
    assert error.problem.endswith(f"plain/toy-line-v1/seed-0 have no metric {name}")
    assert error.where.startswith(place)
    assert list(error.choices) == ["net/gain", "other"]


def test_told_at_the_first_evaluation(comparer):
    """Two of the six cells run at a time; they would take an hour."""
    long = ["base.algorithm.pause=0.02", "base.budget.train_steps=100000", "base.evaluation.every=2"]
    comparer.write(seeds=3, metric=None)
    output = comparer.call(*long, code=2)
    assert "no metric 'return/mean'. It is what is compared where the file names none." in output
    assert "choices: " in output
    assert "net/gain" in output
    assert 1 <= len(comparer.runs()) <= 4
    assert not list(comparer.folder.path.glob("failures/*"))

    assert "no metric" in comparer.call(*long, "--dry-run", code=2)  # nothing need be started to know it
    again = comparer.call(*long, "--dry-run", "metric=net/gain")  # and what has been run counts
    assert "6 of 6 cells would run" in again
    assert re.search(r"│ [12] +│", again)

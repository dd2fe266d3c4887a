import json

import pytest
from report_folders import cell, write_comparison, write_run

from quorate.config.schema import Goal
from quorate.errors import RunError
from quorate.studies.report.collect import collect
from quorate.studies.report.measure import Score, measure
from quorate.studies.report.normalisation import scales


def run_in(tmp_path, name="a", seed=0, values=(0.0, 1.0, 2.0), **more):
    return write_run(tmp_path / name / f"2026-seed{seed}", "toy/line-v1", seed, list(values), **more)


def texts(found):
    return [problem.text for problem in found.problems]


def test_environment_steps_by_convention(comparison):
    measurement = measure(collect(comparison))
    assert measurement.x == "environment steps"
    assert measurement.runs[0].x == (0, 1000, 2000)
    assert measurement.runs[0].final == measurement.runs[0].score == measurement.runs[0].y[-1]


def test_environment_steps_as_measured(tmp_path):
    run_in(tmp_path, conventions={})
    measurement = measure(collect(tmp_path))
    assert (measurement.x, measurement.runs[0].x) == ("environment steps", (0, 1000, 2000))


def test_training_steps_where_one_run_does_not_say(tmp_path):
    run_in(tmp_path)
    path = run_in(tmp_path, seed=1, conventions={}, values=(1, 2, 3))
    text = path.joinpath("metrics.jsonl").read_text().replace("environment_steps", "other")
    path.joinpath("metrics.jsonl").write_text(text)
    found = collect(tmp_path)
    measurement = measure(found)
    assert (measurement.x, measurement.runs[0].x) == ("train steps", (0, 100, 200))
    assert "training step" in texts(found)[0]


def test_which_metric(tmp_path):
    run_in(tmp_path)
    found = collect(tmp_path)
    assert measure(found).metric == "return/mean"
    assert measure(found, "length/mean").runs[0].final == 25.0
    with pytest.raises(RunError) as caught:
        measure(found, "return/means")
    assert caught.value.choices == ("return/mean", "length/mean")


def test_a_metric_for_each_variant(tmp_path):
    names = {"small": "return/mean", "large": "length/mean"}
    folder = write_comparison(tmp_path / "x", metric=names, environments=["toy/line-v1"])
    measurement = measure(collect(folder))
    assert measurement.metric == names
    assert {m.final for m in measurement.cell("large", "toy/line-v1")} == {25.0}
    assert measure(collect(folder), "return/mean").metric == "return/mean"


@pytest.mark.parametrize(("chosen", "notes"), [("return/mean", 0), ("return/discounted", 1)])
def test_policies_chosen_by_another_metric_are_noted(tmp_path, chosen, notes):
    settings = {"evaluation.metric": chosen, "evaluation.goal": "maximise"}
    run_in(tmp_path, absolute=9.0, settings=settings)
    found = collect(tmp_path)
    measure(found)
    assert [chosen in text for text in texts(found)] == [True] * notes
    if not notes:
        measure(found, goal=Goal.MINIMISE)
        assert "return/mean was best (maximise)" in texts(found)[0]


def test_the_absolute_metric_counts_where_all_have_it(tmp_path):
    measurement = measure(collect(write_comparison(tmp_path / "all", absolute=True)))
    assert measurement.score is Score.ABSOLUTE
    assert all(m.score == m.absolute == max(m.y) + 0.1 for m in measurement.runs)
    run_in(tmp_path / "some", absolute=9.0)
    run_in(tmp_path / "some", seed=1, values=(0, 1, 3))
    found = collect(tmp_path / "some")
    assert [m.score for m in measure(found).runs] == [2.0, 3.0]
    assert [m.score for m in measure(found, score=Score.ABSOLUTE).runs] == [9.0, None]
    assert texts(found) == ["has no absolute metric; it is in no score"]


def test_values_that_are_not_finite(tmp_path):
    run_in(tmp_path, values=(0.0, "nan", 2.0))
    run_in(tmp_path, seed=1, values=(0.0, 1.0, "inf"))
    found = collect(tmp_path)
    measurement = measure(found)
    assert measurement.runs[0].points == {0: 0.0, 2000: 2.0}
    assert [m.score for m in measurement.runs] == [2.0, None]
    assert len(texts(found)) == 3


def test_no_evaluation_yet(tmp_path):
    path = run_in(tmp_path, finished=False)
    (path / "metrics.jsonl").write_text("")
    with pytest.raises(RunError, match="evaluated"):
        measure(collect(tmp_path))


def test_normalisation(comparison):
    found = collect(comparison)
    measurement = measure(found)
    ranges = scales(found, measurement, {"toy/line-v1": (0.0, 10.0)})
    assert ranges["toy/line-v1"](5.0) == 0.5
    finals = [m.final for m in measurement.runs if m.run.environment == "toy/grid-v1"]
    assert (ranges["toy/grid-v1"].low, ranges["toy/grid-v1"].high) == (min(finals), max(finals))
    assert (ranges["toy/line-v1"].source, texts(found)) == ("given", [])


def test_normalisation_where_less_is_better(comparison):
    found = collect(comparison)
    ranges = scales(found, measure(found, goal=Goal.MINIMISE), {"toy-line-v1": (0.0, 10.0)})
    assert ranges["toy/line-v1"](2.0) == 0.8


def test_ranges_that_can_not_be_used(tmp_path):
    given = {"toy/line-v1": [1, 1], "toy/none-v1": [0, 1]}
    folder = write_comparison(tmp_path / "x", normalise=given, environments=["toy/line-v1"])
    found = collect(folder)
    measurement = measure(found)
    assert scales(found, measurement, {})["toy/line-v1"].source == "least and greatest score of these runs"
    assert len(texts(found)) == 2


def test_equal_scores_have_no_scale(tmp_path):
    for seed in (0, 1):
        run_in(tmp_path, seed=seed, values=(0, seed, 4))
    found = collect(tmp_path)
    assert scales(found, measure(found), {}) == {}
    assert "equal" in texts(found)[0]


def test_the_result_is_taken_only_from_finished_runs(comparison):
    path = next(cell(comparison, "small", "toy/line-v1", 0).glob("*/result.json"))
    path.write_text(json.dumps({"step": 200}))
    measurement = measure(collect(comparison))
    assert measurement.runs[0].score is None
    assert len(measurement.runs[0].y) == 3

import csv
import io
import json

import pytest
from report_folders import STEPS, cell, curve, write_comparison

from quorate.studies.report import exports, markdown
from quorate.studies.report.collect import collect
from quorate.studies.report.document import Options, build_report, write_report
from quorate.studies.report.measure import measure
from quorate.studies.report.statistics import Bootstrap

FAST = Options(bootstrap=Bootstrap(100))


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_runs_as_csv(comparison):
    (next(cell(comparison, "large", "toy/grid-v1", 2).iterdir()) / "result.json").unlink()
    report = build_report(comparison, FAST)
    found = rows(exports.runs_csv(report))
    assert len(found) == 12 * 3 + 11
    values = [float(row["value"]) for row in found if row["run"] == "small/toy-line-v1/seed-1"]
    expected = curve("small", "toy/line-v1", 1)
    assert values == [*expected, expected[-1]]
    assert [row["point"] for row in found[:4]] == ["evaluation", "evaluation", "evaluation", "final"]
    assert [row["x"] for row in found[:4]] == ["0.0", "1000.0", "2000.0", ""]
    assert all((comparison / "report" / row["path"] / "config.yaml").resolve().is_file() for row in found)


def test_runs_that_do_not_exist_are_in_the_csv(comparison):
    path = cell(comparison, "large", "toy/grid-v1", 2)
    path.rename(path.with_name("away"))
    found = [row for row in rows(exports.runs_csv(build_report(comparison, FAST))) if row["status"] == "missing"]
    assert [(row["run"], row["value"], row["path"]) for row in found] == [("large/toy-grid-v1/seed-2", "", "")]


def test_scores_as_csv(comparison):
    report = build_report(comparison, FAST)
    found = rows(exports.scores_csv(report))
    assert len(found) == len(report["scores"]) + len(report["aggregates"])
    assert float(found[0]["point"]) == report["scores"][0]["point"]
    assert found[0]["runs"].split() == report["scores"][0]["runs"]
    assert {row["normalised"] for row in found if not row["environment"]} == {"True"}


def read_as_marl_eval(data):
    """Final scores as marl-eval's `data_process_pipeline` finds them, with the checks of its `DiagnoseData`.

    Written from its README: environment, task, algorithm, run, steps in the order of their numbers, absolute metrics.
    """
    scores, shapes = {}, set()
    for environment, tasks in data.items():
        for task, algorithms in tasks.items():
            for algorithm, runs in algorithms.items():
                for run, steps in runs.items():
                    names = [f"step_{index}" for index in range(len(steps) - 1)]
                    assert list(steps) == [*names, "absolute_metrics"]
                    counts = [steps[name]["step_count"] for name in names]
                    assert all(isinstance(count, int) for count in counts)
                    assert counts == sorted(counts)
                    metrics = {frozenset(steps[name].keys() - {"step_count", "elapsed_time"}) for name in names}
                    assert metrics == {frozenset(steps["absolute_metrics"])}
                    (metric,) = steps["absolute_metrics"]
                    assert all(isinstance(value, float) for name in names for value in steps[name][metric])
                    times = [steps[name]["elapsed_time"] for name in names]
                    assert times == sorted(times)
                    shapes.add((len(names), len(runs), metric))
                    scores[environment, task, algorithm, run] = steps["absolute_metrics"][metric]
    assert len(shapes) == 1, "all algorithms have as many runs and steps as each other"
    return scores


def test_the_layout_of_marl_eval(comparison):
    path = next(path for path in write_report(comparison, FAST) if path.name == "marl-eval.json")
    scores = read_as_marl_eval(json.loads(path.read_text()))
    assert len(scores) == 12
    assert scores["toy", "grid-v1", "large", "seed_2"] == [curve("large", "toy/grid-v1", 2)[-1]]


def test_absolute_metrics_in_the_layout_of_marl_eval(tmp_path):
    measurement = measure(collect(write_comparison(tmp_path / "x", absolute=True)))
    scores = read_as_marl_eval(exports.marl_eval(measurement))
    assert scores["toy", "line-v1", "small", "seed_0"] == [max(curve("small", "toy/line-v1", 0)) + 0.1]


def test_a_reader_of_marl_evals_layout_notices_a_wrong_one(comparison):
    data = exports.marl_eval(measure(collect(comparison)))
    del data["toy"]["line-v1"]["small"]["seed_0"][f"step_{len(STEPS) - 1}"]
    with pytest.raises(AssertionError, match="as many runs"):
        read_as_marl_eval(data)


def test_markdown(comparison):
    (next(cell(comparison, "large", "toy/grid-v1", 2).iterdir()) / "result.json").unlink()
    report = build_report(comparison, FAST)
    text = markdown.render(report)
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line.startswith("|") and lines[index - 1].startswith("|"):
            assert line.count("|") - line.count("\\|") == lines[index - 1].count("|") - lines[index - 1].count("\\|")
    score = next(line for line in lines if line.startswith("| toy/grid-v1 | large"))
    assert score.rstrip(" |").endswith("10-11")
    assert "large/toy-grid-v1/seed-2: was cut off before its end" in text
    assert "| `algorithm.width` | 8     | 64    | setting | declared |" in text
    assert "nan" not in text
    for heading in ("Runs", "Scores", "Aggregates", "Probability of improvement", "Cost", "Differences", "Problems"):
        assert f"## {heading}" in lines


def test_markdown_escapes_what_would_break_a_table(tmp_path):
    folder = write_comparison(tmp_path / "x", variants={"a|b": {}}, environments=["toy/line-v1"])
    assert "| a\\|b " in markdown.render(build_report(folder, FAST))

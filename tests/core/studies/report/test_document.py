import csv
import io
import json
import math
import re
import shutil

import numpy as np
import pytest
from report_folders import SEEDS, cell, curve, write_comparison, write_run
from scipy.stats import trim_mean

from quorate.config.schema import Goal
from quorate.errors import RunError
from quorate.studies.report import exports
from quorate.studies.report.document import FILES, Options, build_report, write_report
from quorate.studies.report.page import render
from quorate.studies.report.statistics import Bootstrap

FAST = Options(bootstrap=Bootstrap(200))

NUMBER, MAYBE, TEXT, FLAG = (int, float), (int, float, type(None)), str, bool
ENDS = {"low": MAYBE, "high": MAYBE}
BANDS = {"point": [MAYBE], "low": ([MAYBE], None), "high": ([MAYBE], None)}
MEAN = {"mean": MAYBE, **ENDS}
IDS = [TEXT]

SCHEMA = {
    "schema": int,
    "title": TEXT,
    "created": (str, type(None)),
    "metric": {"name": (str, dict), "goal": {"maximise", "minimise"}, "score": {"final", "absolute"}},
    "x": {"name": {"environment steps", "train steps"}},
    "variants": [TEXT],
    "environments": [TEXT],
    "seeds": [int],
    "runs": [
        {
            "id": TEXT,
            "variant": TEXT,
            "environment": TEXT,
            "seed": int,
            "status": {"finished", "stopped", "failed", "missing"},
            "path": (str, type(None)),
            "x": [NUMBER],
            "y": [MAYBE],
            "final": MAYBE,
            "absolute": MAYBE,
            "outcomes": dict,
            "seconds": MAYBE,
            "peak_memory_bytes": MAYBE,
            "error": (str, type(None)),
        }
    ],
    "curves": [
        {"variant": TEXT, "environment": TEXT, "x": [NUMBER], **BANDS, "statistic": {"mean", "iqm"}, "runs": IDS}
    ],
    "outcome_curves": [
        {
            "variant": TEXT,
            "environment": TEXT,
            "outcome": TEXT,
            "x": [NUMBER],
            **BANDS,
            "statistic": {"mean"},
            "runs": IDS,
        }
    ],
    "outcomes": [
        {"variant": TEXT, "environment": TEXT, "outcome": TEXT, "point": MAYBE, **ENDS, "runs": IDS},
    ],
    "scores": [
        {
            "variant": TEXT,
            "environment": TEXT,
            "statistic": {"mean", "median", "iqm", "std"},
            "point": MAYBE,
            **ENDS,
            "runs": IDS,
        }
    ],
    "aggregates": [
        {
            "variant": TEXT,
            "statistic": {"iqm", "median", "mean", "optimality_gap"},
            "point": NUMBER,
            **ENDS,
            "runs": IDS,
        }
    ],
    "profiles": [{"variant": TEXT, "tau": [NUMBER], **BANDS, "runs": IDS}],
    "improvement": [{"a": TEXT, "b": TEXT, "point": NUMBER, **ENDS, "runs": IDS}],
    "sample_efficiency": [{"variant": TEXT, "x": [NUMBER], **BANDS, "runs": IDS}],
    "cost": [{"variant": TEXT, "environment": TEXT, "seconds": MEAN, "peak_memory_bytes": MEAN, "runs": IDS}],
    "normalisation": dict,
    "bootstrap": {"samples": int, "confidence": float, "seed": int},
    "base": (str, type(None)),
    "differences": [{"key": TEXT, "values": dict, "declared": FLAG, "accepted": FLAG, "concern": TEXT}],
    "conventions": dict,
    "setting": {"versions": dict, "machines": [dict], "git": [dict], "environments": dict},
    "problems": [{"run": (str, type(None)), "text": TEXT}],
}
"""Mappings name all their keys; a set has the values that text may have; a tuple has alternatives."""


def fits(data, schema, at="report"):
    if isinstance(schema, dict):
        assert isinstance(data, dict), at
        assert data.keys() == schema.keys(), at
        for key, inner in schema.items():
            fits(data[key], inner, f"{at}.{key}")
    elif isinstance(schema, list):
        assert isinstance(data, list), at
        for index, item in enumerate(data):
            fits(item, schema[0], f"{at}[{index}]")
    elif isinstance(schema, set):
        assert data in schema, at
    elif isinstance(schema, tuple) and isinstance(schema[0], list):
        if data is not None:
            fits(data, schema[0], at)
    else:
        assert isinstance(data, schema), at
        assert not (isinstance(data, float) and not math.isfinite(data)), at


def check(report):
    """It has the documented shape, is JSON, and names only runs that it has."""
    fits(report, SCHEMA)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    known = {run["id"] for run in report["runs"]}
    rows = [row for value in report.values() if isinstance(value, list) for row in value if isinstance(row, dict)]
    assert {name for row in rows for name in row.get("runs", [])} <= known
    assert {row["run"] for row in report["problems"]} <= {None, *known}
    return report


def row(rows, **wanted):
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def texts(report):
    return [problem["text"] for problem in report["problems"]]


def test_the_numbers_are_those_of_the_runs(comparison):
    report = check(build_report(comparison, FAST))
    finals = {v: {e: [curve(v, e, s)[-1] for s in SEEDS] for e in report["environments"]} for v in report["variants"]}
    line = finals["small"]["toy/line-v1"]
    found = {r["statistic"]: r["point"] for r in report["scores"][:4]}
    expected = {"mean": np.mean(line), "median": np.median(line), "iqm": trim_mean(line, 0.25)}
    assert found == pytest.approx({**expected, "std": np.std(line, ddof=1)})
    normal = []
    for environment in report["environments"]:
        everything = np.concatenate([finals[variant][environment] for variant in finals])
        low, high = everything.min(), everything.max()
        assert report["normalisation"][environment] == {
            "low": low,
            "high": high,
            "source": "least and greatest score of these runs",
        }
        normal.append((np.array(finals["large"][environment]) - low) / (high - low))
    found = row(report["aggregates"], variant="large", statistic="iqm")
    assert found["point"] == pytest.approx(trim_mean(np.stack(normal), 0.25, axis=None))
    assert found["low"] <= found["point"] <= found["high"]
    assert len(found["runs"]) == 6
    assert row(report["improvement"], a="small", b="large")["point"] == 0.0
    assert row(report["curves"], variant="small", environment="toy/line-v1")["x"] == [0, 1000, 2000]
    efficiency = row(report["sample_efficiency"], variant="large")
    assert efficiency["point"][-1] == pytest.approx(found["point"])
    assert row(report["cost"], variant="small", environment="toy/line-v1")["seconds"]["mean"] == 5.0


def test_paths_lead_from_the_report_to_the_runs(comparison, tmp_path):
    for out in (None, tmp_path / "elsewhere" / "deep"):
        folder = out or comparison / "report"
        for run in build_report(comparison, FAST, out)["runs"]:
            assert (folder / run["path"] / "config.yaml").resolve().is_file()


def test_less_is_better(comparison):
    report = check(build_report(comparison, Options(goal=Goal.MINIMISE, bootstrap=Bootstrap(50))))
    assert row(report["improvement"], a="small", b="large")["point"] == 1.0
    aggregates = {v: row(report["aggregates"], variant=v, statistic="iqm")["point"] for v in ("small", "large")}
    assert aggregates["small"] > aggregates["large"]
    assert all(0 <= value <= 1 for value in aggregates.values())


def test_cells_without_a_result_are_in_no_score(comparison):
    (next(cell(comparison, "small", "toy/line-v1", 0).iterdir()) / "result.json").unlink()
    shutil.rmtree(cell(comparison, "small", "toy/line-v1", 1))
    report = check(build_report(comparison, FAST))
    assert [run["status"] for run in report["runs"][:3]] == ["stopped", "missing", "finished"]
    assert report["runs"][1]["path"] is None
    score = row(report["scores"], variant="small", environment="toy/line-v1", statistic="mean")
    assert (score["runs"], score["low"]) == (["small/toy-line-v1/seed-2"], None)
    assert row(report["curves"], variant="small", environment="toy/line-v1")["runs"] == score["runs"]
    # One stratum can not be resampled, so that the interval over all of them would be too narrow.
    assert row(report["aggregates"], variant="small", statistic="iqm")["low"] is None
    assert row(report["improvement"], a="small", b="large")["low"] is None
    assert any("single run" in text for text in texts(report))
    assert any("numbers of runs differ" in text for text in texts(report))


def test_an_environment_that_one_variant_lacks(comparison):
    shutil.rmtree(comparison / "runs" / "large" / "toy-grid-v1")
    report = check(build_report(comparison, FAST))
    assert {name for r in report["aggregates"] for name in r["runs"] if "grid" in name} == set()
    assert len(report["scores"]) == 12
    assert any("toy/grid-v1" in text and "no result over environments" in text for text in texts(report))


def test_a_variant_that_only_failed(comparison):
    shutil.rmtree(comparison / "runs" / "large")
    report = check(build_report(comparison, FAST))
    assert {r["variant"] for r in report["aggregates"]} == {"small"}
    assert report["improvement"] == []
    assert any("nothing to compare" in text for text in texts(report))


def test_nothing_is_finished(comparison):
    for path in comparison.glob("runs/*/*/*/*/result.json"):
        path.unlink()
    report = check(build_report(comparison, FAST))
    assert len(report["curves"]) == 4
    assert all(report[name] == [] for name in ("scores", "aggregates", "profiles", "improvement", "cost"))


def test_one_seed_has_no_intervals(tmp_path):
    report = check(build_report(write_comparison(tmp_path / "x", seeds=[0]), FAST))
    rows = [*report["scores"], *report["aggregates"], *report["profiles"], *report["curves"], *report["improvement"]]
    assert {(r["low"], r["high"]) for r in rows} == {(None, None)}
    assert [text for text in texts(report) if "single run" in text]


def test_few_seeds_are_remarked(comparison, tmp_path):
    assert [text for text in texts(build_report(comparison, FAST)) if "as few as 3" in text]
    assert texts(build_report(write_comparison(tmp_path / "five", seeds=[0, 1, 2, 3, 4]), FAST)) == []


def test_curves_have_the_points_in_common(tmp_path):
    for seed, steps in enumerate([(0, 100, 200), (0, 50, 100, 200), (100, 200, 300)]):
        values = [float(step + seed) for step in steps]
        settings = {"budget.train_steps": 300}
        write_run(tmp_path / "a" / f"2026-seed{seed}", "toy/line-v1", seed, values, steps=steps, settings=settings)
    report = check(build_report(tmp_path, FAST))
    assert report["curves"][0]["x"] == [1000, 2000]
    assert report["curves"][0]["point"] == [101.0, 201.0]
    assert any("different points" in text for text in texts(report))


def test_the_same_runs_give_the_same_bytes(comparison, tmp_path):
    first = {file.name: file.read_bytes() for file in write_report(comparison, FAST)}
    assert list(first) == list(FILES)
    assert all(first.values())
    # Written again, and from a copy elsewhere: neither the clock nor the place counts.
    assert {file.name: file.read_bytes() for file in write_report(comparison, FAST)} == first
    moved = shutil.copytree(comparison, tmp_path / "moved" / "widths", ignore=shutil.ignore_patterns("report"))
    assert {file.name: file.read_bytes() for file in write_report(moved, FAST)} == first
    assert not list((comparison / "report").glob(".*"))


def test_the_base_is_the_text_of_the_comparison(tmp_path):
    base = {"algorithm": {"name": "toy", "shape": [5, 5]}, "budget": {"train_steps": 3}}
    text = "algorithm:\n  name: toy\n  shape: [5, 5]\nbudget:\n  train_steps: 3\n"
    for name, given, expected in (("with", base, text), ("without", {}, None)):
        folder = write_comparison(tmp_path / name, base=given, seeds=[0])
        assert build_report(folder, FAST)["base"] == expected


def essence(report):
    """A report without what differs when the same runs are made again: cost, places, dates, machines and revisions."""
    left_out = ("created", "cost", "setting", "conventions", "differences")
    kept = {key: value for key, value in report.items() if key not in left_out}
    outer = ("path", "seconds", "peak_memory_bytes")
    kept["runs"] = [{key: value for key, value in run.items() if key not in outer} for run in report["runs"]]
    kept["differences"] = [row for row in report["differences"] if not row["key"].startswith("record.")]
    return kept


def test_only_the_essence_is_the_same_when_runs_are_made_again(tmp_path):
    one = write_comparison(tmp_path / "one" / "widths")
    two = write_comparison(tmp_path / "two" / "widths")
    for path in two.glob("runs/*/*/*/*"):
        record = json.loads((path / "record.json").read_text())
        record |= {"started": "2027-01-01", "git": {"revision": "def", "modified": True}}
        (path / "record.json").write_text(json.dumps(record))
        result = json.loads((path / "result.json").read_text())
        (path / "result.json").write_text(json.dumps({**result, "cost": {"seconds": 99.0}}))
        path.rename(path.with_name("20270101T000000Z-seed0"))
    reports = [build_report(folder, FAST) for folder in (one, two)]
    assert reports[0] != reports[1]
    assert essence(reports[0]) == essence(reports[1])
    result = next(two.glob("runs/*/*/*/*/result.json"))
    result.write_text(result.read_text().replace('"return/mean": ', '"return/mean": 1'))
    assert essence(build_report(two, FAST)) != essence(reports[0])


def say_outcomes(comparison, score="evaluation", **worth):
    """Let the runs of a variant have won in a share of their episodes: its worth, and a tenth more each seed."""
    for path in comparison.glob("runs/*/*/*/*/result.json"):
        result = json.loads(path.read_text())
        seed = int(path.parts[-3].removeprefix("seed-"))
        metrics = result["evaluation"] if score == "evaluation" else result["absolute"]["metrics"]
        metrics["outcome/won"] = worth[path.parts[-5]] + seed / 10
        path.write_text(json.dumps(result))


def test_outcomes_are_told_beside_the_metric(comparison):
    assert check(build_report(comparison, FAST))["outcomes"] == []
    say_outcomes(comparison, small=0.2, large=0.7)
    report = check(build_report(comparison, FAST))
    assert len(report["outcomes"]) == 4
    found = row(report["outcomes"], variant="large", environment="toy/line-v1", outcome="won")
    assert found["point"] == pytest.approx(0.8)
    assert found["low"] < found["point"] < found["high"]
    assert found["runs"] == [f"large/toy-line-v1/seed-{seed}" for seed in SEEDS]
    write_report(comparison, FAST)
    (line,) = re.findall(r".*toy/grid-v1 \| large +\| won.*", (comparison / "report" / "report.md").read_text())
    assert "0.8" in line
    page = (comparison / "report" / "index.html").read_text()
    assert page.index("What episodes ended with") < page.index("--metric outcome/won")


def test_outcomes_have_curves_without_asking_for_them(comparison):
    say_outcomes(comparison, small=0.2, large=0.7)
    for path in comparison.glob("runs/*/*/*/*/metrics.jsonl"):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            if row["phase"] == "evaluation":
                row["metrics"]["outcome/won"] = row["step"] / 1e6
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = check(build_report(comparison, FAST))
    assert {(row["variant"], row["environment"], row["outcome"]) for row in report["outcome_curves"]} == {
        (row["variant"], row["environment"], "won") for row in report["curves"]
    }
    for ends, other in zip(report["outcome_curves"], report["curves"], strict=True):
        assert (ends["x"], ends["runs"]) == (other["x"], other["runs"])
        assert ends["point"] == sorted(ends["point"])
        assert ends["point"][-1] > 0
    assert "<figcaption>won in toy/line-v1</figcaption>" in render(report)
    assert build_report(comparison, Options(metric="outcome/won", bootstrap=Bootstrap(50)))["outcome_curves"] == []
    found = [row for row in csv.DictReader(io.StringIO(exports.runs_csv(report))) if row["metric"] == "outcome/won"]
    assert {row["point"] for row in found} == {"evaluation", "final"}
    assert len(found) == sum(len(run["x"]) + 1 for run in report["runs"])


def test_outcomes_are_in_tables_of_scores(comparison):
    say_outcomes(comparison, small=0.2, large=0.7)
    report = build_report(comparison, FAST)
    rows = [row for row in csv.DictReader(io.StringIO(exports.scores_csv(report))) if row["metric"] == "outcome/won"]
    assert [(row["environment"], row["variant"], float(row["point"])) for row in rows] == [
        (row["environment"], row["variant"], row["point"]) for row in report["outcomes"]
    ]


def test_outcomes_are_of_the_evaluation_that_stands_for_a_run(tmp_path):
    comparison = write_comparison(tmp_path / "x", absolute=True)
    say_outcomes(comparison, small=0.2, large=0.7)
    say_outcomes(comparison, "absolute", small=0.0, large=0.5)
    report = check(build_report(comparison, FAST))
    assert report["metric"]["score"] == "absolute"
    assert row(report["outcomes"], variant="large", environment="toy/line-v1")["point"] == pytest.approx(0.6)


def test_an_outcome_may_be_the_metric(comparison):
    say_outcomes(comparison, small=0.2, large=0.7)
    report = check(build_report(comparison, Options(metric="outcome/won", bootstrap=Bootstrap(50))))
    score = row(report["scores"], variant="small", environment="toy/line-v1", statistic="mean")
    assert score["point"] == pytest.approx(0.3)
    with pytest.raises(RunError, match="No run has the metric 'outcome/wins'") as caught:
        build_report(comparison, Options(metric="outcome/wins"))
    assert caught.value.choices[0] == "outcome/won"

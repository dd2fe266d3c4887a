"""Whatever is damaged in a comparison's folder is told by name and left out; the rest is a report."""

import json
import shutil

import pytest
import yaml
from report_folders import cell, write_comparison

from quorate.studies.report.document import Options, build_report, write_report
from quorate.studies.report.statistics import Bootstrap

OWN = ("comparison.yaml", "guard.json", "failures/large--toy-line-v1--seed-1.json")
OF_A_RUN = ("config.yaml", "record.json", "result.json", "metrics.jsonl", "timing.jsonl")
QUICK = Options(bootstrap=Bootstrap(samples=2))
BIG = b"9" * 400

DAMAGES = {
    "deep": b"[" * 100_000,
    "deep mapping": b'{"a":' * 100_000,
    "a long number": BIG,
    "no mapping": b"[1]",
    "no text": b"\xff\xfe\x00",
    "another encoding": '{"a": 1}'.encode("utf-16"),
    "half a character": b'{"a": "\\ud800"}',
    "half a file": b'{"a": [1, ',
}


@pytest.fixture
def folder(tmp_path):
    folder = write_comparison(tmp_path / "widths", environments=["toy/line-v1"], seeds=[0, 1])
    (folder / "guard.json").write_text(json.dumps({"schema": 1, "accepted": ["budget"]}))
    shutil.rmtree(cell(folder, "large", "toy/line-v1", 1))
    (folder / "failures").mkdir()
    (folder / OWN[2]).write_text(json.dumps({"error": "The true error."}))
    return folder


def place(folder, name):
    (run,) = cell(folder, "small", "toy/line-v1", 0).iterdir()
    return folder / name if name in OWN else run / name


def told(folder, name):
    """The problems that name a file, where the other runs have their scores."""
    report = build_report(folder, QUICK)
    assert {run["id"] for run in report["runs"] if run["final"] is not None} >= {
        "small/toy-line-v1/seed-1", "large/toy-line-v1/seed-0",
    }  # fmt: skip
    return [row["text"] for row in report["problems"] if name.rpartition("/")[2] in row["text"]]


@pytest.mark.parametrize("name", [*OWN, *OF_A_RUN])
def test_a_damaged_file_is_told_and_the_rest_is_used(folder, name):
    assert told(folder, name) == []
    original = place(folder, name).read_bytes()
    for what, content in DAMAGES.items():
        place(folder, name).write_bytes(content + b"\n" * name.endswith("jsonl"))
        assert told(folder, name), what
    place(folder, name).write_bytes(original)
    write_report(folder, QUICK)


@pytest.mark.parametrize("name", ["versions", "machine", "git", "environment", "conventions"])
def test_parts_of_a_record_that_are_no_mappings(folder, name):
    record = json.loads(place(folder, "record.json").read_text())
    for value in ("text", 3, True, [1], 1.5):
        place(folder, "record.json").write_text(json.dumps({**record, name: value}))
        assert told(folder, "record.json") == [f"record.json is damaged: {name} should be mappings; they are left out."]
        write_report(folder, QUICK)


WRONG = {
    "seeds": [10**300, 10**9, "two", [0, "one"], [[0], 0, 1], {"a": 1}],
    "metric": [1.5, ["return/mean"], True, {"small": 3}],
    "environments": ["toy/line-v1", [[1]], [3], [{"nome": 1}], 7],
    "variants": [["small"], "small", 3],
    "goal": [3, [], {}, "more"],
    "normalise": [3, {"toy/line-v1": 3}, {"toy/line-v1": [BIG.decode(), 0]}],
}


@pytest.mark.parametrize("key", WRONG)
def test_values_of_the_comparison_that_are_none(folder, key):
    given = yaml.safe_load((folder / "comparison.yaml").read_text())
    usual = build_report(folder, QUICK)["problems"]
    for value in WRONG[key]:
        (folder / "comparison.yaml").write_text(yaml.safe_dump({**given, key: value}))
        report = build_report(folder, QUICK)
        assert [row for row in report["problems"] if row not in usual], value
        assert any(run["final"] is not None for run in report["runs"])


@pytest.mark.parametrize(
    "cost", [{"seconds": 10**308, "peak_memory_bytes": "inf"}, {"seconds": "nan"}, {"seconds": [1]}, "much", [3]]
)
def test_costs_that_are_none(folder, cost):
    result = json.loads(place(folder, "result.json").read_text())
    place(folder, "result.json").write_text(json.dumps({**result, "cost": cost}))
    write_report(folder, QUICK)

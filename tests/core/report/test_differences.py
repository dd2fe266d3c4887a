import json
import shutil

import pytest
from report_folders import cell, write_comparison, write_run

from quorate.report.collect import collect
from quorate.report.differences import concern_of, conventions, differences, setting


def rows(folder):
    return {row["key"]: row for row in differences(collect(folder))}


def edit(folder, variant, change, name="record.json", environment="toy/line-v1", seeds=(0, 1, 2)):
    for seed in seeds:
        (path,) = cell(folder, variant, environment, seed).glob(f"*/{name}")
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))


def test_only_the_patch_differs(comparison):
    found = rows(comparison)
    assert list(found) == ["algorithm.width"]
    assert found["algorithm.width"] == {
        "key": "algorithm.width",
        "values": {"small": 8, "large": 64},
        "declared": True,
        "accepted": False,
        "concern": "setting",
    }


@pytest.mark.parametrize(
    ("key", "value", "concern"),
    [
        ("budget.train_steps", 5, "budget"),
        ("evaluation.every", 7, "evaluation-protocol"),
        ("algorithm.environments", 3, "environments"),
        ("environment.horizon", 9, "environment-settings"),
        ("checkpoint.every", 9, "bookkeeping"),
    ],
)
def test_a_setting_that_was_not_declared(tmp_path, key, value, concern):
    folder = write_comparison(
        tmp_path / "x", environments=["toy/line-v1"], variants={"small": {}, "large": {}}, written=["small"]
    )
    for seed in (0, 1, 2):
        path = cell(folder, "large", "toy/line-v1", seed) / "2026"
        write_run(path, "toy/line-v1", seed, [0, 1, 2], settings={key: value})
    row = rows(folder)[key]
    assert (row["declared"], row["accepted"], row["concern"]) == (False, False, concern)
    assert row["values"]["large"] == value


def test_accepted_by_key_or_by_concern(tmp_path):
    for accept in ("budget.train_steps", "budget"):
        folder = write_comparison(tmp_path / accept, accept=[accept], environments=["toy/line-v1"])
        path = next(cell(folder, "small", "toy/line-v1", 0).glob("*/config.yaml"))
        for seed in (0, 1, 2):
            path = next(cell(folder, "small", "toy/line-v1", seed).glob("*/config.yaml"))
            path.write_text(path.read_text().replace("train_steps: 200", "train_steps: 300"))
        row = rows(folder)["budget.train_steps"]
        assert (row["declared"], row["accepted"]) == (False, True)


def test_accepted_by_the_guard(comparison):
    for seed in (0, 1, 2):
        path = next(cell(comparison, "small", "toy/line-v1", seed).glob("*/config.yaml"))
        path.write_text(path.read_text().replace("horizon: 25", "horizon: 25\n  grid: [3, 3]"))
    found = collect(comparison)
    assert [row["accepted"] for row in differences(found) if row["key"] == "environment.grid"] == [False]
    assert any("nobody accepted: environment.grid" in problem.text for problem in found.problems)
    guard = {"accepted": ["environment-settings", "environment.grid[0]", "environment.grid[1]"]}
    (comparison / "guard.json").write_text(json.dumps(guard))
    found = collect(comparison)
    assert [row["accepted"] for row in differences(found) if row["key"] == "environment.grid"] == [True]
    assert found.problems == []


def test_conventions_versions_machines_and_revisions(comparison):
    edit(comparison, "large", lambda record: record["conventions"].update(evaluation="5 episodes", policy_sees="state"))
    edit(comparison, "large", lambda record: record["environment"].update(observability="full", simulator="toy 2"))
    edit(comparison, "large", lambda record: record["versions"].update(torch="2.7.0"))
    edit(comparison, "small", lambda record: record["machine"].update(gpu="H100"), seeds=(1,))
    edit(comparison, "small", lambda record: record["git"].update(revision="def"))
    found = rows(comparison)
    concerns = {key: row["concern"] for key, row in found.items() if key.startswith("record.")}
    assert concerns == {
        "record.conventions.evaluation": "evaluation-protocol",
        "record.conventions.policy_sees": "policy-input",
        "record.environment.observability": "observability",
        "record.environment.simulator": "simulator-version",
        "record.versions.torch": "versions",
        "record.machine.gpu": "compute",
        "record.git.revision": "revision",
    }
    by_environment = {"toy/line-v1": "5 episodes", "toy/grid-v1": "20 episodes"}
    assert found["record.conventions.evaluation"]["values"] == {"small": "20 episodes", "large": by_environment}
    declared = {key for key, row in found.items() if row["declared"]}
    # The patches change the algorithm, so what its policies see follows; how they are evaluated does not.
    assert declared == {"algorithm.width", "record.conventions.policy_sees"}


def test_settings_of_one_component_follow_from_its_name(tmp_path):
    folder = write_comparison(
        tmp_path / "x",
        variants={"small": {}, "large": {"algorithm": "other"}},
        environments=["toy/line-v1"],
        written=["small"],
    )
    settings = {"algorithm": {"name": "other", "depth": 3, "width": 9}}
    for seed in (0, 1, 2):
        write_run(
            cell(folder, "large", "toy/line-v1", seed) / "2026", "toy/line-v1", seed, [0, 1, 2], settings=settings
        )
    found = rows(folder)
    assert list(found) == ["algorithm.name", "algorithm.width"]
    assert all(row["declared"] for row in found.values())


def test_runs_of_one_variant_that_differ_are_said(comparison):
    path = next(cell(comparison, "small", "toy/line-v1", 1).glob("*/config.yaml"))
    path.write_text(path.read_text().replace("horizon: 25", "horizon: 9"))
    found = collect(comparison)
    differences(found)
    assert "the runs of small in toy/line-v1 differ in environment.horizon" in [p.text for p in found.problems]


def test_a_record_that_can_not_be_read_differs_from_nothing(comparison):
    for seed in (0, 1, 2):
        next(cell(comparison, "small", "toy/line-v1", seed).glob("*/record.json")).unlink()
    shutil.rmtree(cell(comparison, "large", "toy/line-v1", 0))
    assert list(rows(comparison)) == ["algorithm.width"]


def test_the_setting_of_all_runs(comparison):
    edit(comparison, "large", lambda record: record["versions"].update(torch="2.7.0"))
    found = collect(comparison)
    data = setting(found)
    assert data["versions"] == {"quorate": "0.1.0", "torch": "2.6.0, 2.7.0"}
    assert data["machines"] == [{"cpus": 2, "gpu": None}]
    assert list(data["environments"]) == ["toy/line-v1", "toy/grid-v1"]
    assert conventions(found)["small"]["evaluation"] == "20 episodes"


def test_concerns_go_by_whole_keys():
    assert concern_of("evaluation.every") == "evaluation-protocol"
    assert concern_of("evaluations") == "setting"
    assert concern_of("loggers[0].name") == "bookkeeping"

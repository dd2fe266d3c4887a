import json
import shutil

import pytest
import yaml
from report_folders import cell, write_comparison, write_run

from quorate.studies.concerns import concern_of
from quorate.studies.report.collect import collect
from quorate.studies.report.differences import conventions, differences, setting


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


@pytest.mark.parametrize(("steps", "fair"), [(100, True), (200, False)])
def test_longer_training_steps_are_fair_where_there_are_as_many_fewer(tmp_path, steps, fair):
    comparison = write_comparison(tmp_path / "x", environments=["toy/line-v1"])
    edit(comparison, "large", lambda record: record["conventions"].update(environment_steps_per_train_step=20))
    for variant, count in (("small", 200), ("large", steps)):
        for file in (comparison / "runs" / variant).glob("*/*/*/config.yaml"):
            config = yaml.safe_load(file.read_text())
            file.write_text(yaml.safe_dump({**config, "budget": {"train_steps": count}}))
    row = rows(comparison)["record.conventions.environment_steps_per_train_step"]
    assert (row["concern"], row["declared"]) == ("budget", fair)


DATA = {"evaluation_episodes": 20, "evaluation_actions": "sampled", "return_discount": 1}


def test_a_sentence_that_is_worded_anew_is_no_difference(comparison):
    words = {"evaluation": "20 episodes; actions are sampled", "return": "undiscounted sum"}
    edit(comparison, "small", lambda record: record["conventions"].update(DATA, **words))
    words = {"evaluation": "20 episodes; sampled actions", "return": "the sum, undiscounted"}
    edit(comparison, "large", lambda record: record["conventions"].update(DATA, **words))
    assert not [key for key in rows(comparison) if key.startswith("record.conventions.")]
    edit(comparison, "large", lambda record: record["conventions"].update(evaluation_actions="greedy"))
    row = rows(comparison)["record.conventions.evaluation_actions"]
    assert (row["concern"], row["declared"]) == ("evaluation-protocol", False)


def test_what_an_older_record_does_not_state_is_no_difference(comparison):
    edit(comparison, "large", lambda record: record["conventions"].update(DATA, evaluation="20 episodes; all sampled"))
    edit(comparison, "large", lambda record: record["environment"].update(reward_rule="sum"))
    assert not [key for key in rows(comparison) if key.startswith("record.")]


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


def other(tmp_path, patch, settings, **more):
    """A comparison of the usual runs with a variant of other settings."""
    variants = {"small": {}, "large": patch}
    folder = write_comparison(
        tmp_path / "x", variants=variants, environments=["toy/line-v1"], written=["small"], **more
    )
    for seed in (0, 1, 2):
        path = cell(folder, "large", "toy/line-v1", seed) / "2026"
        write_run(path, "toy/line-v1", seed, [0, 1, 2], settings=settings)
    return folder


@pytest.mark.parametrize(
    "patch",
    [
        {"algorithm": {"name": "other", "depth": 3}},
        {"algorithm.name": "other", "algorithm.depth": 3},
        {"algorithm": {"name": "other"}, "algorithm.depth": 3},
    ],
)
def test_settings_that_a_patch_sets_are_listed(tmp_path, patch):
    found = rows(other(tmp_path, patch, {"algorithm": {"name": "other", "depth": 3, "width": 8, "rate": 0.1}}))
    assert found["algorithm.depth"]["values"] == {"small": None, "large": 3}
    assert found["algorithm.depth"]["declared"]
    assert "algorithm.rate" not in found  # it follows from the name


def test_settings_that_a_patch_sets_in_a_list_are_listed(tmp_path):
    patch = {"algorithm.parts": [{"name": "sharp", "sharpness": 0.5}, "second"]}
    parts = [{"name": "sharp", "sharpness": 0.5, "steps": 2}, {"name": "second", "size": 4}]
    found = rows(other(tmp_path, patch, {"algorithm.parts": parts}))
    values = {key: row["values"]["large"] for key, row in found.items()}
    assert values == {
        "algorithm.parts[0].name": "sharp",
        "algorithm.parts[0].sharpness": 0.5,
        "algorithm.parts[1].name": "second",
    }
    assert all(row["declared"] for row in found.values())


def test_components_that_a_patch_takes_from_a_list_are_listed(tmp_path):
    found = rows(other(tmp_path, {"algorithm.parts": []}, {"algorithm.parts": []}))
    assert found["algorithm.parts[0].name"]["values"] == {"small": "part", "large": None}


PLUGIN = "record.versions.acme"


def brought(tmp_path, patch=None, settings=None):
    """A comparison whose second variant has a component of a package."""
    patch = {"algorithm": "acme/one"} if patch is None else patch
    folder = other(tmp_path, patch, settings or {"algorithm": {"name": "acme/one", "width": 8}})
    edit(folder, "large", lambda record: record["versions"].update(acme="1.0"))
    return folder


def test_the_package_of_a_declared_component_is_declared(tmp_path):
    found = collect(brought(tmp_path))
    row = next(row for row in differences(found) if row["key"] == PLUGIN)
    assert (row["values"], row["declared"]) == ({"small": None, "large": "1.0"}, True)
    assert not [problem.text for problem in found.problems if "no patch declares" in problem.text]


@pytest.mark.parametrize(
    ("variant", "version", "seeds"), [("small", "0.9", (0, 1, 2)), ("large", "0.9", (1,)), ("small", "1.0", (1,))]
)
def test_versions_that_differ_between_or_within_variants_are_not_declared(tmp_path, variant, version, seeds):
    folder = brought(tmp_path)
    edit(folder, variant, lambda record: record["versions"].update(acme=version), seeds=seeds)
    found = collect(folder)
    assert [row["declared"] for row in differences(found) if row["key"] == PLUGIN] == [False]
    assert any(f"nobody accepted: {PLUGIN}" in problem.text for problem in found.problems)


@pytest.mark.parametrize(
    ("patch", "settings"),
    [
        ({"algorithm.width": 9}, {"algorithm": {"name": "acme/one", "width": 9}}),
        ({"algorithm.width": 9}, {"algorithm.width": 9}),
        ({"algorithm": "one"}, {"algorithm": {"name": "one"}, "environment": {"name": "acme/line-v1"}}),
    ],
)
def test_a_package_that_no_declared_component_brings_is_not_declared(tmp_path, patch, settings):
    assert not rows(brought(tmp_path, patch, settings))[PLUGIN]["declared"]


def test_packages_of_another_interpreter_are_not_declared(tmp_path):
    folder = brought(tmp_path)
    edit(folder, "large", lambda record: record["versions"].update({"isaac: acme": "1.0"}))
    assert not rows(folder)["record.versions.isaac: acme"]["declared"]


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

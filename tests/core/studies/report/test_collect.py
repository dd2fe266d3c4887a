import json
import shutil

import pytest
import yaml
from report_folders import ENVIRONMENTS, cell, curve, write_comparison, write_run

from quorate.errors import RunError
from quorate.interfaces.launcher import Status
from quorate.studies.compare.names import environment_slugs, joined
from quorate.studies.report.collect import collect


def only(folder, variant, environment="toy/line-v1", seed=0):
    (path,) = cell(folder, variant, environment, seed).iterdir()
    return path


def texts(found, run=None):
    return [problem.text for problem in found.problems if problem.run == run]


def status(found):
    return {run.id: run.status for run in found.runs if run.status is not Status.FINISHED}


def test_a_finished_comparison(comparison):
    found = collect(comparison)
    assert (found.title, found.variants, found.seeds) == ("widths", ["small", "large"], [0, 1, 2])
    assert found.environments == ["toy/line-v1", "toy/grid-v1"]
    assert len(found.runs) == 12
    assert found.problems == []
    assert found.runs[0].id == "small/toy-line-v1/seed-0"


def test_cells_that_are_not_finished_are_there_and_said(comparison):
    (only(comparison, "small") / "result.json").unlink()
    shutil.rmtree(cell(comparison, "large", "toy/grid-v1", 2))
    (only(comparison, "large", seed=1) / "result.json").unlink()
    (comparison / "failures").mkdir()
    failure = {"error": "RunError: no memory\nmore", "stderr": "...", "time": "2026-01-01T00:00:00"}
    (comparison / "failures" / "large--toy-line-v1--seed-1.json").write_text(json.dumps(failure))
    found = collect(comparison)
    assert status(found) == {
        "small/toy-line-v1/seed-0": Status.STOPPED,
        "large/toy-line-v1/seed-1": Status.FAILED,
        "large/toy-grid-v1/seed-2": Status.MISSING,
    }
    assert texts(found, "small/toy-line-v1/seed-0") == ["was cut off before its end; it is in no score"]
    assert texts(found, "large/toy-line-v1/seed-1") == ["failed: RunError: no memory; it is in no score"]
    assert texts(found, "large/toy-grid-v1/seed-2") == ["was not run; it is in no score"]


def test_the_newest_finished_run_of_a_cell_counts(comparison):
    place = cell(comparison, "small", "toy/line-v1", 0)
    for name, value in (("20260102T000000Z-seed0-9", 1.0), ("20260102T000000Z-seed0-10", 2.0)):
        write_run(place / name, "toy/line-v1", 0, [0.0, 0.0, value])
    write_run(place / "20260103T000000Z-seed0", "toy/line-v1", 0, [0.0, 0.0, 3.0], finished=False)
    found = collect(comparison)
    assert found.runs[0].content.path.name == "20260102T000000Z-seed0-10"
    (text,) = texts(found, "small/toy-line-v1/seed-0")
    assert "3 finished runs" in text


def test_two_seeds_of_different_things_are_no_two_samples(tmp_path):
    for seed, width in enumerate([8, 8, 64]):
        more = {"algorithm.width": width, "device": f"cuda:{seed}", "evaluation.every": 100 + seed, "log.every": seed}
        write_run(tmp_path / "a" / f"2026-seed{seed}", "toy/line-v1", seed, [0.0, 1.0, 2.0], settings=more)
    origin = {"origin": {"kind": "weights", "run": "/runs/easy/2026-seed0", "step": 500, "sha256": "0"}}
    write_run(tmp_path / "a" / "2026-seed3", "toy/line-v1", 3, [0.0, 1.0, 2.0], record=origin)
    variants = [(run.variant, run.seed) for run in collect(tmp_path).runs]
    assert sorted(variants) == [
        ("a algorithm.width=64 from=nothing", 2),
        ("a algorithm.width=8 from=easy/500", 3),
        ("a algorithm.width=8 from=nothing", 0),
        ("a algorithm.width=8 from=nothing", 1),
    ]


DAMAGES = {
    "config.yaml": "environment: [",
    "record.json": "{",
    "metrics.jsonl": "{}\nnonsense\n",
    "timing.jsonl": "[]\n",
    "result.json": '"text"',
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_files_are_problems(comparison, name):
    (only(comparison, "small") / name).write_text(DAMAGES[name])
    found = collect(comparison)
    assert len(found.runs) == 12
    assert any(name in text for text in texts(found, "small/toy-line-v1/seed-0"))
    assert bool(status(found)) == (name == "result.json")


@pytest.mark.parametrize("name", ["record.json", "metrics.jsonl", "timing.jsonl"])
def test_files_that_are_missing(comparison, name):
    (only(comparison, "small") / name).unlink()
    found = collect(comparison)
    assert bool(texts(found, "small/toy-line-v1/seed-0")) == (name != "timing.jsonl")


def test_a_damaged_comparison_file_leaves_the_runs(comparison):
    (comparison / "comparison.yaml").write_text("variants: {")
    found = collect(comparison)
    assert len(found.runs) == 12
    assert found.environments == ["toy/grid-v1", "toy/line-v1"]
    assert any("comparison.yaml" in text for text in texts(found))


def test_seeds(comparison, tmp_path):
    folder = write_comparison(tmp_path / "other", seeds=[0, 1])
    text = (folder / "comparison.yaml").read_text().replace("seeds:\n- 0", "seeds:\n- 0\n- 1")
    (folder / "comparison.yaml").write_text(text)
    (only(folder, "small") / "config.yaml").write_text("seed: 7\n")
    copied = only(folder, "large", seed=0) / "metrics.jsonl"
    (only(folder, "large", seed=1) / "metrics.jsonl").write_text(copied.read_text())
    found = collect(folder)
    assert texts(found) == ["the seed 1 is given more than once; it counts once"]
    assert "seed 7" in texts(found, "small/toy-line-v1/seed-0")[0]
    assert "exactly those of large/toy-line-v1/seed-0" in texts(found, "large/toy-line-v1/seed-1")[0]


def test_cells_that_the_comparison_no_longer_has_are_left_out(comparison):
    text = (comparison / "comparison.yaml").read_text()
    (comparison / "comparison.yaml").write_text(text.replace("seeds:\n- 0\n- 1", "seeds:\n- 0"))
    found = collect(comparison)
    assert found.seeds == [0, 2]
    assert texts(found) == ["4 cell(s) in runs/ are not in comparison.yaml, as large/toy-grid-v1/1: left out"]


def test_the_environment_of_the_base(tmp_path):
    folder = write_comparison(tmp_path / "x", environments=["toy/line-v1"])
    text = (folder / "comparison.yaml").read_text().replace("environments:\n- toy/line-v1", "environments: []")
    (folder / "comparison.yaml").write_text(text.replace("base: {}", "base: {environment: {name: toy/line-v1}}"))
    found = collect(folder)
    assert (len(found.runs), found.environments, found.problems) == (6, ["toy/line-v1"], [])


def test_environments_of_one_name_go_by_their_slugs(tmp_path):
    environments = ["toy/line-v1", {"name": "toy/line-v1", "horizon": 9}]
    folder = write_comparison(tmp_path / "x", environments=["toy/line-v1"])
    text = (folder / "comparison.yaml").read_text()
    (folder / "comparison.yaml").write_text(
        text.replace("environments:\n- toy/line-v1", f"environments: {json.dumps(environments)}")
    )
    found = collect(folder)
    assert found.environments == ["toy-line-v1", "toy-line-v1-horizon-9"]
    assert {run.status for run in found.runs if "horizon" in run.slug} == {Status.MISSING}


def test_names_of_cells_are_those_of_the_comparison(tmp_path):
    signs = [{"name": "toy/line-v1", "gain": gain} for gain in (-5.0, 5.0)]
    variant, worlds = "v" * 93, ["toy-grid/a-v1", *signs, {"name": "toy/line-v1", "text": "x" * 150}]
    folder = write_comparison(
        tmp_path / "x", {variant: {}}, ["toy-grid/a-v1"], [0]
    )  # its name is of an earlier version
    stored = yaml.safe_load((folder / "comparison.yaml").read_text())
    (folder / "comparison.yaml").write_text(yaml.safe_dump({**stored, "environments": worlds}))
    slugs = environment_slugs(worlds, folder)
    for slug, gain in zip(slugs[1:3], (-5.0, 5.0), strict=True):
        path = folder / "runs" / variant / slug / "seed-0" / "20260101T000000Z-seed0"
        write_run(path, "toy/line-v1", 0, [0.0, 1.0, gain], settings={"environment.gain": gain})
    failure = folder / "failures" / f"{joined(f'{variant}/{slugs[3]}/seed-0')}.json"
    failure.parent.mkdir()
    failure.write_text(json.dumps({"error": "The true error."}))
    runs = {run.slug: run for run in collect(folder).runs}
    assert [runs[slug].status for slug in slugs] == [Status.FINISHED] * 3 + [Status.FAILED]
    assert [runs[slug].content.final["return/mean"] for slug in slugs[1:3]] == [-5.0, 5.0]
    assert (slugs[0], runs[slugs[3]].error) == ("toy-grid-a-v1", "The true error.")


def test_ordinary_runs(tmp_path):
    for name in ("a", "b"):
        for seed in (0, 1):
            write_run(tmp_path / name / f"2026-seed{seed}", "toy/line-v1", seed, curve(name, "x", seed))
    found = collect(tmp_path)
    assert [run.id for run in found.runs] == [
        f"{name}/toy-line-v1/seed-{seed}" for name in ("a", "b") for seed in (0, 1)
    ]
    assert found.problems == []
    assert [run.id for run in collect(tmp_path / "a").runs] == ["a/toy-line-v1/seed-0", "a/toy-line-v1/seed-1"]
    assert [run.id for run in collect(tmp_path / "b" / "2026-seed1").runs] == ["b/toy-line-v1/seed-1"]


def test_runs_of_one_name_that_differ_are_variants(tmp_path):
    for index, width in enumerate((8, 8, 64)):
        path = tmp_path / "a" / f"2026010{index}-seed0"
        values = curve("a", "x", index)
        write_run(path, "toy/line-v1", 0 if width == 64 else index, values, settings={"algorithm.width": width})
    found = collect(tmp_path)
    assert found.variants == ["a algorithm.width=8", "a algorithm.width=64"]


def test_a_damaged_configuration_among_ordinary_runs(tmp_path):
    for seed in (0, 1):
        write_run(tmp_path / "a" / f"2026-seed{seed}", "toy/line-v1", seed, curve("a", "x", seed))
    (tmp_path / "a" / "2026-seed1" / "config.yaml").write_text("[")
    assert [run.id for run in collect(tmp_path).runs] == ["a/toy-line-v1/seed-0", "a/toy-line-v1/seed-1"]


def test_no_runs(tmp_path):
    with pytest.raises(RunError, match="no runs"):
        collect(tmp_path)
    with pytest.raises(RunError, match="no such folder"):
        collect(tmp_path / "none")


def test_what_was_killed_before_it_was_a_run_is_none(tmp_path):
    folder = write_comparison(tmp_path / "widths")
    path = cell(folder, "small", ENVIRONMENTS[0], 0)
    (run,) = path.iterdir()
    run.rename(path / ".new-0123456789ab")
    (status,) = [run.status for run in collect(folder).runs if run.status is not Status.FINISHED]
    assert status is Status.MISSING

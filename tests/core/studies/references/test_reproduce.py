"""Real runs, held against reference results that are right, and against ones that are not."""

import json
from pathlib import Path

import pytest
import torch

from quorate.cli.main import main

NAME = "decision-game/all-policies"
MANIFEST = "schema: 1\nreferences: [references.yaml]\ncomponents: []\n"
PERTURBED = """\
schema: 1
references:
  - name: mine/game
    summary: As {name}, with values that are not its own.
    source: ours
    configuration:
      environment: decision-game/single-v1
      algorithm: {{name: dec-spg, projection: all-policies}}
    metric: expected_return
    statistic: mean over seeds
    points: [{{train_steps: 3, values: {{{values}}}}}]
    conventions: {{reward: not said, return_discount: 0.5}}
    versions: {{quorate: "0.0.1"}}
"""
VALUES = '"90": 5.0, "91": 5.1, "92": 5.2, "93": 5.3, "94": 5.4'


def reproduce(capsys, *words):
    code = main(["reproduce", *words, "--json", "--quiet"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch, warm_processes):
    monkeypatch.chdir(tmp_path)


def test_a_shipped_result_comes_out_again(capsys):
    code, found = reproduce(capsys, NAME)
    assert (code, found["inside"]) == (0, True)
    assert [difference["key"] for difference in found["differences"]] == ["versions.quorate"]
    assert found["values"]["0"] == pytest.approx(found["stored"]["values"]["0"], rel=1e-3)
    runs = list(Path("reproduce").glob("*/runs/150-steps/*/seed-0/*/result.json"))
    before = [run.stat().st_mtime_ns for run in runs]
    assert reproduce(capsys, NAME) == (0, found)  # nothing is run again
    assert [run.stat().st_mtime_ns for run in runs] == before != []
    # Negative control: another algorithm is outside, in a folder of its own, and is not mixed with the first. Beside so
    # many stored seeds one seed tells it.
    assert main(["reproduce", NAME, "algorithm.projection=gaussian"]) == 2
    assert "--rerun" in capsys.readouterr().err
    code, found = reproduce(capsys, NAME, "algorithm.projection=gaussian", "--directory", "other")
    assert (code, found["inside"], found["overrides"]) == (1, False, ["algorithm.projection=gaussian"])


def test_values_that_are_not_its_own_are_outside(capsys):
    Path("registry.yaml").write_text(MANIFEST)
    Path("references.yaml").write_text(PERTURBED.format(name=NAME, values=VALUES))
    seeds = ("mine/game", "--manifest", "registry.yaml", "--seeds")
    code, found = reproduce(capsys, *seeds, "3,4")
    assert (code, found["inside"]) == (3, None)
    assert "run at least 3" in found["verdict"]
    assert [difference["key"] for difference in found["differences"]] == ["versions.quorate", "return_discount"]
    code, found = reproduce(capsys, *seeds, "3,4,5")
    assert (code, found["inside"]) == (1, False)
    own = json.dumps(found["values"])[1:-1]
    Path("references.yaml").write_text(PERTURBED.format(name=NAME, values=own))
    code, found = reproduce(capsys, *seeds, "3,4")
    assert (code, found["inside"], found["equal"]) == (0, True, [3, 4])


def test_a_metric_that_runs_lack_is_told(capsys):
    Path("registry.yaml").write_text(MANIFEST)
    text = PERTURBED.format(name=NAME, values=VALUES).replace("expected_return", "win_rate")
    Path("references.yaml").write_text(text)
    assert main(["reproduce", "mine/game", "--manifest", "registry.yaml", "--seeds", "1", "-q"]) == 2
    error = capsys.readouterr().err
    assert "no metric 'win_rate'" in error
    assert "expected_return" in error


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device exists here")
def test_a_run_that_fails_is_no_reproduction(capsys):
    code, found = reproduce(capsys, NAME, "device=cuda")
    assert (code, found["inside"], found["failed"]) == (1, None, 1)
    assert main(["reproduce", NAME, "device=cuda", "-q"]) == 1
    assert "cuda" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["budget.train_steps", "seed", "name", "directory"])
def test_keys_that_options_are_for_are_refused(capsys, key):
    assert main(["reproduce", NAME, f"{key}=3"]) == 2
    assert "Choose" in capsys.readouterr().err


def test_all_that_is_known_of_one_is_told(capsys):
    assert main(["reproduce", "--list", "harl/smac-3s5z-mappo"]) == 0
    text = " ".join(capsys.readouterr().out.split())  # however wide the terminal is
    for part in ("StarCraft II with SMAC", "arXiv:2304.09870", "95.5 .. 98.3", "2 standard deviations"):
        assert part in text

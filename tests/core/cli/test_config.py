import json
import re
from pathlib import Path

import pytest
import yaml

from quorate.cli.main import main
from quorate.run import replay_memory

TOY = Path(__file__).parents[1] / "run" / "toy"
ARGUMENTS = ["--manifest", str(TOY / "registry.yaml"), "config", str(TOY / "example.yaml")]


def test_yaml(capsys):
    assert main([*ARGUMENTS, "seed=3"]) == 0
    printed = capsys.readouterr().out
    data = yaml.safe_load(printed)
    assert data["seed"] == 3
    assert data["environment"] == {"name": "toy/line-v1", "length": 6, "shape": "line"}
    assert data["algorithm"]["probes"][0] == {"name": "toy/wide", "width": 32, "dropout": 0.2, "label": None}


def test_json_is_the_same(capsys):
    main(ARGUMENTS)
    text = capsys.readouterr().out
    main([*ARGUMENTS, "--json"])
    assert json.loads(capsys.readouterr().out) == yaml.safe_load(text)


@pytest.mark.parametrize("override", ["algorithm.net.widht=3", "seed", "seed=x", "environment=toy/nothing-v1"])
def test_mistakes_exit_with_2(capsys, override):
    assert main([*ARGUMENTS, override]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Error: " in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("file", ["nowhere.yaml", "."])
def test_files_that_can_not_be_read(capsys, file):
    assert main(["config", file]) == 2
    assert "where:" in capsys.readouterr().err


def test_help_shows_examples(capsys):
    assert main(["config", "--help"]) == 0
    assert "quorate config run.yaml" in capsys.readouterr().out


HASAC = """\
environment: decision-game/learnable-v1
algorithm: {name: hasac, replay: 100000, environments: 4}
budget: {train_steps: 12}
"""


@pytest.mark.usefixtures("warm_processes")
def test_what_a_replay_memory_will_take(capsys, tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(HASAC)
    assert main(["config", str(file)]) == 0
    printed = capsys.readouterr().out
    assert re.match(r"# the replay memory of 100,000 transitions takes \d[\d.]* MiB when it is full\n", printed)
    assert yaml.safe_load(printed)["algorithm"]["replay"] == 100000


def test_the_replay_memory_of_who_learns_no_values_is_told_too(capsys, tmp_path):
    file = tmp_path / "run.yaml"
    algorithm = "{name: dagger, teacher: random, replay: 5000}"
    file.write_text(f"environment: mpe/simple-spread-v3\nalgorithm: {algorithm}\nbudget: {{train_steps: 3}}\n")
    assert main(["config", str(file)]) == 0
    assert "# the replay memory of 5,000 transitions takes" in capsys.readouterr().out


def test_a_replay_memory_that_can_not_fit(capsys, tmp_path, monkeypatch):
    file = tmp_path / "run.yaml"
    file.write_text(HASAC)
    told = {"problem": "a replay memory takes too much", "where": "algorithm.replay", "fix": "keep fewer"}
    monkeypatch.setattr(replay_memory, "_ask", lambda run, registry: told)
    assert main(["config", str(file), "algorithm.replay=7"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "algorithm.replay (command line: algorithm.replay=7)" in captured.err
    told["where"] = "somewhere"
    assert main(["config", str(file)]) == 0
    assert "is not known: a replay memory takes too much" in capsys.readouterr().out

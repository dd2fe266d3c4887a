import json
from pathlib import Path

import pytest
import yaml

from quorate.cli.main import main

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

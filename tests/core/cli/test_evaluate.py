import json
from pathlib import Path

import pytest

from quorate.cli.main import main

TOY = Path(__file__).parents[1] / "run" / "toy"
MANIFEST = ["--manifest", str(TOY / "registry.yaml")]
SHORT = [str(TOY / "example.yaml"), "threads=1", "budget.train_steps=4", "checkpoint.every=2", "--quiet"]


@pytest.fixture
def run(tmp_path, capsys):
    assert main([*MANIFEST, "run", *SHORT, f"directory={tmp_path}"]) == 0
    capsys.readouterr()
    (path,) = (tmp_path / "example").iterdir()
    return path


def test_latest(run, capsys):
    assert main([*MANIFEST, "evaluate", str(run), "--json", "-q"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["evaluation"] == json.loads((run / "result.json").read_text())["evaluation"]
    assert printed == json.loads((run / "evaluation-4.json").read_text())


def test_earlier(run, capsys):
    assert main([*MANIFEST, "evaluate", str(run), "--checkpoint", "2"]) == 0
    assert "after 2 training steps" in capsys.readouterr().out
    assert (run / "evaluation-2.json").exists()


def test_mistakes_exit_with_2(run, capsys, tmp_path):
    assert main([*MANIFEST, "evaluate", str(run), "--checkpoint", "3"]) == 2
    assert "choices: 2, 4" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path)]) == 2
    assert main(["evaluate", str(run), "--checkpoint", "x"]) == 2


def test_results_where_standard_output_is_closed(run, monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    assert main([*MANIFEST, "evaluate", str(run), "-q"]) == 0
    assert main([*MANIFEST, "report", str(run.parent), "--metric", "net/error", "--bootstrap", "10"]) == 0

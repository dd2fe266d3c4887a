import json
import sys
from pathlib import Path

import pytest

from quorate.cli.main import main

sys.path.insert(0, str(Path(__file__).parents[1] / "studies" / "report"))
from report_folders import write_comparison

FAST = ["--bootstrap", "50"]


@pytest.fixture
def folder(tmp_path):
    return write_comparison(tmp_path / "widths", environments=["toy/line-v1"], seeds=[0, 1])


def test_files_and_a_table(folder, capsys):
    assert main(["report", str(folder), *FAST]) == 0
    printed = capsys.readouterr().out
    assert "toy/line-v1" in printed
    assert "4 finished" in printed
    assert "note: intervals from as few as 2 runs are rough" in printed
    files = [Path(line.removeprefix("written: ")) for line in printed.splitlines() if line.startswith("written: ")]
    assert [file.name for file in files][:2] == ["index.html", "report.json"]
    assert all(file.is_file() for file in files)


def test_json(folder, capsys, tmp_path):
    words = [*FAST, "--confidence", "0.5", "--normalise", "toy/line-v1=0:100", "--metric", "return/mean", "--json"]
    assert main(["report", str(folder), *words, "--out", str(tmp_path / "out")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "out" / "report.json").read_text())
    assert printed["bootstrap"] == {"samples": 50, "confidence": 0.5, "seed": 0}
    assert printed["normalisation"]["toy/line-v1"] == {"low": 0.0, "high": 100.0, "source": "given"}
    assert not (folder / "report").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--metric", "return/max"], "choices: return/mean"),
        (["--normalise", "toy/line-v1=1"], "Write it like"),
        (["--normalise", "toy/line-v1=2:2"], "Write it like"),
        (["--normalise", "toy/line-v1=0:nan"], "Write it like"),
        (["--confidence", "1"], "--confidence"),
    ],
)
def test_mistakes_exit_with_2(folder, capsys, words, said):
    assert main(["report", str(folder), *words]) == 2
    assert said in capsys.readouterr().err


def test_no_runs(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert "There are no runs" in capsys.readouterr().err


def test_a_folder_of_comparisons_names_them(folder, capsys):
    assert main(["report", str(folder.parent)]) == 2
    assert f"choices: {folder}\n" in capsys.readouterr().err

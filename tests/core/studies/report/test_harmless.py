"""Names of metrics, folders and environments that would do something in a terminal, a spreadsheet or a browser."""

import csv
import json

import pytest
from report_folders import write_run

from quorate.cli.main import main
from quorate.studies.report.document import FILES

NAMES = ["[red]x", "\x1b[31m", "=1+1", "<b>`x`](javascript:1)"]


@pytest.mark.parametrize("name", NAMES)
def test_they_are_shown_as_text_everywhere_and_kept_in_json(tmp_path, capsys, name):
    folder = name.replace("/", "")
    for seed in (0, 1):
        run = tmp_path / folder / f"{folder}-seed{seed}"
        write_run(run, name, seed, [0.0, 1.0, 2.0 + seed], metric=name)
    assert (
        main(["report", str(tmp_path / folder), "--metric", name, "--bootstrap", "50", "--out", str(tmp_path / "out")])
        == 0
    )
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    if name == "[red]x":
        assert name in shown.out
    texts = {file: (tmp_path / "out" / file).read_text() for file in FILES}
    data = json.loads(texts["report.json"])
    assert data["environments"] == [name]
    assert data["metric"]["name"] == name
    assert not any("\x1b" in text for text in texts.values())
    assert "<b>`x`" not in texts["index.html"]
    assert "`x`](" not in texts["report.md"]
    cells = [
        cell for file in ("runs.csv", "scores.csv") for row in csv.reader(texts[file].splitlines()) for cell in row
    ]
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
    if name == "=1+1":
        assert "'=1+1" in cells

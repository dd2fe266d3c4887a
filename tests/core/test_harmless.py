import csv
import io
from typing import Any

import pytest
from rich.console import Console

from quorate.cli.main import main
from quorate.errors import QuorateError
from quorate.harmless import harmless, markdown_line, spreadsheet_cell, visible
from quorate.interfaces.launcher import Ending, Status
from quorate.output import say, table
from quorate.run.progress import LiveDisplay, PlainDisplay
from quorate.run.summary import make_table
from quorate.studies.compare.display import PlainBoard
from quorate.studies.report.exports import scores_csv
from quorate.terminal import Table

NAMES = ["[red]x", "\x1b[31m", "=1+1", "\x9b31m", "\u202egnp", "a\rb", ":smile:", "[/]"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("return/mean", "return/mean"),
        ("Größe, 速度", "Größe, 速度"),
        ("two\nlines\t", "two\nlines\t"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b31m\x7f\x00", "\\x9b31m\\x7f\\x00"),
        ("a\rb", "a\\rb"),
        ("\u202egnp", "\\u202egnp"),
        ("not UTF-8: \udcff", "not UTF-8: \\udcff"),
    ],
)
def test_what_is_not_printable_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_calculates_nothing(text: str) -> None:
    assert spreadsheet_cell(text).startswith("'")


@pytest.mark.parametrize("value", [-1.5, 3, None, "1+1", "return/mean"])
def test_numbers_and_other_text_stay(value: Any) -> None:
    assert spreadsheet_cell(value) is value


def test_keys_and_values_of_data() -> None:
    assert harmless({"\x1b": ["\x07", 1, None]}) == {"\\x1b": ["\\x07", 1, None]}


def test_markdown_has_no_html_links_or_lines() -> None:
    assert markdown_line("<b>\n[a](javascript:1) `c`") == "\\<b> [a]\\(javascript:1) \\`c\\`"


@pytest.mark.parametrize("name", NAMES)
def test_tables_show_names_as_they_are(name: str) -> None:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    text = Table("a", name, title=name)
    text.add_row(name, name)
    console.print(text)
    console.print(make_table({name: 1.0, f"{name}/{name}": 2.0}))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.count(visible(name)) >= (4 if "/" in name else 6)
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_progress_shows_names_as_they_are(name: str) -> None:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    for display in (PlainDisplay(console, 0.0), LiveDisplay(console)):
        display.start(2, 0)
        display.metrics(1, "train", {f"loss{name}": 1.0})
        display(name, 1, 2)
        display.step(2)
        display.note(name)
        display.stop()
    board = PlainBoard(console)
    board.open(1, 0)
    board.ended(name, Ending(Status.FAILED, name, 1.0))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.count(visible(name)) >= 7
    assert not set("\x9b\u202e\r") & set(shown.replace("\r\x1b", ""))
    assert f"loss{visible(name)} 1" in shown


@pytest.mark.parametrize("name", NAMES)
def test_lines_and_errors(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(name)
    table([(name, name)])
    assert capsys.readouterr().out.count(visible(name)) == 3
    for words in ([name], ["show", name], ["run", f"{name}.yaml"], ["list", name]):
        main(words)
        shown = capsys.readouterr()
        assert visible(name) in shown.err or repr(name)[1:-1] in shown.err, words
        assert not set("\x1b\x9b\u202e") & set(shown.err), words


def test_the_words_of_an_error_are_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **keywords: Any) -> None:
        raise QuorateError("\x1b[31m", where="\x1b]0;", choices=["\x07"])

    monkeypatch.setattr("quorate.cli.main.cli.main", fail)
    assert main([]) == 2
    assert not set("\x1b\x07") & set(capsys.readouterr().err)


def test_csv_cells() -> None:
    row = {"environment": "\x1b[31m", "variant": "=1+1", "statistic": "mean", "point": -1.0, "low": -2.0, "high": 0.0}
    text = scores_csv({"scores": [{**row, "metric": "m", "runs": ["@a"]}], "outcomes": [], "aggregates": []})
    cells = list(csv.reader(io.StringIO(text)))[1]
    assert cells == ["\\x1b[31m", "'=1+1", "mean", "-1.0", "-2.0", "0.0", "False", "m", "'@a"]

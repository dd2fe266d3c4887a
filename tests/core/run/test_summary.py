import io

from rich.console import Console

from quorate.run.progress import LiveDisplay, PlainDisplay
from quorate.run.summary import make_table


def test_rows_are_groups_and_columns_are_metrics():
    values = {"test/a/psnr": 10.0, "test/b/psnr": float("inf"), "test/b/exact": 0.25, "plain": 3.0}
    console = Console(file=io.StringIO(), width=100)
    console.print(make_table(values))
    rows = [
        [cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")]
        for line in console.file.getvalue().splitlines()
    ]
    assert ["", "psnr", "exact", "plain"] in rows
    assert ["test/a", "10", "", ""] in rows
    assert ["test/b", "inf", "0.25", ""] in rows
    assert ["(all)", "", "", "3"] in rows


def test_metrics_without_groups_have_no_blank_labels():
    table = make_table({"return": 3.0, "length": 5.0})
    assert [column.header for column in table.columns] == ["return", "length"]
    assert [list(column.cells) for column in table.columns] == [["3"], ["5"]]


def follow(display):
    display("collecting", 1, 2)
    display("collecting", 2, 2)
    display.start(10, 0)
    for step in range(1, 11):
        display.step(step)
    display.metrics(10, "train", {"loss": 0.5})
    display("evaluating", 1, 1)
    display.note("a [note]")
    display.stop()


def test_plain_lines_are_few():
    console = Console(file=io.StringIO())
    follow(PlainDisplay(console))
    lines = console.file.getvalue().splitlines()
    assert lines[:2] == ["collecting: 2/2", "training: 0/10"]
    assert lines[2].startswith("training: 10/10")
    assert lines[3:] == ["evaluating: 1/1", "a [note]"]


def test_bars_on_a_terminal():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    follow(LiveDisplay(console))
    text = console.file.getvalue()
    assert "collecting" in text
    assert "10/10" in text
    assert "loss 0.5" in text
    assert "a [note]" in text


def test_no_steps_shows_no_training_bar():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    display = LiveDisplay(console)
    display.start(0, 0)
    display("evaluating", 1, 1)
    display.stop()
    assert "evaluating" in console.file.getvalue()

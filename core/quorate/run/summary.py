"""What a command prints when a run has ended."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quorate.commands import command_line
from quorate.folders.content import RunContent
from quorate.folders.directory import RunDirectory
from quorate.folders.files import strict
from quorate.folders.steps import checkpoint_steps
from quorate.output import print_json, say
from quorate.paths import from_here
from quorate.terminal import Table, results_console


def conclude(directory: Path, *, as_json: bool = False, options: str = "") -> None:
    """Print how a run ended, and what can be typed next.

    Args:
        directory: of the run.
        as_json: print the result as JSON.
        options: that the next commands need, each after a space.
    """
    result = RunContent(directory, strict=True).result or {}
    if as_json:
        print_json(strict({**result, "directory": str(directory)}))
        return
    print_table(result["evaluation"], f"Evaluation after {result['step']} training steps")
    if result["absolute"] is not None:
        print_table(result["absolute"]["metrics"], _absolute(result["absolute"]))
    use = "evaluate" if checkpoint_steps(RunDirectory(directory).checkpoints) else "report"
    place = from_here(directory)
    say(f"run:  {place}\nnext: {command_line(use, place, options=options)}")


def _absolute(result: Mapping[str, Any]) -> str:
    factor = result["factor"]
    times = "as many other episodes" if factor == 1 else f"{factor} times as many other episodes"
    return f"Absolute metrics: the best policy, of step {result['step']}, in {times}"


def print_table(values: Mapping[str, float], title: str) -> None:
    """A table of metrics named ``group/metric``: one row for each group, one column for each metric."""
    say(title)
    results_console(200).print(make_table(values))


def make_table(values: Mapping[str, float]) -> Table:
    """The table that `print_table` prints; metrics without a group need no labels."""
    split = {name: name.rpartition("/")[::2] for name in values}
    groups = list(dict.fromkeys(group for group, _ in split.values()))
    metrics = list(dict.fromkeys(metric for _, metric in split.values()))
    table = Table()
    labelled = any(groups)
    if labelled:
        table.add_column("")
    for metric in metrics:
        table.add_column(metric, justify="right", overflow="fold")
    cells = {split[name]: value for name, value in values.items()}
    for group in groups:
        row = [cells.get((group, metric)) for metric in metrics]
        table.add_row(
            *([group or "(all)"] if labelled else []), *("" if value is None else f"{value:.4g}" for value in row)
        )
    return table

"""``quorate report``: a comparison, or any folder of runs, as a page and as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from quorate.cli.app import App, quorate_command
from quorate.errors import ConfigError
from quorate.foreign import printing
from quorate.output import json_option, say

_EXAMPLES = [
    "quorate report compare/schemes",
    "quorate report runs --metric return/discounted --normalise decision-game/learnable-v1=0:4",
]

_GOALS = ("maximise", "minimise")


@quorate_command("report", examples=_EXAMPLES)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--metric", help="Of evaluations; default: what the comparison names, else return/mean.")
@click.option("--goal", type=click.Choice(_GOALS), help="Whether more is better; default: as the comparison says.")
@click.option(
    "--score",
    type=click.Choice(("final", "absolute")),
    help="What stands for a run: its last evaluation, or the absolute metric; default: absolute where all have it.",
)
@click.option(
    "--normalise", multiple=True, metavar="ENVIRONMENT=LOW:HIGH", help="Values that become 0 and 1. May be repeated."
)
@click.option("--bootstrap", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="Resamples.")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals.",
)
@click.option("--out", metavar="FOLDER", type=click.Path(path_type=Path), help="Where to write; default: DIR/report.")
@json_option("Print report.json instead of a table.")
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
def command(
    app: App, directory: Path, as_json: bool, show: bool, out: Path | None, normalise: tuple[str, ...], **given: Any
) -> None:
    """Write a report on the runs in DIR: a page, tables, and data for other tools.

    DIR is the folder of a comparison, or one with runs in it.
    """
    from quorate.door.studies import report
    from quorate.studies.report.document import FILES

    study = report(directory, out, normalise=dict(_range(text) for text in normalise), **given)
    files = [study.page.parent / name for name in FILES]
    if as_json:
        with printing():
            click.echo((study.page.parent / "report.json").read_text(encoding="utf-8"), nl=False)
    else:
        _print(study.report, files)
    if show:
        click.launch(str(study.page.resolve()))


def _range(text: str) -> tuple[str, tuple[float, float]]:
    """``ENVIRONMENT=LOW:HIGH``."""
    name, _, ends = text.rpartition("=")
    try:
        low, high = (float(end) for end in ends.split(":"))
    except ValueError:
        low = high = 0.0
    if not name or not abs(high - low) > 0 or abs(high - low) == float("inf"):
        fix = "Write it like --normalise mpe/simple-spread-v3=-80:-40."
        raise ConfigError(f"{text!r} names no environment with two different numbers.", where="--normalise", fix=fix)
    return name, (low, high)


def _print(report: dict[str, Any], files: Sequence[Path]) -> None:
    from quorate.studies.report.caveat import few_seeds, over
    from quorate.studies.report.markdown import estimate, number
    from quorate.terminal import Table, results_console

    found = {(row["environment"], row["variant"], row["statistic"]): row for row in report["scores"]}
    iqm = {row["variant"]: row for row in report["aggregates"] if row["statistic"] == "iqm"}
    table = Table()
    for name in ("environment", "variant", "runs", "mean", "IQM"):
        table.add_column(name, overflow="fold")
    for environment in report["environments"]:
        for variant in report["variants"]:
            if row := found.get((environment, variant, "mean")):
                cells = [estimate(row), number(found[environment, variant, "iqm"]["point"])]
                table.add_row(environment, variant, str(len(row["runs"])), *cells)
    for variant, row in iqm.items():
        table.add_row(f"({over(report) or 'all'}, normalised)", variant, str(len(row["runs"])), "", estimate(row))
    results_console(160).print(table)
    if caveat := few_seeds(report):
        say(caveat)
    states = [run["status"] for run in report["runs"]]
    say(", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    _print_problems(report["problems"])
    say("\n".join(f"written: {file}" for file in files))


def _print_problems(problems: Sequence[dict[str, Any]], most: int = 10) -> None:
    for row in problems[:most]:
        say(f"note: {row['run'] + ': ' if row['run'] else ''}{row['text']}")
    if len(problems) > most:
        say(f"note: {len(problems) - most} more in the report")

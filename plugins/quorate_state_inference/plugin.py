"""The hooks of this plugin: the command ``quorate analyse``. Imports nothing heavy before the command runs."""

from collections.abc import Sequence
from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.hookspecs import hookimpl
from quorate.output import json_option


@quorate_command(
    "analyse",
    short_help="Draw the figures of the paper for runs of state-inference.",
    examples=[
        "quorate analyse runs/first/20260101T120000Z-seed0",
        "quorate analyse RUN --only fixed-points,posterior",
        "quorate analyse RUN_WIDTH_32 RUN_WIDTH_64 RUN_WIDTH_256 --only jacobian-rank --output figures",
    ],
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), help="Where to write; default: RUN/analysis.")
@click.option(
    "--only",
    metavar="SECTIONS",
    help="Some of fixed-points, posterior, vector-field, jacobian-rank, surrogate, evolution, estimates; "
    "separated by commas.",
)
@click.option("--checkpoint", metavar="STEP", type=int, help="The training step; default: the latest.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the noises and samples of the analysis.")
@click.option("--noises", type=click.IntRange(1), help="Initial noises for each history.")
@click.option("--histories", type=click.IntRange(1), help="Histories of a large network to sample.")
@click.option("--samples", type=click.IntRange(2), help="Fixed points for Jacobian ranks and regressions.")
@click.option("--rows", type=click.IntRange(1), help="Joint histories for curves of error against iteration.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print JSON instead of a table.")
def analyse(
    app: App,
    runs: tuple[Path, ...],
    output: Path | None,
    only: str | None,
    checkpoint: int | None,
    seed: int,
    noises: int | None,
    histories: int | None,
    samples: int | None,
    rows: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Draw the figures of 2410.13953 for one or more runs of state-inference, and write the numbers behind them.

    Fixed points and shared fixed points, posterior frequencies, vector fields, deviation against Jacobian rank (pooled
    over several runs), the surrogate regression's bound, the evolution of estimates, and what agents infer alone and
    together. What a run can not offer is skipped, with the reason.
    """
    from rich.console import Console

    from quorate.output import print_json
    from quorate.run import make_display
    from quorate_state_inference.paper_figures import report

    report.choose_sections(only)
    effort = report.choose_effort(noises=noises, fewer_noises=noises, histories=histories, samples=samples, rows=rows)
    display = make_display(quiet)
    chosen = {"only": only, "output": output, "checkpoint": checkpoint, "seed": seed}
    try:
        findings = report.analyse(runs, app.registry, display, effort=effort, **chosen)  # type: ignore[arg-type]
    finally:
        display.stop()
    if as_json:
        print_json(report.as_data(findings))
    else:
        report.print_findings(findings, Console())


@hookimpl
def quorate_commands() -> Sequence[click.Command]:
    """The command ``analyse``."""
    return [analyse]

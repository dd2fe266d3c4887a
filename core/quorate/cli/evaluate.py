"""``quorate evaluate``: evaluate a checkpoint of a run."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.output import json_option, print_json, say


@quorate_command(
    "evaluate",
    examples=[
        "quorate evaluate runs/demo/20260101T120000Z-seed0",
        "quorate evaluate runs/demo/20260101T120000Z-seed0 --checkpoint 500 --json",
    ],
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--checkpoint", metavar="STEP", type=int, default=None, help="The training step; default: the latest.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print JSON instead of a table.")
def command(app: App, directory: Path, checkpoint: int | None, quiet: bool, as_json: bool) -> None:
    """Evaluate a checkpoint of the run in DIR and write evaluation-STEP.json there."""
    from quorate.folders.files import strict
    from quorate.run.execute import evaluate
    from quorate.run.progress import make_display
    from quorate.run.summary import print_table

    file, step, values = evaluate(directory, app.registry, make_display(quiet), checkpoint)
    if as_json:
        print_json(strict({"step": step, "evaluation": values}))
        return
    print_table(values, f"Evaluation after {step} training steps")
    say(f"written: {file}")

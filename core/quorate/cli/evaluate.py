"""``quorate evaluate``: evaluate a checkpoint of a run."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import checkpoint_option, quiet_option
from quorate.output import json_option, print_json, say


@quorate_command(
    "evaluate",
    examples=[
        "quorate evaluate runs/demo/20260101T120000Z-seed0",
        "quorate evaluate runs/demo/20260101T120000Z-seed0 --checkpoint 500 --json",
    ],
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@checkpoint_option
@quiet_option
@json_option("Print JSON instead of a table.")
def command(app: App, directory: Path, checkpoint: int | None, quiet: bool, as_json: bool) -> None:
    """Evaluate a checkpoint of the run in DIR and write evaluation-STEP.json there."""
    from quorate.door.run import load
    from quorate.door.running import evaluate
    from quorate.folders.files import strict
    from quorate.run.summary import print_table

    run = load(directory, checkpoint)
    values = evaluate(run, run.step, progress=not quiet)
    if as_json:
        print_json(strict({"step": run.step, "evaluation": values}))
        return
    print_table(values, f"Evaluation after {run.step} training steps")
    say(f"written: {run.path / f'evaluation-{run.step}.json'}")

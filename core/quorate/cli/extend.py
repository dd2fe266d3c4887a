"""``quorate extend``: train a run longer."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import quiet_option
from quorate.output import json_option


@quorate_command(
    "extend",
    examples=[
        "quorate extend runs/demo budget.train_steps=2000",
        "quorate extend runs/demo/20260101T120000Z-seed0 budget.train_steps=2000 checkpoint.every=100 name=longer",
    ],
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@quiet_option
@json_option("Print the result as JSON instead of a table.")
def command(app: App, directory: Path, overrides: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Continue the run in DIR to a larger budget, from its newest checkpoint and in a new folder.

    The new run ends with the same weights and metrics as one long run, but where a schedule depends on the budget,
    which is told. Besides the budget, KEY=VALUE may change log, checkpoint, evaluation.every, evaluation.points, name,
    directory, loggers, device, threads and workers.
    """
    from quorate.door.running import extend
    from quorate.run.summary import conclude

    conclude(extend(directory, *overrides, progress=not quiet).path, as_json=as_json, options=app.again)

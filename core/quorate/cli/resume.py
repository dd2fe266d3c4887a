"""``quorate resume``: continue a run that was stopped or killed."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import quiet_option
from quorate.output import json_option, say


@quorate_command("resume", examples=["quorate resume runs/demo/20260101T120000Z-seed0"])
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@quiet_option
@json_option("Print the result as JSON instead of a table.")
def command(app: App, directory: Path, quiet: bool, as_json: bool) -> None:
    """Continue the run in DIR from its last checkpoint, to the same weights and metrics as if it had never stopped."""
    from quorate.door.run import load
    from quorate.door.running import resume
    from quorate.run.summary import conclude

    already = load(directory).result is not None
    run = resume(directory, progress=not quiet)
    if already and not as_json:
        say("This run is finished already; nothing is left to do.")
    conclude(run.path, as_json=as_json, options=app.again)

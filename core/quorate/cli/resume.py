"""``quorate resume``: continue a run that was stopped or killed."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.output import json_option


@quorate_command("resume", examples=["quorate resume runs/demo/20260101T120000Z-seed0"])
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print the result as JSON instead of a table.")
def command(app: App, directory: Path, quiet: bool, as_json: bool) -> None:
    """Continue the run in DIR from its last checkpoint, to the same weights and metrics as if it had never stopped."""
    from quorate.run.execute import resume
    from quorate.run.progress import make_display
    from quorate.run.summary import conclude

    conclude(resume(directory, app.registry, make_display(quiet)), as_json=as_json, options=app.again)

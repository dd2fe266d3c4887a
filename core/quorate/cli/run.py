"""``quorate run``: run what a file describes."""

import sys
from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.output import json_option


@quorate_command(
    "run",
    examples=[
        "quorate run run.yaml",
        "quorate run run.yaml seed=1 budget.train_steps=2000",
        "quorate run run.yaml algorithm.denoiser=exact --quiet --json",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print the result as JSON instead of a table.")
def command(app: App, file: Path, overrides: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Run what FILE describes, in a new folder.

    KEY=VALUE sets one key, such as seed=1 or algorithm.inference[0].steps=50. Ctrl-C finishes the step, writes a
    checkpoint and stops; `quorate resume` goes on from there.
    """
    from quorate.run.stored import compose_file

    run = compose_file(file, overrides, app.registry)

    from quorate.run.execute import start
    from quorate.run.progress import make_display
    from quorate.run.summary import conclude

    outcome = start(run, app.registry, make_display(quiet), manifests=app.manifests, command=sys.argv)
    conclude(outcome, as_json=as_json, options=app.again)

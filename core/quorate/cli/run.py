"""``quorate run``: run what a file describes."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import quiet_option
from quorate.output import json_option


@quorate_command(
    "run",
    examples=[
        "quorate run run.yaml",
        "quorate run run.yaml seed=1 budget.train_steps=2000",
        "quorate run run.yaml algorithm.denoiser=exact --quiet --json",
        "quorate run harder.yaml --from runs/easy --checkpoint 500",
        "quorate run happo.yaml --from runs/imitate --only policy",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--from", "source", metavar="DIR", type=click.Path(path_type=Path), help="Begin with this run's weights.")
@click.option("--checkpoint", metavar="STEP", type=int, help="Of the run in --from; default: its latest.")
@click.option("--only", metavar="NAME", multiple=True, help="Of its networks, such as policy. May be repeated.")
@quiet_option
@json_option("Print the result as JSON instead of a table.")
def command(
    app: App,
    file: Path,
    overrides: tuple[str, ...],
    source: Path | None,
    checkpoint: int | None,
    only: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Run what FILE describes, in a new folder.

    KEY=VALUE sets one key, such as seed=1 or algorithm.inference[0].steps=50. Ctrl-C finishes the step, writes a
    checkpoint and stops; `quorate resume` goes on from there.

    With --from, the networks of the algorithm begin with the weights of another run (policies, critics, denoiser); all
    else begins anew. The record says from which. With --only, just some of them do, and the other run's algorithm may
    be another.
    """
    from quorate.door.running import train

    run = train(file, *overrides, from_run=source, checkpoint=checkpoint, only=only, progress=not quiet)
    from quorate.run.summary import conclude

    conclude(run.path, as_json=as_json, options=app.again)

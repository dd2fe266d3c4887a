"""``quorate run``: run what a file describes."""

import sys
from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.errors import ConfigError
from quorate.output import json_option


@quorate_command(
    "run",
    examples=[
        "quorate run run.yaml",
        "quorate run run.yaml seed=1 budget.train_steps=2000",
        "quorate run run.yaml algorithm.denoiser=exact --quiet --json",
        "quorate run harder.yaml --from runs/easy --checkpoint 500",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--from", "source", metavar="DIR", type=click.Path(path_type=Path), help="Begin with this run's weights.")
@click.option("--checkpoint", metavar="STEP", type=int, help="Of the run in --from; default: its latest.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print the result as JSON instead of a table.")
def command(
    app: App,
    file: Path,
    overrides: tuple[str, ...],
    source: Path | None,
    checkpoint: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run what FILE describes, in a new folder.

    KEY=VALUE sets one key, such as seed=1 or algorithm.inference[0].steps=50. Ctrl-C finishes the step, writes a
    checkpoint and stops; `quorate resume` goes on from there.

    With --from, the networks of the algorithm begin with the weights of another run (policies, critics, denoiser); all
    else begins anew. The record says from which.
    """
    from quorate.run.stored import compose_file

    if source is None and checkpoint is not None:
        fix = "Add --from RUN, or leave --checkpoint out."
        raise ConfigError("--checkpoint chooses one of the run in --from.", where="--checkpoint", fix=fix)
    run = compose_file(file, overrides, app.registry)

    from quorate.run.execute import start
    from quorate.run.origin import weights_of
    from quorate.run.progress import make_display
    from quorate.run.summary import conclude

    origin = None if source is None else weights_of(source, checkpoint)
    display = make_display(quiet)
    outcome = start(run, app.registry, display, manifests=app.manifests, command=sys.argv, origin=origin)
    conclude(outcome, as_json=as_json, options=app.again)

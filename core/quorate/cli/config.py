"""``quorate config``: check a file and print what it resolves to."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.origin import say_origin
from quorate.output import json_option, print_json, say


@quorate_command(
    "config", examples=["quorate config run.yaml", "quorate config run.yaml seed=1 algorithm.denoiser=exact --json"]
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@json_option("Print JSON instead of YAML.")
def command(app: App, file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Check FILE and print its fully resolved configuration: every component with all of its settings.

    Of algorithms with a replay memory it also says how much memory that takes.
    """
    from quorate.run.replay_memory import replay_memory
    from quorate.run.stored import compose_file

    run = compose_file(file, overrides, app.registry)
    memory = replay_memory(run, app.registry)
    if as_json:
        print_json(run.to_dict())
    else:
        say_origin(file, "# ")
        if memory is not None:
            say(memory, sign="# ")
        click.echo(run.to_yaml(), nl=False)

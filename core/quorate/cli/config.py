"""``quorate config``: check a file and print what it resolves to."""

import json
from pathlib import Path

import click

from quorate.cli.app import App, quorate_command


@quorate_command(
    "config",
    examples=["quorate config run.yaml", "quorate config run.yaml seed=1 algorithm.denoiser=exact --json"],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of YAML.")
def command(app: App, file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Check FILE and print its fully resolved configuration: every component with all of its settings."""
    from quorate.config import compose

    run = compose(file, overrides, app.registry)
    click.echo(json.dumps(run.to_dict(), indent=2) if as_json else run.to_yaml(), nl=as_json)

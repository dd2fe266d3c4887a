"""A hook: a line in the terminal when a run of this plugin's algorithm ends."""

from typing import Any

import click
from quorate.hookspecs import hookimpl


@hookimpl
def quorate_run_ended(run: Any, status: str) -> None:
    """Say where the policies are."""
    if run.run.settings.algorithm.name == "relay/evolution":
        click.echo(f"relay: {status}; the policies are in {run.directory / 'checkpoints'}", err=True)

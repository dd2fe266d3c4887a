"""The hooks of this plugin: the commands ``quorate isaaclab ...``."""

from collections.abc import Sequence

import click

from quorate.hookspecs import hookimpl
from quorate_isaaclab.commands import isaaclab


@hookimpl
def quorate_commands() -> Sequence[click.Command]:
    """The group ``isaaclab``."""
    return [isaaclab]

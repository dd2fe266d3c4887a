"""The hooks of this plugin: the commands ``quorate information ...``."""

from collections.abc import Sequence

import click

from quorate.hookspecs import hookimpl
from quorate_information_sharing.commands import information


@hookimpl
def quorate_commands() -> Sequence[click.Command]:
    """The group ``information``."""
    return [information]

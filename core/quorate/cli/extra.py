"""The commands that plugins add by the hook ``quorate_commands``."""

import logging
from collections.abc import Container, Iterator, Mapping
from typing import Any

import click

from quorate.registry.registry import Registry

HOOK = "quorate_commands"
_log = logging.getLogger("quorate.plugins")


def plugin_commands(registry: Registry, taken: Container[str]) -> dict[str, click.Command]:
    """Commands by name; names that are taken, by what is built in or by another plugin, are left out.

    A plugin whose answer or help text raises is reported, and loses what came after it.
    """
    found: dict[str, click.Command] = {}
    for plugin, answer in registry.hooks.call_named(HOOK):
        with registry.hooks.blaming(plugin, HOOK):
            for name, command in _named(answer):
                name = str(name) if isinstance(name, str) else name  # a subclass may raise where it is used
                if isinstance(name, str) and isinstance(command, click.Command) and name not in taken:
                    command.get_short_help_str(80)  # where it raises, the plugin is to blame, not the list of commands
                    found.setdefault(name, command)
                else:
                    said = f"{name!r}"  # here, where it may raise
                    _log.warning("A plugin offers the command %s, which is no command or has a built-in's name.", said)
    return found


def _named(answer: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(answer, Mapping):
        yield from answer.items()
        return
    for part in answer if isinstance(answer, (list, tuple)) else [answer]:
        yield getattr(part, "name", None), part

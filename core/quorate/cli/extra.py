"""The commands that plugins add by the hook ``quorate_commands``."""

import logging
import re
from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple

import click

from quorate.registry.registry import Registry

HOOK = "quorate_commands"
_NAME = re.compile(r"\w[\w.-]*")
_log = logging.getLogger("quorate.plugins")


class Offer(NamedTuple):
    """A command of a plugin, and its line in the list of commands, which its plugin is asked for once."""

    command: click.Command
    help: str


def plugin_commands(registry: Registry, taken: Container[str]) -> dict[str, Offer]:
    """Commands by name; names that are taken, by what is built in or by another plugin, are left out.

    A plugin whose answer or help text raises is reported, and loses what came after it.
    """
    found: dict[str, Offer] = {}
    for plugin, answer in registry.hooks.call_named(HOOK):
        with registry.hooks.blaming(plugin, HOOK):
            for name, command in _named(answer):
                name = str(name) if isinstance(name, str) else name  # a subclass may raise where it is used
                if _is_name(name) and isinstance(command, click.Command) and name not in taken:
                    found.setdefault(name, Offer(command, str(command.get_short_help_str(80))))
                else:
                    said = f"{name!r}"  # here, where it may raise
                    _log.warning(
                        "A plugin offers the command %s, which is no command, has no name of one, or a built-in's.",
                        said,
                    )
    return found


def _is_name(name: Any) -> bool:
    """Whether it is one word that can be typed, and is no option."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _named(answer: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(answer, Mapping):
        yield from answer.items()
        return
    for part in answer if isinstance(answer, (list, tuple)) else [answer]:
        yield getattr(part, "name", None), part

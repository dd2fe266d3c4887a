"""Rows that no manifest has: what the hook ``quorate_find_component`` answers."""

from collections.abc import Mapping
from typing import Any

from quorate.errors import RegistryError
from quorate.failures import told_as
from quorate.registry.entries import HOOK_GROUP, HOST
from quorate.registry.plugin import Plugin, PluginState
from quorate.registry.rows import Row, parse_row


def may_serve(plugin: Plugin, name: str) -> bool:
    """Whether a plugin could have a component of that name."""
    usable = plugin.group == HOOK_GROUP and plugin.state in (PluginState.FOUND, PluginState.LOADED)
    return usable and (plugin.distribution == HOST or name.startswith(f"{plugin.name}/"))


def served_row(kind: str, name: str, data: Any, plugin: Plugin) -> Row:
    """The row that a plugin's hook answers with.

    Raises:
        QuorateError: it is none; the plugin and its distribution are named.
    """
    where = f"hook quorate_find_component of plugin {plugin.name}"
    fix = "The plugin's author must mend what it answers."
    with told_as(f"reading what the plugin {plugin.name} answers", RegistryError, fix, about=plugin.distribution):
        if not isinstance(data, Mapping):
            raise RegistryError(f"The answer must be a mapping or None, not {data!r}.", where=where, fix=fix)
        row = {**_plain(dict(data), where), "kind": kind, "name": name}
        return parse_row(row, where, distribution=plugin.distribution, version=plugin.version)


def _plain(value: Any, where: str) -> Any:
    """A hook's answer held to what a manifest's row may hold."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, where) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, where) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    fix = "Answer with text, numbers, lists and mappings, as a manifest's row would have them."
    raise RegistryError(f"The answer holds {value!r}, which is no plain data.", where=where, fix=fix)

"""What is said where a name is no component's."""

from typing import TYPE_CHECKING

from quorate.errors import RegistryError
from quorate.nearest import few, nearest
from quorate.registry.kinds import find_kind
from quorate.registry.plugin import PluginState

if TYPE_CHECKING:
    from quorate.registry.registry import Registry


def unknown(registry: "Registry", kind: str, name: str) -> RegistryError:
    """The error of a name that no component of a kind has; errors of a kind that there is not are raised."""
    find_kind(registry.kinds, kind)
    if row := registry.above_presets(name, kind):
        names = few([one.name for one in registry.presets(row)], f"`quorate show {name}`")
        problem = f"The {kind} {name!r} has presets, and is used through one of them."
        return RegistryError(problem, choices=names, fix="Choose a preset; its settings can be changed.")
    names = few(registry.choices(kind), f"`quorate list {kind}`")
    if others := registry.kinds_of(name):
        problem = f"{name!r} is of the kind {' and '.join(others)}; the kind {kind} is wanted here."
        return RegistryError(problem, choices=names, fix=f"Choose one of `quorate list {kind}`.")
    close = nearest(name, registry.choices(kind)) or names
    return RegistryError(f"There is no {kind} {name!r}.", choices=close, fix=_hint(registry, kind, name))


def _hint(registry: "Registry", kind: str, name: str) -> str:
    space = name.split("/")[0] if "/" in name else ""
    for plugin in registry.plugins:
        if space and plugin.name == space and plugin.state not in (PluginState.LOADED, PluginState.FOUND):
            return f"The plugin {space} is {plugin.state}: see `quorate plugins`."
    return f"See `quorate list {kind}`; a plugin that has the name must be installed."

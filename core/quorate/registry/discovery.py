"""Finding plugins: which distributions offer a manifest or hooks, and what is wrong with those that can not be used.

Installing a plugin means running its code. A blocked plugin is not imported, and a manifest never imports anything.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import quorate
from quorate.errors import ManifestError
from quorate.foreign import Foreign, printing_aside
from quorate.registry.entries import HERE, HOOK_GROUP, HOST, MANIFEST_GROUP, locate, named_file, owner, sorted_entries
from quorate.registry.manifest import load_manifest
from quorate.registry.plugin import Plugin, PluginState, strict
from quorate.registry.this_process import rows_here


def allowed_names() -> frozenset[str] | None:
    """The keys in ``QUORATE_PLUGINS``: None where every plugin is allowed, empty where none is."""
    text = os.environ.get("QUORATE_PLUGINS")
    return None if text is None else frozenset(filter(None, (part.strip() for part in text.split(","))))


def builtin_manifest() -> Path:
    """The catalogue: at the root of a source checkout, else inside the installed package."""
    package = Path(quorate.__file__).parent
    source = package.parents[1] / "registry.yaml"
    return source if package.parent.name == "core" and source.is_file() else package / "registry.yaml"


def discover(manifests: Sequence[str | Path] = (), *, plugins: bool = True) -> list[Plugin]:
    """Every plugin, the built-in manifest first; hook modules are found but not imported.

    Args:
        manifests: further manifests, for this call only.
        plugins: False blocks all third-party entry points.

    Raises:
        ManifestError: where the built-in manifest or one of `manifests` has a mistake or is incompatible.
    """
    allowed = allowed_names() if plugins else frozenset[str]()
    entries = sorted_entries()
    described = [_manifest_plugin(entry, allowed) for entry in entries if entry.group == MANIFEST_GROUP]
    given = ((str(path), str(Path(path).resolve().parent)) for path in manifests)
    found = [
        _given(Plugin(HOST, MANIFEST_GROUP, str(builtin_manifest()), HOST, quorate.__version__)),
        *(_given(Plugin(path, MANIFEST_GROUP, path, path, "", directory=folder)) for path, folder in given),
        *described,
    ]
    own = [Plugin(HERE, MANIFEST_GROUP, "", HERE, "", rows=rows_here())] if rows_here() else []
    hooks = (_hook_plugin(entry, allowed, described) for entry in entries if entry.group == HOOK_GROUP)
    return [*(plugin for one in found for plugin in one.family()), *own, *hooks]


def _given(plugin: Plugin) -> Plugin:
    _read(plugin, Path(plugin.value))
    if plugin.state is PluginState.INCOMPATIBLE:
        problem = f"The manifest is not for this version: {plugin.error}."
        raise ManifestError(problem, where=plugin.value, fix="Install a version of quorate that it asks for.")
    return plugin


def _read(plugin: Plugin, path: Path, above: tuple[Path, ...] = ()) -> None:
    """Fill in what a manifest says, and the plugins of those that it includes; `above` are those that include it."""
    above = (*above, path.resolve())
    if above[-1] in above[:-1]:
        raise ManifestError("The manifest includes itself.", where=str(path), fix="Remove it from 'include'.")
    manifest = load_manifest(
        path,
        namespace=plugin.namespace,
        lenient=plugin.namespace is not None and not strict(),
        distribution=plugin.distribution,
        version=plugin.version,
        directory=plugin.directory,
    )
    plugin.rows, plugin.disabled = manifest.rows, manifest.disabled
    plugin.references, plugin.kinds, plugin.path = manifest.references, manifest.kinds, path
    plugin.interpreters = manifest.interpreters
    if manifest.incompatible:
        plugin.state, plugin.error = PluginState.INCOMPATIBLE, manifest.incompatible
    plugin.included = tuple(_included(text, plugin, above) for text in manifest.include)


def _included(text: str, by: Plugin, above: tuple[Path, ...]) -> Plugin:
    """The plugin of a manifest that another one includes; a mistake costs only itself, but in one given by hand."""
    name = _top(text).removeprefix(f"{HOST}_").replace("_", "-") if ":" in text else text
    plugin = replace(by, name=name, value=text, rows=(), disabled=(), references=(), kinds=(), interpreters=())
    try:
        if ":" in text and by.namespace and by.entry_point and _top(text) != _top(by.entry_point.value):
            fix = "Include manifests of the same package only."
            raise ManifestError(f"{text!r} is in another package.", where=str(by.path), fix=fix)
        with Foreign(), printing_aside():  # to look for a package runs the finders of third parties
            path = named_file(text, by.path or Path(by.value), "include")
        _read(plugin, path, above)
    except Exception as error:
        if by.directory is not None:
            raise
        plugin.fail(error)
    return plugin


def _top(value: str) -> str:
    """The top-level package that ``package.sub:file`` is in."""
    return value.partition(":")[0].strip().split(".")[0]


def _plugin(entry: EntryPoint, group: str, allowed: frozenset[str] | None, state: PluginState) -> Plugin:
    distribution, version = owner(entry)
    plugin = Plugin(entry.name, group, entry.value, distribution, version, state, entry_point=entry)
    if distribution != HOST and allowed is not None and entry.name not in allowed:
        plugin.state = PluginState.BLOCKED
        plugin.error = "blocked by --no-plugins or QUORATE_PLUGINS"
    return plugin


def _manifest_plugin(entry: EntryPoint, allowed: frozenset[str] | None) -> Plugin:
    plugin = _plugin(entry, MANIFEST_GROUP, allowed, PluginState.LOADED)
    if plugin.state is PluginState.BLOCKED:
        return plugin
    plugin.namespace = None if plugin.distribution == HOST else plugin.name
    try:
        with Foreign(), printing_aside():  # to look for a package runs the finders of third parties
            path = locate(entry)
        _read(plugin, path)
    except Exception as error:
        plugin.fail(error)
    return plugin


def _hook_plugin(entry: EntryPoint, allowed: frozenset[str] | None, described: Sequence[Plugin]) -> Plugin:
    """A hook module; it is not for this host where its distribution's manifest is not."""
    plugin = _plugin(entry, HOOK_GROUP, allowed, PluginState.FOUND)
    for other in described:
        same = (other.distribution, other.name) == (plugin.distribution, plugin.name)
        if same and other.state is PluginState.INCOMPATIBLE and plugin.state is PluginState.FOUND:
            plugin.state, plugin.error = other.state, other.error
    return plugin

"""Finding plugins: which distributions offer a manifest or hooks, and what is wrong with those that can not be used.

Installing a plugin means running its code. A blocked plugin is not imported, and a manifest never imports anything.
"""

import os
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint
from pathlib import Path

import quorate
from quorate.errors import ManifestError, QuorateError
from quorate.foreign import Foreign, cause, printing_aside, raised_at, told
from quorate.registry.entries import HOOK_GROUP, HOST, MANIFEST_GROUP, locate, owner, sorted_entries
from quorate.registry.manifest import Disabled, Row, load_manifest

SLOW_IMPORT = 1.0
"""Seconds: importing a hook module for longer is worth a remark, since commands wait for it."""


class PluginState(StrEnum):
    """What became of a plugin."""

    LOADED = "loaded"
    BROKEN = "broken"
    BLOCKED = "blocked"
    INCOMPATIBLE = "incompatible"
    FOUND = "found"
    """A hook module that nothing needed so far; it is imported when hooks are."""


@dataclass
class Plugin:
    """One manifest, or one module of hooks, and what became of it.

    Attributes:
        name: the entry point's key, or the path of a manifest given by hand.
        group: ``quorate.manifest`` or ``quorate.plugin``.
        value: what the entry point refers to.
        distribution: whose it is.
        version: of that distribution.
        state: what became of it.
        rows: the usable rows of a manifest.
        disabled: its rows with mistakes.
        references: the files of reference results that a manifest names.
        path: the manifest.
        error: why it is not loaded.
        traceback: of what Python raised.
        raised_at: the file and line of that, the plugin's own where it is in one of its files.
        mendable: the error says all that its author needs, without the traceback.
        entry_point: of a hook module, to load it.
        seconds: that importing a hook module took; None: it was not imported.
    """

    name: str
    group: str
    value: str
    distribution: str
    version: str
    state: PluginState = PluginState.LOADED
    rows: tuple[Row, ...] = ()
    disabled: tuple[Disabled, ...] = ()
    references: tuple[str, ...] = ()
    path: Path | None = None
    error: str = ""
    traceback: str = ""
    raised_at: str = ""
    mendable: bool = False
    entry_point: EntryPoint | None = None
    seconds: float | None = None

    @property
    def slowness(self) -> str:
        """A remark on a hook module that is slow to import; else nothing."""
        slow = self.seconds is not None and self.seconds > SLOW_IMPORT
        return f"slow: {self.seconds:.1f} s to import" if slow else ""

    def fail(self, error: Exception) -> None:
        """Note that it is broken; with ``QUORATE_STRICT=1`` raise the error instead."""
        if strict():
            raise error
        self.state, self.error = PluginState.BROKEN, told(error)
        self.mendable = isinstance(error, QuorateError)
        self.traceback = "".join(traceback.format_exception(cause(error)))
        self.raised_at = raised_at(error)


def strict() -> bool:
    """Whether a broken plugin is an error of the host: ``QUORATE_STRICT`` is set, and not to 0."""
    return os.environ.get("QUORATE_STRICT", "0") not in ("", "0")


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
    described = [_manifest_plugin(entry, allowed) for entry in sorted_entries(MANIFEST_GROUP)]
    return [
        _given(builtin_manifest(), HOST, quorate.__version__, None),
        *(_given(Path(path), str(path), "", str(Path(path).resolve().parent)) for path in manifests),
        *described,
        *(_hook_plugin(entry, allowed, described) for entry in sorted_entries(HOOK_GROUP)),
    ]


def _given(path: Path, distribution: str, version: str, directory: str | None) -> Plugin:
    manifest = load_manifest(path, distribution=distribution, version=version, directory=directory)
    if manifest.incompatible:
        fix = "Install a version of quorate that it asks for."
        raise ManifestError(f"The manifest is not for this version: {manifest.incompatible}.", where=str(path), fix=fix)
    name = HOST if directory is None else str(path)
    plugin = Plugin(name, MANIFEST_GROUP, str(path), distribution, version, rows=manifest.rows, path=path)
    plugin.references = manifest.references
    return plugin


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
    try:
        with Foreign(), printing_aside():  # to look for a package runs the finders of third parties
            path = locate(entry)
        builtin = plugin.distribution == HOST
        manifest = load_manifest(
            path,
            namespace=None if builtin else plugin.name,
            lenient=not (builtin or strict()),
            distribution=plugin.distribution,
            version=plugin.version,
        )
    except Exception as error:
        plugin.fail(error)
        return plugin
    plugin.rows, plugin.disabled = manifest.rows, manifest.disabled
    plugin.references, plugin.path = manifest.references, path
    if manifest.incompatible:
        plugin.state, plugin.error = PluginState.INCOMPATIBLE, manifest.incompatible
    return plugin


def _hook_plugin(entry: EntryPoint, allowed: frozenset[str] | None, described: Sequence[Plugin]) -> Plugin:
    """A hook module; it is not for this host where its distribution's manifest is not."""
    plugin = _plugin(entry, HOOK_GROUP, allowed, PluginState.FOUND)
    for other in described:
        same = (other.distribution, other.name) == (plugin.distribution, plugin.name)
        if same and other.state is PluginState.INCOMPATIBLE and plugin.state is PluginState.FOUND:
            plugin.state, plugin.error = other.state, other.error
    return plugin

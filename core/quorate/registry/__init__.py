"""The registry: what exists (manifests, read without importing anything) and what it does (targets and hooks)."""

from quorate.registry.interpreter_rows import InterpreterRow
from quorate.registry.kinds import KINDS, Kind
from quorate.registry.manifest import Manifest, parse_manifest
from quorate.registry.plugin import Plugin, PluginState
from quorate.registry.registry import Registry, load_registry, registry_from
from quorate.registry.rows import Row

__all__ = [
    "InterpreterRow",
    "KINDS",
    "Kind",
    "Manifest",
    "Plugin",
    "PluginState",
    "Registry",
    "Row",
    "load_registry",
    "parse_manifest",
    "registry_from",
]

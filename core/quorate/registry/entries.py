"""Entry points, and the files they refer to; nothing is imported, and a stranger's damaged metadata harms nobody."""

import logging
from collections.abc import Iterator
from importlib.metadata import EntryPoint, distributions, entry_points
from importlib.util import find_spec
from pathlib import Path

from quorate.errors import ManifestError

_log = logging.getLogger("quorate.plugins")

MANIFEST_GROUP = "quorate.manifest"
HOOK_GROUP = "quorate.plugin"
HERE = "this process"
"""Stands for the distribution of what was registered at run time."""
HOST = "quorate"
"""The distribution whose plugins are built in: never blocked, with names of their own choice."""


def sorted_entries() -> list[EntryPoint]:
    """The entry points of manifests and hooks, the host's first."""
    groups = (MANIFEST_GROUP, HOOK_GROUP)
    try:
        every = entry_points()
        found = [entry for group in groups for entry in every.select(group=group)]
    except Exception:  # the metadata of some distribution, perhaps of a stranger, is damaged
        found = [entry for entry in _readable_entries() if entry.group in groups]
    return sorted(found, key=lambda entry: (owner(entry)[0] != HOST, entry.name))


def _readable_entries() -> Iterator[EntryPoint]:
    """Distribution by distribution, without those whose metadata can not be read; the first of a name counts."""
    seen = set()
    for distribution in distributions():
        try:
            name, entries = distribution.name, list(distribution.entry_points)
        except Exception as error:
            _log.warning("The metadata of a distribution is damaged; it is left out: %s.", error)
            continue
        if name not in seen:
            seen.add(name)
            yield from entries


def owner(entry: EntryPoint) -> tuple[str, str]:
    """The distribution and version; damaged metadata must not take the host down."""
    try:
        metadata = entry.dist.metadata if entry.dist else None
    except Exception:
        metadata = None
    name, version = (metadata["Name"], metadata["Version"]) if metadata else (None, None)
    return str(name or "unknown").lower().replace("_", "-"), str(version or "unknown")


def locate(entry: EntryPoint) -> Path:
    """The file that ``package.sub:path/to/registry.yaml`` refers to, without importing the package."""
    top, parts = _split(entry.value)
    if not (top and parts):
        fix = f'Write \'{entry.name} = "package:registry.yaml"\' under [project.entry-points."{MANIFEST_GROUP}"].'
        problem = f"The entry point {entry.value!r} names no file in a package."
        raise ManifestError(problem, where=MANIFEST_GROUP, fix=fix)
    roots = [*package_roots(top), *([Path(str(entry.dist.locate_file(top)))] if entry.dist else [])]
    if path := _first(roots, parts):
        return path
    where = ", ".join(map(str, roots)) or top
    fix = "Reinstall the plugin; its author must include the file in the wheel."
    raise ManifestError(f"The manifest {entry.value!r} does not exist.", where=where, fix=fix)


def named_file(text: str, manifest: Path, key: str) -> Path:
    """The file that a key of a manifest names: ``package.sub:path.yaml``, or a path relative to it.

    Nothing is imported.

    Raises:
        ManifestError: there is no such file.
    """
    top, parts = _split(text)
    if path := _first([*package_roots(top), manifest.parent / top] if top else [manifest.parent], parts):
        return path
    fix = f"Remove it from '{key}', or install it: a file of a package (package:file.yaml) or below the manifest."
    raise ManifestError(f"There is no file {text!r}, which {key!r} names.", where=str(manifest), fix=fix)


def _split(text: str) -> tuple[str, list[str]]:
    """The top-level package, where there is one, and the path in it; empty where that is none that leads inside."""
    package, _, inner = text.rpartition(":")
    top, *within = package.strip().split(".")
    parts = [*within, *inner.strip().split("/")]
    return top, parts if inner and ".." not in parts and not inner.startswith("/") else []


def _first(roots: list[Path], parts: list[str]) -> Path | None:
    return next((path for root in roots if parts and (path := root.joinpath(*parts)).is_file()), None)


def package_roots(top: str) -> list[Path]:
    """Where the files of a top-level package are; it is not imported."""
    spec = find_spec(top)
    return [Path(root) for root in (spec.submodule_search_locations or ())] if spec else []

"""What is told of the rows of a registry: which there are, and all about one."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from quorate.errors import RegistryError
from quorate.nearest import nearest
from quorate.registry import fit
from quorate.registry.describe import Setting, describe_settings
from quorate.registry.fields import PRESET
from quorate.registry.kinds import find_kind
from quorate.registry.registry import Registry
from quorate.registry.rows import Row


def find_any(registry: Registry, name: str, kind: str | None) -> Row:
    """The row of a name whose kind the user need not say, installed or not.

    Raises:
        RegistryError: where the name is unknown, or is one of several kinds.
    """
    kinds = [find_kind(registry.kinds, kind).name] if kind is not None else registry.kinds_of(name)
    if len(kinds) > 1:
        fix = f"Say which: --kind {kinds[0]}."
        raise RegistryError(f"{name!r} is a component of several kinds.", choices=kinds, fix=fix)
    if kinds and not registry.above_presets(name, kind):
        return registry.find(kinds[0], name, installed=False)
    for other in registry.kinds:  # a plugin may serve it by a hook
        with suppress(RegistryError):
            return registry.find(other, name, installed=False)
    if row := registry.above_presets(name):
        return row
    if error := registry.disabled_error(name):
        raise error
    close = nearest(name, [row.name for row in registry.rows()])
    raise RegistryError(f"There is no component {name!r}.", choices=close, fix="See `quorate list`.")


def settings_of(registry: Registry, row: Row) -> list[Setting] | None:
    """The settings; None where they can not be known before what the component needs is installed."""
    try:
        return describe_settings(registry.settings_class(row), row.defaults)
    except RegistryError:
        if registry.missing(row):
            return None
        raise


def shown(registry: Registry, row: Row) -> dict[str, Any]:
    """Everything about a component as data."""
    settings = settings_of(registry, row)
    return {
        **dataclasses.asdict(row),
        "called_with": registry.kinds[row.kind].called_with,
        "missing": registry.missing(row),
        "install": registry.install_command(row) if row.needs or row.install else None,
        "settings_class": row.settings,
        "settings": None if settings is None else [dataclasses.asdict(setting) for setting in settings],
        "presets": [{key: getattr(one, key) for key in ("name", *PRESET)} for one in registry.presets(row)],
        "example": example(usable(registry, row), settings or []),
    }


def usable(registry: Registry, row: Row) -> Row:
    """A row, or the first of its presets where it is no component itself."""
    return registry.presets(row)[0] if row.only_presets else row


def example(row: Row, settings: list[Setting]) -> str:
    """A line of YAML that chooses the component, with the settings that must be given."""
    entries = [f"{setting.key}: ..." for setting in settings if setting.required]
    return f"{row.kind.rpartition('/')[2]}: {{{', '.join([f'name: {row.name}', *entries])}}}"


def listed(registry: Registry, kind: str | None, fits: str | None) -> list[dict[str, Any]]:
    """The components of a kind, or of all, as data.

    Args:
        registry: that has them.
        kind: of component.
        fits: the name of an environment; what requires what that is not known to have is left out.

    Raises:
        RegistryError: there is no such kind or environment.
    """
    if kind is not None:
        find_kind(registry.kinds, kind)
    facts = None if fits is None else registry.find("environment", fits, installed=False).tags
    return [_entry(registry, row) for row in fitting(registry, kind, facts)]


def fitting(registry: Registry, kind: str | None, facts: Mapping[str, Any] | None) -> list[Row]:
    """The rows of a kind, without those that require more than the facts of an environment; None: all."""
    rows = registry.rows(kind)
    return rows if facts is None else [row for row in rows if fit.fits(row.tags.get("requires", {}), facts)]


def _entry(registry: Registry, row: Row) -> dict[str, Any]:
    missing = registry.missing(row)
    return {
        "kind": row.kind,
        "name": row.name,
        "summary": row.summary,
        "preset_of": row.preset_of or None,
        "tags": row.tags,
        "paper": row.paper,
        "distribution": row.distribution,
        "available": not missing,
        "missing": missing,
        "install": registry.install_command(row) if missing else None,
    }

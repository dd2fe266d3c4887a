"""From a row to the settings dataclass of its component."""

import dataclasses
import inspect
import typing
from typing import Any

from quorate.errors import RegistryError
from quorate.registry.manifest import Row
from quorate.settings import NoSettings, load_target


def find_settings_class(row: Row) -> type[Any]:
    """The dataclass that the row names, else the one that its target declares, else `NoSettings`.

    Raises:
        RegistryError: where it can not be imported, or is no dataclass.
    """
    target = load_target(row.settings or row.target)
    found = target if row.settings else declared_settings(target)
    if found is None and not row.settings and not _annotated(target):
        return NoSettings
    if isinstance(found, type) and dataclasses.is_dataclass(found):
        return found
    fix = "Add 'settings: module:Class' to the row, naming a dataclass."
    raise RegistryError(
        f"The {row.kind} {row.name!r} has no settings dataclass (found {found!r}).", where=row.where, fix=fix
    )


def declared_settings(target: Any) -> Any:
    """The target's `settings_class`, else the annotation of its first parameter, else None."""
    if (declared := getattr(target, "settings_class", None)) is not None:
        return declared
    function = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]
    try:
        parameters = [p.name for p in inspect.signature(target).parameters.values()]
        hints = typing.get_type_hints(function)
    except (TypeError, ValueError, NameError):
        return None
    return hints.get(parameters[0]) if parameters else None


def _annotated(target: Any) -> bool:
    """Whether its first parameter has an annotation, be it one that can not be read."""
    try:
        first = next(iter(inspect.signature(target).parameters.values()), None)
    except (TypeError, ValueError):
        return False
    return first is not None and first.annotation is not inspect.Parameter.empty

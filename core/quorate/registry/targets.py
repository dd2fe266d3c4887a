"""From a row to the settings dataclass of its component."""

import dataclasses
import inspect
import typing
from typing import Any
from weakref import WeakSet

from quorate.errors import RegistryError
from quorate.foreign import Foreign, cause, printing_aside, raised_at, told
from quorate.registry.describe import as_written, setting_of
from quorate.registry.rows import Row
from quorate.registry.slots import Slot, nested_of, slots_of
from quorate.settings import NoSettings, load_target

_FIX = "Its author must mend the dataclass."

_sound: WeakSet[type[Any]] = WeakSet()
"""Dataclasses that were looked through already: configurations ask for the same ones again and again."""


def find_settings_class(row: Row) -> type[Any]:
    """The dataclass that the row names, else the one that its target declares, else `NoSettings`.

    Raises:
        RegistryError: it can not be imported, is no dataclass, or can not be described and filled in; it names the
            component and its distribution.
    """
    target = load_target(row.settings or row.target)
    of = f"The settings of the {row.kind} {row.name!r} of {row.distribution}"
    try:
        with Foreign(), printing_aside():
            found = target if row.settings else declared_settings(target)
            if found is None and not row.settings and not _annotated(target):
                return NoSettings
            if isinstance(found, type) and dataclasses.is_dataclass(found):
                if found not in _sound:
                    _check_class(found)
                    _sound.add(found)
                return found
            said = f"{found!r}"
    except RegistryError as error:
        where = f"{row.where}: {row.settings or row.target}"
        raise RegistryError(f"{of} can not be used: {error.problem}", where=where, fix=error.fix) from error
    except Exception as error:
        where = raised_at(error) or row.where
        raise RegistryError(f"{of} can not be read: {told(error)}.", where=where, fix=_FIX) from cause(error)
    fix = "Add 'settings: module:Class' to the row, naming a dataclass."
    problem = f"The {row.kind} {row.name!r} has no settings dataclass (found {said})."
    raise RegistryError(problem, where=row.where, fix=fix)


def declared_settings(target: Any) -> Any:
    """The target's `settings_class`, else the annotation of its first parameter, else None."""
    if (declared := getattr(target, "settings_class", None)) is not None:
        return declared
    function = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]
    try:
        parameters = [p.name for p in inspect.signature(target).parameters.values()]
        hints = typing.get_type_hints(function)
    except Exception:  # annotations that can not be read
        return None
    return hints.get(parameters[0]) if parameters else None


def _annotated(target: Any) -> bool:
    """Whether its first parameter has an annotation, be it one that can not be read."""
    try:
        first = next(iter(inspect.signature(target).parameters.values()), None)
    except (TypeError, ValueError):
        return False
    return first is not None and first.annotation is not inspect.Parameter.empty


def _check_class(cls: type[Any], above: tuple[type[Any], ...] = (), seen: set[type[Any]] | None = None) -> None:
    """See that it can be described and filled in, with every dataclass inside it; it is not inside itself."""
    seen = set() if seen is None else seen
    if cls in above:
        names = " > ".join(other.__qualname__ for other in (*above[above.index(cls) :], cls))
        raise RegistryError(
            f"they contain themselves, without end: {names}.", fix="Make one of them `X | None = None`."
        )
    if cls in seen:
        return
    seen.add(cls)
    for slot in slots_of(cls):
        nested = nested_of(slot.hint)
        for inner in [nested] if nested else _dataclasses(slot.hint):
            _check_class(inner, (*above, cls) if nested else (), seen)
        _check_field(cls, slot)


def _check_field(cls: type[Any], slot: Slot) -> None:
    try:
        with Foreign():
            setting_of(slot, as_written(slot.default), slot.name, from_row=False)
    except Exception as error:
        problem = f"the field {slot.name!r} of {cls.__qualname__} raises {told(error)}"
        place = raised_at(error)
        fix = "Its author must mend its default, help or limits."
        raise RegistryError(f"{problem} ({place})." if place else f"{problem}.", fix=fix) from cause(error)


def _dataclasses(hint: Any) -> list[type[Any]]:
    """Those inside an annotation such as ``X | None`` or ``list[X]``."""
    found: list[type[Any]] = []
    for part in typing.get_args(hint):
        nested = nested_of(part)
        found += [nested] if nested else _dataclasses(part)
    return found

"""Whether a dataclass of settings can be described and filled in; where it can not, its author is told why."""

import typing
from typing import Any

from quorate.errors import RegistryError
from quorate.foreign import Foreign, cause, raised_at, told
from quorate.registry.describe import as_written, setting_of
from quorate.registry.slots import Slot, nested_of, slots_of


def check_settings_class(cls: type[Any], above: tuple[type[Any], ...] = (), seen: set[type[Any]] | None = None) -> None:
    """See that a dataclass of settings can be described and filled in, with every dataclass inside it.

    Args:
        cls: the dataclass.
        above: those that it is nested in, from the outermost.
        seen: those that were looked at already.

    Raises:
        RegistryError: its annotations can not be read, it contains itself, or a field can not be described.
    """
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
        nested = slot.nested
        for inner in [nested] if nested else _dataclasses(slot.hint):
            check_settings_class(inner, (*above, cls) if nested else (), seen)
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

"""The settings of a component as rows of a table: what ``quorate show`` and the reference pages print."""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from quorate.registry.slots import Slot, nested_of, slots_of
from quorate.settings import REQUIRED, Component, RunReference

_WORDS = {Path: "path", RunReference: "path of a run"}
"""Types that have names of their own."""

_LIMITS = {"minimum": ">=", "maximum": "<=", "above": ">", "below": "<"}


@dataclasses.dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        key: its path within the component, dotted where settings nest.
        type: as a user writes it, such as ``list[int]``, or the kind of component that it chooses.
        default: the value when the user gives none, as plain data; None where `required`.
        required: the user must give it.
        from_row: the default is the manifest row's, not the dataclass's.
        limits: such as ``>= 1``.
        help: one sentence.
        kind: the kind of component that it chooses, or None.
    """

    key: str
    type: str
    default: Any
    required: bool
    from_row: bool
    limits: str
    help: str
    kind: str | None = None


def describe_settings(settings_class: type[Any], defaults: Mapping[str, Any] | None = None) -> list[Setting]:
    """The settings of a dataclass, after a row's defaults; nested dataclasses are described key by key.

    Raises:
        RegistryError: where its annotations can not be read.
    """
    return list(_describe(settings_class, dict(defaults or {}), ""))


def unknown_defaults(settings_class: type[Any], defaults: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The keys of a row's defaults that are no settings, as dotted paths."""
    slots = {slot.name: slot for slot in slots_of(settings_class)}
    found = [f"{prefix}{key}" for key in defaults if key not in slots]
    for key, value in defaults.items():
        if isinstance(value, Mapping) and key in slots and (nested := nested_of(slots[key].hint)):
            found += unknown_defaults(nested, value, f"{prefix}{key}.")
    return found


def _describe(cls: type[Any], defaults: Mapping[str, Any], prefix: str, instance: Any = None) -> Iterator[Setting]:
    """By the defaults of the class, or the values of an instance where a section has others."""
    for slot in slots_of(cls):
        default = slot.default if instance is None else getattr(instance, slot.name)
        if nested := nested_of(slot.hint):
            section = default if isinstance(default, nested) else None
            yield from _describe(nested, defaults.get(slot.name) or {}, f"{prefix}{slot.name}.", section)
            continue
        from_row = slot.name in defaults
        value = as_written(defaults[slot.name] if from_row else default)
        yield setting_of(slot, value, prefix + slot.name, from_row=from_row)


def setting_of(slot: Slot, value: Any, key: str, *, from_row: bool) -> Setting:
    """One field, with its default as plain data."""
    return Setting(
        key=key,
        type=_component_type(slot.kind, slot.hint) if slot.kind else type_name(slot.hint),
        default=None if value == REQUIRED else value,
        required=value == REQUIRED,
        from_row=from_row,
        limits=_limits(slot.metadata, slot.hint),
        help=str(slot.metadata.get("help", "")),
        kind=slot.kind,
    )


def as_written(value: Any) -> Any:
    """A default as a user would write it in YAML."""
    if isinstance(value, Component):
        own = value.settings and _changed(value.settings)
        return {"name": value.name, **own} if own else value.name
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [as_written(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): as_written(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


def _changed(settings: Any) -> dict[str, Any]:
    """The settings of an instance that are not the defaults of its class."""
    given = {slot.name: (slot.default, getattr(settings, slot.name)) for slot in slots_of(type(settings))}
    return {name: as_written(value) for name, (default, value) in given.items() if value != default}


def type_name(hint: Any) -> str:
    """``list[int]``, ``float or null``, ``text``: a type as a user thinks of it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if part is type(None) else type_name(part) for part in arguments)
    if origin is not None:
        inner = ", ".join(type_name(part) for part in arguments if part is not Ellipsis)
        return f"{origin.__name__}[{inner}]"
    if hint in _WORDS:
        return _WORDS[hint]
    if hint is str or (isinstance(hint, type) and issubclass(hint, Enum)):
        return "text"
    return str(getattr(hint, "__name__", hint))


def _component_type(kind: str, hint: Any) -> str:
    if typing.get_origin(hint) in (list, tuple):
        return f"list[{kind}]"
    return f"{kind} or null" if type(None) in typing.get_args(hint) else kind


def _limits(metadata: Mapping[str, Any], hint: Any) -> str:
    limits = [f"{sign} {metadata[name]}" for name, sign in _LIMITS.items() if name in metadata]
    choices = metadata.get("choices") or _enum_choices(hint)
    return ", ".join(
        [*limits, *(["one of " + ", ".join(str(as_written(choice)) for choice in choices)] if choices else [])]
    )


def _enum_choices(hint: Any) -> list[Any]:
    for part in (hint, *typing.get_args(hint)):
        if isinstance(part, type) and issubclass(part, Enum):
            return list(part)
    return []

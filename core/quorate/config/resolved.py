"""A configuration that is complete and checked."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from quorate.config.conform import label
from quorate.config.interpolation import protect
from quorate.config.schema import RunSettings
from quorate.documents import KeyPath, Places, dump, show
from quorate.settings import Component


@dataclass(frozen=True)
class ResolvedRun:
    """What one run is made of.

    Attributes:
        settings: every value given; each `Component` has its settings and its target.
        places: where each value was given, for messages.
    """

    settings: RunSettings
    places: Places | None = field(default=None, compare=False, repr=False)

    def where(self, *path: str | int) -> str:
        """The key path of a setting, with the file and line, or the command line, that it is from."""
        return f"{show(path)} ({self.places.of(path)})" if self.places else show(path)

    def components(self) -> list[Component]:
        """Every component, each before those inside it, in the order of the settings."""
        return [part for _, part in self.placed_components()]

    def placed_components(self) -> list[tuple[KeyPath, Component]]:
        """As `components`, each after its key path."""
        return list(_components(self.settings, ()))

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the names and all settings of all components."""
        result: dict[str, Any] = plain(self.settings)
        return result

    def to_yaml(self) -> str:
        """YAML that composes to this run again."""
        return dump(protected(self.to_dict()))


def plain(value: Any) -> Any:
    """Settings as plain data: dicts, lists, numbers, text, booleans, None."""
    if isinstance(value, Component):
        inner = {} if value.settings is None else plain(value.settings)
        where = {} if value.interpreter is None else {"interpreter": value.interpreter.name}
        return {"name": value.name, **where, **inner}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
    if isinstance(value, Enum):
        return label(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _components(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Component]]:
    if isinstance(value, Component):
        yield path, value
        yield from _components(value.settings, path)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _components(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _components(item, (*path, index))


def protected(value: Any) -> Any:
    """Plain data that compose to `value`, whose text may look like references."""
    if isinstance(value, dict):
        return {key: protected(item) for key, item in value.items()}
    if isinstance(value, list):
        return [protected(item) for item in value]
    return protect(value) if isinstance(value, str) else value

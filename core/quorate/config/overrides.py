"""Overrides: ``key.path=value`` and ``list[0].key=value`` from the command line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quorate.config.source import read_value
from quorate.documents import KeyPath, Places, parse, show
from quorate.errors import ConfigError
from quorate.paths import there

_CRAMPED = re.compile(r"\w+:[^\s/]")
"""A key and its value without the space that YAML asks for in between; what follows is no address."""

_SPACE = "Write a space after each colon, and quotes around it all: 'key={name: mlp, width: 64}'."


def apply_overrides(data: dict[str, Any], overrides: Sequence[str], places: Places) -> None:
    """Set each override in the data, in their order; the value at the path is replaced as a whole.

    Raises:
        ConfigError: an override is malformed, its value is no YAML, or its path does not fit the file.
    """
    for text in overrides:
        path, value = _split(text)
        assign(data, path, value, f"command line: {text}")
        places.put(path, f"command line: {text}")
        for length in range(1, len(path)):
            places.known.setdefault(path[:length], f"command line: {text}")


def _split(text: str) -> tuple[KeyPath, Any]:
    place = f"command line: {text}"
    left, equals, right = text.partition("=")
    path = parse(left.strip())
    if not equals and there(text):
        problem = f"{text} is a {'folder' if Path(text).is_dir() else 'file'}, and no override; one is taken at a time."
        raise ConfigError(problem, where=place, fix="Leave it out, or give it to a command of its own.")
    if not equals or path is None:
        fix = "Write key.path=value or list[0].key=value, without spaces around the equals sign."
        raise ConfigError("This is no override.", where=place, fix=fix)
    try:
        value = read_value(right, place)
    except ConfigError as error:
        if _CRAMPED.search(right):
            raise ConfigError(error.problem, where=place, fix=_SPACE) from None
        raise
    if cramped := _cramped_key(value):
        raise ConfigError(f"There is no space after the colon in {cramped!r}.", where=place, fix=_SPACE)
    return path, value


def _cramped_key(value: Any) -> str | None:
    """A key such as ``name:mpe``, which YAML reads from ``{name:mpe}``, anywhere in a value, or None."""
    if isinstance(value, dict):
        mine = (key for key, item in value.items() if item is None and _CRAMPED.match(key))
        return next(mine, None) or _cramped_key(list(value.values()))
    if isinstance(value, list):
        return next((found for item in value if (found := _cramped_key(item))), None)
    return None


def assign(data: dict[str, Any], path: KeyPath, value: Any, place: str) -> None:
    """Put a value at a path; a component's name on the way becomes ``{name: ...}``, what is missing a mapping.

    Raises:
        ConfigError: the path does not fit the data; it is told with `place`.
    """
    node: Any = data
    for depth, part in enumerate(path):
        if isinstance(part, int):
            _check_index(node, path[:depth], part, place)
        elif not isinstance(node, dict):
            problem = f"{show(path[:depth])} is {_shape(node)}, which has no key '{part}'."
            fix = f"Write {show(path[:depth])}[0].{part}=..." if isinstance(node, list) else "Check the key path."
            raise ConfigError(problem, where=place, fix=fix)
        if depth == len(path) - 1:
            node[part] = value
            return
        node = _enter(node, part, path[: depth + 2])


def _enter(node: Any, part: str | int, path: KeyPath) -> Any:
    """What is at `part`, made ready to hold the last key of `path`."""
    child = node.get(part) if isinstance(node, dict) else node[part]
    if isinstance(path[-1], str):
        if isinstance(child, str) and "${" not in child:
            child = {"name": child}
        elif child is None:
            child = {}
        node[part] = child
    return child


def _check_index(node: Any, path: KeyPath, index: int, place: str) -> None:
    if not isinstance(node, list):
        problem = (
            f"{show(path)} is {'not in the file' if node is None else _shape(node)}; [{index}] needs a list there."
        )
        raise ConfigError(problem, where=place, fix=f"Give the whole list: {show(path)}=[...]")
    if index >= len(node):
        choices = [f"[{i}]" for i in range(len(node))]
        problem = f"{show(path)} has {len(node)} entries; there is no [{index}]."
        raise ConfigError(problem, where=place, choices=choices, fix=f"Give the whole list: {show(path)}=[...]")


def _shape(node: Any) -> str:
    return "a mapping" if isinstance(node, dict) else "a list" if isinstance(node, list) else f"the value {node!r}"

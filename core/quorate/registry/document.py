"""YAML as plain data that remembers on which line everything stands."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from quorate.errors import ManifestError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTRUCTION_ERRORS = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What PyYAML raises on hostile scalars such as ``!!int ''`` or ``2020-99-99``."""

type_names = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true/false",
}


_DEPTH = 40


class Document:
    """The data of one YAML file and the line of each of its nodes.

    Attributes:
        path: the file, for messages.
        data: dicts with text keys, lists, text, numbers, booleans and None.
    """

    def __init__(self, path: str, data: Any, lines: Mapping[tuple[str | int, ...], int] | None = None) -> None:
        self.path = path
        self.data = data
        self._lines = lines or {}

    def line(self, *keys: str | int) -> int | None:
        """The line (from 1) of the entry under a path of keys, or of the nearest entry above it that has one."""
        for end in range(len(keys), -1, -1):
            if keys[:end] in self._lines:
                return self._lines[keys[:end]]
        return None

    def where(self, *keys: str | int) -> str:
        """``file, line 3`` for messages."""
        line = self.line(*keys)
        return self.path if line is None else f"{self.path}, line {line}"


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        ManifestError: where it can not be read, is not YAML, has duplicate keys, or holds more than plain data.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ManifestError(f"The manifest can not be read: {reason}.", where=str(path)) from error
    return parse_document(text, str(path))


def parse_document(text: str, path: str) -> Document:
    """Parse YAML text; `path` is for messages (see `read_document`)."""
    lines: dict[tuple[str | int, ...], int] = {}
    try:
        _check_depth(text, path)
        loader = _Loader(text)
        node = loader.get_single_node()
        data = None if node is None else _Reader(loader, path, lines).read(node, ())
    except _CONSTRUCTION_ERRORS as error:
        raise _yaml_error(error, path) from error
    return Document(path, data, lines)


def _check_depth(text: str, path: str) -> None:
    """Refuse deep nesting from the stream of events: composing it would overflow the C stack and kill the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            raise ManifestError(
                f"The YAML is nested more than {_DEPTH} levels deep.", where=_place(path, event.start_mark)
            )


class _Reader:
    """Turns YAML nodes into plain data; refuses what a manifest has no use for."""

    def __init__(self, loader: Any, path: str, lines: dict[tuple[str | int, ...], int]) -> None:
        self._loader = loader
        self._path = path
        self._lines = lines
        self._nodes = 0
        self._open: set[int] = set()

    def read(self, node: yaml.Node, keys: tuple[str | int, ...]) -> Any:
        self._lines.setdefault(keys, node.start_mark.line + 1)
        self._nodes += 1
        if id(node) in self._open or self._nodes > 100_000:
            raise self._error(node, "The YAML refers to itself, or its aliases blow it up.")
        self._open.add(id(node))
        try:
            return self._value(node, keys)
        finally:
            self._open.discard(id(node))

    def _value(self, node: yaml.Node, keys: tuple[str | int, ...]) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, keys)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self.read(item, (*keys, index)) for index, item in enumerate(node.value)]
        try:
            value = self._loader.construct_object(node, deep=True)
        except _CONSTRUCTION_ERRORS as error:
            raise self._error(node, f"{node.value!r} is no valid {node.tag.rpartition(':')[2]}.") from error
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise self._error(node, "Only plain data is allowed here.", fix="Put quotes around dates and the like.")

    def _mapping(self, node: yaml.MappingNode, keys: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or not isinstance(key, str) or key == "<<":
                raise self._error(key_node, "A key must be text (merge keys, <<, are not supported).")
            if key in result:
                raise self._error(key_node, f"The key {key!r} is given twice.", fix="Remove one of the two.")
            self._lines[(*keys, key)] = key_node.start_mark.line + 1
            result[key] = self.read(value_node, (*keys, key))
        return result

    def _error(self, node: yaml.Node, problem: str, fix: str | None = None) -> ManifestError:
        return ManifestError(problem, where=f"{self._path}, line {node.start_mark.line + 1}", fix=fix)


def _yaml_error(error: Exception, path: str) -> ManifestError:
    mark = getattr(error, "problem_mark", None)
    where = _place(path, mark)
    problem = getattr(error, "problem", None) or str(error).split("\n")[0]
    return ManifestError(f"The manifest is not valid YAML: {problem}.", where=where)


def _place(path: str, mark: Any) -> str:
    return path if mark is None else f"{path}, line {mark.line + 1}, column {mark.column + 1}"

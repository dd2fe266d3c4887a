"""YAML text as plain data, and the line of every key in it."""

import re
from pathlib import Path
from typing import Any

import yaml

from quorate.documents.grammar import DEPTH, TAG, Loader, TooDeepError
from quorate.documents.places import KeyPath, Places
from quorate.errors import QuorateError

_LIMIT = 100_000
"""Values in one document, aliases written out; ends what would otherwise expand without bound."""

_SCALARS = {TAG + name for name in ("null", "bool", "int", "float", "str")}


def read_document(path: Path, raises: type[QuorateError]) -> tuple[Any, Places]:
    """Read a YAML file.

    Returns:
        Its data (dicts with text keys, lists, text, numbers, booleans and None), and the place of every key in it.

    Raises:
        QuorateError: of the given class, where the file can not be read or is no YAML of plain data, names a key
            twice, nests too deeply, or grows without bound through aliases.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        problem = "The file can not be read: there is no such file."
        raise raises(problem, where=str(path), fix="Check the path.") from None
    except UnicodeDecodeError:
        raise raises("The file is not text in UTF-8.", where=str(path), fix="Give a YAML file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise raises(f"The file can not be read: {reason}.", where=str(path), fix="Give a YAML file.") from None
    return parse_document(text, str(path), raises)


def parse_document(text: str, name: str, raises: type[QuorateError], *, lines: bool = True) -> tuple[Any, Places]:
    """Parse YAML text (see `read_document`).

    Args:
        text: YAML.
        name: stands for the text in messages.
        raises: the class of the errors.
        lines: whether messages give lines; False for text that is no file.
    """
    places = Places(name, raises)
    try:
        loader = Loader(text)
        node = loader.get_single_node()
    except (yaml.YAMLError, ValueError) as error:
        raise _malformed(error, text, places, lines) from None
    return None if node is None else _Builder(loader, places, lines).value(node, ()), places


def _malformed(error: Exception, text: str, places: Places, lines: bool) -> QuorateError:
    mark = getattr(error, "problem_mark", None)
    where = f"{places.file}, line {mark.line + 1}, column {mark.column + 1}" if mark and lines else places.file
    problem = getattr(error, "problem", None) or str(error).split("\n")[0]
    fix = "Correct the YAML there, or put the text in quotes."
    if isinstance(error, TooDeepError):
        fix = "Nest it less deeply."
    elif mark and any(re.match(r" *\t", line) for line in text.splitlines()[mark.line : mark.line + 1]):
        fix = "Indent with spaces, not tabs."
    return places.raises(f"Malformed YAML: {problem}.", where=where, fix=fix)


class _Builder:
    """Turns the nodes of one document into plain data."""

    def __init__(self, loader: Any, places: Places, lines: bool) -> None:
        self._loader = loader
        self._places = places
        self._lines = lines
        self._count = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        """The data of a node and of everything in it."""
        if self._lines:
            self._places.known.setdefault(path, node.start_mark.line + 1)
        self._count += 1
        if id(node) in self._open or self._count > _LIMIT or len(path) > DEPTH:
            raise self._error(node, "The YAML repeats itself without bound through its aliases.", "Write values out.")
        self._open.add(id(node))
        try:
            return self._contents(node, path)
        finally:
            self._open.discard(id(node))

    def _contents(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        if not isinstance(node, yaml.ScalarNode) or node.tag not in _SCALARS:
            problem = f"The tag {_short(node)} is no valid one here; only plain data is allowed."
            raise self._error(node, problem, "Write a plain value, or put it in quotes.")
        try:
            return self._loader.construct_object(node)
        except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
            problem = f"{node.value[:60]!r} is no valid {_short(node)}."
            raise self._error(node, problem, "Write a plain value, or put it in quotes.") from None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in result:
                problem = f"The key {key!r} is given twice; the first is at {self._places.of((*path, key))}."
                raise self._error(key_node, problem, "Keep one of them.")
            if self._lines:
                self._places.known[(*path, key)] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*path, key))
        return result

    def _key(self, node: yaml.Node) -> str:
        if node.tag == TAG + "merge":
            fix = "Write the keys out; in a configuration, ${key.path} refers to a single value."
            raise self._error(node, "Merge keys (<<) are not supported.", fix)
        if not isinstance(node, yaml.ScalarNode) or node.tag != TAG + "str":
            what = node.value if isinstance(node, yaml.ScalarNode) else "a list or a mapping"
            raise self._error(node, f"A key must be text, not {what}.", "Put the key in quotes.")
        return str(node.value)

    def _error(self, node: yaml.Node, problem: str, fix: str) -> QuorateError:
        where = f"{self._places.file}, line {node.start_mark.line + 1}" if self._lines else self._places.file
        return self._places.raises(problem, where=where, fix=fix)


def _short(node: yaml.Node) -> str:
    return str(node.tag).removeprefix(TAG)

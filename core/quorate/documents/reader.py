"""YAML text as plain data, and the line of every key in it."""

import errno
import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from quorate.documents.grammar import DEPTH, TAG, Loader, TooDeepError, TooLargeError
from quorate.documents.places import KeyPath, Places
from quorate.errors import QuorateError

LARGEST = 2**28
"""Bytes of a file that is read as a whole."""

_LIMIT = 100_000
"""Values that aliases may add to a document, a thousand characters counting as one; ends what would expand for ever."""

_TEXT, _SEQUENCE, _MAPPING, _MERGE = (TAG + name for name in ("str", "seq", "map", "merge"))
_SCALARS = {TAG + name for name in ("null", "bool", "int", "float")}


@contextmanager
def collecting_later() -> Iterator[None]:
    """Reads large files in half the time: the garbage collector does not look at all values again and again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def read_document(path: Path, raises: type[QuorateError]) -> tuple[Any, Places]:
    """Read a YAML file.

    Returns:
        Its data (dicts with text keys, lists, text, numbers, booleans and None), and the place of every key in it.

    Raises:
        QuorateError: of the given class, where the file can not be read or is no YAML of plain data, names a key
            twice, nests too deeply, or grows without bound through aliases.
    """
    return parse_document(read_text(path, raises), str(path), raises)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        OSError: it can not be read, or is too large, as what never ends (/dev/zero) is.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST // 2**20} MiB")
    return content


def read_text(path: Path, raises: type[QuorateError]) -> str:
    """The text of a file.

    Raises:
        QuorateError: of the given class, where it can not be read.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except FileNotFoundError:
        problem = "The file can not be read: there is no such file."
        raise raises(problem, where=str(path), fix="Check the path.") from None
    except UnicodeDecodeError:
        raise raises("The file is not text in UTF-8.", where=str(path), fix="Give a YAML file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise raises(f"The file can not be read: {reason}.", where=str(path), fix="Give a YAML file.") from None


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
    if node is None:
        return None, places
    if lines:
        places.tree = node
    most = loader.count + len(text) // 1000 + _LIMIT
    return _Builder(loader, places, most).value(node, ()), places


def _malformed(error: Exception, text: str, places: Places, lines: bool) -> QuorateError:
    mark = getattr(error, "problem_mark", None)
    where = f"{places.file}, line {mark.line + 1}, column {mark.column + 1}" if mark and lines else places.file
    problem = getattr(error, "problem", None) or str(error).split("\n")[0]
    fix = "Correct the YAML there, or put the text in quotes."
    if isinstance(error, TooDeepError):
        fix = "Nest it less deeply."
    elif isinstance(error, TooLargeError):
        fix = "Split it into several files."
    elif mark and any(re.match(r" *\t", line) for line in text.splitlines()[mark.line : mark.line + 1]):
        fix = "Indent with spaces, not tabs."
    return places.raises(f"Malformed YAML: {problem}.", where=where, fix=fix)


class _Builder:
    """Turns the nodes of one document into plain data."""

    def __init__(self, loader: Any, places: Places, most: int) -> None:
        self._loader = loader
        self._places = places
        self._most = most
        self._count = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        """The data of a node and of everything in it."""
        self._count += 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open or self._count > self._most or len(path) > DEPTH:
            raise self._endless(node)
        self._open.add(id(node))
        try:
            if node.tag == _MAPPING and isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if node.tag == _SEQUENCE and isinstance(node, yaml.SequenceNode):
                return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        finally:
            self._open.discard(id(node))
        raise self._tagged(node)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag == _TEXT:
            self._count += len(node.value) // 1000
            if self._count > self._most:
                raise self._endless(node)
            return str(node.value)
        if node.tag not in _SCALARS:
            raise self._tagged(node)
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
            result[key] = self.value(value_node, (*path, key))
        return result

    def _key(self, node: yaml.Node) -> str:
        if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
            return str(node.value)
        if node.tag == _MERGE:
            fix = "Write the keys out; in a configuration, ${key.path} refers to a single value."
            raise self._error(node, "Merge keys (<<) are not supported.", fix)
        what = node.value if isinstance(node, yaml.ScalarNode) else "a list or a mapping"
        raise self._error(node, f"A key must be text, not {what}.", "Put the key in quotes.")

    def _endless(self, node: yaml.Node) -> QuorateError:
        return self._error(node, "The YAML repeats itself without bound through its aliases.", "Write values out.")

    def _tagged(self, node: yaml.Node) -> QuorateError:
        problem = f"The tag {_short(node)} is no valid one here; only plain data is allowed."
        return self._error(node, problem, "Write a plain value, or put it in quotes.")

    def _error(self, node: yaml.Node, problem: str, fix: str) -> QuorateError:
        lines = self._places.tree is not None
        where = f"{self._places.file}, line {node.start_mark.line + 1}" if lines else self._places.file
        return self._places.raises(problem, where=where, fix=fix)


def _short(node: yaml.Node) -> str:
    return str(node.tag).removeprefix(TAG)

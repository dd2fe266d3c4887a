"""Key paths, and where each of them was written."""

import re
from collections.abc import Iterator, Sequence

import yaml

from quorate.errors import QuorateError

KeyPath = tuple[str | int, ...]

_PART = re.compile(r"\.?([^.\[\]=\s]+)|\[(\d{1,6})\]")


def show(path: KeyPath) -> str:
    """``("a", 0, "b")`` as ``a[0].b``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def parse(text: str) -> KeyPath | None:
    """``a[0].b`` as ``("a", 0, "b")``, or None where it is no key path."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or (match[1] is not None and (position > 0) != (text[position] == ".")):
            return None
        parts.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    return tuple(parts) if parts and isinstance(parts[0], str) else None


class Places:
    """Where values come from, by key path.

    Attributes:
        file: the file (or the override) that is read, for messages.
        raises: the class of the errors about it.
        tree: the YAML of the file, whose lines are looked up when somebody asks.
    """

    def __init__(self, file: str, raises: type[QuorateError], known: dict[KeyPath, int | str] | None = None) -> None:
        self.file = file
        self.raises = raises
        self.tree: yaml.Node | None = None
        self._table = known

    @property
    def known(self) -> dict[KeyPath, int | str]:
        """A line of the file (from 1), or another place in words: the command line, a component's defaults."""
        if self._table is None:
            self._table = {} if self.tree is None else dict(_lines(self.tree, ()))
        return self._table

    @known.setter
    def known(self, table: dict[KeyPath, int | str]) -> None:
        self._table = table

    def of(self, path: KeyPath) -> str:
        """The place of a key, or of the nearest thing around it."""
        place = self._known(path)
        return f"{self.file}, line {place}" if isinstance(place, int) else place or self.file

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest thing around it; None where it is not from the file."""
        place = self._known(path)
        return place if isinstance(place, int) else None

    def put(self, path: KeyPath, place: str) -> None:
        """Say that everything from `path` down comes from `place`."""
        for inner in [key for key in self.known if key[: len(path)] == path]:
            del self.known[inner]
        self.known[path] = place

    def error(
        self, problem: str, path: KeyPath, *, choices: Sequence[str] = (), fix: str | None = None
    ) -> QuorateError:
        """The error of a key, to be raised."""
        where = f"{show(path)} ({self.of(path)})" if path else self.of(path)
        return self.raises(problem, where=where, choices=choices, fix=fix)

    def _known(self, path: KeyPath) -> int | str | None:
        if self._table is None and self.tree is not None:
            return _line(self.tree, path)
        around = (path[:length] for length in range(len(path), -1, -1))
        return next((self.known[above] for above in around if above in self.known), None)


def _lines(node: yaml.Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """The line of everything in a node; a key's value is where the key is."""
    if not path:
        yield path, node.start_mark.line + 1
    for part, begin, inner in _parts(node):
        yield (*path, part), begin.start_mark.line + 1
        yield from _lines(inner, (*path, part))


def _line(node: yaml.Node, path: KeyPath) -> int:
    """The line of one key, or of the nearest thing around it."""
    line = node.start_mark.line + 1
    for wanted in path:
        if isinstance(wanted, int) and isinstance(node, yaml.SequenceNode) and wanted < len(node.value):
            begin = node = node.value[wanted]
        else:
            found = next(((begin, inner) for part, begin, inner in _parts(node) if part == wanted), None)
            if found is None:
                break
            begin, node = found
        line = begin.start_mark.line + 1
    return int(line)


def _parts(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((index, child, child) for index, child in enumerate(node.value))

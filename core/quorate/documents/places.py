"""Key paths, and where each of them was written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

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


@dataclass
class Places:
    """Where values come from, by key path.

    Attributes:
        file: the file (or the override) that is read, for messages.
        raises: the class of the errors about it.
        known: a line of the file (from 1), or another place in words: the command line, a component's defaults.
    """

    file: str
    raises: type[QuorateError]
    known: dict[KeyPath, int | str] = field(default_factory=dict)

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
        around = (path[:length] for length in range(len(path), -1, -1))
        return next((self.known[above] for above in around if above in self.known), None)

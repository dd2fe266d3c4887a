"""Key paths, and where each of them was written."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from quorate.errors import ConfigError

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


def nearest(word: str, words: Iterable[str]) -> list[str]:
    """The words most like a word; all of them where none is alike."""
    candidates = list(words)
    return difflib.get_close_matches(word, candidates, n=3, cutoff=0.55) or candidates


def is_alike(word: str, words: Iterable[str]) -> bool:
    """Whether one of the words may be what was meant."""
    return bool(difflib.get_close_matches(word, list(words), n=1, cutoff=0.55))


@dataclass
class Places:
    """Where values come from, by key path: a file and line, the command line, a component's defaults."""

    file: str
    known: dict[KeyPath, str] = field(default_factory=dict)

    def of(self, path: KeyPath) -> str:
        """The place of a key, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.known:
                return self.known[path[:length]]
        return self.file

    def put(self, path: KeyPath, place: str) -> None:
        """Say that everything from `path` down comes from `place`."""
        for inner in [key for key in self.known if key[: len(path)] == path]:
            del self.known[inner]
        self.known[path] = place

    def error(self, problem: str, path: KeyPath, *, choices: Sequence[str] = (), fix: str | None = None) -> ConfigError:
        """The error of a key, to be raised."""
        where = f"{show(path)} ({self.of(path)})" if path else self.of(path)
        return ConfigError(problem, where=where, choices=choices, fix=fix)

"""The lines of a `.dpomdp` file, and what may stand on them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quorate.errors import QuorateError
from quorate.nearest import nearest

LARGEST_FILE = 2**26
"""Bytes."""
KEYS = "agents", "discount", "values", "states", "start", "start include", "start exclude", "actions", "observations"
TABLES = "T", "O", "R"


@dataclass(frozen=True)
class Place:
    """A line, for messages.

    Attributes:
        path: of the file.
        number: of the line, from 1; 0 for the file as a whole.
    """

    path: Path
    number: int = 0

    def error(self, problem: str, choices: Sequence[str] = (), fix: str | None = None) -> QuorateError:
        """What is wrong here."""
        where = f"{self.path}, line {self.number}" if self.number else str(self.path)
        return QuorateError(problem, where=where, choices=choices, fix=fix)


@dataclass(frozen=True)
class Entry:
    """A line with a key, and the lines without one that follow it.

    Attributes:
        place: of the key.
        key: one of `KEYS` or `TABLES`.
        parts: what follows the key on its line, split at colons.
        rest: the lines that follow, with their places.
    """

    place: Place
    key: str
    parts: tuple[str, ...]
    rest: list[tuple[Place, str]]

    def words(self) -> list[str]:
        """All words but the key, quotes removed."""
        texts = [*self.parts, *(text for _, text in self.rest)]
        return [word.strip("\"'") for text in texts for word in text.split()]


def read_entries(path: Path) -> list[Entry]:
    """Split a file into entries.

    Raises:
        QuorateError: it can not be read, is too large, is no text, or begins with no key.
    """
    entries: list[Entry] = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        text, place = line.split("#", 1)[0].strip(), Place(path, number)
        head, colon, tail = text.partition(":")
        key = " ".join(head.split())
        if colon and key in (*KEYS, *TABLES):
            entries.append(Entry(place, key, tuple(part.strip() for part in tail.split(":")), []))
        elif colon:
            raise place.error(f"There is no key '{key[:40]}'.", nearest(key, (*KEYS, *TABLES)))
        elif text and not entries:
            raise place.error("Expected a key and a colon.", fix="begin with a line such as 'agents: 2'")
        elif text:
            entries[-1].rest.append((place, text))
    return entries


def number(word: str, place: Place) -> float:
    """A finite number.

    Raises:
        QuorateError: it is none.
    """
    try:
        value = float(word)
    except ValueError:
        raise place.error(f"Expected a number, not '{word[:40]}'.") from None
    if not math.isfinite(value):
        raise place.error(f"Expected a finite number, not '{word}'.")
    return value


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:  # what has no size, such as a pipe, may still never end
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Place(path).error(f"The file is larger than {LARGEST_FILE // 2**20} MiB.")
        return content.decode("utf-8-sig")
    except OSError as error:
        fix = "give the path of a .dpomdp file"
        raise Place(path).error(f"The file can not be read: {error.strerror}.", fix=fix) from None
    except UnicodeDecodeError:
        raise Place(path).error("The file is no text.", fix="unpack it first, if it is packed") from None

"""Resolves the references of a tree: each once, whatever refers to it, and all of them within one bound."""

import copy
import re
from typing import Any

from omegaconf import OmegaConf

from quorate.config.interpolation import FAILURES, has_reference, protect, refuse_resolvers, unresolved
from quorate.documents import KeyPath, Places
from quorate.errors import ConfigError, QuorateError
from quorate.settings import REQUIRED

MOST = 1_000_000
"""Characters that the references of one tree may become, a value counting as ten: doubling again and again ends."""

_MOST_IN_ONE = 100
"""References in one text."""

_MARK = re.compile(r"(\\*)\$\{|\}")
_PART = re.compile(r"[^.\[\]]+")
_KEY = re.compile(r"[\w-]+")
_TEXT = "\0"
"""A key that no file has: of text that stands nowhere in the tree."""


def resolve(tree: dict[str, Any], places: Places) -> dict[str, Any]:
    """The tree with every reference replaced by the value that it names.

    Raises:
        ConfigError: a reference is malformed, names a key that does not exist or itself, calls a resolver, or they
            grow too large.
    """
    result: dict[str, Any] = Resolver(tree, places).value(())
    return result


class Resolver:
    """Resolves references in one tree.

    Args:
        tree: plain data; it must not change.
        places: where its values are from, for messages.
    """

    def __init__(self, tree: dict[str, Any], places: Places) -> None:
        self._tree, self._places = tree, places
        self._known: dict[KeyPath, Any] = {}
        self._open: dict[KeyPath, None] = {}
        self._size = 0

    def value(self, path: KeyPath) -> Any:
        """The value at a path of the tree.

        Raises:
            ConfigError: as of `resolve`.
        """
        if path not in self._known:
            if path in self._open:
                raise self._error(self._raw(path), path, "it leads back to itself")
            self._open[path] = None
            try:
                self._known[path] = self._resolved(self._raw(path), path)
            finally:
                del self._open[path]
        return self._known[path]

    def text(self, text: str, path: KeyPath = (_TEXT,)) -> Any:
        """What a text with references becomes, as if it stood at a path.

        Raises:
            ConfigError: as of `resolve`.
        """
        refuse_resolvers(text, path, self._places)
        if text.count("${") > _MOST_IN_ONE:
            problem = f"This text has more than {_MOST_IN_ONE} references."
            raise self._places.error(problem, path, fix="Write the value out, or refer to a key that has it.")
        try:
            found = self._filled(text, path)
        except QuorateError:
            raise
        except FAILURES as error:
            raise unresolved(text, error, path, self._places) from None
        return found

    def _resolved(self, raw: Any, path: KeyPath) -> Any:
        if isinstance(raw, dict):
            return {key: self.value((*path, key)) for key in raw}
        if isinstance(raw, list):
            return [self.value((*path, index)) for index in range(len(raw))]
        return self.text(raw, path) if has_reference(raw) else raw

    def _raw(self, path: KeyPath) -> Any:
        value: Any = self._tree
        for part in path:
            value = value[part]
        return value

    def _filled(self, text: str, path: KeyPath) -> Any:
        """The text with what its references name, from the innermost on; OmegaConf reads the grammar."""
        OmegaConf.create([text])  # refuses what is malformed
        values: list[Any] = []
        start = 0
        while (span := _innermost(text, start)) is not None:
            begin, end, nested = span
            found = self._target(text[begin + 2 : end].strip(), text, path)
            if nested and not (isinstance(found, (str, int)) and _KEY.fullmatch(str(found))):
                raise self._error(text, path, f"{found!r} can not be part of a key")
            name = str(found) if nested else f"${{held{len(values)}}}"
            if not nested:
                self._count(found, text, path)
                values.append(found)
                start = begin + len(name)
            text = text[:begin] + name + text[end + 1 :]
        if text == "${held0}":
            return copy.deepcopy(values[0])
        held = {f"held{index}": protect(str(value)) for index, value in enumerate(values)}
        return OmegaConf.create({**held, _TEXT: text})[_TEXT]

    def _count(self, found: Any, text: str, path: KeyPath) -> None:
        self._size += _size(found)
        if self._size > MOST:
            problem = f"The references grow to more than {MOST:,} characters, here with {text[:60]!r}."
            raise self._places.error(problem, path, fix="Let fewer of them refer to one another.")

    def _target(self, key: str, text: str, path: KeyPath) -> Any:
        """What one reference names; leading dots begin at the container that it is in, as in OmegaConf."""
        dots = len(key) - len(key.lstrip("."))
        if dots > len(path):
            raise self._error(text, path, f"Interpolation key {key!r} not found")
        base = path[: len(path) - dots] if dots else ()
        value: Any = self._raw(base)
        at: KeyPath | None = base  # None where no reference is left in the value
        for part in _PART.findall(key):
            if has_reference(value) and at is not None:
                value, at = self.value(at), None
            inner = _child(value, part)
            if inner is None:
                raise self._error(text, path, f"Interpolation key {key!r} not found")
            at = None if at is None else (*at, inner)
            value = value[inner]
        found = value if at is None else self.value(at)
        if found == REQUIRED:
            problem = f"The reference {text!r} leads to a value that is missing."
            raise self._places.error(problem, path, fix="Give that value.")
        return found

    def _error(self, text: Any, path: KeyPath, reason: str) -> QuorateError:
        return unresolved(str(text)[:200], ConfigError(reason), path, self._places)


def _child(value: Any, part: str) -> str | int | None:
    """The key of a part of a reference in a container; None where it has none."""
    if isinstance(value, dict):
        return part if part in value else None
    if isinstance(value, list) and re.fullmatch(r"-?\d{1,6}", part) and -len(value) <= int(part) < len(value):
        return int(part) % len(value)
    return None


def _innermost(text: str, start: int) -> tuple[int, int, bool] | None:
    """Where the first reference that holds no other begins and ends, and whether it is inside another."""
    begins: list[int] = []
    for mark in _MARK.finditer(text, start):
        if mark[0] == "}":
            if begins:
                return begins.pop(), mark.start(), bool(begins)
        elif len(mark[1]) % 2 == 0:  # else it is escaped
            begins.append(mark.end() - 2)
    return None


def _size(value: Any) -> int:
    if isinstance(value, (dict, list)):
        return 10 + sum(map(_size, value.values() if isinstance(value, dict) else value))
    return 10 + len(value) if isinstance(value, str) else 10

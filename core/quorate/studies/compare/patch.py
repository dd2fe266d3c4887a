"""Applies the patch of a variant to a configuration."""

import copy
from dataclasses import dataclass, field
from typing import Any

from quorate.config.overrides import assign
from quorate.documents import KeyPath, Places, parse
from quorate.errors import ConfigError


@dataclass
class Tree:
    """A configuration as plain data, with the place of every value in words.

    Attributes:
        data: nested mappings and lists.
        places: for messages.
        declared: the key paths that patches have set, with everything below them.
    """

    data: dict[str, Any]
    places: Places
    declared: list[KeyPath] = field(default_factory=list)

    def copy(self) -> "Tree":
        """One that can be changed without changing this one."""
        places = Places(self.places.file, self.places.raises, dict(self.places.known))
        return Tree(copy.deepcopy(self.data), places, list(self.declared))

    def put(self, path: KeyPath, value: Any, place: str) -> None:
        """Set the value at a path as a whole.

        Raises:
            ConfigError: the path does not fit the data.
        """
        assign(self.data, path, copy.deepcopy(value), place)
        self.places.put(path, place)
        for length in range(1, len(path)):
            self.places.known.setdefault(path[:length], place)

    def patch(self, changes: dict[str, Any], places: Places, at: KeyPath) -> None:
        """Set what a patch gives: mappings are merged, everything else replaces what was there.

        Args:
            changes: keys may be dotted, with indices of lists, such as ``algorithm.inference[0].steps``.
            places: of the file that the patch is from.
            at: where it is there.

        Raises:
            ConfigError: a key is no key path, or does not fit the configuration.
        """
        for key, value in changes.items():
            self._merge(_path(key, places, (*at, key)), value, places, (*at, key))

    def _merge(self, path: KeyPath, value: Any, places: Places, at: KeyPath) -> None:
        if not (isinstance(value, dict) and value):
            self._declare(path, value, places.of(at))
            return
        if "name" in value and value["name"] != _name(self._find(path)):
            self._declare(path, {}, places.of(at))  # the settings of one component do not fit another
        for key, inner in value.items():
            self._merge((*path, *_path(key, places, (*at, key))), inner, places, (*at, key))

    def _declare(self, path: KeyPath, value: Any, place: str) -> None:
        self.put(path, value, place)
        self.declared.append(path)

    def _find(self, path: KeyPath) -> Any:
        node: Any = self.data
        for part in path:
            inside = isinstance(node, dict) if isinstance(part, str) else isinstance(node, list)
            if not inside or (isinstance(part, int) and part >= len(node)):
                return None
            node = node.get(part) if isinstance(node, dict) else node[part]
        return node


def tree_of(data: dict[str, Any], places: Places, at: KeyPath) -> Tree:
    """A tree of its own from what a file has at a key path."""
    known: dict[KeyPath, int | str] = {
        path[len(at) :]: places.of(path) for path in places.known if path[: len(at)] == at
    }
    return Tree(copy.deepcopy(data), Places(places.file, ConfigError, known))


def _name(value: Any) -> Any:
    return value.get("name") if isinstance(value, dict) else value


def _path(key: str, places: Places, at: KeyPath) -> KeyPath:
    path = parse(key)
    if path is None:
        raise places.error(f"{key!r} is no key path.", at, fix="Write it like algorithm.inference[0].steps.")
    return path

"""Read a YAML file into plain data, knowing the line of every key."""

from pathlib import Path
from typing import Any

import yaml

from quorate.config.grammar import Loader
from quorate.config.places import KeyPath, Places
from quorate.errors import ConfigError

_LIMIT = 100_000
"""Values in one file, aliases written out; ends what would otherwise expand without bound."""

_SCALARS = (type(None), bool, int, float, str)


def read_source(path: Path) -> tuple[dict[str, Any], Places]:
    """Read a configuration file.

    Returns:
        Its plain data, and the place of every key in it.

    Raises:
        ConfigError: the file can not be read, is no YAML, or is no mapping of keys to values.
    """
    places = Places(str(path))
    data = _Reader(str(path), places).read(_text(path))
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(
            f"The file holds {_what(data)} where a mapping of keys to values is expected.",
            where=str(path),
            fix="Start with lines such as `environment: {name: ...}` and `algorithm: {name: ...}`.",
        )
    return data, places


def read_value(text: str, place: str) -> Any:
    """Read one value given as YAML text, such as the right-hand side of an override."""
    return _Reader(place, Places(place), lines=False).read(text)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("There is no such file.", where=str(path), fix="Check the path.") from None
    except UnicodeDecodeError:
        raise ConfigError("The file is not text in UTF-8.", where=str(path), fix="Give a YAML file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"The file can not be read: {reason}.", where=str(path), fix="Give a YAML file.") from None


class _Reader:
    """Walks the nodes of one document; `name` stands for it in messages."""

    def __init__(self, name: str, places: Places, lines: bool = True) -> None:
        self._name = name
        self._places = places
        self._lines = lines
        self._count = 0
        self._open: set[int] = set()

    def read(self, text: str) -> Any:
        """Parse the text and build its data."""
        try:
            loader = Loader(text)
            node = loader.get_single_node()
            return None if node is None else self._value(loader, node, ())
        except yaml.YAMLError as error:
            raise self._malformed(error) from None
        except (RecursionError, ValueError, OverflowError) as error:
            what = "nested too deeply" if isinstance(error, RecursionError) else f"not readable: {error}"
            raise ConfigError(f"The YAML is {what}.", where=self._name, fix="Simplify it.") from None

    def _malformed(self, error: yaml.YAMLError) -> ConfigError:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"{self._name}, line {mark.line + 1}, column {mark.column + 1}" if mark and self._lines else self._name
        tab = "\\t" in problem
        fix = "Indent with spaces, not tabs." if tab else "Correct the YAML there, or put the text in quotes."
        return ConfigError(f"Malformed YAML: {problem}.", where=where, fix=fix)

    def _value(self, loader: Loader, node: yaml.Node, path: KeyPath) -> Any:
        place = f"{self._name}, line {node.start_mark.line + 1}" if self._lines else self._name
        self._places.known.setdefault(path, place)
        self._count += 1
        if id(node) in self._open or self._count > _LIMIT:
            raise ConfigError("The YAML repeats itself without bound through its aliases.", where=place)
        self._open.add(id(node))
        try:
            return self._contents(loader, node, path, place)
        finally:
            self._open.discard(id(node))

    def _contents(self, loader: Loader, node: yaml.Node, path: KeyPath, place: str) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self._value(loader, child, (*path, index)) for index, child in enumerate(node.value)]
        try:
            value = loader.construct_object(node, deep=True) if isinstance(node, yaml.ScalarNode) else node
        except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
            what = f"{str(node.value)[:60]!r} is no valid {node.tag.rpartition(':')[2]}"
            raise ConfigError(f"{what}.", where=place, fix="Write a plain value, or put it in quotes.") from None
        if not isinstance(value, _SCALARS):
            raise ConfigError(f"The YAML tag {node.tag} is not allowed here.", where=place, fix="Write a plain value.")
        return value

    def _mapping(self, loader: Loader, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(loader, key_node)
            line = key_node.start_mark.line + 1
            if key in result:
                first = self._places.of((*path, key))
                raise ConfigError(
                    f"The key '{key}' is given twice; the first is at {first}.",
                    where=f"{self._name}, line {line}" if self._lines else self._name,
                    fix="Keep one of them.",
                )
            if self._lines:
                self._places.known[(*path, key)] = f"{self._name}, line {line}"
            result[key] = self._value(loader, value_node, (*path, key))
        return result

    def _key(self, loader: Loader, node: yaml.Node) -> str:
        place = f"{self._name}, line {node.start_mark.line + 1}" if self._lines else self._name
        if node.tag == "tag:yaml.org,2002:merge":
            fix = "Write the keys out, or refer to single values with ${key.path}."
            raise ConfigError("Merge keys (<<) are not supported.", where=place, fix=fix)
        key = loader.construct_object(node) if isinstance(node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            what = node.value if isinstance(node, yaml.ScalarNode) else "a list or a mapping"
            raise ConfigError(f"A key must be text, not {what}.", where=place, fix="Put the key in quotes.")
        return key


def _what(data: Any) -> str:
    return "a list" if isinstance(data, list) else f"the single value {str(data)[:60]!r}"

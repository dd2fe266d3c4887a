"""Read a configuration file, and the values of overrides."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from quorate.config.stored_before import as_now
from quorate.documents import DEPTH, Places, parse_document, read_document
from quorate.errors import ConfigError

_START = "Start with lines such as `environment: {name: ...}` and `algorithm: {name: ...}`."


def read_source(source: Path | Mapping[str, Any]) -> tuple[dict[str, Any], Places]:
    """Read a configuration file, or take a mapping of what one would hold.

    Returns:
        Its plain data, and the place of every key in it.

    Raises:
        ConfigError: the file can not be read, is no YAML, or is no mapping of keys to values.
    """
    if isinstance(source, Mapping):
        place = "the mapping given"
        return as_read(source, place), Places(place, ConfigError)
    data, places = read_document(Path(source), ConfigError)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        what = "a list" if isinstance(data, list) else f"the single value {str(data)[:60]!r}"
        problem = f"The file holds {what} where a mapping of keys to values is expected."
        raise ConfigError(problem, where=str(source), fix=_START)
    return as_now(data, Path(source)), places


def as_read(value: Any, where: str, depth: int = 0) -> Any:
    """What Python has, as if it were read from a file: sequences become lists, numpy's numbers and arrays plain ones.

    Args:
        value: a mapping, or what is in one; what no file could hold stays as it is, and fits no setting.
        where: the place, for messages.
        depth: of the value in others.

    Raises:
        ConfigError: a key is no text, or it is in itself.
    """
    if depth > DEPTH:
        raise ConfigError("The values nest too deeply.", where=where, fix="Nest them less deeply.")
    if isinstance(value, Mapping):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise ConfigError(f"A key must be text, not {wrong[0]!r}.", where=where, fix="Put the key in quotes.")
        return {str(key): as_read(item, where, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return [as_read(item, where, depth + 1) for item in value]
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # of numpy or torch, neither of which is imported here
        return value.tolist()
    return str(value) if isinstance(value, PurePath) else value


def refuse_empty(given: dict[str, Any], places: Places) -> None:
    """Say that a file is empty, rather than what is missing in it.

    Raises:
        ConfigError: neither the file nor an override gives anything.
    """
    if not given:
        raise ConfigError("The file is empty: it gives no key, or has comments only.", where=places.file, fix=_START)


def read_value(text: str, place: str) -> Any:
    """Read one value given as YAML text, such as the right-hand side of an override."""
    return parse_document(text, place, ConfigError, lines=False)[0]

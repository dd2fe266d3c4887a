"""Manifests: the rows that say which components a distribution has. Nothing is imported to read one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from quorate.documents import Places, collecting_later, parse_document, read_text
from quorate.errors import ManifestError
from quorate.registry.interpreter_rows import InterpreterRow, check_owner, read_interpreter
from quorate.registry.kinds import Kind
from quorate.registry.rows import Disabled, Row, check_keys, read_kind, read_preset, read_row

SCHEMA = 1
"""The newest manifest schema that this version reads."""

_KEYS = ("schema", "requires", "include", "kinds", "components", "references", "interpreters")


@dataclass(frozen=True)
class Manifest:
    """A manifest: its rows, or none of them where `incompatible` says why it is not for this host.

    `disabled` are those with mistakes, where it was read leniently; else the first mistake is an error. `include` names
    further manifests, and `references` files of reference results (`quorate.studies.references`), which are read when
    they are asked for: see `quorate.registry.entries.named_file`.
    """

    path: str
    rows: tuple[Row, ...] = ()
    incompatible: str | None = None
    disabled: tuple[Disabled, ...] = ()
    references: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    interpreters: tuple[InterpreterRow, ...] = ()


def load_manifest(path: Path, *, namespace: str | None = None, lenient: bool = False, **origin: Any) -> Manifest:
    """Read and check a manifest file.

    Args:
        path: the file.
        namespace: of a third party, whose names must begin with it and a slash; None: any name will do.
        lenient: a row with a mistake is disabled, and the others are used.
        origin: goes into each row (``distribution``, ``version``, ``directory``).

    Raises:
        ManifestError: naming the file, the line, the row, the key, the nearest valid key and the fix.
    """
    return _kept(read_text(path, ManifestError), str(path), namespace, lenient, *sorted(origin.items()))


@lru_cache(maxsize=64)
def _kept(text: str, path: str, namespace: str | None, lenient: bool, *origin: tuple[str, Any]) -> Manifest:
    """A process that composes often reads the same texts each time; nothing in a `Manifest` is ever changed."""
    with collecting_later():
        return parse_manifest(text, path, namespace=namespace, lenient=lenient, **dict(origin))


def parse_manifest(
    text: str, path: str = "registry.yaml", *, namespace: str | None = None, lenient: bool = False, **origin: Any
) -> Manifest:
    """Check a manifest given as text (see `load_manifest`)."""
    return _manifest(*parse_document(text, path, ManifestError), _Reading(namespace, lenient, origin))


@dataclass(frozen=True)
class _Reading:
    """How a manifest is read: see `load_manifest`."""

    namespace: str | None
    lenient: bool
    origin: dict[str, Any]


def _manifest(data: Any, places: Places, reading: _Reading) -> Manifest:
    if not isinstance(data, dict):
        fix = "Start it with the line 'schema: 1' and list the components under 'components:'."
        raise ManifestError("A manifest must be a mapping.", where=places.of(()), fix=fix)
    schema = data.get("schema")
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        fix = f"Write 'schema: {SCHEMA}'."
        raise ManifestError("The key 'schema' must be a whole number from 1.", where=places.of(("schema",)), fix=fix)
    if schema > SCHEMA:
        return Manifest(places.file, incompatible=f"its schema is {schema}; this version reads up to {SCHEMA}")
    check_keys(places, (), data, _KEYS, () if "include" in data else ("components",), "the manifest")
    if reason := _incompatible(places, data.get("requires")):
        return Manifest(places.file, incompatible=reason)
    rows = _list(data, "components", "kind", places)
    found = [one for index, row in enumerate(rows) for one in _with_presets(row, index, places, reading)]
    good = tuple(one for one in found if isinstance(one, Row))
    disabled = tuple(one for one in found if isinstance(one, Disabled))
    references, include = (_files(places, data, key) for key in ("references", "include"))
    kinds = tuple(
        _kind(kind, index, places, reading) for index, kind in enumerate(_list(data, "kinds", "name", places))
    )
    interpreters = tuple(
        _interpreter(row, index, places, reading)
        for index, row in enumerate(_list(data, "interpreters", "name", places))
    )
    return Manifest(places.file, good, None, disabled, references, include, kinds, interpreters)


def _list(data: dict[str, Any], key: str, first: str, places: Places) -> list[Any]:
    rows = data.get(key, [])
    if isinstance(rows, list):
        return rows
    fix = f"Begin each row with '- {first}: ...'."
    raise ManifestError(f"The key {key!r} must be a list.", where=places.of((key,)), fix=fix)


def _with_presets(data: Any, index: int, places: Places, reading: _Reading) -> Iterator[Row | Disabled]:
    """A row and its presets, each of them disabled where it has a mistake; of a row with one no presets."""
    row = _attempt(partial(read_row, data, index, places, reading.origin), data, index, reading)
    yield row
    for name in data.get("presets") or () if isinstance(row, Row) else ():
        named = {**data, "name": f"{data['name']}/{name}"}
        yield _attempt(partial(read_preset, data, name, index, places, reading.origin), named, index, reading)


def _attempt(read: Callable[[], Row], data: Any, index: int, reading: _Reading) -> Row | Disabled:
    try:
        row = read()
        _check_name(row.name, reading.namespace, row.where)
    except ManifestError as error:
        if not reading.lenient:
            raise
        return _disabled(data, index, error, reading.origin)
    return row


def _kind(data: Any, index: int, places: Places, reading: _Reading) -> Kind:
    kind = read_kind(data, index, places, reading.origin)
    _check_name(kind.name, reading.namespace, places.of(("kinds", index)))
    return kind


def _interpreter(data: Any, index: int, places: Places, reading: _Reading) -> InterpreterRow:
    row = read_interpreter(data, index, places, reading.origin)
    check_owner(row, reading.namespace, places.of(("interpreters", index)))
    return row


def _files(places: Places, data: dict[str, Any], key: str) -> tuple[str, ...]:
    """Other files, as the manifest names them."""
    given = [] if data.get(key) is None else data[key]
    if isinstance(given, list) and all(isinstance(item, str) and item.strip() for item in given):
        return tuple(given)
    problem = f"The key {key!r} must be a list of files."
    fix = f"Write '{key}: [package:file.yaml]', or a path relative to the manifest."
    raise ManifestError(problem, where=places.of((key,)), fix=fix)


def _check_name(name: str, namespace: str | None, where: str) -> None:
    """Refuse a name that is not its plugin's to give."""
    if namespace is None or name.startswith(f"{namespace}/"):
        return
    raise ManifestError(
        f"The name {name!r} is outside the namespace of its plugin.",
        where=where,
        fix=f"Begin it with the key of the entry point: '{namespace}/{name.rpartition('/')[2]}'.",
    )


def _disabled(data: Any, index: int, error: ManifestError, origin: dict[str, Any]) -> Disabled:
    kind, name = (_word(data, key) for key in ("kind", "name"))
    reason = f"a row of {origin.get('distribution', 'quorate')}: {error}"
    return Disabled(kind or "component", name or f"row {index + 1}", reason, error.where or "")


def _word(data: Any, key: str) -> str | None:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) and value.isprintable() else None


def _incompatible(places: Places, requires: Any) -> str | None:
    """Why this host is outside the range, or None."""
    if requires is None:
        return None
    from packaging.requirements import InvalidRequirement, Requirement

    from quorate import __version__

    fix = "Write a range of the host's versions, such as 'requires: \"quorate>=0.1,<1\"'."
    try:
        requirement = Requirement(requires)
    except (InvalidRequirement, TypeError) as error:
        problem = f"The key 'requires' holds no version range: {requires!r}."
        raise ManifestError(problem, where=places.of(("requires",)), fix=fix) from error
    if requirement.name != "quorate":
        problem = f"The key 'requires' must name quorate, not {requirement.name!r}."
        raise ManifestError(problem, where=places.of(("requires",)), fix=fix)
    if requirement.specifier.contains(__version__, prereleases=True):
        return None
    return f"it requires {requires}; this is quorate {__version__}"

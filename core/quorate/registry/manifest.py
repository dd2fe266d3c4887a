"""Manifests: the rows that say which components a distribution has. Nothing is imported to read one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quorate.documents import KeyPath, Places, collecting_later, parse_document, read_document
from quorate.errors import ManifestError, RegistryError
from quorate.nearest import nearest
from quorate.registry.fields import CHECKS

SCHEMA = 1
"""The newest manifest schema that this version reads."""

_VERSIONED = re.compile(r".*-v\d+")
_KEYS = ("schema", "requires", "include", "components", "references")


@dataclass(frozen=True)
class Row:
    """One component of a manifest.

    Attributes:
        kind: a key of `quorate.registry.kinds.KINDS`.
        name: the registered name, unique within its kind.
        target: ``module:attribute``, imported only when built.
        summary: one sentence.
        settings: ``module:Class`` of the settings dataclass, so that it can be shown without importing the target.
        defaults: what the row sets beyond the defaults of the settings dataclass.
        tags: facts to search by; of algorithms, policies and inputs also what they require (`quorate.registry.fit`).
        allow: the packages that settings may name modules of, where they may name any; then the target is called with
            ``allow=``, a tuple of them and of those that the command line allows.
        extra: the extra of the distribution that installs what the component needs.
        needs: top-level modules that must be importable.
        install: the command to print where no extra can express it.
        paper: ``arXiv:...``, or ``{"bibtex": ...}``.
        distribution: whose row it is.
        version: of that distribution.
        path: the manifest.
        line: the row's line in it.
        directory: where else the target may live: the directory of a manifest given with ``--manifest``.
    """

    kind: str
    name: str
    target: str
    summary: str
    settings: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    allow: tuple[str, ...] | None = None
    extra: str | None = None
    needs: tuple[str, ...] = ()
    install: str | None = None
    paper: str | Mapping[str, str] | None = None
    distribution: str = "quorate"
    version: str = ""
    path: str = ""
    line: int | None = None
    directory: str | None = None

    @property
    def where(self) -> str:
        """The file and line that declare it."""
        return self.path if self.line is None else f"{self.path}, line {self.line}"


@dataclass(frozen=True)
class Disabled:
    """A row that can not be used.

    Attributes:
        kind: what it says it is; ``component`` where it says nothing that could be one.
        name: likewise, or its number.
        reason: why; it names the distribution, the file and the line.
        where: that file and line, where the reason's first line does not name them.
    """

    kind: str
    name: str
    reason: str
    where: str = ""

    def error(self) -> RegistryError:
        """What who asks for it is told."""
        reason = self.reason.splitlines()[0].rstrip(".") + (f", at {self.where}" if self.where else "")
        fix = "Mend its row: see `quorate plugins`."
        return RegistryError(f"The {self.kind} {self.name!r} is disabled: {reason}.", fix=fix)


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
    with collecting_later():
        return _manifest(*read_document(path, ManifestError), _Reading(namespace, lenient, origin))


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


def parse_row(data: Mapping[str, Any], path: str, **origin: Any) -> Row:
    """Check one row that is not from a file, such as the answer of a hook."""
    return _row(dict(data), 0, Places(path, ManifestError), origin)


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
    rows = data.get("components", [])
    if not isinstance(rows, list):
        raise ManifestError(
            "The key 'components' must be a list.",
            where=places.of(("components",)),
            fix="Begin each row with '- kind: ...'.",
        )
    good, disabled = [], []
    for index, row in enumerate(rows):
        try:
            good.append(_named(_row(row, index, places, reading.origin), reading.namespace))
        except ManifestError as error:
            if not reading.lenient:
                raise
            disabled.append(_disabled(row, index, error, reading.origin))
    references, include = (_files(places, data, key) for key in ("references", "include"))
    return Manifest(places.file, tuple(good), None, tuple(disabled), references, include)


def _files(places: Places, data: dict[str, Any], key: str) -> tuple[str, ...]:
    """Other files, as the manifest names them."""
    given = [] if data.get(key) is None else data[key]
    if isinstance(given, list) and all(isinstance(item, str) and item.strip() for item in given):
        return tuple(given)
    problem = f"The key {key!r} must be a list of files."
    fix = f"Write '{key}: [package:file.yaml]', or a path relative to the manifest."
    raise ManifestError(problem, where=places.of((key,)), fix=fix)


def _named(row: Row, namespace: str | None) -> Row:
    """The row, where its name is its plugin's to give."""
    if namespace is None or row.name.startswith(f"{namespace}/"):
        return row
    raise ManifestError(
        f"The name {row.name!r} is outside the namespace of its plugin.",
        where=row.where,
        fix=f"Begin it with the key of the entry point: '{namespace}/{row.name.rpartition('/')[2]}'.",
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


def _row(data: Any, index: int, places: Places, origin: dict[str, Any]) -> Row:
    at: KeyPath = ("components", index)
    if not isinstance(data, dict):
        fix = "Give at least kind, name, target and summary."
        raise ManifestError(f"Row {index + 1} must be a mapping.", where=places.of(at), fix=fix)
    label = f"row {index + 1} ({data['name']})" if isinstance(data.get("name"), str) else f"row {index + 1}"
    check_keys(places, at, data, tuple(CHECKS), ("kind", "name", "target", "summary"), label)
    values: dict[str, Any] = {}
    for key, check in CHECKS.items():
        if data.get(key) is None and key not in ("kind", "name", "target", "summary"):
            continue
        if fault := check(data[key]):
            problem = f"The key {key!r} of {label} {fault[0]}."
            raise ManifestError(problem, where=places.of((*at, key)), choices=fault[2:], fix=fault[1])
        values[key] = tuple(data[key]) if key in ("needs", "allow") else data[key]
    # A row with 'allow' runs what its settings name, and that has a version of its own.
    if values["kind"] == "environment" and "allow" not in values and not _VERSIONED.fullmatch(values["name"]):
        problem = f"The key 'name' of {label} must end with a version such as -v1, because it names an environment."
        fix = f"Write 'name: {values['name']}-v1'; raise the number whenever results change."
        raise ManifestError(problem, where=places.of((*at, "name")), fix=fix)
    return Row(**values, **origin, path=places.file, line=places.line(at))


def check_keys(
    places: Places,
    at: KeyPath,
    data: dict[str, Any],
    valid: tuple[str, ...],
    required: tuple[str, ...],
    label: str,
) -> None:
    """Refuse unknown keys, with the nearest valid ones, and the lack of required ones.

    Raises:
        ManifestError: at the first mistake.
    """
    for key in data:
        if key not in valid:
            close = nearest(str(key), valid)
            fix = f"Did you mean {close[0]!r}?" if close else "Remove it."
            problem = f"Unknown key {key!r} in {label}."
            raise ManifestError(problem, where=places.of((*at, key)), choices=close or valid, fix=fix)
    for key in required:
        if key not in data:
            raise ManifestError(f"The key {key!r} is missing in {label}.", where=places.of(at), fix=f"Add '{key}:'.")

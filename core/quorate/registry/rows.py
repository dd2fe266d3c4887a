"""The rows of manifests, and their presets: what a component is, as data."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quorate.documents import KeyPath, Places
from quorate.errors import ManifestError, RegistryError
from quorate.nearest import nearest
from quorate.registry.fields import CHECKS, KIND_CHECKS, KIND_REQUIRED, PRESET, REQUIRED, Fault
from quorate.registry.kinds import KINDS, Kind
from quorate.settings import REQUIRED as MISSING

_VERSIONED = re.compile(r".*-v\d+")


@dataclass(frozen=True)
class Row:
    """One component of a manifest.

    Attributes:
        kind: a key of `Registry.kinds`.
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
        interpreter: the name of the interpreter that a manifest describes (`quorate.registry.interpreter_rows`), where
            an environment is best put in one of its own.
        start_timeout: seconds until another interpreter has built it, where the user's settings say nothing.
        paper: ``arXiv:...``, or ``{"bibtex": ...}``.
        distribution: whose row it is.
        version: of that distribution.
        path: the manifest.
        line: the row's line in it.
        directory: where else the target may live: the directory of a manifest given with ``--manifest``.
        preset_of: the name of the row that it is a preset of; empty: of none.
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
    interpreter: str | None = None
    start_timeout: float | None = None
    paper: str | Mapping[str, str] | None = None
    distribution: str = "quorate"
    version: str = ""
    path: str = ""
    line: int | None = None
    directory: str | None = None
    preset_of: str = ""

    @property
    def only_presets(self) -> bool:
        """It is no component itself, but its presets are: those of environments have the versions."""
        versioned = self.kind in KINDS and KINDS[self.kind].versioned
        return versioned and self.allow is None and not _VERSIONED.fullmatch(self.name)

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


def disabled_alike(rows: Sequence[Row], error: RegistryError) -> tuple[Disabled, ...]:
    """Rows of one distribution that can not be used, all for the same reason, which is told of them together."""
    names = f" ({', '.join(row.name for row in rows)})"
    which, names = ("a row", "") if len(rows) == 1 else (f"{len(rows)} rows", names)
    reason = f"{which} of {rows[0].distribution}{names}: {error}"
    return tuple(Disabled(row.kind, row.name, reason, error.where or "") for row in rows)


def parse_row(data: Mapping[str, Any], path: str, **origin: Any) -> Row:
    """Check one row that is not from a file and has no presets, such as the answer of a hook."""
    places = Places(path, ManifestError)
    check_keys(places, (), dict(data), tuple(key for key in CHECKS if key != "presets"), REQUIRED, "the row")
    return read_row(dict(data), 0, places, origin)


def read_row(data: Any, index: int, places: Places, origin: dict[str, Any]) -> Row:
    """A row of a manifest, by its number from 0.

    Raises:
        ManifestError: at its first mistake.
    """
    at: KeyPath = ("components", index)
    return _row(data, at, _label(data, index), places, origin)


def _label(data: Any, index: int) -> str:
    name = data.get("name") if isinstance(data, dict) else None
    return f"row {index + 1} ({name})" if isinstance(name, str) else f"row {index + 1}"


def read_preset(data: dict[str, Any], name: str, index: int, places: Places, origin: dict[str, Any]) -> Row:
    """The row of a preset: what it says itself on top of what its row says; `data` are that row's.

    Raises:
        ManifestError: at its first mistake.
    """
    at: KeyPath = ("components", index, "presets", name)
    label = f"preset {name!r} of {_label(data, index)}"
    given = {key: value for key, value in data["presets"][name].items() if value is not None}
    check_keys(places, at, given, PRESET, ("summary",), label)
    merged = {**given, **{key: on_top(data.get(key), given[key]) for key in ("defaults", "tags") if key in given}}
    whole = {**data, **merged, "name": f"{data['name']}/{name}", "presets": None}
    return replace(_row(whole, at, label, places, origin), preset_of=data["name"])


def on_top(base: Any, given: Any) -> Any:
    """What is given, on top of what it is given for: a name alone is a component; one of another name starts anew."""
    if isinstance(base, str) and base != MISSING and isinstance(given, dict) and "name" not in given:
        base = {"name": base}
    if not (isinstance(base, dict) and isinstance(given, dict)) or given.get("name") not in (None, base.get("name")):
        return given
    return {**base, **{key: on_top(base.get(key), value) for key, value in given.items()}}


def _row(data: Any, at: KeyPath, label: str, places: Places, origin: dict[str, Any]) -> Row:
    values = checked_values(data, at, label, places, CHECKS, REQUIRED)
    presets = values.pop("presets", None)
    row = Row(**values, **origin, path=places.file, line=places.line(at))
    # A row with 'allow' runs what its settings name, and that has a version of its own.
    if row.only_presets and not presets:
        problem = f"The key 'name' of {label} must end with a version such as -v1, because it names an {row.kind}."
        fix = f"Write '{row.name.rpartition('/')[2]}-v1'; raise the number whenever results change."
        raise ManifestError(problem, where=places.of((*at, "name")), fix=fix)
    return row


def read_kind(data: Any, index: int, places: Places, origin: dict[str, Any]) -> Kind:
    """A kind that a manifest declares, by its number from 0.

    Raises:
        ManifestError: at its first mistake.
    """
    at: KeyPath = ("kinds", index)
    values = checked_values(data, at, _label(data, index), places, KIND_CHECKS, KIND_REQUIRED)
    return Kind(**values, directory=origin.get("directory"))


def checked_values(
    data: Any,
    at: KeyPath,
    label: str,
    places: Places,
    checks: Mapping[str, Callable[[Any], Fault]],
    required: tuple[str, ...],
) -> dict[str, Any]:
    """The values that are given, each of them held to its check; lists as tuples.

    Raises:
        ManifestError: at the first mistake.
    """
    if not isinstance(data, dict):
        fix = f"Give at least {', '.join(required[:-1])} and {required[-1]}."
        raise ManifestError(f"{label[0].upper()}{label[1:]} must be a mapping.", where=places.of(at), fix=fix)
    check_keys(places, at, data, tuple(checks), required, label)
    values = {key: data[key] for key in checks if key in required or data.get(key) is not None}
    for key, value in values.items():
        if fault := checks[key](value):
            problem = f"The key {key!r} of {label} {fault[0]}."
            raise ManifestError(problem, where=places.of((*at, key)), choices=fault[2:], fix=fault[1])
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


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

"""Reads files of reference results; mistakes are told like those of manifests. Nothing is imported for it."""

from pathlib import Path
from typing import Any

from quorate.config.schema import Goal
from quorate.documents import KeyPath, Places, parse_document, read_document
from quorate.errors import ManifestError
from quorate.registry.rows import check_keys, checked_values
from quorate.studies.references.fields import POINT, REFERENCE
from quorate.studies.references.model import Point, Reference, Source

SCHEMA = 1
"""The newest schema that this version reads."""

_REQUIRED = ("name", "summary", "source", "configuration", "metric", "statistic", "points", "conventions")


def load_references(path: Path, *, namespace: str | None = None, distribution: str = "quorate") -> list[Reference]:
    """Read and check a file.

    Args:
        path: the file.
        namespace: of a third party, whose names must begin with it and a slash; None: any name will do.
        distribution: whose file it is.

    Raises:
        ManifestError: naming the file, the line, the key, and the fix.
    """
    return _references(*read_document(path, ManifestError), namespace, distribution)


def parse_references(
    text: str, path: str = "references.yaml", *, namespace: str | None = None, distribution: str = "quorate"
) -> list[Reference]:
    """Check a file given as text (see `load_references`)."""
    return _references(*parse_document(text, path, ManifestError), namespace, distribution)


def _references(data: Any, places: Places, namespace: str | None, distribution: str) -> list[Reference]:
    if not isinstance(data, dict):
        fix = "Start it with the line 'schema: 1' and list the results under 'references:'."
        raise ManifestError("A file of reference results must be a mapping.", where=places.of(()), fix=fix)
    check_keys(places, (), data, ("schema", "references"), ("schema", "references"), "the file")
    if data["schema"] != SCHEMA or isinstance(data["schema"], bool):
        problem = f"The schema is {data['schema']!r}; this version reads {SCHEMA}."
        raise ManifestError(problem, where=places.of(("schema",)), fix=f"Write 'schema: {SCHEMA}'.")
    rows = data["references"]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        fix = "Begin each with '- name: ...'."
        raise ManifestError(
            "The key 'references' must be a list of mappings.", where=places.of(("references",)), fix=fix
        )
    found: list[Reference] = []
    for index, row in enumerate(rows):
        reference = _reference(row, index, places, namespace, distribution)
        if any(reference.name == other.name for other in found):
            problem = f"The name {reference.name!r} is given twice."
            raise ManifestError(problem, where=reference.where, fix="Rename one of the two.")
        found.append(reference)
    return found


def _reference(data: dict[str, Any], index: int, places: Places, namespace: str | None, distribution: str) -> Reference:
    at: KeyPath = ("references", index)
    label = f"reference {index + 1} ({data['name']})" if isinstance(data.get("name"), str) else f"reference {index + 1}"
    none = "configuration" in data and data["configuration"] is None  # null says that there is none
    required = tuple(key for key in _REQUIRED if not (none and key == "configuration"))
    values = checked_values(data, at, label, places, REFERENCE, required)
    if namespace is not None and not values["name"].startswith(f"{namespace}/"):
        problem = f"The name {values['name']!r} is outside the namespace of its plugin."
        fix = f"Begin it with '{namespace}/'."
        raise ManifestError(problem, where=places.of((*at, "name")), fix=fix)
    values |= {"source": Source(values["source"]), "goal": Goal(values.get("goal", Goal.MAXIMISE))}
    values["notes"] = tuple(values.get("notes", ()))
    points = [
        _point(point, (*at, "points", number), values["source"], places, label)
        for number, point in enumerate(values["points"])
    ]
    values["points"] = tuple(sorted(points, key=lambda point: (point.train_steps or 0, point.environment_steps or 0)))
    _check_whole(values, at, places, label)
    where: dict[str, Any] = {"file": places.file, "line": places.line(at), "places": places, "at": at}
    return Reference(**values, **where, distribution=distribution)


def _point(data: dict[str, Any], at: KeyPath, source: Source, places: Places, label: str) -> Point:
    label = f"point {int(at[-1]) + 1} of {label}"
    values = checked_values(data, at, label, places, POINT, ())
    wanted: tuple[str, ...]
    if source is Source.OURS:
        wanted, alien = ("values",), {"mean", "std", "low", "high", "read_off", "seeds"}
    else:
        wanted, alien = (("low", "high") if "low" in values or "high" in values else ("mean", "seeds")), {"values"}
        alien |= {"mean", "std"} if "low" in wanted else {"low", "high"}
    for key in wanted:
        if key not in values:
            problem = f"The key {key!r} is missing in {label}, which is {source}."
            raise ManifestError(problem, where=places.of(at), fix=f"Add '{key}:'.")
    for key in values:
        if key in alien:
            problem = f"The key {key!r} does not belong in {label}, which is {source}."
            raise ManifestError(problem, where=places.of((*at, key)), fix=f"Remove it; it has {', '.join(wanted)}.")
    if "low" in wanted and values["low"] > values["high"]:
        raise ManifestError(f"low is above high in {label}.", where=places.of((*at, "low")), fix="Swap them.")
    if "values" in values:
        values["values"] = {int(seed): float(value) for seed, value in values["values"].items()}
    seeds = None if values.get("seeds") == "unknown" else values.get("seeds")
    return Point(**{**values, "seeds": seeds, "notes": tuple(values.get("notes", ()))})


def _check_whole(values: dict[str, Any], at: KeyPath, places: Places, label: str) -> None:
    """What keys say together."""
    runnable, steps = "configuration" in values, [point.train_steps for point in values["points"]]
    mistakes = (
        (runnable and None in steps, "points", "has a configuration, so every point needs train_steps"),
        (runnable and len(set(steps)) < len(steps), "points", "has two points of the same train_steps"),
        (runnable and "simulator" in values, "simulator", "has a configuration, so it needs no simulator to name"),
        (
            not runnable and "simulator" not in values,
            "configuration",
            "has none, so 'simulator' must say what it needs",
        ),
        (values["source"] is Source.OURS and "versions" not in values, "source", "is ours, so it needs 'versions'"),
        (
            values["source"] is Source.PUBLISHED and not ("paper" in values or "url" in values),
            "source",
            "is published, so it needs 'paper' or 'url'",
        ),
    )
    for wrong, key, text in mistakes:
        if wrong:
            where = places.of((*at, key))
            raise ManifestError(f"{label.capitalize()} {text}.", where=where, fix="Add what is missing, or remove it.")

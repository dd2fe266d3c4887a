"""The folder of a comparison: which cells there should be, and what is there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quorate.report.collection import Collection, choose, environment_name
from quorate.report.runs import mapping, read_run


def read_comparison(found: Collection) -> None:
    """Add the cells of a comparison, those that were not run included."""
    problems: list[str] = []
    for name, target in (("comparison.yaml", found.comparison), ("guard.json", found.guard)):
        if (found.folder / name).exists():
            target.update(mapping(found.folder / name, problems))
    for text in problems:
        found.note(text)
    found.title = str(found.comparison.get("name") or found.title)
    places = {cell: path for path in found.folder.glob("runs/*/*/seed-*") if (cell := _cell(path)) is not None}
    planned = _planned(found)
    labels = _labels(found, places)
    failures = found.folder / "failures"
    for variant, slug, seed in dict.fromkeys([*planned, *sorted(places)]):
        label = labels.get(slug, slug)
        failure = failures / f"{variant}--{slug}--seed-{seed}.json"
        error = _failure(failure) if failure.exists() else None
        path = places.get((variant, slug, seed))
        folders = [] if path is None else [file.parent for file in path.glob("*/config.yaml")]
        found.runs.append(choose(found, (variant, label, slug, seed), [read_run(f) for f in folders], error))


def _cell(path: Path) -> tuple[str, str, int] | None:
    number = path.name.removeprefix("seed-")
    return (path.parts[-3], path.parts[-2], int(number)) if number.isdecimal() else None


def _planned(found: Collection) -> list[tuple[str, str, int]]:
    """The cells that a comparison should have."""
    variants, environments = found.comparison.get("variants"), found.comparison.get("environments")
    seeds = found.comparison.get("seeds")
    seeds = list(range(seeds)) if isinstance(seeds, int) else seeds
    if not (isinstance(variants, dict) and isinstance(environments, list) and isinstance(seeds, list)):
        if found.comparison:
            found.note("comparison.yaml does not say which cells there should be; only those with a folder are known")
        return []
    for seed in sorted({seed for seed in seeds if seeds.count(seed) > 1}):
        found.note(f"the seed {seed} is given more than once; it counts once")
    return [(v, slug, s) for v in variants for slug in slugs(environments) for s in seeds if isinstance(s, int)]


def slugs(environments: Sequence[Any]) -> list[str]:
    """The environments of a comparison file as the names of their folders."""
    return [_slug(entry) for entry in environments]


def _slug(given: Any) -> str:
    words = [given.get("name", "environment")] if isinstance(given, dict) else [given]
    settings = given.items() if isinstance(given, dict) else []
    words += [word for key, value in settings if key != "name" for word in (key, value)]
    return re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(map(str, words))).strip("-.")[:150] or "environment"


def _labels(found: Collection, places: Mapping[tuple[str, str, int], Path]) -> dict[str, str]:
    """The names of environments by slug; the slug itself where several have one name."""
    entries = found.comparison.get("environments")
    entries = entries if isinstance(entries, list) else []
    names = [str(entry.get("name", "")) if isinstance(entry, dict) else str(entry) for entry in entries]
    labels = dict(zip(slugs(entries), names, strict=True)) if entries else {}
    for (_, slug, _), path in places.items():
        if slug not in labels and (file := next(path.glob("*/config.yaml"), None)):
            labels[slug] = environment_name(read_run(file.parent)) or slug
    taken = list(labels.values())
    return {slug: slug if taken.count(name) > 1 else name for slug, name in labels.items()}


def _failure(path: Path) -> str:
    data = mapping(path, [])
    return str(data.get("error") or data.get("stderr") or "no reason is recorded")

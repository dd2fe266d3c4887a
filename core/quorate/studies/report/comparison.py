"""The folder of a comparison: which cells there should be, and what is there."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from quorate.folders.content import RunContent, in_words, mapping_of
from quorate.folders.directory import runs_in
from quorate.folders.reading import is_whole
from quorate.studies.compare.names import as_entry, environment_slugs, joined
from quorate.studies.compare.reading import MOST_SEEDS
from quorate.studies.report.collection import Collection, choose, environment_name


def read_comparison(found: Collection) -> None:
    """Add the cells of a comparison, those that were not run included."""
    for name, target in (("comparison.yaml", found.comparison), ("guard.json", found.guard)):
        if (found.folder / name).exists():
            target.update(_mapping(found, found.folder / name))
    found.title = str(found.comparison.get("name") or found.title)
    places = {cell: path for path in found.folder.glob("runs/*/*/seed-*") if (cell := _cell(path)) is not None}
    entries = _entries(found)
    planned = _planned(found, entries)
    if others := [cell for cell in sorted(places) if planned and cell not in planned]:
        found.note(
            f"{len(others)} cell(s) in runs/ are not in comparison.yaml, as {'/'.join(map(str, others[0]))}: left out"
        )
    labels = _labels(entries, places)
    for variant, slug, seed in dict.fromkeys(planned or sorted(places)):
        label = labels.get(slug, slug)
        failure = found.folder / "failures" / f"{joined(f'{variant}/{slug}/seed-{seed}')}.json"
        error = _failure(found, failure) if failure.exists() else None
        path = places.get((variant, slug, seed))
        folders = [] if path is None else runs_in(path)
        found.runs.append(choose(found, (variant, label, slug, seed), [RunContent(f) for f in folders], error))


def _cell(path: Path) -> tuple[str, str, int] | None:
    number = path.name.removeprefix("seed-")
    return (path.parts[-3], path.parts[-2], int(number)) if number.isdecimal() else None


def _planned(found: Collection, slugs: Iterable[str]) -> list[tuple[str, str, int]]:
    """The cells that a comparison should have; none where its file does not say."""
    variants, seeds = found.comparison.get("variants"), found.comparison.get("seeds")
    seeds = list(range(seeds)) if isinstance(seeds, int) and seeds <= MOST_SEEDS else seeds
    if not (isinstance(variants, dict) and isinstance(seeds, list) and slugs):
        if found.comparison:
            found.note("comparison.yaml does not say which cells there should be; only those with a folder are known")
        return []
    known = [seed for seed in seeds if is_whole(seed)]
    if len(known) < len(seeds):
        found.note("comparison.yaml has seeds that are no whole numbers; they are left out")
    for seed in sorted({seed for seed in known if known.count(seed) > 1}):
        found.note(f"the seed {seed} is given more than once; it counts once")
    return [(variant, slug, seed) for variant in variants for slug in slugs for seed in known]


def _entries(found: Collection) -> dict[str, str]:
    """The environments of a comparison: names by the names of their folders."""
    base = found.comparison.get("base")
    given = found.comparison.get("environments") or [base.get("environment") if isinstance(base, dict) else None]
    entries = [entry for entry in given if entry] if isinstance(given, list) else []
    if not all(isinstance(as_entry(entry).get("name"), str) for entry in entries):
        found.note("comparison.yaml has environments that are none; it is not known which there should be")
        return {}
    slugs = environment_slugs(entries, found.folder)
    return {slug: str(as_entry(entry).get("name", "")) for slug, entry in zip(slugs, entries, strict=True)}


def _labels(entries: Mapping[str, str], places: Mapping[tuple[str, str, int], Path]) -> dict[str, str]:
    """The names of environments by slug; the slug itself where several have one name."""
    labels = dict(entries)
    for (_, slug, _), path in places.items():
        if slug not in labels and (folders := runs_in(path)):
            labels[slug] = environment_name(RunContent(folders[0])) or slug
    taken = list(labels.values())
    return {slug: slug if taken.count(name) > 1 else name for slug, name in labels.items()}


def _mapping(found: Collection, path: Path) -> dict[str, Any]:
    return mapping_of(path, lambda error: found.note(in_words(error)))


def _failure(found: Collection, path: Path) -> str:
    data = _mapping(found, path)
    return str(data.get("error") or data.get("stderr") or "no reason is recorded")

"""Reads a comparison's file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quorate.commands import command_line
from quorate.config.compose import compose_settings
from quorate.config.conform import found
from quorate.config.overrides import apply_overrides
from quorate.config.source import read_source, refuse_empty
from quorate.documents import KeyPath, Places
from quorate.registry import Registry
from quorate.settings import REQUIRED
from quorate.studies.compare.names import environment_slugs, is_same
from quorate.studies.compare.patch import Tree, tree_of
from quorate.studies.compare.settings import ComparisonSettings

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
MOST_SEEDS = 10_000
"""That are given as a number."""

RESERVED = {
    "seed": "The seeds of a comparison are in its own key seeds.",
    "name": "A comparison names its runs itself.",
    "directory": "Where a comparison writes is in its own key directory.",
}
"""Keys of a run that a comparison says itself; a base that is a run's file may have them, and they do not count."""

_OWN = ("base", "variants", "environments")
"""Keys that describe runs; references in them are to keys of the run."""


@dataclass(frozen=True)
class Entry:
    """One environment of a comparison.

    Attributes:
        slug: names its folders.
        given: its name, or a mapping with its name and settings; None is the base's environment.
        at: its key path in the file.
    """

    slug: str
    given: Any
    at: KeyPath


@dataclass(frozen=True)
class Comparison:
    """What a comparison's file says: settings, and what describes the runs; a variant is a patch of the base."""

    file: Path
    settings: ComparisonSettings
    base: Tree
    variants: dict[str, dict[str, Any]]
    environments: list[Entry]
    seeds: list[int]
    places: Places

    @property
    def folder(self) -> Path:
        """Where everything of it is written."""
        return folder_of(self.settings)

    def metric(self, variant: str) -> str:
        """What is compared of a variant."""
        given = self.settings.metric
        return given if isinstance(given, str) else given[variant]


def folder_of(settings: ComparisonSettings) -> Path:
    """Where everything of a comparison is written."""
    return settings.directory / settings.name


def read_comparison(source: Path | Mapping[str, Any], overrides: Sequence[str], registry: Registry) -> Comparison:
    """Read a comparison's file; the configurations of its runs are not looked at yet.

    Args:
        source: YAML, or a mapping of what it would hold.
        overrides: ``key.path=value``, such as ``seeds=3`` or ``base.budget.train_steps=100``.
        registry: finds the launcher.

    Raises:
        QuorateError: naming the key path, the file and line, and the fix.
    """
    file = Path("comparison.yaml") if isinstance(source, Mapping) else source
    given, places = read_source(source)
    _refuse_run(given, places)
    _load_base(given, places, file.parent)
    apply_overrides(given, overrides, places)
    _refuse_reserved(places)
    refuse_empty(given, places)
    _load_base(given, places, file.parent)
    placeholders: dict[str, Any] = {"base": {}, "variants": {}, "environments": []}
    own = {key: given.get(key, REQUIRED) for key in _OWN}
    hollow = {key: placeholders[key] if key in _OWN else value for key, value in given.items()}
    settings: ComparisonSettings = compose_settings(ComparisonSettings, hollow, places, registry, "a comparison")
    settings.name = settings.name or re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-.")[:100] or "comparison"
    _check_name(settings.name, places, ("name",))
    base = tree_of(_mapping(own["base"], places, ("base",)), places, ("base",))
    settings.base, settings.variants = base.data, _variants(own["variants"], places)
    entries = _environments(own["environments"], base, places, folder_of(settings))
    settings.environments = [entry.given for entry in entries]
    seeds = _seeds(settings.seeds, places)
    _check_metrics(settings, places)
    return Comparison(file, settings, base, settings.variants, entries, seeds, places)


def _refuse_run(given: dict[str, Any], places: Places) -> None:
    found = [key for key in ("environment", "algorithm") if key in given]
    if found and not {"base", "variants"} & given.keys():
        problem = f"This looks like the file of a run, not of a comparison: it has the key {found[0]!r}."
        fix = f"Run it with `{command_line('run', places.file)}`; a comparison gives it as its base: and has variants:."
        raise places.error(problem, (found[0],), fix=fix)


def _refuse_reserved(places: Places) -> None:
    """An override that would not count is a mistake."""
    for key, fix in RESERVED.items():
        if str(places.known.get(("base", key), "")).startswith("command line"):
            raise places.error(f"The {key} of the base does not count in a comparison.", ("base", key), fix=fix)


def _load_base(given: dict[str, Any], places: Places, folder: Path) -> None:
    """A base that is the name of a file is read; its values keep their places."""
    if not isinstance(given.get("base"), str):
        return
    data, inner = read_source(folder / given["base"])
    given["base"] = data
    for path in inner.known:
        places.known[("base", *path)] = inner.of(path)


def _mapping(value: Any, places: Places, path: KeyPath) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise places.error(f"Expected a mapping, found {found(value)}.", path, fix="Give keys and values of a run's file.")


def _variants(value: Any, places: Places) -> dict[str, dict[str, Any]]:
    value = _mapping(value, places, ("variants",))
    if not value:
        raise places.error("There are no variants.", ("variants",), fix="Give at least one: `mine: {}` is the base.")
    for name in value:
        _check_name(name, places, ("variants", name))
    return {name: _mapping({} if patch is None else patch, places, ("variants", name)) for name, patch in value.items()}


def _check_name(name: str, places: Places, path: KeyPath) -> None:
    if not _NAME.fullmatch(name):
        fix = "Use letters, digits, '.', '_' and '-'; it becomes the name of a folder."
        raise places.error(f"{name!r} can not be a name here.", path, fix=fix)


def _environments(value: Any, base: Tree, places: Places, folder: Path) -> list[Entry]:
    if value in (REQUIRED, None, []):
        entry = base.data.get("environment", REQUIRED)
        if entry == REQUIRED:
            raise places.error("There is no environment.", (), fix="Give environments: [...], or one in the base.")
        return [Entry(environment_slugs([entry], folder)[0], entry, ("base", "environment"))]
    if not isinstance(value, list):
        fix = "Write a list: environments: [a/b-v1, {name: c/d-v1, ...}]."
        raise places.error(f"Expected a list, found {found(value)}.", ("environments",), fix=fix)
    for index, item in enumerate(value):
        path = ("environments", index)
        if not isinstance(item, str) and not (isinstance(item, dict) and isinstance(item.get("name"), str)):
            raise places.error(f"Expected an environment, found {found(item)}.", path, fix="Write {name: ...}.")
        if any(is_same(before, item) for before in value[:index]):
            raise places.error("This environment is given twice.", path, fix="Remove one of them.")
    slugs = environment_slugs(value, folder)
    return [
        Entry(slug, item, ("environments", index)) for index, (slug, item) in enumerate(zip(slugs, value, strict=True))
    ]


def _seeds(value: int | list[int], places: Places) -> list[int]:
    if isinstance(value, int) and value > MOST_SEEDS:
        fix = f"A number is how many there are; for the seed {value} alone, write [{value}]."
        raise places.error(f"{value} seeds are more than {MOST_SEEDS}.", ("seeds",), fix=fix)
    seeds = list(range(value)) if isinstance(value, int) else value
    if not seeds:
        raise places.error("There are no seeds.", ("seeds",), fix="Give a number, or a list such as [0, 1, 2].")
    seen: set[int] = set()
    for index, seed in enumerate(seeds):
        if seed in seen:
            fix = "Give every seed once: the same run twice is not two samples."
            raise places.error(f"The seed {seed} is given twice.", ("seeds", index), fix=fix)
        seen.add(seed)
    return seeds


def _check_metrics(settings: ComparisonSettings, places: Places) -> None:
    if isinstance(settings.metric, dict):
        names = list(settings.variants)
        for name in settings.metric.keys() - settings.variants.keys():
            problem = f"There is no variant {name!r}."
            raise places.error(problem, ("metric", name), choices=names, fix="Name a metric for each variant.")
        if missing := [name for name in names if name not in settings.metric]:
            raise places.error(f"{missing[0]!r} has no metric.", ("metric",), fix="Name one for each variant.")
    for name, (low, high) in settings.normalise.items():
        if low == high:
            raise places.error("Both values are the same.", ("normalise", name), fix="Give what counts as 0 and as 1.")

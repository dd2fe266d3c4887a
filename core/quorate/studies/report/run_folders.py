"""Any folder of runs: what has one name is a variant."""

import re
from collections.abc import Sequence
from typing import Any

from quorate.folders.content import RunContent
from quorate.folders.directory import runs_in
from quorate.studies.facts import CELL, facts_of, shown
from quorate.studies.report.collection import Collection, choose, environment_name


def read_run_folders(found: Collection) -> None:
    """Add the runs of a folder of runs, of the runs of one name, or one run."""
    groups: dict[str, list[RunContent]] = {}
    for path in sorted(run for pattern in (".", "*", "*/*") for run in runs_in(found.folder, pattern)):
        groups.setdefault(path.resolve().parent.name, []).append(RunContent(path))
    cells: dict[tuple[str, str, int], list[RunContent]] = {}
    for name, contents in groups.items():
        for variant, content in zip(_names(name, contents), contents, strict=True):
            cell = variant, environment_name(content) or "unknown", _seed(content)
            cells.setdefault(cell, []).append(content)
    for (variant, environment, seed), contents in cells.items():
        slug = environment.replace("/", "-")
        found.runs.append(choose(found, (variant, environment, slug, seed), contents, None))


def _names(name: str, contents: Sequence[RunContent]) -> list[str]:
    """Variants of runs that have one name: it, and settings that tell those of one environment and seed apart."""
    flat = [facts_of(content.config, skip=(*CELL, "environment.name")) for content in contents]
    cells = [(environment_name(content), _seed(content)) for content in contents]
    used: list[str] = []
    for key in _telling(flat):
        if _distinct(flat, cells, [*used, key]) > _distinct(flat, cells, used):
            used.append(key)
    return [" ".join([name, *(f"{key}={shown(row.get(key))}" for key in used)]) if row else name for row in flat]


def _telling(flat: Sequence[dict[str, Any]]) -> list[str]:
    """Settings that differ; names of components first, of which others follow, then those with the fewest values."""
    known = [row for row in flat if row]
    keys = dict.fromkeys(key for row in known for key in row)
    counts = {key: len({shown(row.get(key)) for row in known}) for key in keys}
    differing = [key for key in keys if counts[key] > 1]
    return sorted(differing, key=lambda key: (not key.endswith(".name"), counts[key]))


def _distinct(flat: Sequence[dict[str, Any]], cells: Sequence[Any], keys: Sequence[str]) -> int:
    told = [(cell, *(shown(row.get(key)) for key in keys)) for cell, row in zip(cells, flat, strict=True) if row]
    return len(set(told))


def _seed(content: RunContent) -> int:
    """From the configuration, or, where that is damaged, the folder's name."""
    seed = content.config.get("seed")
    number = re.search(r"-seed(\d+)", content.path.name)
    return seed if isinstance(seed, int) else int(number[1]) if number else 0

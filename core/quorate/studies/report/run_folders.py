"""Any folder of runs: what has one name is a variant."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quorate.folders.content import RunContent
from quorate.folders.directory import runs_in
from quorate.run.identity import FREE
from quorate.studies.facts import CELL, facts_of, shown
from quorate.studies.report.collection import Collection, choose, environment_name

_WHEN = ("log.", "evaluation.every", "evaluation.points", "evaluation.at_start")
_WHERE_AND_WHEN = (*FREE, *_WHEN)
"""How keys begin that say where a run computes and when it writes, not what is learned."""


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
    """Variants of runs that have one name: it, and what tells those of one environment apart besides the seed.

    Two seeds of what differs otherwise are no two samples of one thing. What a run begins from differs too.
    """
    flat = [_facts(content) for content in contents]
    environments = [environment_name(content) for content in contents]
    used: list[str] = []
    for key in _telling(flat):
        if _distinct(flat, environments, [*used, key]) > _distinct(flat, environments, used):
            used.append(key)
    return [" ".join([name, *(f"{key}={shown(row.get(key))}" for key in used)]) if row else name for row in flat]


def _facts(content: RunContent) -> dict[str, Any]:
    """Settings, and as ``from`` the name and step of the run whose weights it began with."""
    flat = facts_of(content.config, skip=(*CELL, "environment.name"))
    flat = {key: value for key, value in flat.items() if not key.startswith(_WHERE_AND_WHEN)}
    origin = content.record.get("origin")
    place = "nothing"
    if isinstance(origin, dict) and origin.get("kind") == "weights":
        place = f"{Path(str(origin.get('run'))).parent.name}/{origin.get('step')}"
        if only := origin.get("only"):
            place += f" ({', '.join(map(str, only))})"
    return {**flat, "from": place} if flat else flat


def _telling(flat: Sequence[dict[str, Any]]) -> list[str]:
    """Settings that differ; names of components first, of which others follow, then those with the fewest values."""
    known = [row for row in flat if row]
    keys = dict.fromkeys(key for row in known for key in row)
    counts = {key: len({shown(row.get(key)) for row in known}) for key in keys}
    differing = [key for key in keys if counts[key] > 1]
    return sorted(differing, key=lambda key: (not key.endswith(".name"), counts[key]))


def _distinct(flat: Sequence[dict[str, Any]], environments: Sequence[Any], keys: Sequence[str]) -> int:
    told = [(one, *(shown(row.get(key)) for key in keys)) for one, row in zip(environments, flat, strict=True) if row]
    return len(set(told))


def _seed(content: RunContent) -> int:
    """From the configuration, or, where that is damaged, the folder's name."""
    seed = content.config.get("seed")
    number = re.search(r"-seed(\d+)", content.path.name)
    return seed if isinstance(seed, int) else int(number[1]) if number else 0

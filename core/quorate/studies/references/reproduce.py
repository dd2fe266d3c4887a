"""Runs the configuration of a reference result again: a comparison of one variant, which can be cut and continued."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quorate.config.overrides import apply_overrides
from quorate.documents import Places, parse, show
from quorate.errors import ConfigError, RunError
from quorate.folders.content import RunContent
from quorate.interfaces.launcher import Status
from quorate.registry import Registry
from quorate.studies.compare.folder import ComparisonFolder
from quorate.studies.compare.names import environment_slugs
from quorate.studies.compare.patch import tree_of
from quorate.studies.compare.plan import plan
from quorate.studies.compare.project import Project, Wishes
from quorate.studies.compare.reading import Comparison, Entry, folder_of
from quorate.studies.compare.settings import ComparisonSettings, LocalSettings
from quorate.studies.references.model import Point, Reference
from quorate.studies.references.rank_sum import needed

_RESERVED = {
    "budget": "Choose a stored point with --budget.",
    "seed": "Choose seeds with --seeds.",
    "name": "Choose the folder with --directory.",
    "directory": "Choose the folder with --directory.",
}


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for.

    Attributes:
        seeds: to run.
        overrides: of the configuration, ``key.path=value``.
        directory: for all reproductions.
        processes: runs at once; None: as many as there are cores.
        rerun: runs that are there already are moved aside first.
        command: the words of the command, for records.
    """

    seeds: Sequence[int] = (0,)
    overrides: Sequence[str] = ()
    directory: Path = Path("reproduce")
    processes: int | None = None
    rerun: bool = False
    command: Sequence[str] = ()


def choose_point(reference: Reference, budget: int | None) -> Point:
    """The point of a budget; without one that of the smallest.

    Raises:
        ConfigError: the reference can not be run here, or has no such point.
    """
    if reference.configuration is None:
        raise ConfigError(
            f"The reference result {reference.name!r} has no configuration: it needs {reference.simulator}, which this "
            "version has no environment for.",
            where=reference.where,
            fix=f"See what is known of it: quorate reproduce --list {reference.name}",
        )
    steps = {point.train_steps: point for point in reference.points}
    chosen = reference.points[0].train_steps if budget is None else budget
    if chosen not in steps:
        known = [str(step) for step in steps]
        fix = "Choose a stored point; what other budgets reach is not known."
        raise ConfigError(
            f"{reference.name} has no result after {budget} training steps.", where="--budget", choices=known, fix=fix
        )
    return steps[chosen]


def default_seeds(point: Point) -> list[int]:
    """As few as can tell something, should none of them have its stored value again."""
    return list(range(needed(len(point.values)) if point.values else 1))


def project(reference: Reference, point: Point, wanted: Wanted, registry: Registry) -> Project:
    """The runs of a reference at one of its points, as a comparison of one variant.

    Raises:
        QuorateError: the configuration does not fit what is installed, or an override does not fit it.
    """
    places = Places("the reference result", ConfigError) if reference.places is None else reference.places
    base = tree_of(dict(reference.configuration or {}), places, (*reference.at, "configuration"))
    for text in wanted.overrides:
        path = parse(text.partition("=")[0].strip())
        if path and path[0] in _RESERVED:
            raise ConfigError(
                f"{show(path)} can not be set.", where=f"command line: {text}", fix=_RESERVED[str(path[0])]
            )
    apply_overrides(base.data, wanted.overrides, base.places)
    base.put(("budget", "train_steps"), point.train_steps, f"a point of {reference.where}")
    environment = base.data.get("environment")
    settings = ComparisonSettings(
        base=copy.deepcopy(base.data),
        variants={variant(point): {}},
        environments=[environment],
        seeds=list(wanted.seeds),
        metric=reference.metric,
        goal=reference.goal,
        launcher=registry.component("launcher", "local", LocalSettings(processes=wanted.processes)),
        directory=wanted.directory.absolute(),
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", reference.name),
    )
    (slug,) = environment_slugs([environment], folder_of(settings))
    entries = [Entry(slug, environment, ("base", "environment"))]
    comparison = Comparison(
        Path(reference.file), settings, base, settings.variants, entries, list(wanted.seeds), base.places
    )
    cells = plan(comparison, registry)
    rerun = (variant(point),) if wanted.rerun else ()
    wishes = Wishes(rerun=rerun, retry_failed=True, command=wanted.command)
    return Project(comparison, cells, ComparisonFolder(comparison.folder), registry, wishes)


def variant(point: Point) -> str:
    """The folder of a point's runs."""
    return f"{point.train_steps}-steps"


def check(project: Project) -> None:
    """Refuse to mix what is there with other configurations or versions.

    Raises:
        RunError: runs were made with another configuration, or other packages.
    """
    from quorate.studies.compare.execute import inspect

    fix = "Add --rerun (the old runs are moved aside), or give another --directory."
    try:
        _, _, findings = inspect(project)
    except RunError as error:
        error.fix = fix
        raise
    if findings:
        changed = ", ".join(difference.key.rpartition(".")[2] for difference in findings[0].differences)
        problem = f"Runs are here that were made with other versions: {changed}."
        raise RunError(problem, where=str(project.folder.path), fix=fix)


def measured(project: Project, metric: str) -> tuple[dict[int, float], Mapping[str, Any]]:
    """The final value of each finished seed, and the record of one of the runs.

    Raises:
        RunError: the runs have no such metric, or none is finished.
    """
    values: dict[int, float] = {}
    record: Mapping[str, Any] = {}
    for cell in project.cells:
        status = project.folder.status(cell, project.registry)
        if status.state is not Status.FINISHED or status.run is None:
            continue
        content = RunContent(status.run, strict=True)
        found = content.final or {}
        if metric not in found:
            raise RunError(f"The runs have no metric {metric!r}.", where=str(status.run), choices=sorted(found))
        values[cell.seed] = found[metric]
        record = record or content.record
    return values, record

"""The cells of a comparison: every variant in every environment with every seed, each a run of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from quorate.config.compose import compose_data
from quorate.config.resolved import ResolvedRun
from quorate.documents import KeyPath, show
from quorate.errors import QuorateError
from quorate.registry import Registry
from quorate.registry.this_process import refuse_elsewhere
from quorate.studies.compare.patch import Tree
from quorate.studies.compare.reading import RESERVED, Comparison, Entry


@dataclass(frozen=True)
class Cell:
    """One run of a comparison.

    Attributes:
        environment: its slug.
        run: its configuration, exactly as `quorate run` would resolve it.
        declared: the key paths that the variant's patch sets.
    """

    variant: str
    environment: str
    seed: int
    run: ResolvedRun
    declared: tuple[KeyPath, ...] = ()

    @property
    def name(self) -> str:
        """``variant/environment/seed-0``; also its folder below ``runs``."""
        return f"{self.variant}/{self.environment}/seed-{self.seed}"


def plan(comparison: Comparison, registry: Registry) -> list[Cell]:
    """Every cell, seed by seed, so that a comparison that is cut has something of everything.

    Raises:
        QuorateError: of a configuration, with the variant and the environment that it is of.
    """
    _check_normalise(comparison)
    trees = {
        (variant, entry.slug): _tree(comparison, variant, entry)
        for variant in comparison.variants
        for entry in comparison.environments
    }
    cells = [
        _cell(comparison, variant, entry, seed, trees[variant, entry.slug], registry)
        for seed in comparison.seeds
        for variant in comparison.variants
        for entry in comparison.environments
    ]
    _check_environments(comparison, cells)
    return cells


def _check_environments(comparison: Comparison, cells: list[Cell]) -> None:
    """Entries that are written differently may be one environment when defaults are filled in."""
    first = [cell for cell in cells if cell.seed == comparison.seeds[0]]
    known: list[tuple[Entry, list[Any]]] = []
    for entry in comparison.environments:
        built = [cell.run.to_dict()["environment"] for cell in first if cell.environment == entry.slug]
        for other in [before for before, same in known if same == built]:
            problem = f"This environment is given twice: with its defaults it is that of {show(other.at)}."
            raise comparison.places.error(problem, entry.at, fix="Remove one of them.")
        known.append((entry, built))


def _check_normalise(comparison: Comparison) -> None:
    slugs = [entry.slug for entry in comparison.environments]
    names = [*slugs, *(entry.given for entry in comparison.environments if isinstance(entry.given, str))]
    for name in comparison.settings.normalise:
        if name not in names:
            problem, fix = f"There is no environment {name!r}.", "Name one of the comparison's environments."
            raise comparison.places.error(problem, ("normalise", name), choices=slugs, fix=fix)


def _tree(comparison: Comparison, variant: str, entry: Entry) -> Tree:
    """The base with the environment in it, and the variant's patch on top."""
    tree = comparison.base.copy()
    if entry.at[0] != "base":
        tree.put(("environment",), entry.given, comparison.places.of(entry.at))
    at: KeyPath = ("variants", variant)
    with _told_of(variant, entry.slug):
        tree.patch(comparison.variants[variant], comparison.places, at)
        for path in tree.declared:
            if len(path) == 1 and path[0] in RESERVED:
                key = str(path[0])
                raise comparison.places.error("A variant can not set this key.", (*at, key), fix=RESERVED[key])
    return tree


def _cell(comparison: Comparison, variant: str, entry: Entry, seed: int, tree: Tree, registry: Registry) -> Cell:
    own = tree.copy()
    values: dict[str, Any] = {
        "seed": seed,
        "name": f"seed-{seed}",
        "directory": str(comparison.folder / "runs" / variant / entry.slug),
    }
    for key, value in values.items():
        own.put((key,), value, f"{comparison.file}: set by the comparison")
    with _told_of(variant, entry.slug):
        run = compose_data(own.data, own.places, registry)
        refuse_elsewhere(run.components(), "comparisons")
        return Cell(variant, entry.slug, seed, run, tuple(own.declared))


@contextmanager
def _told_of(variant: str, environment: str) -> Iterator[None]:
    """Adds to an error's place which variant and environment it is of."""
    try:
        yield
    except QuorateError as error:
        of = f"variant {variant!r} in {environment}"
        error.where = f"{error.where}; {of}" if error.where else of
        raise

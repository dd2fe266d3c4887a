"""Whether the metric that is compared is there: told at the first evaluation of any cell, not after the last run."""

from quorate.errors import QuorateError
from quorate.folders.content import RunContent
from quorate.nearest import nearest
from quorate.studies.compare.folder import ComparisonFolder
from quorate.studies.compare.plan import Cell
from quorate.studies.compare.reading import Comparison


class MetricCheck:
    """Looks at the first evaluation of each variant in each environment."""

    def __init__(self, comparison: Comparison, folder: ComparisonFolder) -> None:
        self._comparison, self._folder = comparison, folder
        self._seen: set[tuple[str, str]] = set()

    def problem(self, cell: Cell) -> QuorateError | None:
        """What is wrong, or None where it is right, known already, or not known yet."""
        group = cell.variant, cell.environment
        run = None if group in self._seen else self._folder.run(cell.name)
        metrics = None if run is None else next(filter(None, RunContent(run).evaluations.values()), None)
        if metrics is None:
            return None
        self._seen.add(group)
        name = self._comparison.metric(cell.variant)
        return None if name in metrics else self._error(cell, name, list(metrics))

    def _error(self, cell: Cell, name: str, names: list[str]) -> QuorateError:
        places, given = self._comparison.places, self._comparison.settings.metric
        problem, path = f"Evaluations of {cell.name} have no metric {name!r}.", tuple[str, ...]()
        if ("metric",) in places.known:
            path = ("metric",) if isinstance(given, str) else ("metric", cell.variant)
        else:
            problem += " It is what is compared where the file names none."
        fix = "Name one with metric: in the file; then run the same command again: what has been run counts."
        choices = list(dict.fromkeys([*nearest(name, names), *names]))
        return places.error(problem, path, choices=choices[:12], fix=fix)

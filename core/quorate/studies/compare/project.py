"""A comparison with its cells and its folder: what is known of it before anything is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quorate.errors import RunError
from quorate.folders.content import RunContent
from quorate.interfaces.launcher import Ending, Status
from quorate.registry import Registry
from quorate.studies.compare import guard
from quorate.studies.compare.folder import CellStatus, ComparisonFolder
from quorate.studies.compare.metric import MetricCheck
from quorate.studies.compare.plan import Cell
from quorate.studies.compare.reading import Comparison


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for besides the file.

    Attributes:
        accept: names of findings.
        rerun: names of variants or cells, whose runs are moved aside first.
        retry_failed: also run cells that have failed.
        command: the words of the command, for records and messages.
    """

    accept: Sequence[str] = ()
    rerun: Sequence[str] = ()
    retry_failed: bool = False
    command: Sequence[str] = ()


@dataclass
class Project:
    """A comparison with its cells and its folder."""

    comparison: Comparison
    cells: list[Cell]
    folder: ComparisonFolder
    registry: Registry
    wishes: Wishes = field(default_factory=Wishes)

    def statuses(self) -> dict[str, CellStatus]:
        """How far each cell is."""
        return {cell.name: self.folder.status(cell, self.registry) for cell in self.cells}

    @property
    def accept(self) -> list[str]:
        """Names of findings that are accepted, by the file and the command line."""
        return list(dict.fromkeys([*self.comparison.settings.accept, *self.wishes.accept]))

    def check_names(self) -> None:
        """Hold what is named against what there is.

        Raises:
            ConfigError: a finding, variant or cell does not exist.
        """
        places = self.comparison.places
        for name in self.accept:
            if name not in guard.CONCERNS:
                where = "accept" if name in self.comparison.settings.accept else "--accept"
                fix = "Accept findings by the names that the guard gives them."
                problem = f"The guard has no finding {name!r}."
                raise places.raises(problem, where=where, choices=tuple(guard.CONCERNS), fix=fix)
        known = [*self.comparison.variants, *(cell.name for cell in self.cells)]
        for name in self.wishes.rerun:
            if name not in known:
                problem, fix = (
                    f"There is no variant or cell {name!r}.",
                    "Write --rerun VARIANT, or a cell's whole name.",
                )
                raise places.raises(problem, where="--rerun", choices=known[:8], fix=fix)

    def reruns(self, cell: Cell) -> bool:
        """Whether the command line asks to run a cell anew."""
        return cell.variant in self.wishes.rerun or cell.name in self.wishes.rerun

    def records(self) -> dict[str, tuple[Cell, Mapping[str, Any]]]:
        """The records of all runs that have begun, by cell."""
        runs = [(cell, self.folder.run(cell.name)) for cell in self.cells]
        records = [(cell, RunContent(run).record) for cell, run in runs if run is not None]
        return {cell.name: (cell, record) for cell, record in records if record}

    def check_changed(self, statuses: Mapping[str, CellStatus]) -> None:
        """Refuse to mix runs of another configuration with those of this one.

        Raises:
            RunError: naming a cell, the keys, and the ways out.
        """
        for cell in self.cells:
            status = statuses[cell.name]
            if not status.changed or status.state is Status.FAILED or self.reruns(cell):
                continue
            others = sum(bool(statuses[other.name].changed) for other in self.cells) - 1
            more = f" So are {others} others." if others > 1 else " So is one other." if others else ""
            keys = ", ".join(status.changed[:5]) + (" and more" if len(status.changed) > 5 else "")
            raise RunError(
                f"The cell {cell.name} has been run with another configuration: {keys}.{more}",
                where=str(status.run),
                fix=f"Give the comparison another name=..., or undo the change, or run again with --rerun "
                f"{cell.variant} (the old runs are moved to {self.folder.path / 'set-aside'}).",
            )

    def check_metric(self, statuses: Mapping[str, CellStatus]) -> None:
        """Hold the metric against the evaluations that there are and that stay.

        Raises:
            ConfigError: some do not have it.
        """
        check = MetricCheck(self.comparison, self.folder)
        for cell in self.cells:
            stays = not (self.reruns(cell) or statuses[cell.name].changed)
            if stays and (problem := check.problem(cell)) is not None:
                raise problem

    def todo(
        self, statuses: Mapping[str, CellStatus], tried: Mapping[str, Ending], *, moved: bool = False
    ) -> list[Cell]:
        """The cells that are to be run, in their order; `moved` says that old runs have been moved aside."""
        left = [cell for cell in self.cells if cell.name not in tried]
        return [cell for cell in left if (self.reruns(cell) and not moved) or self._due(statuses[cell.name])]

    def _due(self, status: CellStatus) -> bool:
        if status.state is Status.FAILED:
            return self.wishes.retry_failed or bool(status.changed)
        return status.state is not Status.FINISHED

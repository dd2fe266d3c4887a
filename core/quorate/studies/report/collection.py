"""The cells of a comparison, as a report knows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quorate.folders.content import RunContent
from quorate.folders.directory import age
from quorate.interfaces.launcher import Status


@dataclass(frozen=True)
class Run:
    """One cell.

    Attributes:
        environment: its label.
        slug: the environment as a file name.
        content: of its folder; None where there is none.
        error: what a failed cell died of.
    """

    variant: str
    environment: str
    slug: str
    seed: int
    status: Status
    content: RunContent | None = None
    error: str | None = None

    @property
    def id(self) -> str:
        """As other parts of a report refer to it."""
        return f"{self.variant}/{self.slug}/seed-{self.seed}"


@dataclass(frozen=True)
class Problem:
    """Something that a reader should know.

    Attributes:
        run: the `Run.id` that it is about, or None.
        text: a sentence.
    """

    run: str | None
    text: str


@dataclass
class Collection:
    """All cells of a folder.

    Attributes:
        runs: by variant, environment and seed.
        comparison: ``comparison.yaml``, or empty.
        guard: ``guard.json``, or empty.
    """

    folder: Path
    title: str
    runs: list[Run] = field(default_factory=list)
    variants: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=list)
    comparison: dict[str, Any] = field(default_factory=dict)
    guard: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def seeds(self) -> list[int]:
        """Of all cells, ascending."""
        return sorted({run.seed for run in self.runs})

    def note(self, text: str, run: str | None = None) -> None:
        """Add a problem."""
        self.problems.append(Problem(run, text))


def environment_name(content: RunContent) -> str:
    """From a run's configuration, or, where that is damaged, its record; empty where neither has it."""
    given = content.config.get("environment", content.record.get("environment"))
    return str(given.get("name", "")) if isinstance(given, dict) else str(given or "")


def choose(
    found: Collection, cell: tuple[str, str, str, int], contents: Sequence[RunContent], error: str | None
) -> Run:
    """The newest finished run of a cell, else the newest."""
    ordered = sorted(contents, key=lambda content: age(content.path))
    finished = [content for content in ordered if content.result is not None]
    if not ordered:
        return Run(*cell, Status.MISSING if error is None else Status.FAILED, None, error)
    content = (finished or ordered)[-1]
    status = Status.FINISHED if finished else Status.STOPPED if error is None else Status.FAILED
    run = Run(*cell, status, content, None if finished else error)
    if len(finished) > 1:
        text = f"there are {len(finished)} finished runs of this cell; the newest is used, {content.path.name}"
        found.note(text, run.id)
    return run

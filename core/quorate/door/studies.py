"""Many runs from Python: comparisons and reports."""

import math
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from quorate.config.schema import Goal
from quorate.door import arguments, session
from quorate.door.rows import Rows
from quorate.errors import ConfigError
from quorate.folders.reading import read_json
from quorate.studies.report.document import Options, write_report
from quorate.studies.report.measure import Score
from quorate.studies.report.statistics import Bootstrap

E = TypeVar("E", bound=Enum)

MOST_RESAMPLES = 1_000_000


@dataclass(frozen=True, repr=False)
class Study:
    """What several runs say together.

    Attributes:
        path: the folder of the runs.
        page: the report for a browser.
        report: the content of ``report.json``.
        failed: by name, the errors of the runs of a comparison that failed.
    """

    path: Path
    page: Path
    report: dict[str, Any]
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def scores(self) -> Rows:
        """By environment, variant and statistic: the score with the ends of its interval."""
        return Rows(self.report["scores"], ("environment", "variant", "statistic", "point", "low", "high"))

    def __repr__(self) -> str:
        return "\n".join([f"{self.path}: {self.report['metric']['name']}", repr(self.scores)])


def compare(
    source: str | Path | Mapping[str, Any],
    *overrides: str,
    accept: Sequence[str] = (),
    rerun: Sequence[str] = (),
    retry_failed: bool = False,
    progress: bool | None = None,
) -> Study:
    """Run the variants of a configuration and compare them, as ``quorate compare`` does: only what is missing is run.

    Args:
        source: a comparison's YAML file, or a mapping of what one would hold.
        overrides: ``key.path=value``, as on the command line.
        accept: names of findings of the fairness guard that are meant.
        rerun: variants or cells to run anew.
        retry_failed: also try the cells again that have failed.
        progress: as for `train`.

    Raises:
        QuorateError: of a configuration; or the variants differ in more than their patches, and that is not accepted.
        KeyboardInterrupt: Ctrl-C; the same call goes on.
    """
    from quorate.studies.compare.display import make_board
    from quorate.studies.compare.execute import execute, inspect, planned, refuse
    from quorate.studies.compare.project import Wishes

    accept, rerun = arguments.words("accept", accept), arguments.words("rerun", rerun)
    arguments.texts("override", overrides)
    retry_failed = bool(arguments.truth("retry_failed", retry_failed))
    source = source if isinstance(source, Mapping) else session.path_of(source, "source", "a path or a mapping")
    project = planned(source, overrides, session.registry(), Wishes(accept, rerun, retry_failed, sys.argv))
    refuse(project, inspect(project)[2])
    with session.interruptible(), project.folder.locked():
        result = execute(project, make_board(session.is_quiet(progress)))
    if result.signal is not None:
        raise KeyboardInterrupt("Stopped; the same call goes on.")
    for finding in result.late:
        if not finding.accepted:
            warnings.warn(f"Found in the records of the runs, and not accepted: {finding.text}", stacklevel=2)
    failed = {name: status.error for name, status in result.statuses.items() if status.error}
    return replace(report(project.folder.path), failed=failed)


def report(
    folder: str | Path,
    out: str | Path | None = None,
    *,
    metric: str | None = None,
    goal: str | None = None,
    score: str | None = None,
    normalise: Mapping[str, tuple[float, float]] | None = None,
    bootstrap: int = 2000,
    confidence: float = 0.95,
) -> Study:
    """Write a report on a comparison, or on any folder of runs, as ``quorate report`` does.

    Args:
        folder: of the runs.
        out: where to write; None: ``report`` in `folder`.
        metric: of evaluations; None: what the comparison names, else ``return/mean``.
        goal: ``maximise`` or ``minimise``; None: as the comparison says.
        score: what stands for a run, ``final`` or ``absolute``; None: absolute where all have it.
        normalise: by environment, the values that become 0 and 1.
        bootstrap: resamples.
        confidence: of the intervals.

    Raises:
        RunError: there are no runs, or none has the metric.
        ConfigError: an argument is another thing, or outside its limits.
    """
    if metric is not None:
        arguments.text("metric", metric)
    resampling = Bootstrap(
        arguments.whole("bootstrap", bootstrap, 1, MOST_RESAMPLES),
        arguments.between("confidence", confidence, 0, 1, ends=False),
    )
    chosen = _choice(Goal, goal, "goal"), _choice(Score, score, "score")
    options = Options(metric, *chosen, _ranges(normalise or {}), resampling)
    path = session.path_of(folder, "folder")
    files = {file.name: file for file in write_report(path, options, None if out is None else session.path_of(out))}
    return Study(path, files["index.html"], read_json(files["report.json"]))


def _ranges(given: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    ranges = {}
    for name, ends in arguments.mapping("normalise", given).items():
        try:
            low, high = (float(end) for end in ends)
        except (TypeError, ValueError, OverflowError):
            low = high = 0.0
        if not 0 < abs(high - low) < math.inf:
            problem = f"{name!r} is given {ends!r}, which are no two different numbers."
            raise ConfigError(problem, where="normalise", fix=f"Give {{{name!r}: (low, high)}}.")
        ranges[name] = low, high
    return ranges


def _choice(choices: type[E], given: str | None, what: str) -> E | None:
    try:
        return None if given is None else choices(given)
    except ValueError:
        names = tuple(str(choice.value) for choice in choices)
        raise ConfigError(f"{given!r} is no {what}.", choices=names, fix=f"Give one of these as {what}.") from None

"""What a reader should know of the runs before reading numbers."""

from quorate.folders.directory import origin_of
from quorate.interfaces.launcher import Status
from quorate.studies.report.collection import Collection, Run


def look(found: Collection) -> None:
    """Note what is damaged, what is not finished, and seeds that seem not to count."""
    for run in found.runs:
        for text in run.content.problems if run.content else ():
            found.note(text, run.id)
        if run.status is not Status.FINISHED:
            found.note(_unfinished(run), run.id)
        if origin := origin_of(run.content.record if run.content else {}):
            found.note(origin, run.id)
        recorded = run.content.config.get("seed", run.seed) if run.content else run.seed
        if recorded != run.seed:
            found.note(f"its folder is of seed {run.seed}, its configuration of seed {recorded}", run.id)
    _same_curves(found)


def _unfinished(run: Run) -> str:
    reasons = {
        Status.STOPPED: "was cut off before its end",
        Status.FAILED: f"failed: {(run.error or '').strip().splitlines()[0] if (run.error or '').strip() else ''}",
        Status.MISSING: "was not run",
    }
    return f"{reasons[run.status]}; it is in no score"


def _same_curves(found: Collection) -> None:
    """Runs of different seeds do not agree in every digit of every evaluation, unless the seed is not used."""
    seen: dict[tuple[str, str, str], str] = {}
    for run in found.runs:
        rows = list(run.content.evaluations.values()) if run.content else []
        if len(rows) > 1 and any(row != rows[0] for row in rows):
            first = seen.setdefault((run.variant, run.environment, repr(rows)), run.id)
            if first != run.id:
                found.note(
                    f"all its evaluations are exactly those of {first}: is its seed used, or was it copied?", run.id
                )

"""The newest checkpoint of a run that is good."""

from typing import Any

from quorate.errors import RunError
from quorate.folders.directory import RunDirectory
from quorate.folders.files import disk_errors
from quorate.folders.steps import checkpoint_steps
from quorate.run.checkpoint import load_state
from quorate.run.metrics import check_size
from quorate.run.progress import Display


def latest(directory: RunDirectory, display: Display) -> dict[str, Any] | None:
    """The latest checkpoint that is good; None where none was written yet.

    Raises:
        RunError: there are checkpoints, and none is good.
    """
    _require_checkpoints(directory)
    first: RunError | None = None
    for step in reversed(checkpoint_steps(directory.checkpoints)):
        try:
            state = load_state(directory.checkpoints, step)
            check_size(directory.metrics, state["metrics_bytes"])
            return state
        except RunError as error:
            first = first or error
            text = f"Warning: the checkpoint of step {step} is damaged or does not fit; trying the one before."
            display.note(f"{text} {error.problem}")
    if first is not None:
        problem = f"Every checkpoint of this run is of no use; the latest: {first.problem}"
        fix = "Restore the run's folder from a copy; or remove the files there to begin again from step 0."
        raise RunError(problem, where=str(directory.checkpoints), fix=fix) from first
    return None


def _require_checkpoints(directory: RunDirectory) -> None:
    """A run that was killed early has an empty folder of checkpoints; one without the folder has lost it."""
    folder, metrics = directory.checkpoints, directory.metrics
    if folder.is_dir():
        return
    if metrics.exists() and metrics.stat().st_size:
        fix = "Restore the folder from a copy; or, to begin again from step 0, create it empty."
        raise RunError("The folder of this run's checkpoints is missing.", where=str(folder), fix=fix)
    with disk_errors(folder, "created"):
        folder.mkdir()

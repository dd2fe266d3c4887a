"""What a reference to another run means: the run, its checkpoint and the hash of that. Imports no torch."""

import functools
import hashlib
from dataclasses import replace
from pathlib import Path

from quorate.commands import command_line
from quorate.errors import RunError
from quorate.folders.directory import RunDirectory
from quorate.folders.files import disk_errors
from quorate.folders.steps import checkpoint_path, checkpoint_steps
from quorate.settings import RunReference


def locate(reference: RunReference) -> RunReference:
    """The exact run and checkpoint that a reference means.

    Where neither hash nor step are given and there is no run or no checkpoint yet, the reference stays as it is: a
    configuration can be looked at before what it needs is there, and whoever reads the run says what is missing.

    Raises:
        RunError: it names a checkpoint that is not there, or not what it was; the error names both.
    """
    exact = reference.step is not None or reference.sha256 is not None
    try:
        directory = RunDirectory.open(reference.folder)
    except RunError:
        if exact:
            raise
        return reference
    if not exact and not checkpoint_steps(directory.checkpoints):
        return reference
    step = chosen_step(directory, reference.step)
    found = _sha256(checkpoint_path(directory.checkpoints, step))
    if reference.sha256 not in (None, found):
        raise _changed(reference, directory, step, found)
    return replace(reference, folder=directory.path.resolve(), step=step, sha256=found)


def chosen_step(directory: RunDirectory, step: int | None) -> int:
    """The step of a checkpoint that a run has; None chooses the latest.

    Raises:
        RunError: there is none, or not that one.
    """
    steps = checkpoint_steps(directory.checkpoints)
    if steps and (step is None or step in steps):
        return steps[-1] if step is None else step
    raise _no_checkpoint(directory, step if steps else None)


def _no_checkpoint(directory: RunDirectory, step: int | None = None) -> RunError:
    """The error, with advice that the run as it is can follow: one that is finished is not resumed.

    Args:
        directory: of the run.
        step: that was asked for; None: there is none at all.
    """
    steps = [str(step) for step in checkpoint_steps(directory.checkpoints)]
    if step is not None:
        problem, fix = f"This run has no checkpoint of step {step}.", "Choose one with --checkpoint."
    elif directory.result.exists():
        problem = "This run is finished, but has no checkpoint any more; what it measured is in result.json."
        fix = f"Restore one from a copy, or run it again: {command_line('run', directory.config)}"
    else:
        problem, fix = "This run has no checkpoint yet.", f"Run: {command_line('resume', directory.path)}"
    return RunError(problem, where=str(directory.checkpoints), choices=steps, fix=fix)


def _changed(reference: RunReference, directory: RunDirectory, step: int, found: str) -> RunError:
    return RunError(
        f"The run that this one builds on is not what it was: the checkpoint of step {step} has the SHA-256 {found}, "
        f"and {reference.sha256} was used.",
        where=str(directory.path),
        fix="Restore that checkpoint; or start a new run whose setting is the path of the folder alone.",
    )


def _sha256(path: Path) -> str:
    with disk_errors(path, "read"):
        found = path.stat()
        return _hashed(path, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))


@functools.lru_cache(maxsize=256)
def _hashed(path: Path, state: tuple[int, ...]) -> str:
    """Comparisons ask for the same file in every cell; `state` tells when it is another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What is said where a run lacks the checkpoint that is asked for."""

from quorate.commands import command_line
from quorate.errors import RunError
from quorate.folders.directory import RunDirectory
from quorate.folders.steps import checkpoint_steps


def no_checkpoint(directory: RunDirectory, step: int | None = None) -> RunError:
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

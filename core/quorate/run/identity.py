"""Whether a run's ``config.yaml`` is still the one that its checkpoints were made under."""

from typing import Any

from quorate.config.difference import changes
from quorate.config.source import read_source
from quorate.config.stored_before import as_now
from quorate.errors import RunError
from quorate.folders.directory import RunDirectory

FREE = ("name", "directory", "loggers", "checkpoint", "device", "threads", "workers")
"""Keys that may be edited between the parts of a run: they say where and how it computes, not what."""


def read_identity(directory: RunDirectory) -> dict[str, Any]:
    """What ``config.yaml`` says of what is computed.

    It is read as it stands, without defaults, so that a newer version with more settings still fits an older run.

    Raises:
        ConfigError: the file can not be read.
    """
    return {key: value for key, value in read_source(directory.config)[0].items() if key not in FREE}


def check_identity(directory: RunDirectory, state: dict[str, Any], *, finished: bool = False) -> None:
    """Hold ``config.yaml`` against the one that a checkpoint was made under.

    Args:
        directory: of the run.
        state: the checkpoint.
        finished: the run is, which the error says too.

    Raises:
        RunError: they differ; it names the keys.
    """
    if "config" not in state:
        return
    changed = changes(as_now(state["config"], directory.config), read_identity(directory))
    if not changed:
        return
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    begin = "This run is finished, but " if finished else ""
    raise RunError(
        f"{begin}config.yaml was changed since the checkpoint of step {state['step']}: {', '.join(changed[:5])}{more}.",
        where=str(directory.config),
        fix="Restore it, or start a new run with `quorate run`: one run has one configuration.",
    )

"""Whether a run's ``config.yaml`` is still the one that its checkpoints were made under."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from quorate.config.source import read_source
from quorate.documents import KeyPath, show
from quorate.errors import RunError
from quorate.run.directory import RunDirectory
from quorate.settings import RunReference

FREE = ("name", "directory", "loggers", "checkpoint", "device", "threads", "workers")
"""Keys that may be edited between the parts of a run: they say where and how it computes, not what."""

_REFERENCE = {field.name for field in dataclasses.fields(RunReference)}
_ABSENT = object()


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
    then, now = leaves(state["config"]), leaves(read_identity(directory))
    differing = [path for path in {**then, **now} if then.get(path, _ABSENT) != now.get(path, _ABSENT)]
    if not differing:
        return
    shown = [f"{show(path)} (was {_word(then, path)}, is {_word(now, path)})" for path in differing[:5]]
    more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
    begin = "This run is finished, but " if finished else ""
    raise RunError(
        f"{begin}config.yaml was changed since the checkpoint of step {state['step']}: {', '.join(shown)}{more}.",
        where=str(directory.config),
        fix="Restore it, or start a new run with `quorate run`: one run has one configuration.",
    )


def leaves(config: Any) -> dict[KeyPath, Any]:
    """Every value that holds no others, by its key path; a run that is known by its hash may have been moved."""
    return dict(_leaves(config, ()))


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, dict) and value.get("sha256") and value.keys() == _REFERENCE:
        value = {key: item for key, item in value.items() if key != "folder"}
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _word(leaves: dict[KeyPath, Any], path: KeyPath) -> str:
    return repr(leaves[path]) if path in leaves else "absent"

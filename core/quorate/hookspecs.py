"""The hooks: what a plugin can do that data can not say. Implement any of them in the module of the entry point.

    from quorate.hookspecs import hookimpl

    @hookimpl
    def quorate_run_ended(run, status): ...

An implementation may leave out arguments that it does not use; arguments are passed by name. Every implementation is
called. One that raises is reported once, the others are called, and the command goes on; with ``QUORATE_STRICT=1`` the
error ends the command. A `QuorateError` is a message to the user and always ends it, except in `quorate_health_checks`
and `quorate_commands`, which are called whatever the user does.

What a hook prints while it is asked something (components, commands, health checks), or while its module is imported,
goes to standard error: standard output belongs to the command.

What happens in a run is told in the process of that run, of which a comparison has several. The run waits until the
hook has returned.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pluggy

hookspec = pluggy.HookspecMarker("quorate")
hookimpl = pluggy.HookimplMarker("quorate")
"""Marks a function as the implementation of the hook of that name."""


@hookspec
def quorate_find_component(kind: str, name: str) -> "Mapping[str, Any] | None":
    """Serve a component that no manifest can enumerate.

    Called when a configuration or a command names a component that no manifest has, perhaps more than once. An answer
    counts where the name starts with the plugin's entry-point key and a slash.

    Args:
        kind: the kind asked for.
        name: the name asked for.

    Returns:
        The keys of a manifest's row (``target`` and ``summary`` at least; ``kind`` and ``name`` are filled in), or
        None for a name that is not this plugin's.

    Raises:
        QuorateError: the name can not be served, and why; the user sees it. After any other exception the name is
            unknown.
    """


@hookspec
def quorate_run_started(run: Any) -> None:
    """A run begins, or goes on after a stop.

    Called once in each process that works on the run, when its folder, algorithm and loggers are there and before the
    first evaluation or training step.

    Args:
        run: a `quorate.run.RunInfo`: ``directory``, ``run`` (the resolved configuration), ``first_step``, ``resumed``.

    Returns:
        Nothing; it is not looked at.

    Raises:
        QuorateError: the run ends with this message, as ``failed``.
    """


@hookspec
def quorate_metrics_logged(run: Any, step: int, metrics: "Mapping[str, float]") -> None:
    """Metrics were written to ``metrics.jsonl``.

    Called after every ``log.every`` training steps and after every evaluation, with what was written. Where a run was
    killed or stopped after the checkpoint that it goes on from, what came later is told again: steps after
    ``run.first_step``, and the evaluation of that step. What still holds of it is in ``metrics.jsonl`` when
    `quorate_run_started` is called.

    Args:
        run: as for `quorate_run_started`.
        step: training steps made so far.
        metrics: numbers by name, which begins with their phase: ``train/``, ``evaluation/`` or ``absolute/``.

    Returns:
        Nothing; it is not looked at.

    Raises:
        QuorateError: the run ends with this message, as ``failed``.
    """


@hookspec
def quorate_checkpoint_written(run: Any, path: Any) -> None:
    """A checkpoint is complete.

    Called after every ``checkpoint.every`` training steps, at the end, and when the run is stopped. Older checkpoints
    than the ``checkpoint.keep`` latest are gone by then.

    Args:
        run: as for `quorate_run_started`.
        path: the file, a `pathlib.Path` in the run's folder; safetensors.

    Returns:
        Nothing; it is not looked at.

    Raises:
        QuorateError: the run ends with this message, as ``failed``; it can be resumed from this checkpoint.
    """


@hookspec
def quorate_run_ended(run: Any, status: str) -> None:
    """A run ended, in this process.

    Called last, whatever has happened, unless the process was killed. ``result.json`` is there where it is finished.

    Args:
        run: as for `quorate_run_started`.
        status: ``finished``, ``stopped`` (it can be resumed) or ``failed``.

    Returns:
        Nothing; it is not looked at.

    Raises:
        QuorateError: the command ends with this message; what the run has written stays.
    """


@hookspec
def quorate_health_checks() -> "Sequence[tuple[str, Callable[[], str | None]]]":  # type: ignore[empty-body]
    """Checks for ``quorate doctor``.

    Called by that command alone, which then calls the functions.

    Returns:
        Pairs of a name and a function of no arguments. The function returns a remark, or None, where all is well, and
        raises where it is not; the message is shown and the exit code is 1.

    Raises:
        Exception: reported by ``quorate doctor`` as broken; a `QuorateError` too.
    """


@hookspec
def quorate_commands() -> "Sequence[Any] | Mapping[str, Any]":  # type: ignore[empty-body]
    """Further commands of the command line.

    Called for ``quorate --help``, for the completion of commands, and for a command that is not built in. The module is
    imported for that: import torch and the like inside the command's function.

    Returns:
        Click commands, or a mapping from names to them. A name that is built in, or taken by another plugin, stays as
        it is.

    Raises:
        Exception: reported, and the plugin's commands are missing; a `QuorateError` too.
    """

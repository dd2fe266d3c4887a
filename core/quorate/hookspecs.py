"""The hooks: what a plugin can do that data can not say. Implement any of them in the module of the entry point.

    from quorate.hookspecs import hookimpl

    @hookimpl
    def quorate_run_ended(run, status): ...

An implementation may leave out arguments that it does not use. One that raises is reported and the run goes on, unless
it raises a `QuorateError`, or ``QUORATE_STRICT=1`` is set.
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

    Called only where no manifest has the name. The name must start with the plugin's entry-point key and a slash.

    Args:
        kind: the kind asked for.
        name: the name asked for.

    Returns:
        The keys of a manifest's row (``target`` and ``summary`` at least; ``kind`` and ``name`` are filled in), or
        None for a name that is not this plugin's.
    """


@hookspec
def quorate_run_started(run: Any) -> None:
    """A run begins, or goes on after a stop. `run` is the `quorate.run` object that describes it."""


@hookspec
def quorate_metrics_logged(run: Any, step: int, metrics: "Mapping[str, float]") -> None:
    """Metrics were written, after `step` training steps."""


@hookspec
def quorate_checkpoint_written(run: Any, path: Any) -> None:
    """A checkpoint is complete at `path` (a `pathlib.Path`)."""


@hookspec
def quorate_run_ended(run: Any, status: str) -> None:
    """A run ended: ``finished``, ``stopped`` or ``failed``."""


@hookspec
def quorate_health_checks() -> "Sequence[tuple[str, Callable[[], str | None]]]":  # type: ignore[empty-body]
    """Checks for ``quorate doctor``: names and functions that return a remark (or None) and raise where unhealthy."""


@hookspec
def quorate_commands() -> "Sequence[Any] | Mapping[str, Any]":  # type: ignore[empty-body]
    """Further commands of the command line: click commands, or a mapping from names to them.

    The module is imported for ``quorate --help``: import torch and the like inside the command's function.
    """

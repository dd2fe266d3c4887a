"""From a configuration to a run: compose, train, resume, evaluate."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.commands import command_line
from quorate.config.compose import compose as compose_any
from quorate.config.resolved import ResolvedRun, protected
from quorate.door import arguments, session
from quorate.errors import ConfigError
from quorate.paths import from_here
from quorate.run.stored import compose_file

if TYPE_CHECKING:
    from quorate.door.run import Run
    from quorate.run.execute import Outcome
    from quorate.run.origin import Origin
    from quorate.run.progress import Display

Configuration = str | Path | Mapping[str, Any] | ResolvedRun
"""A YAML file, what one would hold, or what `compose` made of either."""


def compose(configuration: Configuration, *overrides: str) -> ResolvedRun:
    """The resolved configuration: every component with all of its settings, checked.

    Args:
        configuration: a YAML file, or a mapping of what one would hold.
        overrides: ``key.path=value``, as on the command line.

    Raises:
        ConfigError: naming the full key path, where it is from, the nearest choices and the fix.
    """
    arguments.texts("override", overrides)
    if isinstance(configuration, ResolvedRun):
        configuration = protected(configuration.to_dict())
    if isinstance(configuration, Mapping):
        return compose_any(configuration, overrides, session.registry())
    path = session.path_of(configuration, "configuration", "a path or a mapping")
    return compose_file(path, overrides, session.registry())


def train(
    configuration: Configuration,
    *overrides: str,
    from_run: "Run | str | Path | None" = None,
    checkpoint: int | None = None,
    only: "Sequence[str] | str" = (),
    progress: bool | None = None,
) -> "Run":
    """Run a configuration, as ``quorate run`` does, in a new folder.

    Args:
        configuration: as for `compose`.
        overrides: likewise.
        from_run: whose weights it begins with; None: none.
        checkpoint: the training step of `from_run`; None: its newest.
        only: names of the networks that are taken from it, such as ``policy``; none: all.
        progress: show how far it is; None: as `configure` said.

    Returns:
        The run, finished.

    Raises:
        QuorateError: as of `compose`; or the run can not be started or written, or its loss is not finite.
        KeyboardInterrupt: Ctrl-C; `resume` then goes on from the checkpoint that was written.
    """
    run = compose(configuration, *overrides)
    only = list(dict.fromkeys(arguments.texts("only", arguments.words("only", only))))
    for name, given in (("checkpoint", checkpoint is not None), ("only", bool(only))):
        if from_run is None and given:
            fix = "Add --from RUN (`from_run`), or leave it out."
            raise ConfigError("It says what is taken from another run; there is none.", where=name, fix=fix)
    from quorate.run.origin import weights_of

    if checkpoint is not None:
        checkpoint = arguments.whole("checkpoint", checkpoint)
    origin = None if from_run is None else weights_of(session.path_of(from_run), checkpoint, only)
    return _start(run, origin, session.display(progress))


def extend(run: "Run | str | Path", *overrides: str, progress: bool | None = None) -> "Run":
    """Train a run longer, as ``quorate extend`` does: a new run that goes on from the newest checkpoint.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        overrides: ``budget.train_steps=N``, and what else may change.
        progress: as for `train`.

    Raises:
        QuorateError: there is no good checkpoint, the budget is not larger, or something else would be changed.
        KeyboardInterrupt: as of `train`.
    """
    from quorate.run.origin import extension

    path = session.path_of(run)
    arguments.one_run("extend", path, arguments.texts("override", overrides))
    display = session.display(progress)
    return _start(*extension(path, overrides, session.registry(), display), display)


def resume(run: "Run | str | Path", *, progress: bool | None = None) -> "Run":
    """Continue a run that was stopped or killed, as ``quorate resume`` does; a finished one stays as it is.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        progress: as for `train`.

    Raises:
        RunError: there is no run, another process writes it, or its configuration was changed.
        KeyboardInterrupt: as of `train`.
    """
    from quorate.run.execute import resume

    with session.interruptible():
        outcome = resume(session.path_of(run), session.registry(), session.display(progress))
    return _done(outcome)


def evaluate(run: "Run | str | Path", step: int | None = None, *, progress: bool | None = None) -> dict[str, float]:
    """Evaluate a checkpoint, as ``quorate evaluate`` does, which also writes ``evaluation-STEP.json``.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        step: of the checkpoint; None: the newest.
        progress: as for `train`.

    Returns:
        The metrics by name.

    Raises:
        RunError: there is no run, or no such checkpoint.
    """
    from quorate.run.execute import evaluate

    step = None if step is None else arguments.whole("step", step)
    with session.interruptible():
        return evaluate(session.path_of(run), session.registry(), session.display(progress), step)[2]


def _start(run: ResolvedRun, origin: "Origin | None", display: "Display") -> "Run":
    from quorate.run.execute import start

    with session.interruptible():
        outcome = start(run, session.registry(), display, command=sys.argv, origin=origin)
    return _done(outcome)


def _done(outcome: "Outcome") -> "Run":
    from quorate.door.run import load

    if outcome.signal is not None:
        again = command_line("resume", from_here(outcome.directory), options=session.options())
        raise session.Stopped(f"Stopped after {outcome.step} training steps.\nTo go on: {again}", outcome.signal)
    return load(outcome.directory)

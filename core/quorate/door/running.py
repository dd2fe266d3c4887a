"""From a configuration to a run: compose, train, resume, evaluate."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.config.compose import compose as compose_any
from quorate.config.resolved import ResolvedRun, protected
from quorate.door import session
from quorate.run.stored import compose_file

if TYPE_CHECKING:
    from quorate.door.run import Run
    from quorate.run.execute import Outcome

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
    if isinstance(configuration, ResolvedRun):
        configuration = protected(configuration.to_dict())
    if isinstance(configuration, Mapping):
        return compose_any(configuration, overrides, session.registry())
    return compose_file(session.path_of(configuration), overrides, session.registry())


def train(
    configuration: Configuration,
    *overrides: str,
    from_run: "Run | str | Path | None" = None,
    checkpoint: int | None = None,
    progress: bool | None = None,
) -> "Run":
    """Run a configuration, as ``quorate run`` does, in a new folder.

    Args:
        configuration: as for `compose`.
        overrides: likewise.
        from_run: whose weights it begins with; None: none.
        checkpoint: the training step of `from_run`; None: its newest.
        progress: show how far it is; None: as `configure` said.

    Returns:
        The run, finished.

    Raises:
        QuorateError: as of `compose`; or the run can not be started or written, or its loss is not finite.
        KeyboardInterrupt: Ctrl-C; `resume` then goes on from the checkpoint that was written.
    """
    from quorate.global_generators import kept_global_generators
    from quorate.run.execute import start
    from quorate.run.origin import weights_of
    from quorate.run.progress import make_display

    run = compose(configuration, *overrides)
    origin = None if from_run is None else weights_of(session.path_of(from_run), checkpoint)
    display, told = make_display(session.is_quiet(progress)), session.manifests()
    with session.interruptible(), kept_global_generators():
        outcome = start(run, session.registry(), display, manifests=told, command=sys.argv, origin=origin)
    return _done(outcome)


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
    from quorate.global_generators import kept_global_generators
    from quorate.run.execute import extend
    from quorate.run.progress import make_display

    path, display, told = session.path_of(run), make_display(session.is_quiet(progress)), session.manifests()
    with session.interruptible(), kept_global_generators():
        outcome = extend(path, overrides, session.registry(), display, manifests=told, command=sys.argv)
    return _done(outcome)


def export(
    run: "Run | str | Path",
    directory: str | Path,
    *,
    step: int | None = None,
    greedy: bool | None = None,
    format: str = "torchscript",
    progress: bool | None = None,
) -> list[Path]:
    """Write the policies of a run as files that need nothing of Quorate, as ``quorate export`` does.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        directory: to write into; it must not exist, or be empty.
        step: of the checkpoint; None: the best policy where the run kept it, or else the newest.
        greedy: best actions, or (false) samples; None: as the run is evaluated.
        format: ``torchscript`` or ``onnx``.
        progress: as for `train`.

    Returns:
        The files.

    Raises:
        QuorateError: there is no run or checkpoint, its policies can not be exported, or the folder is not empty.
    """
    from quorate.global_generators import kept_global_generators
    from quorate.run.export import export
    from quorate.run.progress import make_display

    path, folder, display = session.path_of(run), session.path_of(directory), make_display(session.is_quiet(progress))
    with kept_global_generators():
        return export(path, folder, session.registry(), display, checkpoint=step, greedy=greedy, format=format)


def resume(run: "Run | str | Path", *, progress: bool | None = None) -> "Run":
    """Continue a run that was stopped or killed, as ``quorate resume`` does; a finished one stays as it is.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        progress: as for `train`.

    Raises:
        RunError: there is no run, another process writes it, or its configuration was changed.
        KeyboardInterrupt: as of `train`.
    """
    from quorate.global_generators import kept_global_generators
    from quorate.run.execute import resume
    from quorate.run.progress import make_display

    display = make_display(session.is_quiet(progress))
    with session.interruptible(), kept_global_generators():
        outcome = resume(session.path_of(run), session.registry(), display)
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
    from quorate.global_generators import kept_global_generators
    from quorate.run.execute import evaluate
    from quorate.run.progress import make_display

    display = make_display(session.is_quiet(progress))
    with session.interruptible(), kept_global_generators():
        return evaluate(session.path_of(run), session.registry(), display, step)[2]


def _done(outcome: "Outcome") -> "Run":
    from quorate.door.run import load

    if outcome.signal is not None:
        told = f"Stopped after {outcome.step} training steps; quorate.resume({str(outcome.directory)!r}) goes on."
        raise KeyboardInterrupt(told)
    return load(outcome.directory)

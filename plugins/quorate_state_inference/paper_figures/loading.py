"""From a run's folder to its trained algorithm."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quorate.config import ResolvedRun
from quorate.errors import RunError
from quorate.registry import Registry
from quorate.run import Display, read_run
from quorate.settings import RunReference
from quorate_state_inference.algorithm import StateInference


@contextmanager
def open_run(
    path: Path, registry: Registry, display: Display, checkpoint: int | None = None
) -> Iterator[tuple[StateInference, str]]:
    """The algorithm of a run of state-inference, its parameters from a checkpoint, and a name for it.

    Args:
        path: the run's folder.
        registry: where its components are from.
        display: shows how far the collecting of histories is.
        checkpoint: the training step; None takes the latest.

    Raises:
        RunError: there is no run of state-inference, or no such checkpoint.
        ConfigError: its configuration does not fit the components that are installed now.
    """
    stored = read_run(registry, RunReference(path, checkpoint), display)
    with stored.opened(stored.device) as algorithm:
        if not isinstance(algorithm, StateInference):
            raise RunError(
                f"This is a run of {stored.algorithm.name}; only runs of state-inference can be analysed.",
                where=str(path),
                fix="Give the folder of a run whose configuration has `algorithm: {name: state-inference}`.",
            )
        yield algorithm, name_of(stored.run)


def name_of(run: ResolvedRun) -> str:
    """The environment, the denoiser's width if it has one, and the seed."""
    settings = run.settings
    denoiser = settings.algorithm.settings.denoiser
    width = getattr(denoiser.settings, "width", None)
    learner = denoiser.name if width is None else f"{denoiser.name} {width}"
    return f"{settings.environment.name}, {learner}, seed {settings.seed}"

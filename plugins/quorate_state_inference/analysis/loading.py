"""From a run's folder to its trained algorithm."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quorate.config.compose import compose
from quorate.config.resolved import ResolvedRun
from quorate.errors import RunError
from quorate.interfaces import RunContext
from quorate.registry import Registry
from quorate.run.ambient import seed_ambient
from quorate.run.checkpoint import checkpoint_path, checkpoint_steps, load_checkpoint
from quorate.run.device import prepare_device
from quorate.run.directory import RunDirectory
from quorate.run.progress import Display
from quorate_state_inference.algorithm import StateInference


@contextmanager
def open_run(
    path: Path, registry: Registry, display: Display, checkpoint: int | None = None
) -> Iterator[tuple[StateInference, str]]:
    """The algorithm of a run, its parameters from a checkpoint, and a name for it.

    Args:
        path: the run's folder.
        registry: where its components are from.
        display: shows how far the collecting of histories is.
        checkpoint: the training step; None takes the latest.

    Raises:
        RunError: there is no run of state-inference, or no such checkpoint.
        ConfigError: its configuration does not fit the components that are installed now.
    """
    directory = RunDirectory.open(path)
    run = compose(directory.config, (), registry)
    settings = run.settings
    kind = settings.algorithm.load()
    if not (isinstance(kind, type) and issubclass(kind, StateInference)):
        raise RunError(
            f"This is a run of {settings.algorithm.name}; only runs of state-inference can be analysed.",
            where=str(path),
            fix="Give the folder of a run whose configuration has `algorithm: {name: state-inference}`.",
        )
    step = _choose(directory, checkpoint)
    state = load_checkpoint(checkpoint_path(directory.checkpoints, step))
    device = prepare_device(settings.device, settings.threads)
    seed_ambient(settings.seed)
    context = RunContext(settings.environment, settings.seed, device, settings.budget.train_steps, display)
    algorithm: StateInference = settings.algorithm.build(context)
    try:
        algorithm.load_state_dict(state["algorithm"])
        yield algorithm, name_of(run)
    finally:
        algorithm.close()


def name_of(run: ResolvedRun) -> str:
    """The environment, the denoiser's width if it has one, and the seed."""
    settings = run.settings
    denoiser = settings.algorithm.settings.denoiser
    width = getattr(denoiser.settings, "width", None)
    learner = denoiser.name if width is None else f"{denoiser.name} {width}"
    return f"{settings.environment.name}, {learner}, seed {settings.seed}"


def _choose(directory: RunDirectory, step: int | None) -> int:
    steps = checkpoint_steps(directory.checkpoints)
    if steps and (step is None or step in steps):
        return steps[-1] if step is None else step
    raise RunError(
        f"This run has no checkpoint of step {step}." if steps else "This run has no checkpoint yet.",
        where=str(directory.checkpoints),
        choices=[str(step) for step in steps],
        fix="Choose one with --checkpoint." if steps else f"Run: quorate resume {directory.path}",
    )

"""From a configuration, or the folder of a run, to its algorithm."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from quorate.config.resolved import ResolvedRun
from quorate.errors import RunError
from quorate.failures import told_as
from quorate.interfaces import Algorithm, RunContext
from quorate.registry import Registry
from quorate.run.ambient import seed_ambient
from quorate.run.checkpoint import load_state
from quorate.run.device import prepare_device
from quorate.run.directory import RunDirectory
from quorate.run.identity import check_identity
from quorate.run.present import present
from quorate.run.progress import Display
from quorate.run.reference import chosen_step
from quorate.run.stored import stored_run


@dataclass(frozen=True)
class OpenRun:
    """A run whose algorithm has the parameters of one of its checkpoints.

    Attributes:
        directory: its folder.
        run: its configuration.
        algorithm: built and loaded; closed when the context ends.
        state: the checkpoint, with its `step`.
    """

    directory: RunDirectory
    run: ResolvedRun
    algorithm: Algorithm
    state: dict[str, Any]


@contextmanager
def open_run(path: Path, registry: Registry, display: Display, checkpoint: int | None = None) -> Iterator[OpenRun]:
    """A run's algorithm as a checkpoint left it, to evaluate or analyse; nothing is written.

    Args:
        path: the run's folder, or one with runs in it, of which the newest is taken.
        registry: where its components are from.
        display: shows progress.
        checkpoint: the training step; None takes the latest.

    Raises:
        RunError: there is no run, no such checkpoint, or the configuration was changed since.
        ConfigError: its configuration does not fit the components that are installed now.
    """
    directory = RunDirectory.open(path)
    run = stored_run(directory, registry)
    state = load_state(directory.checkpoints, chosen_step(directory, checkpoint))
    check_identity(directory, state)
    device = prepare_device(run.settings.device, run.settings.threads, run.where("device"))
    with present(registry), built_algorithm(run, device, display) as algorithm:
        load_algorithm(algorithm, run, state)
        yield OpenRun(directory, run, algorithm, state)


@contextmanager
def built_algorithm(run: ResolvedRun, device: torch.device, display: Display) -> Iterator[Algorithm]:
    """The algorithm of a configuration, untrained; closed at the end, and the display with it."""
    settings = run.settings
    seed_ambient(settings.seed)
    steps, workers = settings.budget.train_steps, settings.workers
    context = RunContext(settings.environment, settings.seed, device, steps, display, workers)
    try:
        algorithm: Algorithm = settings.algorithm.build(context)
    except BaseException:
        display.stop()
        raise
    try:
        yield algorithm
    finally:
        display.stop()
        algorithm.close()


def load_algorithm(algorithm: Algorithm, run: ResolvedRun, state: dict[str, Any]) -> None:
    """Give an algorithm the state of a checkpoint.

    Raises:
        RunError: it does not fit, as where another version of the component wrote it.
    """
    doing = f"loading the checkpoint of step {state['step']} into the algorithm {run.settings.algorithm.name!r}"
    with told_as(doing, RunError, "Use the versions that record.json names, or start a new run."):
        algorithm.load_state_dict(state["algorithm"])

"""From a configuration, or the folder of a run, to its algorithm."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from typing_extensions import override

from quorate.config.resolved import ResolvedRun
from quorate.environments import build_environment
from quorate.errors import RunError
from quorate.failures import told_as
from quorate.folders.directory import RunDirectory
from quorate.folders.reference import chosen_step
from quorate.global_generators import kept_global_generators, seed_global_generators
from quorate.interfaces import Algorithm, EnvironmentSpec, RunContext, SavedRun
from quorate.interfaces.runs import SavedRuns
from quorate.registry import Registry
from quorate.run.checkpoint import load_state
from quorate.run.device import prepare_device
from quorate.run.evaluation import Evaluator, make_evaluator
from quorate.run.identity import check_identity
from quorate.run.progress import Display, make_display
from quorate.run.stored import stored_run
from quorate.settings import RunReference


@dataclass(frozen=True)
class StoredRun(SavedRun):
    """A run at one of its checkpoints, and what is needed to build its algorithm.

    Attributes:
        directory: its folder.
        run: its configuration.
        checkpoint: with its `step`.
        registry: where its components are from.
        display: shows progress.
    """

    directory: RunDirectory
    run: ResolvedRun
    checkpoint: dict[str, Any]
    registry: Registry
    display: Display

    @contextmanager
    @override
    def opened(self, device: torch.device) -> Iterator[Algorithm]:
        with ExitStack() as stack:
            with kept_global_generators():
                algorithm = stack.enter_context(built_algorithm(self.run, self.registry, device, self.display))
                load_algorithm(algorithm, self.run, self.checkpoint)
            yield algorithm

    @property
    def device(self) -> torch.device:
        """Where its configuration says that it computes.

        Raises:
            RunError: there is no such device here.
        """
        settings = self.run.settings
        return prepare_device(settings.device, settings.threads, self.run.where("device"))

    def evaluator(self, algorithm: Algorithm) -> AbstractContextManager[Evaluator]:
        """What measures its algorithm, as the run does, on its `device`."""
        return built_evaluator(self.run, algorithm, self.registry, self.device, self.display)

    @override
    def check_environment(self, other: EnvironmentSpec) -> None:
        with closing(build_environment(self.environment, 1)) as environment:
            own = environment.spec
        if _sizes(own) != _sizes(other):
            problem = f"This run's environment is {_in_words(own)}; it does not fit {_in_words(other)}."
            fix = "Give a run in this environment, or in one of the same sizes."
            raise RunError(problem, where=str(self.folder), fix=fix)


def _sizes(spec: EnvironmentSpec) -> tuple[object, ...]:
    return spec.agent_count, spec.observation_sizes, spec.state_size


def _in_words(spec: EnvironmentSpec) -> str:
    return (
        f"{spec.name} ({spec.agent_count} agents, {spec.observation_size} observation features, "
        f"{spec.state_size} state features)"
    )


def saved_runs(registry: Registry) -> SavedRuns:
    """Reads runs for others that build on them, with the same plugins, interpreters and allowed imports."""
    return partial(read_run, registry)


def read_run(registry: Registry, run: RunReference | Path | str, display: Display | None = None) -> StoredRun:
    """A run's configuration, and the checkpoint of a step or the latest; nothing is built or written.

    Args:
        registry: where its components are from.
        run: its folder, or one with runs in it, of which the newest is taken.
        display: shows the progress of building it; None: nothing does.

    Raises:
        RunError: there is no run, no such checkpoint, or the configuration was changed since.
        ConfigError: its configuration does not fit the components that are installed now.
    """
    reference = RunReference.of(run)
    directory = RunDirectory.open(reference.folder)
    resolved = stored_run(directory, registry)
    state = load_state(directory.checkpoints, chosen_step(directory, reference.step))
    check_identity(directory, state)
    settings, best = resolved.settings, state.get("best", {})
    parts = settings.environment, settings.algorithm, state["algorithm"], settings.evaluation.greedy
    kept = best if best.get("state") is not None else None
    return StoredRun(directory.path, *parts, kept, directory, resolved, state, registry, display or make_display(True))


@contextmanager
def built_algorithm(
    run: ResolvedRun, registry: Registry, device: torch.device, display: Display
) -> Iterator[Algorithm]:
    """The algorithm of a configuration, untrained; closed at the end, and the display with it."""
    seed_global_generators(run.settings.seed)
    try:
        algorithm: Algorithm = run.settings.algorithm.build(_context(run, registry, device, display))
    except BaseException:
        display.stop()
        raise
    try:
        yield algorithm
    finally:
        display.stop()
        algorithm.close()


def built_evaluator(
    run: ResolvedRun, algorithm: Algorithm, registry: Registry, device: torch.device, display: Display
) -> AbstractContextManager[Evaluator]:
    """What measures a run's algorithm, closed at the end; errors are those of `make_evaluator`."""
    return closing(make_evaluator(algorithm, _context(run, registry, device, display), run.settings.evaluation))


def _context(run: ResolvedRun, registry: Registry, device: torch.device, display: Display) -> RunContext:
    settings = run.settings
    steps, workers = settings.budget.train_steps, settings.workers
    return RunContext(settings.environment, settings.seed, device, steps, display, workers, saved_runs(registry))


def load_algorithm(algorithm: Algorithm, run: ResolvedRun, state: dict[str, Any]) -> None:
    """Give an algorithm the state of a checkpoint.

    Raises:
        RunError: it does not fit, as where another version of the component wrote it.
    """
    doing = f"loading the checkpoint of step {state['step']} into the algorithm {run.settings.algorithm.name!r}"
    with told_as(doing, RunError, "Use the versions that record.json names, or start a new run."):
        algorithm.load_state_dict(state["algorithm"])

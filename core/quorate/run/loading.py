"""From a configuration, or the folder of a run, to its algorithm."""

from collections.abc import Callable, Iterator
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
class OpenRun:
    """A run whose algorithm has the parameters of one of its checkpoints.

    Attributes:
        algorithm: built and loaded; closed when the context ends.
        state: the checkpoint, with its `step`.
        evaluator: what measures it, as the run does; to be entered.
    """

    directory: RunDirectory
    run: ResolvedRun
    algorithm: Algorithm
    state: dict[str, Any]
    evaluator: Callable[[], AbstractContextManager[Evaluator]]


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
    directory, run, state = _read(path, checkpoint, registry)
    device = prepare_device(run.settings.device, run.settings.threads, run.where("device"))
    with built_algorithm(run, registry, device, display) as algorithm:
        load_algorithm(algorithm, run, state)
        evaluator = partial(built_evaluator, run, algorithm, registry, device, display)
        yield OpenRun(directory, run, algorithm, state, evaluator)


def saved_runs(registry: Registry, *, quiet: bool = True) -> SavedRuns:
    """Reads runs for others that build on them, with the same plugins, interpreters and allowed imports.

    Its errors are those of `open_run`.
    """

    def saved_run(run: RunReference | Path | str) -> SavedRun:
        reference = RunReference.of(run)
        directory, resolved, state = _read(reference.folder, reference.step, registry)
        settings = resolved.settings
        parts = (
            settings.environment,
            settings.algorithm,
            state["algorithm"],
            settings.evaluation.greedy,
            kept_best(state),
        )
        return _StoredRun(directory.path, *parts, run=resolved, checkpoint=state, registry=registry, quiet=quiet)

    return saved_run


def kept_best(state: dict[str, Any]) -> dict[str, Any] | None:
    """The best policy that a checkpoint keeps, as `SavedRun.best`."""
    best: dict[str, Any] = state.get("best", {})
    return best if best.get("state") is not None else None


@dataclass(frozen=True)
class _StoredRun(SavedRun):
    run: ResolvedRun
    checkpoint: dict[str, Any]
    registry: Registry
    quiet: bool

    @contextmanager
    @override
    def opened(self, device: torch.device) -> Iterator[Algorithm]:
        with ExitStack() as stack:
            with kept_global_generators():
                built = built_algorithm(self.run, self.registry, device, make_display(self.quiet))
                algorithm = stack.enter_context(built)
                load_algorithm(algorithm, self.run, self.checkpoint)
            yield algorithm

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


def _read(path: Path, checkpoint: int | None, registry: Registry) -> tuple[RunDirectory, ResolvedRun, dict[str, Any]]:
    """A run's folder, its configuration, and the checkpoint of a step or the latest; nothing is built."""
    directory = RunDirectory.open(path)
    run = stored_run(directory, registry)
    state = load_state(directory.checkpoints, chosen_step(directory, checkpoint))
    check_identity(directory, state)
    return directory, run, state


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

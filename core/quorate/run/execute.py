"""Start, resume and evaluate runs."""

import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gymnasium.spaces import Discrete

from quorate.config.fit import check_fit
from quorate.config.resolved import ResolvedRun
from quorate.environments import build_environment
from quorate.errors import RunError
from quorate.failures import told_as
from quorate.folders.content import RunContent
from quorate.folders.directory import Draft, RunDirectory
from quorate.folders.files import refuse_links, write_json
from quorate.folders.steps import checkpoint_steps
from quorate.global_generators import restore_global_generators
from quorate.interfaces import Algorithm, EnvironmentSpec, Status
from quorate.registry import Registry
from quorate.run.absolute import BestPolicy
from quorate.run.allocation import keep_freed_memory
from quorate.run.checkpoint import load_state
from quorate.run.device import prepare_device
from quorate.run.evaluation import Evaluator
from quorate.run.identity import check_identity
from quorate.run.latest import latest
from quorate.run.loading import built_algorithm, built_evaluator, read_run
from quorate.run.loop import Loop
from quorate.run.metrics import MetricsFile
from quorate.run.origin import Origin
from quorate.run.progress import Display
from quorate.run.record import make_record
from quorate.run.signals import StopSignal
from quorate.run.state import RunInfo
from quorate.run.stored import stored_run
from quorate.settings import RunReference


@dataclass(frozen=True)
class Outcome:
    """How a run, or the part of it that this process did, ended.

    Attributes:
        directory: its folder.
        step: training steps made.
        evaluation: the final evaluation; None where it was stopped before.
        absolute: ``step``, ``factor`` and ``metrics`` of the best policy; None where they are not asked for.
        signal: the number of the signal that stopped it, or None.
        already: it had been finished before.
    """

    directory: Path
    step: int
    evaluation: dict[str, float] | None
    signal: int | None = None
    already: bool = False
    absolute: dict[str, Any] | None = None


def start(
    run: ResolvedRun,
    registry: Registry,
    display: Display,
    *,
    command: Sequence[str] = (),
    origin: Origin | None = None,
) -> Outcome:
    """Run a configuration in a new folder, as `quorate.train` says.

    Args:
        run: what to run.
        registry: where its components are from.
        display: shows progress.
        command: the command line, for the record.
        origin: what it begins from; None: from nothing.
    """
    began = time.perf_counter()
    device = prepare_device(run.settings.device, run.settings.threads, run.where("device"))
    with ExitStack() as stack:
        stop = stack.enter_context(StopSignal())
        draft = Draft(run)
        stack.callback(draft.discard)
        # First, so that an environment that can not be made, or does not fit, fails before data are collected.
        with closing(build_environment(run.settings.environment, 1, device)) as environment:
            spec, transport = environment.spec, getattr(environment, "transport", None)
        check_fit(run, registry, _facts(spec))
        algorithm = stack.enter_context(built_algorithm(run, registry, device, display))
        evaluator = stack.enter_context(built_evaluator(run, algorithm, registry, device, display))
        if (best := BestPolicy.of(run, algorithm)) is not None and evaluator.metrics:
            best.check(evaluator.metrics)  # what can not be is told before there is a folder
        conventions = {**algorithm.conventions(), **evaluator.conventions()}
        record = make_record(run, registry, spec, conventions, device, command, transport)
        state = None
        if origin is not None:
            origin = origin.begin(algorithm, run.settings.algorithm.name)
            record["origin"] = told = origin.record(algorithm)
            if (moving := told.get("budget_schedules")) is not None:
                display.note(f"Warning: this is not the same as one long run: the budget has a say in {moving}.")
        directory = draft.publish(record, None if origin is None else origin.write)
        stack.callback(directory.release)
        if origin is not None:
            state = load_state(directory.checkpoints, origin.state["step"])
        return _execute(run, registry, algorithm, evaluator, directory, display, stop, state, began)


def resume(path: Path, registry: Registry, display: Display) -> Outcome:
    """Continue a run from its latest good checkpoint, as `quorate.resume` says; from the beginning if it had none."""
    began = time.perf_counter()
    directory = RunDirectory.open(path)
    with ExitStack() as stack:
        stop = stack.enter_context(StopSignal())
        directory.lock()
        stack.callback(directory.release)
        if directory.result.exists():
            result = RunContent(directory.path, strict=True).result or {}
            _check_finished(directory)
            return Outcome(directory.path, result["step"], result["evaluation"], None, True, result["absolute"])
        run = stored_run(directory, registry)
        state = latest(directory, display)
        if state is not None:
            check_identity(directory, state)
        device = prepare_device(run.settings.device, run.settings.threads, run.where("device"))
        algorithm = stack.enter_context(built_algorithm(run, registry, device, display))
        evaluator = stack.enter_context(built_evaluator(run, algorithm, registry, device, display))
        return _execute(run, registry, algorithm, evaluator, directory, display, stop, state, began, resumed=True)


def evaluate(
    path: Path, registry: Registry, display: Display, checkpoint: int | None = None
) -> tuple[Path, int, dict[str, float]]:
    """Evaluate a checkpoint of a run, as `quorate.evaluate` says; the file written, the step, and the metrics."""
    stored = read_run(registry, RunReference(path, checkpoint), display)
    directory, state = stored.directory, stored.checkpoint
    refuse_links(directory.path)
    with stored.opened(stored.device) as algorithm, stored.evaluator(algorithm) as evaluator:
        restore_global_generators(state["ambient"])
        doing = f"the evaluation by the algorithm {stored.algorithm.name!r}"
        with told_as(doing, RunError, "Repair the cause; --debug shows it whole."):
            values = {name: float(value) for name, value in evaluator().items()}
    file = directory.path / f"evaluation-{state['step']}.json"
    write_json(file, {"step": state["step"], "evaluation": values})
    return file, state["step"], values


def _execute(
    run: ResolvedRun,
    registry: Registry,
    algorithm: Algorithm,
    evaluator: Evaluator,
    directory: RunDirectory,
    display: Display,
    stop: StopSignal,
    state: dict[str, Any] | None,
    began: float,
    *,
    resumed: bool = False,
) -> Outcome:
    """Train, and tell the hooks how it went."""
    keep_freed_memory()
    step = 0 if state is None else state["step"]
    info = RunInfo(directory.path, run, step, resumed)
    hooks = registry.hooks
    with ExitStack() as stack:
        for index, logger in enumerate(run.settings.loggers):
            name = f"logger {index}: {logger.name}"
            built = logger.build()
            doing = f"registering the logger {logger.name!r}"
            with told_as(doing, RunError, "Its author must mend it.", about=f"target {logger.target}"):
                hooks.register(built, name=name)
            stack.callback(hooks.unregister, name=name)
        metrics = MetricsFile(directory.metrics, 0 if state is None else state["metrics_bytes"])
        stack.callback(metrics.close)
        loop = Loop(run, algorithm, evaluator, directory, metrics, hooks, info, display, stop, step, began=began)
        if state is not None:
            loop.restore(state)
        status = Status.FAILED
        try:
            hooks.call("quorate_run_started", run=info)
            stop.immediate = False
            values = loop.execute()
            status = Status.FINISHED if values is not None else Status.STOPPED
        except KeyboardInterrupt:
            values, status = None, Status.STOPPED
        finally:
            display.stop()
            hooks.call("quorate_run_ended", run=info, status=status)
    if values is None:
        return Outcome(directory.path, loop.step, None, stop.number or signal.SIGINT)
    result = RunContent(directory.path, strict=True).result or {}
    return Outcome(directory.path, loop.step, values, absolute=result["absolute"])


def _facts(spec: EnvironmentSpec) -> dict[str, Any]:
    """What `quorate.registry.fit` compares, under the names of tags."""
    kinds = {"discrete" if isinstance(space, Discrete) else "continuous" for space in spec.action_spaces}
    return {
        "actions": kinds.pop() if len(kinds) == 1 else "mixed",
        "state": spec.state_size > 0,
        "agents": spec.agent_count,
        "observability": str(spec.observability),
    }


def _check_finished(directory: RunDirectory) -> None:
    """A finished run needs no checkpoint; the last one, where it is there and good, tells whether it was edited."""
    steps = checkpoint_steps(directory.checkpoints) if directory.checkpoints.is_dir() else []
    state: dict[str, Any] = {}
    with suppress(RunError):
        state = load_state(directory.checkpoints, steps[-1]) if steps else {}
    check_identity(directory, state, finished=True)

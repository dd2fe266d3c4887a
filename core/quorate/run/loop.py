"""The loop: train, log, checkpoint, evaluate."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.commands import command_line
from quorate.config.resolved import ResolvedRun
from quorate.errors import RunError
from quorate.failures import told_as
from quorate.folders.content import RunContent
from quorate.folders.directory import RunDirectory
from quorate.folders.files import write_json
from quorate.folders.steps import checkpoint_path
from quorate.global_generators import global_generators_state, restore_global_generators
from quorate.interfaces import Algorithm
from quorate.registry.hooks import Hooks
from quorate.run.absolute import BestPolicy
from quorate.run.checkpoint import prune, save_checkpoint
from quorate.run.cost import peak_memory
from quorate.run.evaluation import Evaluator
from quorate.run.identity import read_identity
from quorate.run.loading import load_algorithm
from quorate.run.metrics import Clock, MetricsFile
from quorate.run.nonfinite import first_bad, remedy, without_counts
from quorate.run.progress import Display
from quorate.run.signals import StopSignal
from quorate.run.state import RunInfo


@dataclass
class Loop:
    """One algorithm under one budget, in one folder.

    A checkpoint is written before the evaluation of its step, so that an evaluation that is cut off is done again
    from the same state. What a checkpoint remembers of ``metrics.jsonl`` is its size.

    Attributes:
        directory: it is locked.
        metrics: open at the end of what the checkpoint knew.
        step: training steps made.
        evaluated: whether this step's evaluation is already in the metrics.
        began: `time.perf_counter` when this part of the run began.
    """

    run: ResolvedRun
    algorithm: Algorithm
    evaluator: Evaluator
    directory: RunDirectory
    metrics: MetricsFile
    hooks: Hooks
    info: RunInfo
    display: Display
    stop: StopSignal
    step: int = 0
    evaluated: bool = False
    began: float | None = None

    def __post_init__(self) -> None:
        self._total = self.run.settings.budget.train_steps
        self._points = self.run.settings.evaluation.steps(self._total)
        self._best = BestPolicy.of(self.run, self.algorithm)
        self._config = read_identity(self.directory)
        self._clock = Clock(self.directory.timing, self.step, self.began)
        self._saved = -1
        self._unread: Mapping[str, Tensor | float] | None = None

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint.

        Raises:
            RunError: it has more steps than the budget.
        """
        if self.step > self._total:
            problem = f"The checkpoint has {self.step} training steps; budget.train_steps is {self._total}."
            raise RunError(problem, where=str(self.directory.config), fix="Restore the budget, or start a new run.")
        load_algorithm(self.algorithm, self.run, state)
        if self._best is not None:
            self._best.load_state_dict(state.get("best", {}))
        restore_global_generators(state["ambient"])
        self._saved = self.step
        self.evaluated = state["evaluated"] and self.step < self._total

    def execute(self) -> dict[str, float] | None:
        """Run until the budget is spent.

        Returns:
            The final evaluation; None where a signal stopped the run, after writing a checkpoint.

        Raises:
            RunError: a loss, gradient, reward or observation is not finite, or a file can not be written.
        """
        self._clock.write("resumed" if self.info.resumed else "started", self.step)
        self.display.start(self._total, self.step)
        if self._total == 0:
            self._checkpoint()
        values = self._evaluate() if self._evaluation_due() else None
        while self.step < self._total and not self.stop.number:
            self._train()
            if self.stop.number:
                break
            values = self._evaluate() if self._evaluation_due() else values
        if self.step == self._total and self.evaluated and values is not None:
            if self._finish(values):
                return values
        else:
            self._checkpoint()
        self._clock.write("stopped", self.step, signal=self.stop.number, **_memory())
        return None

    def _train(self) -> None:
        with self._told(f"training step {self.step + 1}"):
            self._unread = self.algorithm.train_step()
        self.step += 1
        self.evaluated = False
        settings = self.run.settings
        last = self.step == self._total
        log = last or self.step % settings.log.every == 0
        save = last or bool(settings.checkpoint.every and self.step % settings.checkpoint.every == 0)
        if log:
            self._log("train", without_counts(self._checked()))
            self._clock.write("train", self.step)
        if save:
            self._checkpoint()
        self.display.step(self.step)

    def _log(self, phase: str, values: dict[str, float]) -> None:
        self.metrics.write(self.step, phase, values)
        self.display.metrics(self.step, phase, values)
        named = {f"{phase}/{name}": value for name, value in values.items()}
        self.hooks.call("quorate_metrics_logged", run=self.info, step=self.step, metrics=named)

    def _checked(self) -> dict[str, float]:
        """The metrics of the last step, unless they were read before.

        Raises:
            RunError: they show that something is not finite.
        """
        if self._unread is None:
            return {}
        with self._told(f"reading the metrics of step {self.step}"):
            values = _read(self._unread)
        self._unread = None
        if problem := first_bad(values):
            raise RunError(
                f"{problem} after step {self.step}; {self._kept()}.",
                where=str(self.directory.path),
                fix=remedy(problem),
            )
        return values

    def _kept(self) -> str:
        return f"the last good checkpoint is of step {self._saved}" if self._saved >= 0 else "no checkpoint yet"

    def _told(self, doing: str) -> AbstractContextManager[None]:
        """What the algorithm raises inside is told with its name, the step and how to go on."""
        fix = f"Repair the cause (--debug shows it whole); then: {command_line('resume', self.directory.path)}"
        about = f"{self.directory.path}, {self._kept()}"
        return told_as(f"{doing} of the algorithm {self.run.settings.algorithm.name!r}", RunError, fix, about=about)

    def _evaluation_due(self) -> bool:
        return not self.evaluated and self.step in self._points

    def _evaluate(self) -> dict[str, float] | None:
        """Evaluate and log; None where a signal came meanwhile."""
        measured = self._measured(f"the evaluation after step {self.step}", self.evaluator)
        if measured is None:
            return None
        values = {name: float(value) for name, value in measured.items()}
        if self._best is not None:
            self._best.consider(self.step, values)
        self._log("evaluation", values)
        self._clock.write("evaluation", self.step, **_memory())
        self.evaluated = True
        return values

    def _measured(self, doing: str, measure: Callable[[], Mapping[str, float]]) -> Mapping[str, float] | None:
        """What was measured; None where a signal came meanwhile, which does not wait for its end."""
        ambient = global_generators_state()
        try:
            self.stop.immediate = True
            with self._told(doing):
                values = measure()
            self.stop.immediate = False
        except KeyboardInterrupt:
            self.stop.immediate = False
            if self.stop.number is None:
                raise
            restore_global_generators(ambient)
            return None
        return values

    def _evaluate_best(self, best: BestPolicy) -> dict[str, Any] | None:
        values = self._measured(
            f"the absolute metric of the policy of step {best.step}", lambda: best.evaluate(self.evaluator)
        )
        if values is None:
            return None
        self._log("absolute", dict(values))
        self._clock.write("absolute", self.step, **_memory())
        return {"step": best.step, "factor": best.settings.absolute, "metrics": values}

    def _checkpoint(self) -> None:
        self._checked()  # no checkpoint is written of a state that is not finite
        path = checkpoint_path(self.directory.checkpoints, self.step)
        state = {
            "step": self.step,
            "config": self._config,
            "evaluated": self.evaluated,
            "metrics_bytes": self.metrics.sync(),
            "algorithm": self.algorithm.state_dict(),
            "ambient": global_generators_state(),
            **({} if self._best is None else {"best": self._best.state_dict()}),
        }
        save_checkpoint(path, state)
        prune(self.directory.checkpoints, self.run.settings.checkpoint.keep, self.step)
        self._saved = self.step
        self._clock.write("checkpoint", self.step, **_memory())
        self.hooks.call("quorate_checkpoint_written", run=self.info, path=path)

    def _finish(self, values: dict[str, float]) -> bool:
        """Write the result; false where a signal stopped the absolute evaluation: resuming evaluates once more."""
        absolute = None if self._best is None else self._evaluate_best(self._best)
        if self._best is not None and absolute is None:
            return False
        self.metrics.sync()
        self._clock.write("finished", self.step, **_memory())
        name = checkpoint_path(self.directory.checkpoints, self.step).relative_to(self.directory.path)
        result = {"step": self.step, "checkpoint": str(name), "evaluation": values, "absolute": absolute}
        write_json(self.directory.result, {**result, "cost": RunContent(self.directory.path).cost})
        return True


def _memory() -> dict[str, int]:
    return {"peak_memory_bytes": peak_memory()}


def _read(metrics: Mapping[str, Tensor | float]) -> dict[str, float]:
    """The scalars as numbers: all tensors of one device are read in one transfer."""
    tensors = {name: value for name, value in metrics.items() if isinstance(value, Tensor)}
    read: dict[str, float] = {}
    if tensors:
        stacked = torch.stack([value.detach().reshape(()).double() for value in tensors.values()])
        read = dict(zip(tensors, stacked.tolist(), strict=True))
    return {name: read[name] if name in read else float(value) for name, value in metrics.items()}

"""What a run begins from: a checkpoint of another run, all of it or its weights."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quorate.commands import command_line
from quorate.config.difference import differing, flatten
from quorate.config.resolved import ResolvedRun
from quorate.documents import show
from quorate.errors import ConfigError
from quorate.folders.directory import RunDirectory
from quorate.folders.files import disk_errors, write_bytes
from quorate.folders.reference import chosen_step, locate
from quorate.folders.steps import checkpoint_path
from quorate.global_generators import global_generators_state
from quorate.interfaces import Algorithm
from quorate.registry import Registry
from quorate.run.checkpoint import load_state, save_checkpoint
from quorate.run.identity import FREE, check_identity, read_identity
from quorate.run.latest import latest
from quorate.run.progress import Display
from quorate.run.stored import compose_file
from quorate.run.transfer import transfer
from quorate.settings import RunReference

EXTENDABLE = ("budget", "log", "evaluation.every", "evaluation.points", "evaluation.at_start", *FREE)
"""Keys that an extended run may have of its own: how long, and what is written when and where."""


@dataclass(frozen=True)
class Origin:
    """The first checkpoint of a run that does not begin from nothing.

    Attributes:
        kind: ``extended``, which goes on with everything, or ``weights``.
        reference: the exact checkpoint that it is from.
        state: of the checkpoint.
        metrics: what the other run had logged until then.
        only: the networks whose weights are taken; none: all.
    """

    kind: str
    reference: RunReference
    state: dict[str, Any]
    metrics: bytes = b""
    only: tuple[str, ...] = ()

    def begin(self, algorithm: Algorithm, name: str) -> "Origin":
        """Where only weights are taken: with the state of an algorithm that has them, before its first step.

        Raises:
            RunError: they do not fit.
        """
        if self.kind == "extended":
            return self
        transfer(algorithm, name, self.state["algorithm"], str(self.reference.folder), self.only)
        state = {
            "step": 0,
            "evaluated": False,
            "algorithm": algorithm.state_dict(),
            "ambient": global_generators_state(),
        }
        return replace(self, state=state)

    def record(self, algorithm: Algorithm) -> dict[str, Any]:
        """For ``record.json``."""
        run = self.reference
        found: dict[str, Any] = {"kind": self.kind, "run": str(run.folder), "step": run.step, "sha256": run.sha256}
        if self.only:
            found["only"] = list(self.only)
        schedules = algorithm.conventions().get("budget_schedules") if self.kind == "extended" else None
        return found | ({} if schedules is None else {"budget_schedules": schedules})

    def write(self, directory: RunDirectory) -> None:
        """Put it into the folder of a new run, which then goes on as any run is resumed."""
        write_bytes(directory.metrics, self.metrics)
        state = {**self.state, "config": read_identity(directory), "metrics_bytes": len(self.metrics)}
        save_checkpoint(checkpoint_path(directory.checkpoints, state["step"]), state)


def weights_of(path: Path, checkpoint: int | None = None, only: Sequence[str] = ()) -> Origin:
    """The weights of a run, by its newest checkpoint or that of a step: all, or those of some networks.

    Raises:
        RunError: there is no run, or no such checkpoint.
    """
    directory = RunDirectory.open(path)
    step = chosen_step(directory, checkpoint)
    state = load_state(directory.checkpoints, step)
    return Origin("weights", locate(RunReference(directory.path, step)), state, only=tuple(only))


def extension(path: Path, overrides: Sequence[str], registry: Registry, display: Display) -> tuple[ResolvedRun, Origin]:
    """A run that is trained longer: its configuration, and what it begins from.

    Args:
        path: the folder of the run that is continued.
        overrides: ``key.path=value``, among them the larger budget.
        registry: where its components are from.
        display: told where the newest checkpoint is of no use.

    Raises:
        RunError: there is no run, or no checkpoint that is good.
        ConfigError: the budget is not larger, or something is overridden that would make it another run.
    """
    directory = RunDirectory.open(path)
    before, run = (compose_file(directory.config, words, registry) for words in ((), overrides))
    _check_overrides(before, run)
    _check_budget(directory, before, run)
    _check_folder(run)
    state = latest(directory, display)
    if state is None:
        chosen_step(directory, None)  # which says that there is none
    assert state is not None
    check_identity(directory, state)
    with disk_errors(directory.metrics, "read"):
        metrics = directory.metrics.read_bytes()[: state["metrics_bytes"]]
    reference = locate(RunReference(directory.path, state["step"]))
    return run, Origin("extended", reference, state, _without_last(metrics, state["step"], run))


def _check_budget(directory: RunDirectory, before: ResolvedRun, run: ResolvedRun) -> None:
    old, new = before.settings.budget.train_steps, run.settings.budget.train_steps
    if new <= old:
        fix = f"Give more, such as budget.train_steps={2 * max(1, old)}"
        if not directory.result.exists():
            fix += f"; the rest of its own budget is for {command_line('resume', directory.path)}"
        problem = f"The run has a budget of {old} training steps already, and {new} is not more."
        raise ConfigError(problem, where="budget.train_steps", fix=f"{fix}.")


def _check_overrides(before: ResolvedRun, run: ResolvedRun) -> None:
    for path in differing([flatten(run.to_dict()), flatten(before.to_dict())]):
        if not any(f"{show(path)}.".startswith(f"{free}.") for free in EXTENDABLE):
            problem = f"{show(path)} can not be changed where a run is extended: it would be another run."
            fix = "Leave it out; to begin another run with this one's weights, use `quorate run FILE --from RUN`."
            raise ConfigError(problem, where=run.where(*path), choices=EXTENDABLE, fix=fix)


def _check_folder(run: ResolvedRun) -> None:
    folder = (run.settings.directory / run.settings.name).resolve()
    for parent in folder.parents:
        if (parent / "comparison.yaml").is_file():
            problem = "This run is a cell of a comparison, which must not get runs of another budget."
            fix = "Say where the new run goes, with directory=runs name=longer or the like."
            raise ConfigError(problem, where=str(parent), fix=fix)


def _without_last(metrics: bytes, step: int, run: ResolvedRun) -> bytes:
    """Without the line that was logged only because the budget ended there."""
    *rows, last = metrics.splitlines(keepends=True) or [b""]
    if not last or step % run.settings.log.every == 0:
        return metrics
    row = json.loads(last)
    return b"".join(rows) if (row.get("step"), row.get("phase")) == (step, "train") else metrics

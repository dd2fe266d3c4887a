"""Checks of loggers: the hooks that they implement, called as a run calls them."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pluggy

from quorate import hookspecs
from quorate.config import compose
from quorate.registry.hooks import Hooks
from quorate.run import RunInfo
from quorate.testing.framework import Check, Subject, expect
from quorate.testing.support import tiny_registry, untouched_randomness

RUN = """
environment: tiny/world-v1
algorithm: mappo
budget: {train_steps: 4}
"""
HOOKS = ("quorate_run_started", "quorate_metrics_logged", "quorate_checkpoint_written", "quorate_run_ended")
METRICS = {"train/loss": 0.5, "train/episode_return": float("nan"), "evaluation/return/mean": -1.0}
"""As of a run in which no episode has ended yet."""


def _hooks(subject: Subject) -> None:
    """It implements some hook of a run, and none that does not exist, with no argument that the hook has not.

    They are those of `quorate.hookspecs`, marked with `hookimpl`. None is a wrapper, which could stop the others.
    """
    hooks, logger = Hooks(), subject.component.build()
    specified = [name for name in vars(hookspecs) if name.startswith("quorate_")]
    try:
        hooks.register(logger)
        hooks.check_pending()
    except pluggy.PluginValidationError as error:
        expect(False, f"hooks among {specified}, with their arguments", str(error))
    found = [name for name in HOOKS if getattr(hooks.hook, name).get_hookimpls()]
    expect(bool(found), f"some of the hooks {list(HOOKS)}", "none; are they marked with `quorate.hookspecs.hookimpl`?")
    implementations = [part for name in found for part in getattr(hooks.hook, name).get_hookimpls()]
    wrappers = [part.function.__name__ for part in implementations if part.wrapper or part.hookwrapper]
    expect(not wrappers, "hooks that are no wrappers", f"{wrappers}")


def _life(subject: Subject) -> None:
    """It survives a run with metrics that are not finite, one that goes on after a stop, and one that fails."""
    with _place() as folder:
        for info, status in _lives(folder):
            _live(subject, info, status)


def _folder(subject: Subject) -> None:
    """It writes inside the run's folder only, and leaves what the run itself writes there alone."""
    with _place() as folder:
        before = _files(folder)
        for info, status in _lives(folder):
            _live(subject, info, status, careless=True)
        after = _files(folder)
        stray = [name for name in after.keys() - before.keys() if not name.startswith("run/")]
        expect(not stray, "nothing written outside the run's folder", f"{sorted(stray)} in the working directory")
        changed = [name for name, content in before.items() if after.get(name) != content]
        expect(not changed, "the run's own files as they were", f"{sorted(changed)} changed")


def _generator(subject: Subject) -> None:
    """The global generators stay as they are, so that a run with the logger is the run without it."""
    with _place() as folder, untouched_randomness("the logger"):
        _live(subject, next(_lives(folder))[0], "finished", careless=True)


def _live(subject: Subject, info: RunInfo, status: str, *, careless: bool = False) -> None:
    """Call every hook of one part of a run, as the run loop does; what is raised fails unless `careless`."""
    hooks = Hooks()
    checkpoint = info.directory / "checkpoints" / "1"
    with contextlib.suppress(pluggy.PluginValidationError):
        hooks.register(subject.component.build(), name="logger")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("quorate_run_started", {}),
        *(("quorate_metrics_logged", {"step": info.first_step + step, "metrics": METRICS}) for step in (1, 2)),
        ("quorate_checkpoint_written", {"path": checkpoint}),
        ("quorate_run_ended", {"status": status}),
    ]
    for hook, arguments in calls:
        hooks.call(hook, run=info, **arguments)
        said = hooks.failures.get(("logger", hook))
        expect(careless or said is None, f"`{hook}` of a run that {status} to raise nothing", str(said))


def _lives(folder: Path) -> Iterator[tuple[RunInfo, str]]:
    run = compose(folder / "tiny.yaml", (), tiny_registry())
    yield RunInfo(folder / "run", run), "stopped"
    yield RunInfo(folder / "run", run, first_step=2, resumed=True), "finished"
    yield RunInfo(folder / "run", run, first_step=2, resumed=True), "failed"


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    """A working directory with a run's folder in it."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        (folder / "tiny.yaml").write_text(RUN, encoding="utf-8")
        (folder / "run" / "checkpoints" / "1").mkdir(parents=True)
        line = '{"step": 1, "phase": "train", "metrics": {"loss": 0.5}}\n'
        (folder / "run" / "metrics.jsonl").write_text(line, encoding="utf-8")
        yield folder


def _files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)).replace(os.sep, "/"): path.read_bytes() for path in found}


CHECKS: tuple[Check, ...] = (
    Check("logger", "hooks", "It implements hooks of a run that exist, with their arguments.", _hooks),
    Check("logger", "life", "It survives a run that stops, goes on, ends or fails.", _life),
    Check("logger", "folder", "It writes inside the run's folder only.", _folder),
    Check("logger", "generator", "The global generators are not used.", _generator),
)

"""Playing episodes with what a run learned, and filming them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from quorate.environments import ParallelBatch, build_environment
from quorate.environments.picture import Camera
from quorate.errors import ConfigError, RunError
from quorate.folders.directory import RunDirectory
from quorate.folders.reference import chosen_step
from quorate.interfaces import Acting, Algorithm, Environment, Inferring, SavedRun
from quorate.interfaces.algorithm import Report
from quorate.registry import Registry
from quorate.run.device import prepare_device
from quorate.run.episodes import play_episodes
from quorate.run.film import check_film, write_film
from quorate.run.loading import saved_runs
from quorate.run.progress import Display
from quorate.run.recorder import Recorder
from quorate.run.stored import compose_file, stored_run
from quorate.run.tally import Tally
from quorate.seeding import derive_seed, generator
from quorate.settings import Component, RunReference

AT_ONCE = 32
"""Environments at most in which episodes are played side by side."""


@dataclass(frozen=True)
class Playing:
    """What is played.

    Attributes:
        episodes: how many.
        greedy: by the best action, or (false) by samples; None: as the run evaluates.
        seed: of the environment, the samples, and what inputs draw.
        record: the film to write; None: none.
        filmed: episodes that the film shows, one after the other.
        speed: of the film, in frames per second.
    """

    episodes: int = 10
    greedy: bool | None = None
    seed: int = 0
    record: Path | None = None
    filmed: int = 1
    speed: float = 5.0

    def check(self) -> None:
        """Refuse what can not be.

        Raises:
            ConfigError: a number is too small.
            RunError: as of `check_film`.
        """
        small = [name for name in ("episodes", "filmed") if getattr(self, name) < 1]
        if small or self.speed <= 0:
            name = small[0] if small else "speed"
            problem = f"{name} is {getattr(self, name)}, but must be {'at least 1' if small else 'above 0'}"
            raise ConfigError(problem, where=name, fix="Give a larger number.")
        if self.record is not None:
            check_film(self.record)

    @property
    def batch(self) -> int:
        """Environments side by side, so few that the first one plays all episodes that are filmed."""
        return max(1, min(AT_ONCE, self.episodes // (self.filmed if self.record else 1)))

    def rounds(self, batch: int) -> int:
        """Episodes that each environment of a batch plays, so that there are enough."""
        return -(-max(self.episodes, self.filmed if self.record else 1) // batch)

    @property
    def played(self) -> int:
        """Episodes in all: those asked for, rounded up to as many in each environment."""
        return self.batch * self.rounds(self.batch)


def play(
    saved: SavedRun,
    algorithm: Algorithm,
    playing: Playing,
    device: torch.device,
    report: Report,
    environment: Any = None,
) -> dict[str, float]:
    """Play episodes, and write a film of the first ones where that is asked for.

    Args:
        saved: the run.
        algorithm: of it, with what it learned.
        playing: what, and how.
        device: where.
        report: told how far it is.
        environment: another one of the same sizes: a component, a batch, or a ParallelEnv, which stay open.

    Returns:
        What evaluations measure (``return/mean``, ``return/std``, ``length/mean``, outcomes, ...), by name.

    Raises:
        RunError: the run does not play, the environment has other sizes, or can not be filmed.
    """
    playing.check()
    if not isinstance(algorithm, Acting):
        raise _plays_not(saved, algorithm)
    with _opened(saved, environment, playing, device) as batch:
        saved.check_environment(batch.spec)
        camera = Camera(batch)
        if playing.record and not camera.works:
            raise _no_pictures(saved, batch)
        greedy = saved.greedy if playing.greedy is None else playing.greedy
        actor = algorithm.actor(batch.batch, derive_seed(playing.seed, "play", "inputs"), greedy)
        recorder = Recorder(camera, actor, playing.filmed if playing.record else 0)
        tally = Tally(batch.spec, batch.batch, playing.rounds(batch.batch), algorithm.discount, device)
        seed = derive_seed(playing.seed, "play", "environment")
        randomness = generator(playing.seed, "play", "actions", device=device)
        play_episodes(batch, actor, tally, seed, randomness, report, recorder)
    if playing.record:
        write_film(recorder.frames, playing.record, playing.speed)
    return tally.summary()


def play_folder(
    folder: Path,
    registry: Registry,
    display: Display,
    playing: Playing,
    checkpoint: int | None = None,
    overrides: Sequence[str] = (),
) -> tuple[int, dict[str, float]]:
    """As `play`, of a run's folder; the training step that what plays is of, and the metrics.

    Raises:
        RunError: as of `play`; or there is no run, or no such checkpoint.
        ConfigError: the overrides are not settings of the environment.
    """
    playing.check()
    directory = RunDirectory.open(folder)
    environment = _other_environment(directory, overrides, registry)
    step = chosen_step(directory, checkpoint)
    run = stored_run(directory, registry)
    device = prepare_device(run.settings.device, run.settings.threads, run.where("device"))
    saved = saved_runs(registry)(RunReference(directory.path, step))
    try:
        with saved.opened(device) as algorithm:
            if checkpoint is None and saved.best is not None:
                algorithm.load_acting_state(saved.best["state"])
                step = saved.best["step"]
            return step, play(saved, algorithm, playing, device, display, environment)
    finally:
        display.stop()


def _other_environment(directory: RunDirectory, overrides: Sequence[str], registry: Registry) -> Component | None:
    """The run's environment with other settings; None without any."""
    for text in overrides:
        if text.partition("=")[0].partition(".")[0].strip() != "environment":
            fix = "Give settings of the environment, such as environment.horizon=50; to learn anew, use `quorate run`."
            problem = "What plays is what the run learned; only its environment can be another."
            raise ConfigError(problem, where=text, fix=fix)
    if not overrides:
        return None
    return compose_file(directory.config, overrides, registry).settings.environment


@contextmanager
def _opened(saved: SavedRun, given: Any, playing: Playing, device: torch.device) -> Iterator[Environment]:
    if given is not None and not isinstance(given, Component):
        yield given if isinstance(given, Environment) else ParallelBatch(lambda: given, 1)
        return
    environment = build_environment(given or saved.environment, playing.batch, device, render=bool(playing.record))
    try:
        yield environment
    finally:
        environment.close()


def _plays_not(saved: SavedRun, algorithm: Algorithm) -> RunError:
    fix = "Play a run of another algorithm, such as mappo."
    if isinstance(algorithm, Inferring):
        fix = f"It infers states: look at its estimates with `quorate analyse {saved.folder}`."
    return RunError(f"A run of {saved.algorithm.name!r} does not play.", where=str(saved.folder), fix=fix)


def _no_pictures(saved: SavedRun, environment: Environment) -> RunError:
    problem = f"The environment {environment.spec.name} has no pictures to record."
    fix = "Its author can draw it (`Renderable`), or let what makes a ParallelEnv take `render_mode`."
    if saved.environment.interpreter is not None:
        fix = "From another interpreter come only pictures that a simulator makes itself, by `render_mode`."
    return RunError(problem, where=str(saved.folder), fix=fix)

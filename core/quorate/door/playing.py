"""Playing episodes with what a run learned, and filming them."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.door import arguments, session
from quorate.door.run import Run, load
from quorate.environments import ParallelBatch, build_environment
from quorate.environments.picture import Camera
from quorate.errors import ConfigError, RunError
from quorate.interfaces import Environment
from quorate.run.episodes import play_episodes
from quorate.run.film import Recorder, check_film, write_film
from quorate.run.stored import compose_file
from quorate.run.tally import Tally
from quorate.seeding import derive_seed, generator
from quorate.settings import Component

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv

AT_ONCE = 32
"""Environments at most in which episodes are played side by side."""

MOST, MOST_FILMED = 1_000_000, 1_000
"""Episodes at most, and those of a film, whose frames are in memory until it is written."""

PARALLEL = "reset", "step", "observation_space", "action_space", "close"
"""Methods of a ParallelEnv without which nobody plays in it."""

SPEEDS = 0.01, 100.0
"""Frames per second that a GIF can say, whose times are hundredths of seconds in 16 bits."""


def play(
    run: Run | str | Path,
    *overrides: str,
    episodes: int = 10,
    env: "Environment | ParallelEnv[Any, Any, Any] | None" = None,
    record: str | Path | None = None,
    filmed: int = 1,
    every: int = 1,
    speed: float = 5.0,
    greedy: bool | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> dict[str, float]:
    """Play episodes by what a run learned, as ``quorate play`` does, and film the first of them.

    Args:
        run: as `load` gives it, or its folder.
        overrides: ``environment.key=value``, for the run's own environment.
        episodes: how many; rounded up to as many in each environment.
        env: an environment to play in, of the sizes of the run's own; it stays open. None: the run's own.
        record: a file for the film: .gif, .mp4, or .png for a sheet of frames.
        filmed: episodes that it shows, one after the other.
        every: steps of an episode from one frame to the next.
        speed: frames per second.
        greedy: take the best action, or (false) sample; None: as the run is evaluated.
        seed: of the episodes and of samples.
        progress: as for `train`.

    Returns:
        ``return/mean``, ``return/std``, ``length/mean``, outcomes, ...: what evaluations measure, by name; and
        ``episodes``, how many were played.

    Raises:
        RunError: there is no such run, it does not play, the environment has other sizes, or can not be filmed.
        ConfigError: a number is outside its limits, or an override is no setting of the environment, or beside `env`.
    """
    film = None if record is None else session.path_of(record)
    episodes = arguments.whole("episodes", episodes, 1, MOST)
    filmed = arguments.whole("filmed", filmed, 1, MOST_FILMED)
    every = arguments.whole("every", every, 1, MOST)
    seed = arguments.whole("seed", seed)
    speed = arguments.between("speed", speed, *SPEEDS)
    if env is not None and overrides:
        fix = "Make the environment with these settings, or leave out env=."
        raise ConfigError("overrides are for the run's own environment.", where=overrides[0], fix=fix)
    if env is not None:
        _check_environment(env)
    if film is not None:
        check_film(film)
    filmed = filmed if film else 0
    with ExitStack() as stack:
        opened = run if isinstance(run, Run) else stack.enter_context(load(run, progress=progress))
        settings, display = _environment(opened, overrides), session.display(progress)
        stack.callback(display.stop)
        if env is None:
            # So few side by side that the first one plays all episodes that are filmed.
            count = max(1, min(AT_ONCE, episodes // max(1, filmed)))
            batch = build_environment(settings, count, opened.device, render=bool(film))
            stack.callback(batch.close)
        else:
            batch = env if isinstance(env, Environment) else ParallelBatch(lambda: env, 1)
        actor = opened.actor(batch, greedy, derive_seed(seed, "play", "inputs"))
        camera = Camera(batch)
        if film is not None and not camera.works:
            raise _no_pictures(opened, batch)
        recorder = Recorder(camera, actor, filmed, every)
        rounds = -(-max(episodes, filmed) // batch.batch)
        tally = Tally(batch.spec, batch.batch, rounds, opened.algorithm.discount, opened.device)
        start, randomness = (
            derive_seed(seed, "play", "environment"),
            generator(seed, "play", "actions", device=opened.device),
        )
        play_episodes(batch, actor, tally, start, randomness, display, recorder)
    if film is not None:
        write_film(recorder.frames, film, speed)
    return {**tally.summary(), "episodes": tally.total}


def _environment(run: Run, overrides: Sequence[str]) -> Component:
    """That of a run, with other settings."""
    overrides = arguments.texts("override", overrides)
    arguments.one_run("play", run.path, overrides)
    for text in overrides:
        if text.partition("=")[0].partition(".")[0].strip() != "environment":
            fix = "Give settings of the environment, such as environment.horizon=50; to learn anew, use `quorate run`."
            problem = "What plays is what the run learned; only its environment can be another."
            raise ConfigError(problem, where=text, fix=fix)
    changed = compose_file(run.path / "config.yaml", overrides, session.registry()) if overrides else run.resolved
    return changed.settings.environment


def _check_environment(env: Any) -> None:
    """Refuse what nobody can play in."""
    turns = hasattr(env, "agent_iter")
    plays = not turns and all(callable(getattr(env, name, None)) for name in PARALLEL)
    if isinstance(env, Environment) or plays:
        return
    problem = f"env is of the type {type(env).__name__}, but must be an Environment or a ParallelEnv."
    fix = "Give what quorate.make or quorate.to_parallel returns, or a pettingzoo.ParallelEnv."
    if turns:
        fix = "Wrap it in pettingzoo.utils.aec_to_parallel."
    raise ConfigError(problem, where="env", fix=fix)


def _no_pictures(run: Run, environment: Environment) -> RunError:
    problem = f"The environment {environment.spec.name} has no pictures to record."
    fix = "Its author can draw it (`Renderable`), or let what makes a ParallelEnv take `render_mode`."
    if run.saved.environment.interpreter is not None:
        fix = "From another interpreter come only pictures that a simulator makes itself, by `render_mode`."
    return RunError(problem, where=str(run.path), fix=fix)

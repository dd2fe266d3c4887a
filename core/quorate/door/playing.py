"""Playing with what a run learned."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.door import session
from quorate.door.run import Run, load
from quorate.run.play import Playing
from quorate.run.play import play as play_episodes
from quorate.run.progress import make_display

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv

    from quorate.interfaces import Environment


def play(
    run: Run | str | Path,
    episodes: int = 10,
    *,
    env: "Environment | ParallelEnv[Any, Any, Any] | None" = None,
    record: str | Path | None = None,
    filmed: int = 1,
    speed: float = 5.0,
    greedy: bool | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> dict[str, float]:
    """Play episodes by what a run learned, as ``quorate play`` does, and film the first of them.

    Args:
        run: as `load` gives it, or its folder.
        episodes: how many; rounded up to as many in each environment.
        env: an environment to play in, of the sizes of the run's own; it stays open. None: the run's own.
        record: a file for the film: .gif, .mp4, or .png for a sheet of frames.
        filmed: episodes that it shows, one after the other.
        speed: frames per second.
        greedy: take the best action, or (false) sample; None: as the run is evaluated.
        seed: of the episodes and of samples.
        progress: as for `train`.

    Returns:
        ``return/mean``, ``return/std``, ``length/mean``, outcomes, ...: what evaluations measure, by name.

    Raises:
        RunError: there is no such run, it does not play, the environment has other sizes, or can not be filmed.
        ConfigError: a number is too small.
    """
    film = None if record is None else session.path_of(record)
    playing, display = Playing(episodes, greedy, seed, film, filmed, speed), make_display(session.is_quiet(progress))
    playing.check()
    opened = run if isinstance(run, Run) else load(run)
    try:
        return play_episodes(opened.saved, opened.algorithm, playing, opened.device, display, env)
    finally:
        display.stop()
        if opened is not run:
            opened.close()

"""``quorate play``: play episodes with what a run learned."""

from pathlib import Path
from typing import Any

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import greedy_option, policy_option, quiet_option
from quorate.output import json_option, print_json, say


@quorate_command(
    "play",
    examples=[
        "quorate play runs/demo/20260101T120000Z-seed0",
        "quorate play runs/demo/20260101T120000Z-seed0 --record episode.gif",
        "quorate play runs/demo/20260101T120000Z-seed0 --record episode.gif --every 3 --speed 20",
        "quorate play runs/demo/20260101T120000Z-seed0 --episodes 100 --sample environment.horizon=50",
    ],
)
@click.argument("directory", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[environment.KEY=VALUE]...")
@click.option("--episodes", metavar="N", type=int, default=10, show_default=True, help="How many are played.")
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw the first episode: a film as .gif or .mp4, or a sheet of frames as .png.",
)
@click.option("--filmed", metavar="N", type=int, default=1, show_default=True, help="Episodes that the film shows.")
@click.option("--every", metavar="STEPS", type=int, default=1, show_default=True, help="From one frame to the next.")
@click.option("--speed", metavar="FPS", type=float, default=5.0, show_default=True, help="Frames per second.")
@greedy_option
@policy_option
@click.option("--seed", type=int, default=0, show_default=True, help="Of the episodes and of samples.")
@quiet_option
@json_option("Print JSON instead of a table.")
def command(
    app: App,
    directory: Path,
    overrides: tuple[str, ...],
    record: Path | None,
    checkpoint: int | None,
    quiet: bool,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Play episodes by what the run in RUN learned, print what they bring, and draw them.

    environment.KEY=VALUE sets one key of the environment, such as environment.horizon=50. Nothing is written but FILE.
    """
    from quorate.door.playing import play
    from quorate.door.run import load
    from quorate.folders.files import strict
    from quorate.run.summary import print_table

    with load(directory, checkpoint, progress=not quiet) as run:
        values = play(run, *overrides, record=record, **wishes, progress=not quiet)
        step, episodes = run.policy_step, int(values.pop("episodes"))
    if as_json:
        film = None if record is None else str(record)
        print_json(strict({"step": step, "episodes": episodes, "play": values, "film": film}))
        return
    print_table(values, f"{episodes} episodes after {step} training steps")
    if record is not None:
        say(f"written: {record}")

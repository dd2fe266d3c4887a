"""The commands ``quorate information ...``. Imports nothing heavy before one runs."""

from pathlib import Path
from typing import Any

import click

from quorate.cli.app import App, quorate_command
from quorate.output import json_option

SHOWN = ("full", "one-directional(1)", "one-step", "delayed(2)", "delayed(3)", "none")
"""The structures that `values` compares where none is given."""


def _read(context: click.Context, parameter: click.Parameter, text: str | tuple[str, ...]) -> Any:
    """What a configuration would say: a word, a number, or matrices of delays."""
    from quorate.config import read_value

    if isinstance(text, tuple):
        return [_read(context, parameter, one) for one in text]
    read = read_value(text, "--structure")
    return text if isinstance(read, str | bool | None) else read


STRUCTURE = "A word, such as full, delayed(2) or none; a number of steps; or matrices of delays, as YAML."


@quorate_command(
    "show",
    short_help="What is common and private, and whether planning on common beliefs is sound.",
    examples=[
        "quorate information show tabular/dec-tiger-v1 --structure one-step",
        "quorate information show tabular/dec-tiger-v1 --structure 'delayed(2)' hearing='[0.9, 0.7]'",
        "quorate information show tabular/dec-tiger-v1 --structure '[[0, 1], [2, 0]]'",
    ],
)
@click.argument("game", metavar="GAME")
@click.argument("overrides", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--structure", callback=_read, metavar="S", default="one-step", show_default=True, help=STRUCTURE)
@click.option("--steps", type=click.IntRange(1), default=2, show_default=True, help="Joint actions to enumerate.")
@json_option("Print JSON instead of text.")
def show(app: App, game: str, overrides: tuple[str, ...], structure: Any, steps: int, as_json: bool) -> None:
    """Show what an information structure makes of a game.

    What all know and what one alone knows at a step; whether beliefs on what is hidden are the same for all strategies,
    by a rule on the delays and by enumeration with random strategies; and how much observations tell of the state.
    """
    from quorate.config import compose_component
    from quorate.output import print_json
    from quorate_information_sharing import describe
    from quorate_information_sharing.planning.source import game_of

    made = game_of(compose_component("environment", game, app.registry, overrides=overrides))
    description = describe.describe(made, structure, steps)
    if as_json:
        print_json(description)
    else:
        click.echo(describe.as_text(description))


@quorate_command(
    "values",
    short_help="What sharing is worth: values of a game by who is told what, and when.",
    examples=[
        "quorate information values tabular/dec-tiger-v1 --horizon 10",
        "quorate information values tabular/recycling-v1 --horizon 100 --figure values.png",
        "quorate information values tabular/dec-tiger-v1 --structure one-step --json hearing=[0.85,0.7]",
        "quorate information values tabular/dec-tiger-v1 --horizon 5 --memory 2",
        "quorate information values tabular/individual-tiger-v1 --horizon 5",
    ],
)
@click.argument("game")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--horizon", type=click.IntRange(1), help="Steps of an episode; default: the game's.")
@click.option(
    "--structure", "structures", callback=_read, multiple=True, metavar="S", help=f"{STRUCTURE} May be repeated."
)
@click.option(
    "--solution",
    type=click.Choice(("team", "zero-sum", "coarse-correlated", "correlated")),
    help="What is planned; default: by the rewards.",
)
@click.option(
    "--memory",
    type=click.IntRange(0),
    metavar="L",
    help="Plan with the last L steps of what is common, and compare with the game; default: with all.",
)
@click.option("--figure", metavar="FILE", type=click.Path(path_type=Path), help="Draw value against sharing, a PNG.")
@click.option("--beliefs", type=click.IntRange(1), default=200_000, show_default=True, help="The most to keep.")
@click.option("--width", type=click.IntRange(1), default=20, show_default=True, help="Of the beam search.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print JSON instead of a table.")
def values(
    app: App,
    game: str,
    overrides: tuple[str, ...],
    horizon: int | None,
    structures: list[Any],
    solution: str | None,
    memory: int | None,
    figure: Path | None,
    beliefs: int,
    width: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Bound the best expected return of a team for each information structure, or find equilibria.

    GAME is an environment of tables; KEY=VALUE are its settings. S is a structure. Values
    are exact where common beliefs do not depend on policies, and for short delays; else they lie between that of a
    policy that is evaluated exactly and that of a structure that knows more. The certificate of each is told.

    Of agents who are paid differently an equilibrium is found, with what an agent could gain at most by leaving it:
    zero-sum of opponents, else a (coarse) correlated one, under the structures whose common beliefs do not depend on
    policies.

    With --memory L the same structures are planned with finite memory: told are the model's value, what its policy is
    worth in the game, the model's errors eps_r and eps_z, and how far its values are at most from the game's.
    """
    from quorate.output import print_json
    from quorate.run import check_place, make_display
    from quorate_information_sharing.planning import report
    from quorate_information_sharing.planning.effort import Effort
    from quorate_information_sharing.planning.settings import Solution

    if figure is not None:
        check_place(figure)
    display = make_display(quiet)
    try:
        effort = Effort(beliefs=beliefs, width=width)
        wanted = None if solution is None else Solution(solution)
        found = report.values(
            app.registry, game, overrides, structures or SHOWN, horizon, effort, display, wanted, memory
        )
    finally:
        display.stop()
    if as_json:
        print_json(report.as_data(found))
    else:
        report.show(found)
    if figure is not None:  # last, so that what was found is not lost where it can not be written
        report.draw(found, figure)


@click.group("information", short_help="Who should tell whom what, and when.", commands=[show, values])
def information() -> None:
    """Information structures of games with tables, and what they are worth (2308.08705)."""

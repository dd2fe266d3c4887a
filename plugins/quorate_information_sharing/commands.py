"""The commands ``quorate information ...``. Imports nothing heavy before one runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from quorate.cli.app import App, quorate_command
from quorate.errors import QuorateError
from quorate.output import json_option

if TYPE_CHECKING:
    from quorate_information_sharing.posg import TabularPOSG


@click.group("information", short_help="What agents know of each other, and what it is worth.")
def information() -> None:
    """Information structures of games with tables (2308.08705)."""


@quorate_command(
    "show",
    short_help="What is common and private, and whether planning on common beliefs is sound.",
    examples=[
        "quorate information show tabular/dec-tiger-v1 --structure one-step",
        "quorate information show tabular/dec-tiger-v1 --structure 'delayed(2)' hearing='[0.9, 0.7]'",
    ],
)
@click.argument("game", metavar="GAME")
@click.argument("settings", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--structure", default="one-step", show_default=True, help="A word, such as full, delayed(2) or none.")
@click.option("--steps", type=click.IntRange(1), default=2, show_default=True, help="Joint actions to enumerate.")
@json_option("Print JSON instead of text.")
def show(app: App, game: str, settings: tuple[str, ...], structure: str, steps: int, as_json: bool) -> None:
    """Show what an information structure makes of a game.

    What all know and what one alone knows at a step; whether beliefs on what is hidden are the same for all strategies,
    by a rule on the delays and by enumeration with random strategies; and how much observations tell of the state.
    """
    from quorate.output import print_json
    from quorate_information_sharing import describe

    description = describe.describe(tabular_game(app, game, settings), structure, steps)
    if as_json:
        print_json(description)
    else:
        click.echo(describe.as_text(description))


information.add_command(show)


def tabular_game(app: App, name: str, settings: Sequence[str]) -> TabularPOSG:
    """The tables of an environment, by its name and KEY=VALUE settings.

    Raises:
        QuorateError: there is no such environment, or it has no tables.
    """
    from omegaconf import OmegaConf

    from quorate.config import compose_component
    from quorate_information_sharing.posg import Tabular

    given = OmegaConf.to_container(OmegaConf.from_dotlist(list(settings)))
    environment: Any = compose_component("environment", name, app.registry, cast("dict[str, Any]", given)).build(
        1, "cpu"
    )
    if not isinstance(environment, Tabular):
        choices = [row.name for row in app.registry.rows("environment") if row.name.startswith("tabular/")]
        raise QuorateError(f"{name} is no game of tables", where="GAME", choices=choices)
    return environment.game

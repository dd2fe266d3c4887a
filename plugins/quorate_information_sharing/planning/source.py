"""The game behind an environment."""

from contextlib import closing

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.settings import Component
from quorate_information_sharing.posg import Tabular, TabularPOSG

GAMES = ("tabular/dec-tiger-v1", "tabular/recycling-v1", "tabular/box-pushing-v1")


def game_of(component: Component) -> TabularPOSG:
    """The tables of an environment.

    Raises:
        QuorateError: it has none.
    """
    with closing(build_environment(component, 1, "cpu")) as environment:
        if isinstance(environment, Tabular):
            return environment.game
    problem = f"{component.name} is no game of tables, which planning needs."
    raise QuorateError(problem, where="environment", choices=GAMES, fix="Choose one that is.")

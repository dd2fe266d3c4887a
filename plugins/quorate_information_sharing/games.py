"""The games by name."""

from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.broadcast import broadcast
from quorate_information_sharing.dec_tiger import dec_tiger, individual_tiger
from quorate_information_sharing.dpomdp import read_dpomdp
from quorate_information_sharing.grid_small import grid_small
from quorate_information_sharing.posg import TabularPOSG
from quorate_information_sharing.recycling import recycling
from quorate_information_sharing.settings import FileSettings, Game, TabularSettings

TIGERS = {Game.DEC_TIGER: dec_tiger, Game.INDIVIDUAL_TIGER: individual_tiger}
OTHERS = {
    Game.BOX_PUSHING: box_pushing,
    Game.RECYCLING: recycling,
    Game.GRID_SMALL: grid_small,
    Game.BROADCAST: broadcast,
}


AT_START = {Game.BROADCAST: 3}
"""The joint action whose observations are seen at the start, where that is not the first one: nobody sends."""


def make_game(settings: TabularSettings | FileSettings) -> TabularPOSG:
    """The tables that settings describe.

    Raises:
        QuorateError: the file can not be read, or is wrong.
    """
    game = _described(settings)
    if not settings.observes_at_start:
        return game
    return game.with_first_observation(0 if isinstance(settings, FileSettings) else AT_START.get(settings.game, 0))


def _described(settings: TabularSettings | FileSettings) -> TabularPOSG:
    if isinstance(settings, FileSettings):
        return read_dpomdp(settings.file, settings.horizon)
    if settings.game in OTHERS:
        return OTHERS[settings.game](settings.horizon)
    first, second = settings.hearing
    return TIGERS[settings.game]((first, second), settings.horizon)

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


def make_game(settings: TabularSettings | FileSettings) -> TabularPOSG:
    """The tables that settings describe.

    Raises:
        QuorateError: the file can not be read, or is wrong.
    """
    if isinstance(settings, FileSettings):
        return read_dpomdp(settings.file, settings.horizon)
    if settings.game in OTHERS:
        return OTHERS[settings.game](settings.horizon)
    first, second = settings.hearing
    return TIGERS[settings.game]((first, second), settings.horizon)

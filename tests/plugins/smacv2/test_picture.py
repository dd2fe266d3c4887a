"""Pictures of battles, of units as the game's protocol has them."""

from types import SimpleNamespace

import numpy as np

from quorate_smacv2.picture import picture


def unit(x, y, health, kind=1):
    return SimpleNamespace(
        pos=SimpleNamespace(x=x, y=y), health=health, health_max=10, shield=0, shield_max=0, unit_type=kind
    )


def test_the_dead_are_not_drawn_and_the_wounded_are_paler():
    names = {1: "zealot", 2: "stalker"}
    shown = [picture([unit(8, 8, health)], [unit(20, 20, 10, 2)], names, 32, 32) for health in (10, 4, 0)]
    assert shown[0].shape == (480, 480, 3)
    assert shown[0].dtype == np.uint8
    ink = [int((255 - one.astype(int)).sum()) for one in shown]
    assert ink[0] > ink[1] > ink[2] > int((255 - picture([], [], names, 32, 32).astype(int)).sum())

"""What SMACv2 is made with. The published settings are those of oxwhirl/smacv2 577ab5a, smacv2/examples/configs."""

import copy
from typing import Any

from quorate_smacv2.settings import Difficulty, SMACv2Settings

SIDE = 32
"""Of the maps of generated battles, in cells."""


def arguments(settings: SMACv2Settings) -> dict[str, Any]:
    """The keyword arguments of ``StarCraftCapabilityEnvWrapper``, which keeps and changes them."""
    return {
        "map_name": map_name(settings),
        "capability_config": _capabilities(settings),
        "difficulty": "123456789A"[list(Difficulty).index(settings.difficulty)],
        "game_version": settings.game_version,
        "use_unit_ranges": settings.unit_ranges,
        "min_attack_range": settings.minimum_attack_range,
        "conic_fov": settings.conic_view,
        "num_fov_actions": settings.view_directions,
        "prob_obs_enemy": settings.enemy_visibility,
        "action_mask": settings.attack_mask,
        "obs_own_pos": True,
        "continuing_episode": True,  # or else nobody can tell that time was up
        **settings.options,
    }


def map_name(settings: SMACv2Settings) -> str:
    """The map, by SMACv2's name."""
    return f"10gen_{settings.race}"


def _capabilities(settings: SMACv2Settings) -> dict[str, Any]:
    teams = {
        "dist_type": "weighted_teams",
        "unit_types": list(settings.types),
        "weights": list(settings.shares),
        "exception_unit_types": list(settings.alone),
        "observe": True,
    }
    places = {"dist_type": "surrounded_and_reflect", "p": settings.reflected, "map_x": SIDE, "map_y": SIDE}
    drawn = {"team_gen": teams, "start_positions": places, **copy.deepcopy(settings.capabilities)}
    return {"n_units": settings.allies, "n_enemies": settings.enemies, **drawn}

"""Settings and what they come to, which need neither SMACv2 nor torch."""

import pytest

from quorate.registry import load_registry
from quorate_smacv2.arguments import arguments
from quorate_smacv2.settings import OPTIONS, SMACv2Settings

PUBLISHED = {  # oxwhirl/smacv2 577ab5a, smacv2/examples/configs/sc2_gen_terran.yaml, what the program reads of it
    "map_name": "10gen_terran", "difficulty": "7", "game_version": None, "conic_fov": False, "obs_own_pos": True,
    "use_unit_ranges": True, "min_attack_range": 2, "num_fov_actions": 12, "prob_obs_enemy": 1.0, "action_mask": True,
}  # fmt: skip
CAPABILITIES = {
    "n_units": 5,
    "n_enemies": 5,
    "team_gen": {
        "dist_type": "weighted_teams",
        "unit_types": ["marine", "marauder", "medivac"],
        "weights": [0.45, 0.45, 0.1],
        "exception_unit_types": ["medivac"],
        "observe": True,
    },
    "start_positions": {"dist_type": "surrounded_and_reflect", "p": 0.5, "map_x": 32, "map_y": 32},
}


def test_defaults_are_the_published_settings():
    made = arguments(SMACv2Settings(race="terran"))
    capabilities = made.pop("capability_config")
    assert {key: made[key] for key in PUBLISHED} == PUBLISHED
    assert capabilities["team_gen"].pop("weights") == pytest.approx(CAPABILITIES["team_gen"]["weights"])
    assert capabilities == {**CAPABILITIES, "team_gen": {**capabilities["team_gen"]}}
    assert {**capabilities["team_gen"], "weights": [0.45, 0.45, 0.1]} == CAPABILITIES["team_gen"]


def test_what_is_drawn_can_be_set():
    health = {"dist_type": "per_agent_uniform", "lower_bound": [0.0], "upper_bound": [0.5], "observe": True}
    settings = SMACv2Settings(
        units=["hydralisk", "baneling"], weights=[3, 1], reflected=1.0, capabilities={"health": health}
    )
    made = arguments(settings)["capability_config"]
    assert made["team_gen"]["unit_types"] == ["hydralisk", "baneling"]
    assert made["team_gen"]["weights"] == [0.75, 0.25]
    assert made["team_gen"]["exception_unit_types"] == ["baneling"]
    assert (made["start_positions"]["p"], made["health"]) == (1.0, health)
    made["health"]["n_units"] = 5  # as SMACv2 does with what it is given
    assert "n_units" not in health


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"units": ["marine"]}, "units: 'marine' is no zerg unit here; choose from zergling, baneling, hydralisk"),
        ({"units": ["zergling", "zergling"]}, "units: expected one or more types, each of them once"),
        ({"weights": [1.0]}, "weights: expected 3 numbers, one for each of zergling, baneling, hydralisk"),
        ({"weights": [0, 0, 0]}, "not all 0"),
        ({"units": ["baneling"]}, "exceptions: no team can be made where none of baneling may fight alone"),
        ({"options": {"obs_last_acton": True}}, "did you mean obs_last_action?"),
        ({"options": {"seed": 3}}, "there is no 'seed' that has no setting of its own"),
        ({"capabilities": {"helth": {}}}, "did you mean health?"),
        ({"capabilities": {"health": {"dist_type": "uniform"}}}, "health needs a dist_type, one of fixed, all_teams"),
    ],
)
def test_what_does_not_fit_is_told(settings, words):
    with pytest.raises(ValueError) as error:
        SMACv2Settings(**settings)
    assert words in str(error.value)


def test_every_row_has_its_teams():
    rows = load_registry().rows("environment")
    sizes = {"5v5": (5, 5), "10v10": (10, 10), "10v11": (10, 11), "20v20": (20, 20), "20v23": (20, 23)}
    names = {f"smacv2/{race}-{size}-v1" for race in ("zerg", "terran", "protoss") for size in sizes}
    found = {row.name: row for row in rows if row.name.startswith("smacv2/")}
    assert set(found) == names | {"smacv2/custom-v1"}
    for name in names:
        race, size = name.removeprefix("smacv2/").removesuffix("-v1").split("-")
        settings = SMACv2Settings(**found[name].defaults)
        assert (settings.race, settings.allies, settings.enemies) == (race, *sizes[size])
        assert found[name].tags["agents"] == settings.allies


def test_options_and_distributions_are_smacv2s():
    """Against the package, where it is."""
    starcraft2 = pytest.importorskip("smacv2.env.starcraft2.starcraft2", reason="smacv2 is not importable")
    import inspect

    from smacv2.env.starcraft2.distributions import DISTRIBUTION_MAP

    from quorate_smacv2.settings import DISTRIBUTIONS

    known = set(inspect.signature(starcraft2.StarCraft2Env).parameters)
    assert set(OPTIONS) | set(arguments(SMACv2Settings())) <= known
    left = known - set(OPTIONS) - set(arguments(SMACv2Settings()))
    # What would take control from the learner or the adapter, or is broken (a state of observations).
    assert left == {"seed", "heuristic_ai", "heuristic_rest", "obs_instead_of_state", "replay_dir", "replay_prefix"}
    assert set(DISTRIBUTIONS) == set(DISTRIBUTION_MAP)

"""What the adapter adds to the battles: limits, ends, storing, teams, another frame, pictures."""

import numpy as np
import pytest
import torch

from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate.testing.environment.compare import difference
from quorate_smax.settings import Enemy, Frame, SMAXSettings

from .conftest import BATCH, TEAMS, make

jax = pytest.importorskip("jax", reason="the extra smax is not installed")
make_game = pytest.importorskip("quorate_smax.teams").make_game

STOP = 4


def idle(environment):
    return torch.full((BATCH, environment.spec.agent_count), STOP)


def test_episodes_are_as_long_as_the_horizon_says():
    environment = make(scenario="3m", horizon=7, enemy=Enemy.HARMLESS)
    environment.reset(0)
    steps = [environment.step(idle(environment)) for _ in range(14)]
    assert [bool(step.truncated.all()) for step in steps] == [number in (6, 13) for number in range(14)]
    assert not any(step.terminated.any() for step in steps)
    assert (steps[6].outcomes == torch.tensor([0.0, 0.0, 0.0])).all()


def test_it_goes_on_bit_for_bit_and_is_compiled_once():
    environment = make(scenario="3m")
    game = environment._game
    compiled = (game.begin, game.advance)
    for function in compiled:
        function.clear_cache()
    environment.reset(1)
    for _ in range(5):
        environment.step(idle(environment))
    stored = environment.state_dict()
    first = [environment.step(idle(environment)) for _ in range(100)]
    environment.reset(2)
    environment.step(idle(environment))
    environment.load_state_dict(stored)
    second = [environment.step(idle(environment)) for _ in range(100)]
    found = (difference(a, b) for a, b in zip(first, second, strict=True))
    assert not [text for text in found if text]
    assert any(step.outcomes is not None for step in first)
    assert [function._cache_size() for function in compiled] == [1, 1]


def test_generated_teams_are_of_the_types_and_away_from_the_walls():
    environment = make(**TEAMS)
    kinds, places = [], []
    for seed in range(60):
        environment.reset(seed)
        battle = environment._battles.state.state
        kinds.append(np.asarray(battle.unit_types))
        places.append(np.asarray(battle.unit_positions))
    kinds, places = np.concatenate(kinds), np.concatenate(places)
    assert np.array_equal(kinds[:, :2], kinds[:, 2:4])  # the enemy mirrors the allies
    assert 0.6 < kinds[:, 4:].mean() < 0.9  # further enemies are drawn like all, not always the first type
    assert places.min() > 0  # SMAX moves those apart who begin too near to each other
    assert places.max() < 32
    assert environment.spec.state_size == 6 * (4 + 2)


@pytest.mark.parametrize(("margin", "outside"), [(1.0, False), (0.0, True)])
def test_nobody_begins_outside_of_the_map(margin, outside):
    game = make_game(SMAXSettings(scenario="smacv2_5_units", spawn_margin=margin))
    keys = jax.random.split(jax.random.PRNGKey(0), 2000)
    places = np.asarray(jax.vmap(game._env.position_generator.generate)(keys))
    assert (bool((places < 0).any()), bool((places > 32).any())) == (outside, outside)
    assert outside or (places.min() >= margin and places.max() <= 32 - margin)


def test_the_global_frame_says_where_everybody_is_who_is_seen():
    environment = make(**TEAMS, observation=Frame.GLOBAL)
    step = environment.reset(0)
    seen = step.observation.reshape(BATCH, 2, 6, 10)
    units = step.state.reshape(BATCH, 6, 6)
    for agent in range(2):
        assert seen[:, agent, agent, 0].eq(1).all()
        shown = seen[:, agent, :, 0] == 1
        assert torch.allclose(seen[:, agent][shown][:, 1:7], units[shown])
        assert seen[:, agent][~shown].eq(0).all()
    assert not seen[:, 0, 2:, 0].all()  # some of the enemies begin out of sight


def test_pictures_are_drawn(tmp_path):
    from matplotlib.figure import Figure

    environment = make(scenario="3m")
    state = environment.reset(0).state[0]
    axes = Figure().subplots()
    environment.draw(axes, state, state * 0.9)
    assert len(axes.collections) == 6


def test_it_conforms():
    assert_conforms(load_registry([]), "environment", "smax/3m-v1")


def test_a_batch_that_does_not_fit_is_an_error_and_not_the_end_of_the_process():
    from quorate_smax.environment import SMAX

    with pytest.raises(MemoryError, match=r"1,000,000,000,000 environments: what is seen of them takes \d.* GiB"):
        SMAX(SMAXSettings(scenario="3m"), batch=10**12)


@pytest.mark.parametrize("weight", [3e38, 1e-320, 1.0, 5.0])
def test_units_are_drawn_by_weights_of_any_size(weight):
    from quorate_smax.teams import _weights

    settings = SMAXSettings(scenario=None, units=["stalker", "zealot", "marine"], weights=[weight, weight, weight / 2])
    found = np.asarray(_weights(settings))
    assert (found / found.sum()).tolist() == pytest.approx([0.4, 0.4, 0.2])

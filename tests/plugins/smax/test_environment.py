"""What the adapter adds to the battles: limits, ends, storing, teams, another frame, pictures."""

import numpy as np
import pytest
import torch

from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate_smax.settings import Enemy, Frame

from .conftest import BATCH, make

pytest.importorskip("jaxmarl", reason="the extra smax is not installed")


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
    environment.reset(1)
    for _ in range(5):
        environment.step(idle(environment))
    stored = environment.state_dict()
    first = [environment.step(idle(environment)) for _ in range(100)]
    environment.reset(2)
    environment.load_state_dict(stored)
    second = [environment.step(idle(environment)) for _ in range(100)]
    assert all(
        torch.equal(a.observation, b.observation) and torch.equal(a.state, b.state)
        for a, b in zip(first, second, strict=True)
    )
    assert any(step.ended.any() for step in first)
    assert environment._game.advance._cache_size() == 1


def test_generated_teams_are_of_the_types_and_away_from_the_walls():
    environment = make(scenario=None, allies=2, enemies=4, units=["zergling", "hydralisk"], weights=[1.0, 3.0])
    kinds, places = [], []
    for seed in range(30):
        environment.reset(seed)
        battle = environment._battles.state.state
        kinds.append(np.asarray(battle.unit_types))
        places.append(np.asarray(battle.unit_positions))
    kinds, places = np.concatenate(kinds), np.concatenate(places)
    assert np.array_equal(kinds[:, :2], kinds[:, 2:4])  # the enemy mirrors the allies
    assert 0.6 < kinds[:, 4:].mean() < 0.9  # further enemies are drawn like all, not always the first type
    assert places.min() > 0
    assert places.max() < 32
    assert environment.spec.state_size == 6 * (4 + 2)


def test_the_global_frame_says_where_everybody_is_who_is_seen():
    environment = make(scenario="3m", observation=Frame.GLOBAL)
    step = environment.reset(0)
    seen = step.observation.reshape(BATCH, 3, 6, 8)
    units = step.state.reshape(BATCH, 6, 4)
    for agent in range(3):
        assert seen[:, agent, agent, 0].eq(1).all()
        shown = seen[:, agent, :, 0] == 1
        assert torch.allclose(seen[:, agent][shown][:, 1:5], units[shown])
        assert seen[:, agent][~shown].eq(0).all()
    assert not seen[:, 0, 3:, 0].all()  # the enemy begins out of sight


def test_pictures_are_drawn(tmp_path):
    from matplotlib.figure import Figure

    environment = make(scenario="3m")
    state = environment.reset(0).state[0]
    axes = Figure().subplots()
    environment.draw(axes, state, state * 0.9)
    assert len(axes.collections) == 6


def test_it_conforms():
    assert_conforms(load_registry([]), "environment", "smax/3m-v1")

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import quorate
from quorate.interfaces import Observability
from quorate_sensor_network.network import grid_network
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_sensor_network.spec import make_spec, observability
from quorate_sensor_network.transition import enumerate_states


def test_spec_of_the_two_by_two():
    settings = SensorNetworkSettings(horizon=7)
    spec = make_spec(settings, grid_network(2, 2))
    assert (spec.agent_count, spec.observation_size, spec.state_size, spec.horizon) == (4, 2, 4, 7)
    assert spec.observed_features.tolist() == [[0, 3], [0, 1], [1, 2], [2, 3]]
    assert spec.observed_features.dtype == torch.int64
    assert [int(space.n) for space in spec.action_spaces] == [3, 3, 3, 3]
    assert spec.binary_state
    assert spec.simulator == f"quorate_sensor_network {quorate.__version__}"


def test_sizes_differ_between_corner_border_and_middle():
    spec = make_spec(SensorNetworkSettings(grid=[3, 3]), grid_network(3, 3))
    assert spec.observation_sizes == (2, 3, 2, 3, 4, 3, 2, 3, 2)
    assert [int(space.n) - 1 for space in spec.action_spaces] == list(spec.observation_sizes)
    assert spec.observed_features[0].tolist()[2:] == [-1, -1]


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({}, Observability.COLLECTIVE),
        ({"grid": [5, 5], "targets": 3}, Observability.COLLECTIVE),
        ({"miss": [0.5, 0.5, 0.0, 0.0]}, Observability.PARTIAL),
        ({"miss": [0.5, 0.0, 0.0, 0.0]}, Observability.COLLECTIVE),
        ({"false_alarm": [0.1]}, Observability.PARTIAL),
        ({"grid": [1, 2], "miss": [0.5]}, Observability.FULL),
        ({"grid": [1, 3]}, Observability.FULL),
        ({"targets": 4, "miss": [1.0]}, Observability.FULL),
    ],
)
def test_observability_of_hand_made_cases(keywords, expected):
    assert observability(SensorNetworkSettings(**keywords)) is expected


def _determines(settings, areas):
    """By enumeration: do the possible reports about `areas` never fit two states?"""
    fits = {}
    for state in enumerate_states(settings.areas, settings.targets).int().tolist():
        options = []
        for area in areas:
            chance = 1 - settings.misses[area] if state[area] else settings.false_alarms[area]
            options += [[bit for bit, p in ((1, chance), (0, 1 - chance)) if p > 0]] * 2
        for reports in product(*options):
            fits.setdefault(reports, set()).add(tuple(state))
    return all(len(states) == 1 for states in fits.values())


@given(st.data())
@hypothesis_settings(max_examples=40, deadline=None)
def test_observability_agrees_with_enumeration(data):
    grid = data.draw(st.sampled_from([[1, 2], [1, 3], [1, 4], [2, 2]]))
    areas = SensorNetworkSettings(grid=grid).areas
    rates = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=areas, max_size=areas)
    alarms = st.lists(st.sampled_from([0.0, 0.0, 0.5]), min_size=areas, max_size=areas)
    settings = SensorNetworkSettings(grid, data.draw(st.integers(1, areas)), data.draw(rates), data.draw(alarms))
    views = grid_network(*grid).views
    if all(_determines(settings, view) for view in views):
        expected = Observability.FULL
    else:
        expected = Observability.COLLECTIVE if _determines(settings, range(areas)) else Observability.PARTIAL
    assert observability(settings) is expected

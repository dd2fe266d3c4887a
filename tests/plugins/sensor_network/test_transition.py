from collections import defaultdict
from math import comb

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from quorate_sensor_network.network import grid_network
from quorate_sensor_network.transition import enumerate_states, transition_matrix


def _by_hand(network, occupied, move):
    """The law of the next set, one target after the other, written as it is told."""
    outcomes = {frozenset(occupied): 1.0}
    for area in sorted(occupied):
        after = defaultdict(float)
        for areas, chance in outcomes.items():
            near = network.neighbours[area]
            after[areas] += chance * (1 - move if near else 1.0)
            for goal in near:
                moved = areas if goal in areas else areas - {area} | {goal}
                after[moved] += chance * move / len(near)
        outcomes = after
    return outcomes


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.floats(0, 1))
@hypothesis_settings(max_examples=25, deadline=None)
def test_agrees_with_the_law_as_told(height, width, targets, move):
    network = grid_network(height, width) if height * width > 1 else grid_network(1, 2)
    targets = min(targets, network.areas)
    states = enumerate_states(network.areas, targets)
    matrix = transition_matrix(network, states, move)
    sets = [frozenset(row.nonzero()[:, 0].tolist()) for row in states]
    for source, row in zip(sets[::7], matrix[::7], strict=True):
        law = _by_hand(network, source, move)
        assert row.tolist() == pytest.approx([law.get(goal, 0.0) for goal in sets])


def test_states_are_all_sets_once():
    states = enumerate_states(7, 3)
    assert states.shape == (comb(7, 3), 7)
    assert (states.sum(dim=1) == 3).all()
    assert len(states.unique(dim=0)) == len(states)
    assert states.dtype == torch.float32


def test_one_target_on_the_square_walks_a_cycle():
    matrix = transition_matrix(grid_network(2, 2), enumerate_states(4, 1), 0.4)
    assert matrix[0].tolist() == pytest.approx([0.6, 0.2, 0.0, 0.2])


def test_the_second_target_finds_the_place_that_the_first_left():
    # A path of areas 0-1-2, targets on 0 and 1, move = 1: 0 is blocked by 1, then 1 goes to 0 (blocked) or to 2.
    # Targets on 1 and 2: 1 goes to 0 (then 2 goes to 1) or is blocked by 2 (then 2 is blocked by 1).
    matrix = transition_matrix(grid_network(1, 4), enumerate_states(3, 2), 1.0)
    assert matrix[0].tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert matrix[2].tolist() == pytest.approx([0.5, 0.0, 0.5])


def test_uniform_is_stationary_on_the_square_only():
    for grid, stationary in (((2, 2), True), ((2, 3), False), ((3, 3), False)):
        network = grid_network(*grid)
        matrix = transition_matrix(network, enumerate_states(network.areas, 1), 0.5)
        columns = matrix.sum(dim=0)
        assert torch.allclose(columns, torch.ones_like(columns)) == stationary


def test_rows_sum_to_one_where_targets_fill_the_grid():
    matrix = transition_matrix(grid_network(2, 2), enumerate_states(4, 4), 0.7)
    assert matrix.tolist() == [[1.0]]

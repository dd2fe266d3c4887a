from math import comb

import torch
from scipy.stats import chisquare

from quorate_sensor_network.network import grid_network
from quorate_sensor_network.targets import Targets
from quorate_sensor_network.transition import enumerate_states, transition_matrix


def _targets(grid, count, move, batch, seed=0):
    return Targets(grid_network(*grid), count, move, batch, torch.Generator().manual_seed(seed))


def _index(states, occupied):
    return (occupied @ states.T).argmax(dim=1)


def test_places_are_uniform_over_all_sets():
    targets = _targets((2, 3), 2, 0.0, 20_000)
    states = enumerate_states(7, 2)
    counts = _index(states, targets.occupied(targets.place())).bincount(minlength=comb(7, 2))
    assert chisquare(counts.numpy()).pvalue > 1e-3


def test_rows_are_independent():
    targets = _targets((2, 2), 1, 0.0, 2)
    seen = torch.zeros(4, 4)
    for _ in range(3000):
        first, second = targets.occupied(targets.place()).argmax(dim=1).tolist()
        seen[first, second] += 1
    assert chisquare(seen.flatten().numpy()).pvalue > 1e-3


def test_targets_stay_where_move_is_zero_or_there_is_nowhere_to_go():
    for grid, move in (((3, 3), 0.0), ((1, 2), 1.0)):
        targets = _targets(grid, 1, move, 50)
        before = targets.place()
        assert torch.equal(before, targets.move(before, targets.occupied(before) > 0))


def test_moves_follow_the_transition_matrix():
    batch = 60_000
    for grid, count in (((2, 2), 2), ((2, 3), 3), ((1, 4), 2)):
        targets = _targets(grid, count, 0.6, batch)
        states = enumerate_states(grid_network(*grid).areas, count)
        matrix = transition_matrix(grid_network(*grid), states, 0.6)
        areas = targets.place()
        before = _index(states, targets.occupied(areas))
        moved = targets.occupied(targets.move(areas, targets.occupied(areas) > 0))
        after = _index(states, moved)
        assert (moved.sum(dim=1) == count).all()
        pairs = (before * len(states) + after).bincount(minlength=len(states) ** 2).reshape(matrix.shape)
        expected = before.bincount(minlength=len(states))[:, None] * matrix
        assert (pairs[expected == 0] == 0).all()
        often = expected > 20
        z = (pairs - expected)[often] / (expected * (1 - matrix) + 1e-9)[often].sqrt()
        assert z.abs().max() < 5
        assert z.square().mean() < 1.5

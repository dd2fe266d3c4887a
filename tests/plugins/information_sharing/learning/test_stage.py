import itertools

import numpy as np
import pytest

from quorate_information_sharing.learning import stage
from quorate_information_sharing.learning.stage import Stages


def by_force(payoff):
    """All rules of both."""
    first, second = payoff.shape[:2]
    best = -np.inf
    for one in itertools.product(range(payoff.shape[2]), repeat=first):
        for other in itertools.product(range(payoff.shape[3]), repeat=second):
            best = max(best, sum(payoff[i, j, one[i], other[j]] for i in range(first) for j in range(second)))
    return best


@pytest.mark.parametrize("cells", [1 << 22, 50])
def test_rules_are_the_best_there_are(cells, monkeypatch):
    monkeypatch.setattr(stage, "CELLS", cells)
    randomness = np.random.default_rng(0)
    shapes = [(1, 1), (2, 3), (3, 1), (2, 3), (1, 2)]
    games = np.concatenate([np.full(k1 * k2, 7 * index) for index, (k1, k2) in enumerate(shapes)])
    first = np.concatenate([np.repeat(np.arange(k1), k2) + 2 for k1, k2 in shapes])
    second = np.concatenate([np.tile(np.arange(k2), k1) for k1, k2 in shapes])
    payoff = randomness.normal(size=(len(games), 2, 3))
    shuffled = randomness.permutation(len(games))
    stages = Stages.of(games[shuffled], (first[shuffled], second[shuffled]))
    value, actions = stages.solve(payoff[shuffled])
    reached = payoff[shuffled][np.arange(len(games)), actions[0], actions[1]]
    assert np.bincount(stages.game, reached) == pytest.approx(value)
    begin = 0
    for index, (k1, k2) in enumerate(shapes):
        full = payoff[begin : begin + k1 * k2].reshape(k1, k2, 2, 3)
        assert value[index] == pytest.approx(by_force(full))
        begin += k1 * k2


def test_an_agent_acts_alike_at_what_it_can_not_tell_apart():
    randomness = np.random.default_rng(1)
    stages = Stages.of(np.zeros(6, np.int64), (np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)))
    _, (first, second) = stages.solve(randomness.normal(size=(6, 4, 4)))
    assert (first.reshape(2, 3) == first.reshape(2, 3)[:, :1]).all()
    assert (second.reshape(2, 3) == second.reshape(2, 3)[:1]).all()

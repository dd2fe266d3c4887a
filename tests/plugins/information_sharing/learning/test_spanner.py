import numpy as np
import pytest

from quorate.information import information_structure
from quorate_information_sharing.environment import TabularGame
from quorate_information_sharing.learning.exploration import Explorer, explore
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.model import learned_model
from quorate_information_sharing.learning.policy import Rules, WindowPolicy
from quorate_information_sharing.learning.spanner import FACTOR, observed, spanner, spanning
from quorate_information_sharing.settings import Game, TabularSettings


def silent(done, total):
    pass


def models_of(game, horizon, memory=1):
    world = TabularGame(TabularSettings(game=game, horizon=horizon), 5000)
    knowledge = Knowledge.of(world.game, information_structure("one-step", 2))
    explorer = Explorer(knowledge, [[]] * horizon, 0, np.random.default_rng(0))
    counts = explore(world, knowledge, knowledge.windows(memory), explorer, horizon, 40_000, 0, silent)
    every = [counts.forgetting(shorter) for shorter in range(memory)] + [counts]
    return [learned_model(each, knowledge, horizon) for each in every]


def random_policy(windows, horizon, actions, randomness):
    """Fixed random actions at each window; both agents heed nothing that is their own."""
    place = windows.place(np.arange(horizon)[:, None], np.arange(windows.size)).ravel()
    drawn = randomness.integers(actions, size=(2, len(place), 1)).repeat(windows.observations, 2)
    return WindowPolicy((Rules(windows, place, drawn),))


@pytest.mark.parametrize(("game", "step"), [(Game.DEC_TIGER, 2), (Game.RECYCLING, 2), (Game.BROADCAST, 3)])
def test_what_any_policy_leads_to_is_a_small_combination(game, step):
    models = models_of(game, step + 1)
    model = models[-1]
    led = np.stack([observed(model, policy, step) for policy in spanner(models, step)])
    randomness = np.random.default_rng(1)
    for _ in range(30):
        policy = random_policy(model.windows.shorter(1), step, model.knowledge.actions[0], randomness)
        chances = observed(model, policy, step)
        coefficients, *_ = np.linalg.lstsq(led.T, chances, rcond=1e-2)
        assert np.abs(led.T @ coefficients - chances).max() < 0.02
        assert np.abs(coefficients).max() <= FACTOR + 0.1


def test_a_known_set_is_spanned():
    points = np.array([[1.0, 0, 0], [0, 0.1, 0.9], [0.3, 0.3, 0.4], [0.2, 0.7, 0.1]])

    def best(weights):
        index = int((points @ weights).argmax())
        return index + 1, points[index]

    rows = points[[number - 1 for number in spanning(best, 3)]]
    assert np.abs(points @ np.linalg.inv(rows)).max() <= FACTOR
    assert abs(np.linalg.det(rows)) > 0.5


def test_what_is_observed_under_a_policy_are_probabilities():
    models = models_of(Game.DEC_TIGER, 3)
    (first, *_) = spanner(models, 1)
    assert observed(models[-1], first, 1).sum() == pytest.approx(1)

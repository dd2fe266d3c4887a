"""The exact posterior: by hand, and against how often states really are what it says."""

import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces import Enumerable, HistoryLayout
from quorate.interfaces.history import HistoryBuffer
from quorate.learning.action_features import ActionFeatures
from quorate_information_sharing.environment import TabularGame
from quorate_information_sharing.settings import Game, TabularSettings


def played(game, steps, batch=4000, **settings):
    """Histories, states and the layout after some random steps."""
    environment = TabularGame(TabularSettings(game=game, horizon=4, **settings), batch)
    layout = HistoryLayout.of(environment.spec, 4, actions=True)
    buffer, features = HistoryBuffer(layout, batch, "cpu"), ActionFeatures(environment.spec, "cpu")
    step, generator = environment.reset(seed=0), torch.Generator().manual_seed(0)
    buffer.push(step.observation)
    for _ in range(steps):
        sizes = [space.n for space in environment.spec.action_spaces]
        actions = torch.stack([torch.randint(size, (batch,), generator=generator) for size in sizes], 1)
        step = environment.step(actions)
        buffer.push(step.observation, actions=features(actions))
    return environment, layout, buffer.histories, step.state


def test_two_ears_by_hand():
    environment, layout, _, _ = played(Game.DEC_TIGER, 0, 1)
    assert isinstance(environment, Enumerable)
    buffer = HistoryBuffer(layout, 1, "cpu")
    buffer.push(torch.zeros(1, 2, 2))
    listen, left = torch.eye(3)[None, [0, 0]], torch.eye(2)[None, [0, 0]]
    buffer.push(left, actions=listen)
    posterior = environment.posterior(layout)
    known = 0.85**2 / (0.85**2 + 0.15**2)
    assert posterior.log_probability(buffer.histories).exp()[0].tolist() == pytest.approx([known, 1 - known])
    buffer.push(left, actions=torch.eye(3)[None, [1, 0]])  # a door opens, and all begins anew
    assert posterior.log_probability(buffer.histories).exp()[0].tolist() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("game", [Game.DEC_TIGER, Game.GRID_SMALL, Game.BROADCAST, Game.BOX_PUSHING])
@pytest.mark.parametrize("observes", [False, True])
def test_states_are_as_often_what_it_says(game, observes):
    """Over many histories, the mean of the state's probabilities is what states are on average, within 5 errors."""
    environment, layout, histories, state = played(game, 3, observes_at_start=observes)
    told = environment.posterior(layout).log_probability(histories).exp()
    assert told.sum(-1).tolist() == pytest.approx([1] * len(told), abs=1e-5)
    hit = (told * state).sum(-1)
    expected = told.square().sum(-1)
    error = (expected - told.pow(3).sum(-1)).clamp(min=0).mean().sqrt() / len(told) ** 0.5
    assert abs(float((hit - expected).mean())) <= 5 * float(error) + 1e-6
    assert (hit > 0).all()


def test_what_is_not_exact_is_refused():
    environment, layout, histories, _ = played(Game.DEC_TIGER, 2, 3)
    with pytest.raises(QuorateError, match="all agents whose actions"):
        environment.posterior(layout).log_probability(histories[:, :1])
    with pytest.raises(QuorateError, match="depends on actions"):
        environment.posterior(HistoryLayout.of(environment.spec, 4))
    with pytest.raises(QuorateError, match="do not hold the beginning"):
        environment.posterior(HistoryLayout.of(environment.spec, 3, actions=True))

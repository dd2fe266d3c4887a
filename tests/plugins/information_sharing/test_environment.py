import pytest
import torch

from quorate_information_sharing.environment import TabularGame
from quorate_information_sharing.settings import Game, TabularSettings


def make(game=Game.DEC_TIGER, batch=2000, **settings):
    environment = TabularGame(TabularSettings(game=game, **settings), batch)
    return environment, environment.reset(seed=0)


def test_nothing_is_seen_before_the_first_action():
    _, step = make()
    assert (step.observation == 0).all()
    assert step.state.sum(-1).eq(1).all()


def test_ears_are_as_good_as_set():
    environment, first = make(hearing=[1.0, 0.6])
    step = environment.step(torch.zeros(2000, 2, dtype=torch.int64))
    assert torch.equal(step.observation[:, 0], first.state)
    assert (step.observation[:, 1] * first.state).sum(-1).mean() == pytest.approx(0.6, abs=0.05)
    assert (step.reward == -2).all()


def test_agents_choose_their_own_doors():
    environment, first = make()
    left = first.state[:, 0] == 1
    step = environment.step(torch.tensor([[2, 0]]).expand(2000, -1))
    assert torch.equal(step.reward, torch.where(left, 9.0, -101.0))


def test_opponents_are_paid_apart():
    environment, _ = make(Game.INDIVIDUAL_TIGER)
    step = environment.step(torch.tensor([[1, 0]]).expand(2000, -1))
    assert torch.equal(step.agent_reward[:, 0], -step.agent_reward[:, 1])
    assert torch.equal(step.reward, step.agent_reward[:, 0])


def test_an_episode_has_as_many_actions_as_the_horizon():
    environment, _ = make(horizon=3)
    ends = [environment.step(torch.zeros(2000, 2, dtype=torch.int64)).truncated.all().item() for _ in range(3)]
    assert ends == [False, False, True]

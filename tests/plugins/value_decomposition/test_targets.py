import pytest
import torch

from quorate_value_decomposition.rewards import Standardiser
from quorate_value_decomposition.targets import chosen, lambda_returns, squared_error


def by_hand(reward, discount, following, going, trace, step):
    """The definition: the mean of all returns of 1, 2, ... steps, weighted by the trace."""
    value = following[step]
    if going[step]:
        value = (1 - trace) * value + trace * by_hand(reward, discount, following, going, trace, step + 1)
    return reward[step] + discount[step] * value


@pytest.mark.parametrize("trace", [0.0, 0.6, 1.0])
def test_targets_are_mixed_of_what_was_earned_and_what_is_expected(trace):
    randomness = torch.Generator().manual_seed(1)
    reward, following = torch.randn(2, 6, 5, 2, generator=randomness)
    played = torch.arange(6)[:, None, None] < torch.tensor([6, 1, 3, 5, 2])[:, None]
    going = torch.cat([played[1:], torch.zeros_like(played[:1])])
    discount = 0.9 * (torch.rand(6, 5, 1, generator=randomness) < 0.8)
    found = lambda_returns(reward, discount, following, going, trace)
    for step, row, value in torch.cartesian_prod(torch.arange(6), torch.arange(5), torch.arange(2)).tolist():
        parts = reward[:, row, value], discount[:, row, 0], following[:, row, value], going[:, row, 0]
        assert float(found[step, row, value]) == pytest.approx(float(by_hand(*parts, trace, step)), abs=1e-5)


def test_agents_that_are_gone_are_worth_nothing():
    utilities, actions = torch.randn(4, 3, 5), torch.randint(5, (4, 3))
    alive = torch.tensor([True, False, True]).expand(4, 3)
    own = chosen(utilities, actions, alive)
    assert not own[:, 1].any()
    assert float(own[2, 0]) == float(utilities[2, 0, actions[2, 0]])


def test_only_what_counts_is_in_the_error():
    values, targets = torch.tensor([[1.0], [5.0], [2.0]]), torch.tensor([[0.0], [0.0], [0.0]])
    assert float(squared_error(values, targets, torch.tensor([[1.0], [0.0], [1.0]]))) == 2.5
    assert float(squared_error(values, targets, torch.zeros(3, 1))) == 0


def test_rewards_are_standardised_by_all_that_was_seen():
    standardise, seen = Standardiser(torch.device("cpu")), torch.empty(0)
    for batch in range(4):
        rewards = 3 * torch.randn(10, 7, generator=torch.Generator().manual_seed(batch)) - 20 + batch
        weight = (torch.arange(70).reshape(10, 7) % 3 > 0).float()
        found = standardise(rewards, weight)
        seen = torch.cat([seen, rewards[weight > 0]])
        assert torch.allclose(found, (rewards - seen.mean()) / seen.std(correction=0), atol=1e-4)
    other = Standardiser(torch.device("cpu"))
    other.load_state_dict(standardise.state_dict())
    assert torch.equal(other(rewards, weight), standardise(rewards, weight))

import pytest
import torch
from small_policies import NETWORK, RATES, REMEMBERS, gaussian, proximal, samples, views, weights

from quorate.learning.on_policy.proximal import Rates
from quorate.settings import Component


@pytest.mark.parametrize("minibatches", [1, 3])
@pytest.mark.parametrize("network", [NETWORK, REMEMBERS], ids=["mlp", "gru"])
def test_agents_at_once_are_agents_by_themselves(minibatches: int, network: Component) -> None:
    """One batched update of all agents equals updates of one agent each; another's data change nothing."""
    together, apart, disturbed = (gaussian(network=network) for _ in range(3))
    data = samples(together, rows=60)
    proximal(together, minibatches=minibatches).improve(data, RATES)
    for agent in range(2):
        proximal(views(apart, network)[agent], minibatches=minibatches).improve(data.agent(agent), RATES)
        assert torch.allclose(weights(together, agent), weights(apart, agent), atol=1e-5)
    data.actions[..., 1, :] += 1.0
    proximal(disturbed, minibatches=minibatches).improve(data, RATES)
    assert weights(disturbed, 0).equal(weights(together, 0))
    assert not torch.allclose(weights(disturbed, 1), weights(together, 1), atol=1e-4)


@pytest.mark.parametrize("alive", [True, False])
def test_what_the_dead_did_teaches_nothing(alive: bool) -> None:
    one, other = gaussian(), gaussian()
    data = samples(one)
    data.alive = torch.ones(50, 2)
    data.alive[:25, 1] = float(alive)
    proximal(one).improve(data, RATES)
    data.actions[:25, 1] += 1.0
    proximal(other).improve(data, RATES)
    assert weights(one, 1).equal(weights(other, 1)) is not alive


def test_the_first_step_is_the_policy_gradient() -> None:
    """At ratio 1 the gradient is that of E[A log pi] + c H."""
    policy, reference = gaussian(), gaussian()
    data = samples(policy)
    proximal(policy, epochs=1, clip_norm=None).improve(data, RATES)
    density, entropy = reference.evaluate(data.inputs, data.actions)
    (-(data.advantages * density + 0.01 * entropy).mean(0)).sum().backward()
    for mine, its in zip(policy.parameters(), reference.parameters(), strict=True):
        assert torch.allclose(mine.grad, its.grad, atol=1e-6)


def test_minibatches_start_from_the_old_probabilities() -> None:
    """With a learning rate of 0 the ratio is 1 throughout, so nothing is clipped and the loss is -E[A]."""
    policy = gaussian()
    data = samples(policy)
    learner = proximal(policy, minibatches=4)
    old, metrics = learner.improve(data, Rates(0.0, 0.0))
    assert torch.allclose(old, learner.log_probability(data))
    assert float(metrics["clipped"]) == 0.0


def test_the_factor_scales_the_gradient_row_by_row() -> None:
    """A factor is what multiplying the advantages would be, while nothing is clipped."""
    one, other = gaussian(1), gaussian(1)
    data = samples(one)
    factor = torch.rand(50, 1, generator=torch.Generator().manual_seed(5)) + 0.5
    proximal(one, epochs=1).improve(data, RATES, factor)
    data.advantages = data.advantages * factor
    proximal(other, epochs=1).improve(data, RATES)
    assert torch.allclose(weights(one, 0), weights(other, 0), atol=1e-6)

import pytest
import torch
from small_policies import RATES, gaussian, proximal, samples, views, weights

from quorate.errors import QuorateError
from quorate.learning.on_policy.proximal import Proximal, Rates, Samples
from quorate.learning.on_policy.settings import OnPolicySettings
from quorate_policy_gradient.sequential import Sequential, agrees, ratio_of
from quorate_policy_gradient.settings import HAPPOSettings


def test_a_view_shares_memory_and_agrees() -> None:
    policy = gaussian(3)
    data = samples(policy)
    parts = views(policy)
    assert all(agrees(policy, part, agent, data) for agent, part in enumerate(parts))
    assert not agrees(policy, parts[0], 1, data)
    before = weights(policy, 0), weights(policy, 2)
    proximal(parts[2]).improve(data.agent(2), RATES)
    assert weights(policy, 0).equal(before[0])
    assert not weights(policy, 2).equal(before[1])
    assert agrees(policy, parts[2], 2, data)


def test_a_policy_class_that_comes_apart_wrongly_is_refused() -> None:
    policy = gaussian()
    strangers = views(gaussian())
    with torch.no_grad():
        for parameter in strangers[1].parameters():
            parameter.add_(0.1)
    with pytest.raises(QuorateError, match="can not be taken apart"):
        Sequential(policy, strangers, HAPPOSettings(), torch.Generator(), torch.Generator(), samples(policy))


def test_the_factor_of_two_agents_by_hand() -> None:
    """The second agent's surrogate is multiplied by pi_new / pi_old of the first, on every row."""
    settings = HAPPOSettings(fixed_order=True, learning_rate=0.01)
    policy, before = gaussian(), gaussian()
    data = samples(policy)
    update = Sequential(policy, views(policy), settings, torch.Generator(), torch.Generator(), data)
    seen = []
    for one in update._proximals:
        improve = one.improve

        def spy(own: Samples, rates: Rates, factor: torch.Tensor, improve=improve):
            seen.append(factor.clone())
            return improve(own, rates, factor)

        one.improve = spy
    update.improve(data, RATES)
    old, new = (one.evaluate(data.inputs, data.actions)[0].detach() for one in (before, policy))
    assert seen[0].equal(torch.ones(50, 1))
    assert torch.allclose(seen[1][:, 0], (new - old)[:, 0].exp(), atol=1e-5)
    assert float((seen[1] - 1).abs().max()) > 0.05
    ratio = ratio_of(torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [0.0]]), torch.tensor([[1.0], [0.0]]))
    assert ratio[:, 0].tolist() == pytest.approx([0.3679, 1.0], abs=1e-4)


def test_the_order_is_random_unless_fixed() -> None:
    policy = gaussian(3)
    data = samples(policy)
    make = lambda fixed: Sequential(  # noqa: E731
        policy,
        views(policy),
        HAPPOSettings(fixed_order=fixed),
        torch.Generator(),
        torch.Generator().manual_seed(2),
        data,
    )
    assert {tuple(make(True)._turns()) for _ in range(3)} == {(0, 1, 2)}
    update = make(False)
    orders = {tuple(update._turns()) for _ in range(60)}
    assert len(orders) == 6


@pytest.mark.parametrize("kind", ["shared", "own", "in turn"])
def test_what_agents_do_that_are_gone_changes_nothing(kind: str) -> None:
    """Neither surrogates, entropies nor the products of ratios."""
    learned = []
    for garbage in (0.0, 5.0):
        policy = gaussian(3)
        batch = samples(policy)
        batch.alive = (torch.arange(50)[:, None] < torch.tensor([50, 20, 0])).float()
        gone = batch.alive == 0
        batch.inputs[gone], batch.actions[gone] = garbage, garbage
        if kind == "in turn":
            settings = HAPPOSettings(fixed_order=True)
            randomness = torch.Generator().manual_seed(0)
            Sequential(policy, views(policy), settings, randomness, randomness, samples(policy)).improve(batch, RATES)
        else:
            generator = torch.Generator().manual_seed(0)
            Proximal(policy, OnPolicySettings(), kind == "shared", generator).improve(batch, RATES)
        learned.append(torch.cat([weights(policy, agent) for agent in range(3)]))
    torch.testing.assert_close(learned[0], learned[1], rtol=0, atol=1e-6)

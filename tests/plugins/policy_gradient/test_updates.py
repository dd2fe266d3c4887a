import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces import Policy, PolicySpec
from quorate.learning.agent_views import agent_views
from quorate.learning.settings import Network
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import GaussianSettings
from quorate_policy_gradient.proximal import Proximal, Samples, Step
from quorate_policy_gradient.settings import HAPPOSettings, MAPPOSettings
from quorate_policy_gradient.updates import Sequential, agrees, ratio_of

NETWORK = Network(hidden=[8], layer_norm=True)
STEP = Step(learning_rate=0.01, entropy=0.01)


def gaussian(agents: int = 2) -> GaussianPolicy:
    torch.manual_seed(1)
    return GaussianPolicy(GaussianSettings(NETWORK), PolicySpec(agents, 3, (2, 1, 2)[:agents], False))


def views(policy: GaussianPolicy) -> list[Policy]:
    return agent_views(policy, lambda spec: GaussianPolicy(GaussianSettings(NETWORK), spec), policy.spec)


def samples(policy: GaussianPolicy, rows: int = 50) -> Samples:
    randomness = torch.Generator().manual_seed(3)
    inputs = torch.randn(rows, policy.spec.agents, 3, generator=randomness)
    advantages = torch.randn(rows, 1, generator=randomness)
    return Samples(inputs, policy.sample(inputs, 1, randomness)[0], advantages)


def proximal(policy: Policy, **settings: object) -> Proximal:
    return Proximal(policy, MAPPOSettings(**settings), False, torch.Generator().manual_seed(0))


def weights(policy: Policy, agent: int) -> torch.Tensor:
    return torch.cat([parameter[agent].flatten() for parameter in policy.parameters()]).detach().clone()


def test_a_view_shares_memory_and_agrees() -> None:
    policy = gaussian(3)
    data = samples(policy)
    parts = views(policy)
    assert all(agrees(policy, part, agent, data) for agent, part in enumerate(parts))
    assert not agrees(policy, parts[0], 1, data)
    before = weights(policy, 0), weights(policy, 2)
    proximal(parts[2]).improve(data.agent(2), STEP)
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


@pytest.mark.parametrize("minibatches", [1, 3])
def test_agents_at_once_are_agents_by_themselves(minibatches: int) -> None:
    """One batched update of all agents equals updates of one agent each; another's data change nothing."""
    together, apart, disturbed = gaussian(), gaussian(), gaussian()
    data = samples(together)
    proximal(together, minibatches=minibatches).improve(data, STEP)
    for agent in range(2):
        proximal(views(apart)[agent], minibatches=minibatches).improve(data.agent(agent), STEP)
        assert torch.allclose(weights(together, agent), weights(apart, agent), atol=1e-5)
    data.actions[:, 1] += 1.0
    proximal(disturbed, minibatches=minibatches).improve(data, STEP)
    assert weights(disturbed, 0).equal(weights(together, 0))
    assert not torch.allclose(weights(disturbed, 1), weights(together, 1), atol=1e-4)


@pytest.mark.parametrize("alive", [True, False])
def test_what_the_dead_did_teaches_nothing(alive: bool) -> None:
    one, other = gaussian(), gaussian()
    data = samples(one)
    data.alive = torch.ones(50, 2)
    data.alive[:25, 1] = float(alive)
    proximal(one).improve(data, STEP)
    data.actions[:25, 1] += 1.0
    proximal(other).improve(data, STEP)
    assert weights(one, 1).equal(weights(other, 1)) is not alive


def test_the_first_step_is_the_policy_gradient() -> None:
    """At ratio 1 the gradient is that of E[A log pi] + c H."""
    policy, reference = gaussian(), gaussian()
    data = samples(policy)
    proximal(policy, epochs=1, clip_norm=None).improve(data, STEP)
    density, entropy = reference.evaluate(data.inputs, data.actions)
    (-(data.advantages * density + 0.01 * entropy).mean(0)).sum().backward()
    for mine, its in zip(policy.parameters(), reference.parameters(), strict=True):
        assert torch.allclose(mine.grad, its.grad, atol=1e-6)


def test_minibatches_start_from_the_old_probabilities() -> None:
    """With a learning rate of 0 the ratio is 1 throughout, so nothing is clipped and the loss is -E[A]."""
    policy = gaussian()
    data = samples(policy)
    learner = proximal(policy, minibatches=4)
    old, metrics = learner.improve(data, Step(0.0, 0.0))
    assert torch.allclose(old, learner.log_probability(data))
    assert float(metrics["clipped"]) == 0.0


def test_the_factor_of_two_agents_by_hand() -> None:
    """The second agent's surrogate is multiplied by pi_new / pi_old of the first, on every row."""
    settings = HAPPOSettings(fixed_order=True, learning_rate=0.01)
    policy, before = gaussian(), gaussian()
    data = samples(policy)
    update = Sequential(policy, views(policy), settings, torch.Generator(), torch.Generator(), data)
    seen = []
    for one in update._proximals:
        improve = one.improve

        def spy(own: Samples, step: Step, factor: torch.Tensor, improve=improve):
            seen.append(factor.clone())
            return improve(own, step, factor)

        one.improve = spy
    update.improve(data, STEP)
    old, new = (one.evaluate(data.inputs, data.actions)[0].detach() for one in (before, policy))
    assert seen[0].equal(torch.ones(50, 1))
    assert torch.allclose(seen[1][:, 0], (new - old)[:, 0].exp(), atol=1e-5)
    assert float((seen[1] - 1).abs().max()) > 0.05
    ratio = ratio_of(torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [0.0]]), torch.tensor([[1.0], [0.0]]))
    assert ratio[:, 0].tolist() == pytest.approx([0.3679, 1.0], abs=1e-4)


def test_the_factor_scales_the_gradient_row_by_row() -> None:
    """A factor is what multiplying the advantages would be, while nothing is clipped."""
    one, other = gaussian(1), gaussian(1)
    data = samples(one)
    factor = torch.rand(50, 1, generator=torch.Generator().manual_seed(5)) + 0.5
    proximal(one, epochs=1).improve(data, STEP, factor)
    data.advantages = data.advantages * factor
    proximal(other, epochs=1).improve(data, STEP)
    assert torch.allclose(weights(one, 0), weights(other, 0), atol=1e-6)


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
            Sequential(policy, views(policy), settings, randomness, randomness, samples(policy)).improve(batch, STEP)
        else:
            generator = torch.Generator().manual_seed(0)
            Proximal(policy, MAPPOSettings(), kind == "shared", generator).improve(batch, STEP)
        learned.append(torch.cat([weights(policy, agent) for agent in range(3)]))
    torch.testing.assert_close(learned[0], learned[1], rtol=0, atol=1e-6)

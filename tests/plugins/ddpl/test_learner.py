import copy
import dataclasses

import pytest
import torch

from quorate.learning.multi_step import Sample
from quorate.seeding import generator


def sample(learner, batch=32):
    source = torch.Generator().manual_seed(5)
    agents, inputs, state = 2, learner_size(learner), 3
    return Sample(
        inputs=torch.randn(batch, agents, inputs, generator=source),
        state=torch.randn(batch, state, generator=source),
        actions=torch.rand(batch, agents, 1, generator=source) * 2 - 1,
        returns=torch.randn(batch, generator=source),
        discount=torch.full((batch,), 0.9),
        next_inputs=torch.randn(batch, agents, inputs, generator=source),
        next_state=torch.randn(batch, state, generator=source),
    )


def learner_size(learner):
    return learner.policy.spec.input_size


def parameters(module, agent):
    """Of one of two agents; a critic's members are both agents' first and both agents' second."""
    return [part[agent::2].detach().clone() for part in module.parameters()]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("policy", ["ddpm", "gaussian", "{name: gaussian, projection: weighted-likelihood}"])
def test_no_agent_learns_from_the_data_of_another(build, policy):
    learner = build("algorithm.critic_input=inputs", "algorithm.critic_warmup=0", policy=policy).learner
    other = copy.deepcopy(learner)
    batch = sample(learner)
    changed = dataclasses.replace(batch, **{name: getattr(batch, name).clone() for name in ("inputs", "next_inputs")})
    changed.inputs[:, 1] += 1
    changed.next_inputs[:, 1] -= 1
    for _ in range(3):
        learner.update(batch, 1.0, generator(0))
        other.update(changed, 1.0, generator(0))
    for module, twin in ((learner.policy, other.policy), (learner.critics.networks, other.critics.networks)):
        assert same(parameters(module, 0), parameters(twin, 0))
        assert not same(parameters(module, 1), parameters(twin, 1))


def test_the_critics_learn_alone_at_first_and_the_policies_with_delay(build):
    learner = build("algorithm.critic_warmup=2", "algorithm.policy_delay=3").learner
    batch, randomness, moved = sample(learner), generator(0), []
    for _ in range(9):
        before = copy.deepcopy(learner.policy), copy.deepcopy(learner.critics.networks)
        learner.update(batch, 1.0, randomness)
        after = learner.policy, learner.critics.networks
        policy, critics = (
            any(not torch.equal(*pair) for pair in zip(a.parameters(), b.parameters(), strict=True))
            for a, b in zip(before, after, strict=True)
        )
        assert critics
        moved.append(policy)
    assert moved == [False, False, True, False, False, True, False, False, True]


def test_targets_follow_at_the_given_rate(build):
    learner = build("algorithm.target_rate=0.25").learner
    before = [part.clone() for part in learner.critics.target.parameters()]
    learner.update(sample(learner), 1.0, generator(0))
    now = zip(before, learner.critics.networks.parameters(), learner.critics.target.parameters(), strict=True)
    for old, network, target in now:
        torch.testing.assert_close(target, 0.75 * old + 0.25 * network)


def test_learning_rates_fall_to_the_given_share(build):
    learner = build("algorithm.final_learning_rate=0.5", "algorithm.policy_learning_rate=0.004").learner
    rates = []
    for remaining in (1.0, 0.5, 0.0):
        learner.update(sample(learner), remaining, generator(0))
        rates.append(learner._optimisers["policy"].param_groups[0]["lr"])
    assert rates == pytest.approx([0.004, 0.003, 0.002])


def test_what_shows_a_collapse_is_measured(build):
    learner = build("algorithm.critic_warmup=0").learner
    metrics = learner.update(sample(learner), 1.0, generator(0))
    assert 1 <= metrics["effective_samples"] <= 4
    assert metrics["policy_std"] > 0
    assert 0 <= metrics["at_bounds"] <= 1
    assert all(value.dim() == 0 for value in metrics.values())

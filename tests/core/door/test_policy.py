import pytest
import torch

import quorate
from quorate.seeding import generator


@pytest.fixture(scope="module")
def run(trained):
    with quorate.load(trained) as run:
        yield run


def test_single_observations_give_what_a_batch_of_one_gives(run):
    env, other = quorate.to_parallel(run.environment(), seed=3), run.environment()
    policy, actor, randomness = run.policy(), run.actor(other), generator(0, "policy")
    for episode in (3, None):
        observations, infos = env.reset()
        policy.reset()
        actor.reset(other.reset(episode))
        while env.agents:
            actions, chosen = policy.act(observations, infos), actor.act(randomness)
            assert list(actions.values()) == chosen[0].tolist()
            observations, *_, infos = env.step(actions)
            actor.observe(other.step(chosen))


def test_what_was_seen_before_a_reset_is_forgotten(run):
    observations, _ = quorate.to_parallel(run.environment(), seed=3).reset()

    def first(*before):
        policy = run.policy()
        for seen in before:
            policy.act(seen)
        policy.reset()
        policy._randomness.manual_seed(0)
        return [policy.act(observations) for _ in range(5)]

    assert first({agent: seen + 5 for agent, seen in observations.items()}) == first()


def test_batches_are_taken_too(run):
    step = run.environment(batch=6).reset(0)
    policy = run.policy()
    assert policy.act(step).shape == (6, len(run.spec.agents))
    assert policy.act(step).dtype == torch.int64


def test_only_agents_that_act_are_given_actions(run):
    observations, _ = quorate.to_parallel(run.environment(), seed=3).reset()
    first, *_ = observations
    assert list(run.policy().act(observations, agents=[first])) == [first]
    with pytest.raises(quorate.QuorateError, match="no agent 'nobody'"):
        run.policy().act({**observations, "nobody": observations[first]})
    with pytest.raises(quorate.QuorateError, match="not as declared"):
        run.policy().act({agent: seen[:1] for agent, seen in observations.items()})

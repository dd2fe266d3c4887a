import copy
import pickle

import pytest
import torch

import quorate
from quorate.door.policy import TrainedPolicy
from quorate.learning.acting import TrackedActor
from quorate.learning.settings import gru
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.settings import CategoricalSettings
from quorate.seeding import generator


@pytest.fixture(scope="module")
def run(trained):
    with quorate.load(trained) as run:
        yield run


def test_single_observations_give_what_a_batch_of_one_gives(run):
    env, other = quorate.to_parallel(run.environment(), seed=3), run.environment()
    policy, actor, randomness = run.policy(), run.actor(other), generator(0, "policy")
    actor.reset(other.reset(3))
    for _ in range(2):
        observations, infos = env.reset()
        policy.reset()
        while env.agents:
            actions, chosen = policy.act(observations, infos), actor.act(randomness)
            assert list(actions.values()) == chosen[0].tolist()
            observations, *_, infos = env.step(actions)
            actor.observe(other.step(chosen))


def test_episodes_begin_at_a_reset(run):
    """Whatever an actor remembers, it forgets when it is reset."""
    told = []

    class Recorder(quorate.Actor):
        def reset(self, step):
            told.append("reset")

        def observe(self, step):
            told.append("observe")

        def act(self, generator):
            return torch.zeros(1, 4, dtype=torch.int64)

    observations, _ = quorate.to_parallel(run.environment(), seed=3).reset()
    policy = TrainedPolicy(run.environment(), lambda batch: Recorder(), 0, run.device)
    for _ in range(2):
        policy.reset()
        policy.act(observations)
        policy.act(observations)
    assert told == ["reset", "observe"] * 2


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
        run.policy().act({**observations, first: {**observations[first], "observation": [0.0]}})


def test_a_policy_that_sees_the_state_asks_for_it(tmp_path):
    sees = {
        "environment": "sensor-network/2x2-v1",
        "budget": {"train_steps": 1},
        "algorithm": {"name": "mappo", "environments": 2, "rollout": 2, "input": "state"},
    }
    with quorate.train(sees, f"directory={tmp_path}") as run:
        env = quorate.to_parallel(run.environment(), seed=3)
        observations, infos = env.reset()
        with pytest.raises(quorate.QuorateError, match="sees the state, which was not given"):
            run.policy().act(observations, infos)
        assert list(run.policy().act(observations, infos, state=env.state())) == env.agents


def test_a_memory_is_carried_from_act_to_act_and_lost_at_a_reset(run):
    seen = []

    def choose(now, randomness):
        seen.append(now.inputs[0, 0].tolist())
        return torch.zeros(1, len(run.spec.agents), dtype=torch.int64)

    def make(batch):
        deployment = run.algorithm.deployment()
        policy = CategoricalPolicy(CategoricalSettings(gru(hidden=[], memory=4)), deployment.spec)
        return TrackedActor(deployment.input.tracker(batch, 0), choose, remembers=policy)

    observations, _ = quorate.to_parallel(run.environment(), seed=3).reset()
    policy = TrainedPolicy(run.environment(), make, 0, run.device)
    for _ in range(2):
        policy.reset()
        policy.act(observations)
        policy.act(observations)
    assert seen[0] == seen[2] != seen[1] == seen[3]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda policy: pickle.loads(pickle.dumps(policy))])  # noqa: S301
def test_a_copy_of_a_policy_acts_by_itself(run, copied):
    env = quorate.to_parallel(run.environment(), seed=3)
    observations, infos = env.reset()
    policy = run.policy(greedy=False)
    policy.act(observations, infos)
    other = copied(policy)
    if other._actor is None:  # a pickle remembers nothing
        policy.reset()
    policy.act(observations, infos), other.act(observations, infos)
    assert torch.equal(policy._actor.inputs, other._actor.inputs)
    assert policy._actor is not other._actor
    told = [[list(one.act(observations, infos).values()) for _ in range(9)] for one in (policy, other)]
    assert told[0] == told[1]

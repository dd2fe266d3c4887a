"""The base of algorithms that learn from a replay memory, by one that learns nothing and keeps what it is given."""

import pytest
import torch

from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.learning.acting import Play
from quorate.learning.off_policy import OffPolicy
from quorate.learning.off_policy_settings import OffPolicySettings
from quorate.registry import load_registry
from quorate.testing.tiny import tiny_manifest

REGISTRY = load_registry([tiny_manifest()])


class Silence(Report):
    def __call__(self, what, done, total):
        pass


class Keeping(OffPolicy):
    takes = ("discrete",)
    needs_state = False

    def __init__(self, settings, context):
        super().__init__(settings, context)
        self.given = []

    def behave(self, now, randomness):
        return self.joint.uniform(len(now.inputs), randomness, now.action_mask)

    def play(self, greedy):
        return Play(self.behave)

    def update(self, sample):
        self.given.append(sample)
        return {}

    def parts(self):
        return {}

    acting_parts = parts


class Moving(Keeping):
    takes = ("continuous",)


def build(algorithm=Keeping, world="tiny/world-v1", **changes):
    settings = OffPolicySettings(
        input=compose_component("input", "observation", REGISTRY),
        environments=8,
        warmup_steps=16,
        batch_size=5,
        **changes,
    )
    context = RunContext(compose_component("environment", world, REGISTRY), 0, torch.device("cpu"), 10, Silence())
    return algorithm(settings, context)


def test_choices_are_valid_in_the_warm_up_and_kept_as_they_are():
    algorithm = build()
    for _ in range(12):
        algorithm.train_step()
    actions = algorithm.replay.column("actions")[: len(algorithm.replay)]
    assert actions.dtype == torch.int64
    assert [sorted(actions[:, agent].unique().tolist()) for agent in range(2)] == [[0, 1], [0, 1, 2, 3]]
    assert "action_bounds" not in algorithm.conventions()


def test_samples_of_choices_have_masks_of_both_sides():
    algorithm = build(return_steps=2)
    for _ in range(5):
        algorithm.train_step()
    assert len(algorithm.given) == 4  # the second step completes the warm-up
    sample = algorithm.given[-1]
    assert sample.actions.shape == (5, 2)
    valid = torch.tensor([[True, True, False, False], [True] * 4]).expand(5, 2, 4)
    assert torch.equal(sample.action_mask, valid)
    assert torch.equal(sample.next_action_mask, valid)
    assert algorithm.joint.features(sample.actions).sum(-1).eq(1).all()


def test_an_actor_plays_choices():
    algorithm = build()
    actor, world = algorithm.actor(8, 0), algorithm.environment
    actor.reset(world.reset(0))
    assert world.step(actor.act(torch.Generator())).reward.ge(1 / 3).any()


@pytest.mark.parametrize(
    ("algorithm", "world", "said"),
    [
        (
            Keeping,
            "tiny/world-continuous-v1",
            "this algorithm chooses discrete actions, and those of .* are continuous",
        ),
        (Moving, "tiny/world-v1", "this algorithm chooses continuous actions, and those of .* are discrete"),
    ],
)
def test_other_actions_are_refused(algorithm, world, said):
    with pytest.raises(QuorateError, match=said):
        build(algorithm, world)

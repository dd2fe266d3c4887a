"""The shell of natively batched environments, by counting worlds."""

from dataclasses import dataclass

import pytest
import torch
from gymnasium.spaces import Discrete

import quorate
from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, Observability, Resumable


@dataclass
class Counts:
    value: torch.Tensor
    """int64 [B]."""


class Counting(NativeEnvironment[Counts]):
    """A random number grows by the actions; where `limit` is passed, the episode ends."""

    def __init__(self, limit=None, horizon=3, batch=4):
        spec = EnvironmentSpec(
            "counting", ("a", "b"), (1, 1), 1, (Discrete(3), Discrete(3)), horizon, Observability.FULL, "r", "s",
            outcomes=("value",), agent_rewards=True,
        )  # fmt: skip
        super().__init__(spec, batch)
        self.limit = limit

    def begin(self):
        return Counts(torch.randint(10, (self.batch,), generator=self.generator))

    def advance(self, actions):
        self.world = Counts(self.world.value + actions.sum(1))
        ended = None if self.limit is None else self.world.value >= self.limit
        return Advance(actions.sum(1).float(), ended, agent_reward=actions.float())

    def observe(self):
        value = self.world.value[:, None].float()
        return View(value[:, None].expand(-1, 2, -1), value, agent_mask=torch.ones(self.batch, 2, dtype=torch.bool))

    def outcomes(self):
        return self.world.value[:, None].float()


def actions(*joint):
    return torch.tensor([joint] * 4)


def test_all_end_at_the_horizon():
    world = Counting()
    first = world.reset(0)
    steps = [world.step(actions(1, 2)) for _ in range(3)]
    assert [bool(step.truncated.all()) for step in steps] == [False, False, True]
    assert not torch.stack([step.terminated for step in steps]).any()
    assert steps[0].final_observation is None
    assert steps[1].outcomes is None
    assert torch.equal(steps[2].final_state, first.state + 9)
    assert torch.equal(steps[2].outcomes, first.state + 9)
    assert steps[2].final_agent_mask.all()
    assert not torch.equal(steps[2].state, steps[2].final_state)
    assert torch.equal(world.step(actions(0, 0)).state, steps[2].state)
    assert torch.equal(steps[0].agent_reward, torch.tensor([[1.0, 2.0]] * 4))


def test_each_ends_when_it_will():
    world = Counting(limit=12, horizon=5)
    now = world.reset(3).state
    age = torch.zeros(4)
    ended = [0, 0]
    for _ in range(40):
        step = world.step(actions(1, 1))
        then, age = now + 2, age + 1
        assert torch.equal(step.terminated, then[:, 0] >= 12)
        assert torch.equal(step.truncated, (age >= 5) & ~step.terminated)
        rows = step.ended
        if rows.any():
            assert torch.equal(step.final_state, then)
            assert torch.equal(step.outcomes.isnan()[:, 0], ~rows)
            assert torch.equal(step.final_agent_mask[:, 0], ~step.terminated)
        assert torch.equal(step.state[~rows], then[~rows])
        assert (step.state[rows] < 10).all()
        now, age = step.state, age.masked_fill(rows, 0)
        ended = [ended[0] + int(step.terminated.sum()), ended[1] + int(step.truncated.sum())]
    assert min(ended) > 3


@pytest.mark.parametrize("limit", [None, 12])
def test_it_goes_on_from_what_was_stored(limit):
    world, other = Counting(limit), Counting(limit)
    assert isinstance(world, Resumable)
    world.reset(1)
    world.step(actions(1, 1))
    stored = world.state_dict()
    expected = [world.step(actions(2, 1)).state for _ in range(6)]
    other.load_state_dict(stored)
    assert [other.step(actions(2, 1)).state.tolist() for _ in range(6)] == [state.tolist() for state in expected]


def test_seeds_and_mistakes():
    world = Counting()
    with pytest.raises(RuntimeError, match="before reset"):
        world.step(actions(0, 0))
    assert torch.equal(world.reset(5).state, Counting().reset(5).state)
    assert not torch.equal(world.reset(5).state, world.reset().state)
    with pytest.raises(ValueError, match="shape"):
        world.step(actions(0, 0)[:3])
    world.close()


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (torch.zeros(2, 2), "expected int64, got torch.float32"),
        (torch.zeros(2, 2, dtype=torch.int32), "expected int64, got torch.int32"),
        (torch.ones(2, 2, dtype=torch.bool), "expected int64, got torch.bool"),
        ([[0, 0], [0, 0]], "got a list"),
    ],
)
def test_actions_of_another_type_are_told(actions, words):
    environment = quorate.make("memory-game-v1", batch=2)
    environment.reset(0)
    with pytest.raises(ValueError, match=words):
        environment.step(actions)
    assert environment.step(torch.full((2, 2), 3)).reward.shape == (2,)


def test_more_worlds_than_fit_are_refused_before_anything_is_computed():
    with pytest.raises(MemoryError, match=r"what is seen of them takes .* GiB, and this machine has \d"):
        Counting(batch=10**15)

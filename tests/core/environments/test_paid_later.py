"""Worlds that are paid for many steps at once, by a number that grows."""

from dataclasses import dataclass

import torch
from gymnasium.spaces import Discrete

from quorate.environments import Advance, PaidLater, View
from quorate.interfaces import EnvironmentSpec, Observability, PaysLater


@dataclass
class Number:
    value: torch.Tensor
    """float32 [B]."""


class Growing(PaidLater[Number]):
    def __init__(self, agent_rewards=False):
        spec = EnvironmentSpec(
            "growing", ("a", "b"), (1, 1), 1, (Discrete(3), Discrete(3)), 3, Observability.FULL, "r", "s",
            agent_rewards=agent_rewards,
        )  # fmt: skip
        super().__init__(spec, 4)

    def begin(self):
        return Number(torch.rand(self.batch, generator=self.generator))

    def move(self, actions):
        self.world = Number(self.world.value + actions.sum(1))

    def worth(self, world):
        own = torch.stack([world.value, 2 * world.value], 1)
        return Advance(own.sum(1), agent_reward=own if self.spec.agent_rewards else None)

    def observe(self):
        value = self.world.value[:, None]
        return View(value[:, None].expand(-1, 2, -1), value)


CHOICES = torch.randint(3, (7, 4, 2), generator=torch.Generator().manual_seed(0))


def test_what_is_paid_later_is_what_is_paid_at_once():
    for agent_rewards in (False, True):
        once, later = Growing(agent_rewards), Growing(agent_rewards)
        assert isinstance(later, PaysLater)
        assert torch.equal(once.reset(0).state, later.reset(0).state)
        paid = [once.step(actions) for actions in CHOICES]
        unpaid = [later.step_unpaid(actions) for actions in CHOICES[:5]]
        reward, own = later.pay()
        unpaid += [later.step_unpaid(actions) for actions in CHOICES[5:]]
        last, last_own = later.pay()
        for theirs, ours in zip(paid, unpaid, strict=True):
            assert bool(ours.reward.isnan().all())
            assert torch.equal(theirs.state, ours.state)
            assert torch.equal(theirs.truncated, ours.truncated)
        assert torch.equal(torch.cat([reward, last]), torch.stack([step.reward for step in paid]))
        if agent_rewards:
            assert bool(unpaid[0].agent_reward.isnan().all())
            assert torch.equal(torch.cat([own, last_own]), torch.stack([step.agent_reward for step in paid]))
        else:
            assert own is last_own is unpaid[0].agent_reward is None


def test_a_reset_forgets_what_is_unpaid():
    world = Growing()
    world.reset(0)
    world.step_unpaid(CHOICES[0])
    world.reset(0)
    world.step_unpaid(CHOICES[0])
    assert len(world.pay()[0]) == 1

import dataclasses

import gymnasium
import pytest
import torch

from quorate.interfaces import PolicySpec, Step
from quorate_state_inference.behaviour import RandomPolicy, policy_actor
from quorate_state_inference.settings import RandomPolicySettings


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def discrete(*sizes: int) -> PolicySpec:
    return PolicySpec(len(sizes), 4, sizes, discrete=True)


def test_valid_actions_are_equally_likely_and_others_never_drawn() -> None:
    mask = torch.zeros(2, 25, 5, dtype=torch.bool)
    mask[..., :3] = True
    policy = RandomPolicy(RandomPolicySettings(), discrete(*[5] * 25))
    actions = policy.sample(torch.zeros(2, 25, 4), 2000, seeded(), mask)
    assert actions.shape == (2000, 2, 25)
    shares = torch.bincount(actions.flatten(), minlength=5) / actions.numel()
    assert shares.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0, 0], abs=0.01)


def test_without_a_mask_each_agents_own_choices_count() -> None:
    policy = RandomPolicy(RandomPolicySettings(), discrete(3, 5))
    actions = policy.sample(torch.zeros(1, 2, 4), 500, seeded())
    assert actions.amax((0, 1)).tolist() == [2, 4]


def test_continuous_actions_fill_the_normalised_box_and_no_padding() -> None:
    policy = RandomPolicy(RandomPolicySettings(), PolicySpec(2, 4, (2, 1), discrete=False))
    actions = policy.sample(torch.zeros(3, 2, 4), 2000, seeded())
    assert actions.shape == (2000, 3, 2, 2)
    assert actions[:, :, 0].amin((0, 1)).tolist() == pytest.approx([-1, -1], abs=0.01)
    assert actions[:, :, 0].amax((0, 1)).tolist() == pytest.approx([1, 1], abs=0.01)
    assert not actions[:, :, 1, 1].any()


def test_the_actor_plays_in_the_environments_own_bounds(build) -> None:
    spec = build("sensor-network/2x2-v1").environment.spec
    boxes = dataclasses.replace(spec, action_spaces=(gymnasium.spaces.Box(-2, 6, (2,)),) * 4)
    policy = RandomPolicy(RandomPolicySettings(), PolicySpec.of(boxes, 2))
    actor = policy_actor(policy, boxes, torch.device("cpu"))
    none = torch.zeros(1000, dtype=torch.bool)
    actor.reset(Step(torch.zeros(1000, 4, 2), torch.zeros(1000, 4), torch.zeros(1000), none, none))
    actions = actor.act(seeded())
    assert actions.shape == (1000, 4, 2)
    assert actions.mean() == pytest.approx(2, abs=0.15)
    assert (actions.min(), actions.max()) == (pytest.approx(-2, abs=0.05), pytest.approx(6, abs=0.05))

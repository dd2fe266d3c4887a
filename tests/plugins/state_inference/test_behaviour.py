import dataclasses

import gymnasium
import pytest
import torch

from quorate.errors import QuorateError
from quorate_state_inference.behaviour import RandomPolicy
from quorate_state_inference.settings import RandomPolicySettings


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_valid_actions_are_equally_likely_and_others_never_drawn(build) -> None:
    spec = build("sensor-network/5x5-v1").environment.spec
    mask = torch.zeros(2, 25, 5, dtype=torch.bool)
    mask[..., :3] = True
    actions = RandomPolicy(RandomPolicySettings(), spec).sample(torch.zeros(2, 25, 4), 2000, seeded(), mask)
    assert actions.shape == (2000, 2, 25)
    shares = torch.bincount(actions.flatten(), minlength=5) / actions.numel()
    assert shares.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0, 0], abs=0.01)


def test_without_a_mask_each_agents_own_space_counts(build) -> None:
    spec = build("sensor-network/5x5-v1").environment.spec
    actions = RandomPolicy(RandomPolicySettings(), spec).sample(torch.zeros(1, 25, 4), 500, seeded())
    assert actions[..., 0].max() == 2  # a corner sensor has two areas
    assert actions[..., 12].max() == 4


def test_continuous_actions_fill_their_bounds(build) -> None:
    spec = build("sensor-network/2x2-v1").environment.spec
    spaces = (gymnasium.spaces.Box(-2, 1, (2,)),) * 4
    policy = RandomPolicy(RandomPolicySettings(), dataclasses.replace(spec, action_spaces=spaces))
    actions = policy.sample(torch.zeros(3, 4, 2), 1000, seeded())
    assert actions.shape == (1000, 3, 4, 2)
    assert actions.min() == pytest.approx(-2, abs=0.01)
    assert actions.max() == pytest.approx(1, abs=0.01)


def test_unbounded_actions_are_refused(build) -> None:
    spec = build("sensor-network/2x2-v1").environment.spec
    spaces = (gymnasium.spaces.Box(-float("inf"), 1, (2,)),) * 4
    with pytest.raises(QuorateError, match="can not act"):
        RandomPolicy(RandomPolicySettings(), dataclasses.replace(spec, action_spaces=spaces))

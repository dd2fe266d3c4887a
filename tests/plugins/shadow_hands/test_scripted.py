"""The hand-over by rule: it hands over."""

import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces import PolicySpec
from quorate_shadow_hands.settings import ScriptedSettings, ShadowHandsSettings

pytest.importorskip("mujoco", reason="the extra mamujoco is not installed")
pytest.importorskip("gymnasium_robotics", reason="the extra mamujoco is not installed")


def make(size=157, noise=0.0, **changes):
    from quorate_shadow_hands.scripted import ScriptedPolicy

    spec = PolicySpec(**{"agents": 2, "input_size": size, "action_sizes": (20, 20), "discrete": False} | changes)
    return ScriptedPolicy(ScriptedSettings(noise=noise), spec)


def play(act, steps=110, batch=8):
    from quorate_shadow_hands.environment import ShadowHands

    environment, total, fallen = ShadowHands(ShadowHandsSettings(), batch), 0.0, 0
    step = environment.reset(1)
    for _ in range(steps):
        step = environment.step(act(step.observation))
        total, fallen = total + float(step.reward.sum()) / batch, fallen + int(step.terminated.sum())
    return total, fallen


def test_the_ball_comes_to_rest_in_the_other_hand():
    policy, generator = make(), torch.Generator().manual_seed(0)
    total, fallen = play(lambda seen: policy.sample(seen, 1, generator)[0])
    assert total > 45
    assert fallen <= 3
    still, _ = play(lambda seen: policy.sample(torch.zeros_like(seen), 1, generator)[0])  # it sees no ball
    assert still < 15


def test_samples_are_actions_of_what_is_seen():
    policy, generator = make(noise=0.5), torch.Generator().manual_seed(0)
    seen = torch.zeros(4, 2, 157)
    seen[0, :, 134] = -0.64
    samples = policy.sample(seen, 64, generator)
    assert samples.shape == (64, 4, 2, 20)
    assert samples.abs().max() <= 1
    assert samples.std(dim=0).min() > 0.05
    calm = make().sample(seen, 2, generator)
    assert torch.equal(calm[0], calm[1])
    assert not torch.equal(calm[0, 0], calm[0, 1])
    assert torch.equal(calm[0, 1], calm[0, 2])


@pytest.mark.parametrize("changes", [{"size": 159}, {"discrete": True}, {"action_sizes": (20, 19)}, {"agents": 3}])
def test_anything_else_is_refused(changes):
    if "agents" in changes:
        changes = changes | {"action_sizes": (20, 20, 20)}
    with pytest.raises(QuorateError, match="observations of the two hands"):
        make(**changes)

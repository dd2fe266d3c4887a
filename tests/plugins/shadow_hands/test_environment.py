"""The hand-over twin against the published task's description."""

import numpy as np
import pytest
import torch

from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate_shadow_hands.settings import ShadowHandsSettings

pytest.importorskip("mujoco", reason="the extra mujoco is not installed")
pytest.importorskip("gymnasium_robotics", reason="the extra mujoco is not installed")


def make(batch=3, **settings):
    from quorate_shadow_hands.environment import ShadowHands

    return ShadowHands(ShadowHandsSettings(**settings), batch=batch)


def acting(steps, batch=3, seed=0):
    return 2 * torch.rand(steps, batch, 2, 20, generator=torch.Generator().manual_seed(seed)) - 1


def test_it_conforms():
    assert_conforms(load_registry([]), "environment", "shadow-hands/handover-v1", {"horizon": 9})


def test_the_layout_is_the_published_one():
    environment = make()
    environment.reset(0)
    for chosen in acting(5):
        step = environment.step(chosen)
    right, left, shared = step.state.split([133, 133, 24], dim=1)
    assert torch.equal(step.observation, torch.stack([torch.cat([own, shared], 1) for own in (right, left)], 1))
    assert torch.equal(torch.stack([right, left], 1)[..., 113:], chosen)
    tips = step.state[-1, 48:63].reshape(5, 3)
    data, model = environment.worlds.data[0], environment.worlds.model
    for tip, finger in zip(tips, ("ff", "lf", "mf", "rf", "th"), strict=True):
        assert np.allclose(tip, data.body(f"right_robot0:{finger}distal").xpos, atol=1e-6)
    assert np.allclose(shared[-1, :3], data.body("ball").xpos, atol=0.02)
    assert torch.equal(shared[0, 13:16], torch.tensor([0.0, -0.64, 0.54]))
    assert torch.allclose(shared[:, [3, 4, 5, 6]].norm(dim=1), torch.ones(3))
    assert (model.opt.timestep, environment.worlds.frame_skip) == (1 / 120, 2)


def test_reward_and_termination_are_the_published_ones():
    from quorate_shadow_hands import task

    ball = np.array([[0.0, -0.64, 0.54], [0.0, -0.39, 0.54], [0.0, -0.64, 0.24], [0.0, -0.64, 0.2401]])
    assert np.allclose(task.reward(ball), 2 * np.exp(-20 * np.array([0.0, 0.25, 0.3, 0.2999])))
    assert task.fallen(ball).tolist() == [False, False, True, False]


def test_actions_reach_from_limit_to_limit_and_no_farther():
    environment = make(1)
    environment.reset(0)
    limits = environment.worlds.model.actuator_ctrlrange
    for value, expected in ((-3.0, limits[:, 0]), (0.0, limits.mean(1)), (1.0, limits[:, 1])):
        environment.step(torch.full((1, 2, 20), value))
        assert np.allclose(environment.worlds.data[0].ctrl, expected)


def test_each_action_moves_its_own_joint():
    environment = make(1)
    names = [environment.worlds.model.actuator(int(motor)).name for motor in environment.motors]
    own = "WRJ1 WRJ0 FFJ3 FFJ2 LFJ4 LFJ3 LFJ2 MFJ3 MFJ2 RFJ3 RFJ2 THJ4 THJ3 THJ2 THJ1 THJ0 FFJ1 MFJ1 RFJ1 LFJ1"
    assert names == [f"{hand}_robot0:A_{joint}" for hand in ("right", "left") for joint in own.split()]


def test_it_goes_on_bit_for_bit_with_other_threads():
    one, other = make(threads=1, horizon=9), make(threads=2, horizon=9)
    one.reset(0)
    for chosen in acting(5):
        one.step(chosen)
    other.load_state_dict(one.state_dict())
    for chosen in acting(8, seed=1):
        mine, theirs = one.step(chosen), other.step(chosen)
        assert torch.equal(mine.state, theirs.state)
        assert torch.equal(mine.reward, theirs.reward)


def test_the_hands_touch_only_where_they_are_told_to():
    from quorate_shadow_hands.model import load_model

    for touch in (False, True):
        model = load_model(hands_touch=touch)
        kinds = {hand: model.geom(f"{hand}_robot0:C_palm0") for hand in ("right", "left")}
        meet = [kinds[a].contype[0] & kinds[b].conaffinity[0] for a, b in (("right", "left"), ("left", "right"))]
        assert bool(any(meet)) is touch
        assert not any(kind.contype[0] & kind.conaffinity[0] for kind in kinds.values())
        assert all(kind.contype[0] & model.geom("ball").conaffinity[0] for kind in kinds.values())


def test_a_picture_is_of_the_state():
    from matplotlib.figure import Figure

    from quorate_shadow_hands.picture import VIEW

    environment = make(1)
    step = environment.reset(0)
    axes = Figure().add_subplot()
    environment.draw(axes, step.state[0], step.state[0])
    goal, *balls = sorted((patch.center for patch in axes.patches), key=lambda centre: centre[0])
    assert np.allclose(goal, VIEW[:2] @ [0.0, -0.64, 0.54])
    assert np.allclose(balls, VIEW[:2] @ step.state[0, 266:269].numpy(), atol=1e-6)
    assert np.allclose(VIEW @ VIEW.T, np.eye(3))


def test_a_picture_has_both_hands_of_all_fingers_within_it():
    from matplotlib.figure import Figure

    environment = make(1)
    step = environment.reset(0)
    axes = Figure().add_subplot()
    environment.draw(axes, step.state[0])
    fingers = [line.get_xydata() for line in axes.lines if len(line.get_xydata()) == 2]
    assert len(fingers) == 2 * 2 * 17  # capsules of fingers and wrist, and the forearm; each has an edge
    assert len(axes.collections) == 2 * 3  # boxes of the palm
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    tips = np.concatenate(fingers)
    assert np.mean((tips > (left, low)) & (tips < (right, high))) > 0.9

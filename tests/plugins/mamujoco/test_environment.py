"""What the adapter adds to MuJoCo: who moves what, ends, storing, limits, pictures."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate_mamujoco.settings import MaMuJoCoSettings

pytest.importorskip("mujoco", reason="the extra mamujoco is not installed")
pytest.importorskip("gymnasium_robotics", reason="the extra mamujoco is not installed")

BATCH = 3


def make(batch=BATCH, **settings):
    from quorate_mamujoco.environment import MaMuJoCo

    return MaMuJoCo(MaMuJoCoSettings(**settings), batch=batch)


def acting(environment, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = environment.batch, environment.spec.agent_count, environment.features.action_size
    while True:
        yield 2 * torch.rand(shape, generator=generator) - 1


@pytest.mark.parametrize("partition", ["2x4", "9|8"])
def test_an_agents_numbers_move_its_own_joints(partition):
    from gymnasium_robotics import mamujoco_v1

    robot, label = ("ant", "Ant") if partition == "2x4" else ("humanoid", "Humanoid")
    environment, other = make(robot=robot, partition=partition), mamujoco_v1.parallel_env(label, partition)
    actions = torch.arange(2 * environment.features.action_size, dtype=torch.float32).reshape(1, 2, -1)
    sizes = [space.shape[0] for space in environment.spec.action_spaces]
    own = {agent: actions[0, i, : sizes[i]].numpy() for i, agent in enumerate(other.possible_agents)}
    assert np.array_equal(
        actions.flatten().numpy()[environment.features.motors], other.map_local_actions_to_global_action(own)
    )


def test_rows_that_fall_begin_anew_and_say_how_far_they_came():
    environment = make(robot="hopper", partition="3x1", horizon=50)
    environment.reset(0)
    actions = acting(environment)
    for _ in range(50):
        step = environment.step(next(actions))
        if step.ended.any():
            break
    ended = step.ended
    assert step.terminated.any()
    assert step.outcomes.isnan()[:, 0].tolist() == (~ended).tolist()
    assert (step.final_state[ended] != step.state[ended]).any()
    assert torch.equal(step.final_state[~ended], step.state[~ended])
    fresh = environment.worlds.seen[ended.numpy(), environment.worlds.columns["qpos"]]
    assert np.abs(fresh - environment.worlds.model.qpos0).max() <= 5e-3


def test_it_goes_on_bit_for_bit_with_other_threads():
    environment = make(robot="ant", partition="8x1", horizon=30, threads=2)
    environment.reset(1)
    actions = acting(environment)
    for _ in range(20):
        environment.step(next(actions))
    stored, moves = environment.state_dict(), [next(actions) for _ in range(40)]
    first = [environment.step(move) for move in moves]
    other = make(robot="ant", partition="8x1", horizon=30, threads=3)
    other.load_state_dict(stored)
    second = [other.step(move) for move in moves]
    for one, two in zip(first, second, strict=True):
        assert torch.equal(one.observation, two.observation)
        assert torch.equal(one.state, two.state)
        assert torch.equal(one.reward, two.reward)
    assert sum(bool(step.truncated.any()) for step in first) > 0
    environment.close()
    other.close()


def test_features_that_report_on_the_state_say_so():
    environment = make(robot="walker2d", partition="2x3", obsk=1)
    step = environment.reset(0)
    features = environment.spec.observed_features
    assert (features >= 0).any(1).all()
    told = step.state[:, features.clamp(min=0)]
    assert torch.equal(torch.where(features >= 0, told, 0.0), torch.where(features >= 0, step.observation, 0.0))
    everything = make(robot="walker2d", partition="2x3", obsk=None)
    step = everything.reset(0)
    assert torch.equal(step.observation, step.state[:, None].expand_as(step.observation))


def test_pusher_and_reacher_begin_where_they_may():
    pusher, reacher = make(200, robot="pusher", partition="3p"), make(200, robot="reacher", partition="2x1")
    pusher.reset(0)
    reacher.reset(0)
    ball = pusher.worlds.seen[:, 7:9]
    assert np.linalg.norm(ball, axis=1).min() > 0.17
    assert ball.min(0) == pytest.approx([-0.3, -0.2], abs=0.02)
    target = np.linalg.norm(reacher.worlds.seen[:, 2:4], axis=1)
    assert 0.19 < target.max() < 0.2
    assert np.median(target) == pytest.approx(0.2 / 2**0.5, abs=0.02)


@pytest.mark.parametrize(
    ("robot", "partition", "sizes", "state"),
    [
        ("ant", "4x2", [42] * 4, 105),
        ("ant", "8x1", [29, 32], 105),
        ("humanoid-standup", "17x1", [38, 61, 64, 85, 92], 348),
        ("many-segment-swimmer", "2x2", [5, 5], 12),
        ("many-segment-ant", "2x3", [163, 163], 311),
    ],
)
def test_sizes(robot, partition, sizes, state):
    spec = make(1, robot=robot, partition=partition).spec
    assert sorted(set(spec.observation_sizes)) == sorted(set(sizes))
    assert spec.state_size == state


@pytest.mark.parametrize(
    ("robot", "partition"), [("ant", "2x4"), ("half-cheetah", "6x1"), ("reacher", "2x1"), ("pusher", "3p")]
)
def test_pictures_place_the_robot_as_the_world_has_it(robot, partition):
    from matplotlib.figure import Figure

    environment = make(1, robot=robot, partition=partition)
    step, actions = environment.reset(0), acting(environment)
    for _ in range(5):
        step = environment.step(next(actions))
    axes = Figure().subplots()
    environment.draw(axes, step.state[0], step.state[0] * 0.9)
    things = {"reacher": ["target"], "pusher": ["object", "goal"]}.get(robot, [])
    agents = [f"agent {agent}" for agent in range(environment.spec.agent_count)]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [*agents, *things, "estimated"]
    environment._picture._put(step.state[0])
    qpos = environment.worlds.seen[0, environment.worlds.columns["qpos"]].copy()
    shown = environment._picture._data.qpos.copy()
    moving = slice(2, None) if robot in ("ant", "half-cheetah") else slice(None)
    assert np.allclose(shown[moving], qpos[moving], atol=2e-2 if robot == "pusher" else 1e-5)


@pytest.mark.parametrize(
    ("robot", "partition", "labelled"),
    [("humanoid", "17x1", 17), ("many-segment-ant", "25x2", 25), ("many-segment-swimmer", "50x1", 25)],
)
def test_pictures_of_many_agents_have_a_colour_for_each(robot, partition, labelled):
    from quorate.environments.picture import Camera
    from quorate_mamujoco.colours import BODY

    environment = make(1, robot=robot, partition=partition)
    camera = Camera(environment)
    state = environment.reset(0).state[0]
    camera(state, ("", ""), state)
    paints, drawn = environment._picture._paints, environment._picture._colours
    assert len(set(paints)) == environment.spec.agent_count
    assert set(drawn) <= {BODY, *paints}
    legend = camera._axes.get_legend()
    assert len(legend.get_texts()) == labelled + 1
    edges, whole = legend.get_window_extent(), camera._axes.figure.bbox
    assert whole.x0 <= edges.x0
    assert edges.x1 <= whole.x1
    assert whole.y0 <= edges.y0


@pytest.mark.parametrize(("robot", "partition"), [("pusher", "3p"), ("reacher", "2x1")])
def test_the_goal_is_a_ring(robot, partition):
    from matplotlib.figure import Figure

    environment = make(1, robot=robot, partition=partition)
    axes = Figure().subplots()
    environment.draw(axes, environment.reset(0).state[0])
    rings = [line.get_label() for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert {"goal", "target"} & set(rings)
    assert len(rings) >= 2


def test_partitions_of_ones_own_see_what_is_near():
    legs = [["hip_1", "ankle_1", "hip_2", "ankle_2"], ["hip_3", "ankle_3", "hip_4", "ankle_4"]]
    own, named = make(joints=legs), make(partition="2x4")
    assert torch.equal(own.reset(0).observation, named.reset(0).observation)
    assert own.spec.name == "mamujoco/ant-own-obsk1"


def test_it_conforms():
    assert_conforms(load_registry([]), "environment", "mamujoco/half-cheetah-2x3-v1")


def test_what_draws_nothing_imports_no_pictures():
    code = "import sys, quorate; quorate.make('mamujoco/humanoid-17x1-v1'); print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

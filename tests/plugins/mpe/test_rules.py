"""The rules are mpe2's, step for step; mpe2 itself says what is right."""

import numpy as np
import pytest
import torch

from quorate_mpe import controls, environment, physics
from quorate_mpe.scenarios import reference, speaker_listener, spread

from .conftest import SCENARIOS, Oracle, make, random_actions

TOLERANCE = 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_whole_episodes_equal_mpe2(scenario, actions, seed):
    assert Oracle(scenario, 3, seed, actions).compare(seed) <= TOLERANCE


@pytest.mark.parametrize(("agents", "local_ratio"), [(1, 0.5), (2, 0.0), (5, 1.0), (8, 0.3)])
def test_spread_with_other_settings(agents, local_ratio):
    oracle = Oracle("spread", 2, 9, "continuous", agents=agents, local_ratio=local_ratio, horizon=12)
    assert oracle.compare(9, steps=12) <= TOLERANCE


@pytest.mark.parametrize("local_ratio", [0.0, 0.3, 1.0])
def test_reference_with_other_settings(local_ratio):
    oracle = Oracle("reference", 2, 9, "discrete", local_ratio=local_ratio, horizon=12)
    assert oracle.compare(9, steps=12) <= TOLERANCE


@pytest.mark.parametrize("good_agents", [1, 3, 6])
def test_adversary_with_other_settings(good_agents):
    oracle = Oracle("adversary", 3, 9, "discrete", good_agents=good_agents, horizon=12)
    assert oracle.compare(9, steps=12) <= TOLERANCE


def test_who_is_near_the_goal_is_paid_by_the_others():
    """Interests differ: the adversary at the goal and the good agents away, then the other way round."""
    environment = make("adversary", 1)
    environment.reset(0)
    state = environment.state_dict()
    world = state["world"]
    goal = world["landmarks"][0, world["goals"][0, 0]]
    paid = []
    for near in (0, 2):
        world["position"][0] = goal + torch.tensor([0.0, 2.0], dtype=torch.float64)
        world["position"][0, near] = goal
        environment.load_state_dict(state)
        paid.append(environment.step(torch.zeros(1, 3, 5)).agent_reward[0].tolist())
    assert paid == [pytest.approx([0, -2, -2]), pytest.approx([-2, 2, 2])]


def test_agents_that_touch_are_pushed_apart_as_in_mpe2():
    oracle = Oracle("spread", 10, 5, "continuous", agents=6)
    ours = oracle.ours
    assert (ours._geometry(ours.world).distance[..., 6:] < 0.3).sum() > 10
    assert oracle.compare(5) <= TOLERANCE


CHANGES = [
    ("spread", physics, "DAMPING", 0.2501),
    ("spread", physics, "TIME_STEP", 0.1001),
    ("spread", physics, "CONTACT_FORCE", 100.1),
    ("spread", physics, "CONTACT_MARGIN", 1.1e-3),
    ("spread", environment, "SENSITIVITY", 5.001),
    ("spread", spread, "RADIUS", 0.1501),
    ("reference", reference, "BRIGHT", 0.7501),
    ("reference", controls, "DIRECTIONS", controls.DIRECTIONS[::-1]),
    ("speaker-listener", speaker_listener, "DARK", 0.1501),
]


@pytest.mark.parametrize(("name", "module", "constant", "value"), CHANGES, ids=lambda value: str(value)[:20])
def test_any_other_constant_is_noticed(monkeypatch, name, module, constant, value):
    monkeypatch.setattr(module, constant, value)
    actions = "discrete" if constant == "DIRECTIONS" else "continuous"
    assert Oracle(name, 8, 5, actions).compare(5) > TOLERANCE


def test_the_adversary_does_not_see_the_goal_and_all_others_do():
    environment = make("adversary", 4)
    environment.reset(0)
    state = environment.state_dict()
    before = environment.observe().observation
    state["world"]["goals"] = 1 - state["world"]["goals"]
    environment.load_state_dict(state)
    after = environment.observe().observation
    assert torch.equal(after[:, 0], before[:, 0])
    assert (after[:, 1:, :2] != before[:, 1:, :2]).all()
    assert torch.equal(after[:, 1:, 2:], before[:, 1:, 2:])


@pytest.mark.parametrize("changed", ["goals", "utterance"])
def test_goals_and_utterances_matter(changed):
    oracle = Oracle("reference", 2, 0, "continuous")
    state = oracle.ours.state_dict()
    value = state["world"][changed]
    state["world"][changed] = (value + 1) % 3
    oracle.ours.load_state_dict(state)
    actions = random_actions(oracle.ours, torch.Generator().manual_seed(0))
    if changed == "utterance":
        assert (oracle.ours.observe().observation - oracle.observations()).abs().max() == 1
        return
    rewards, _ = oracle.step(actions)
    step = oracle.ours.step(actions)
    assert (step.observation - oracle.observations()).abs().max() == 0.5
    assert (step.agent_reward - rewards).abs().max() > 0.01


def test_spaces_are_mpe2s(scenario, actions):
    theirs = SCENARIOS[scenario][2].parallel_env(continuous_actions=actions == "continuous")
    spec = make(scenario, actions=actions).spec
    assert list(spec.agents) == theirs.possible_agents
    for agent, size, space in zip(spec.agents, spec.observation_sizes, spec.action_spaces, strict=True):
        assert (size,) == theirs.observation_space(agent).shape
        assert space == theirs.action_space(agent)
    assert (spec.state_size,) == theirs.state_space.shape


def test_every_discrete_action_is_mpe2s():
    for first in range(0, 50, 10):
        oracle = Oracle("reference", 10, 1, "discrete")
        chosen = torch.stack((torch.arange(first, first + 10), torch.arange(49 - first, 39 - first, -1)), dim=1)
        for _ in range(2):
            oracle.step(chosen)
            step = oracle.ours.step(chosen)
        assert (step.observation - oracle.observations()).abs().max() <= TOLERANCE


def test_landmarks_are_occupied_as_mpe2_counts_them():
    oracle = Oracle("spread", 6, 0, "discrete", horizon=1)
    state, counts = oracle.ours.state_dict(), []
    for row, copy in enumerate(oracle.copies):
        world = copy.unwrapped.world
        for agent, mark in list(zip(world.agents, world.landmarks, strict=True))[: row % 4]:
            agent.state.p_pos = mark.state.p_pos + np.array([0.09 if row < 4 else 0.11, 0.0])
        state["world"]["position"][row] = torch.tensor([list(agent.state.p_pos) for agent in world.agents])
        scenario = copy.unwrapped.scenario
        counts.append(scenario.benchmark_data(world.agents[0], world)[3])
    oracle.ours.load_state_dict(state)
    step = oracle.ours.step(torch.zeros(6, 3, dtype=torch.int64))
    assert oracle.ours.spec.outcomes == ("occupied_landmarks",)
    assert step.outcomes[:, 0].tolist() == counts
    assert counts[:4] == [0, 1, 2, 3]


def test_who_is_paid_differently(scenario):
    assert make(scenario).spec.agent_rewards == (scenario != "speaker-listener")
    if scenario in ("spread", "reference"):
        assert not make(scenario, local_ratio=0.0).spec.agent_rewards

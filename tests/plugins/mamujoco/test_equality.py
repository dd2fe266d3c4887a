"""Against gymnasium-robotics, whole rows in float64: what agents see, the state, rewards and ends."""

import numpy as np
import pytest

from quorate_mamujoco.settings import MaMuJoCoSettings

mamujoco_v1 = pytest.importorskip("gymnasium_robotics", reason="the extra mamujoco is not installed").mamujoco_v1

STEPS, EPISODES = 40, 3
LABELS = {
    "ant": "Ant",
    "half-cheetah": "HalfCheetah",
    "hopper": "Hopper",
    "walker2d": "Walker2d",
    "humanoid": "Humanoid",
    "humanoid-standup": "HumanoidStandup",
    "swimmer": "Swimmer",
    "reacher": "Reacher",
    "pusher": "Pusher",
    "many-segment-swimmer": "ManySegmentSwimmer",
}


def theirs(robot, partition, obsk):
    """MaMuJoCo's environment; of partitions that it does not have, one agent for each of its nodes."""
    from gymnasium_robotics.envs.multiagent_mujoco.obsk import get_parts_and_edges

    label, known = LABELS[robot], ("2x1", "3x1", "6x1", "2x3", "2x4", "2x4d", "4x2", "9|8", "3p", "10x2")
    if (partition == "6x1" and robot == "walker2d") or (partition not in known and partition.endswith("x1")):
        (nodes,), edges, everyone = get_parts_and_edges(label, None)
        own = {"partition": [(node,) for node in nodes], "edges": edges, "globals": everyone}
        return mamujoco_v1.parallel_env(label, partition, agent_obsk=obsk, agent_factorization=own)
    return mamujoco_v1.parallel_env(label, partition, agent_obsk=obsk)


@pytest.mark.parametrize(
    ("robot", "partition", "obsk"),
    [
        ("ant", "4x2", 0),
        ("ant", "2x4", 1),
        ("ant", "2x4d", 2),
        ("ant", "8x1", 2),
        ("half-cheetah", "2x3", 1),
        ("half-cheetah", "6x1", 2),
        ("hopper", "3x1", 1),
        ("walker2d", "2x3", 1),
        ("walker2d", "6x1", 2),
        ("humanoid", "9|8", 1),
        ("humanoid-standup", "9|8", 0),
        ("humanoid-standup", "17x1", 1),
        ("swimmer", "2x1", 1),
        ("reacher", "2x1", 1),
        ("pusher", "3p", 1),
        ("many-segment-swimmer", "10x2", 1),
    ],
)
def test_it_is_gymnasium_robotics(robot, partition, obsk):
    import mujoco

    from quorate_mamujoco.environment import MaMuJoCo

    environment = MaMuJoCo(MaMuJoCoSettings(robot=robot, partition=partition, obsk=obsk), batch=EPISODES)
    environment.reset(3)
    other = theirs(robot, partition, obsk)
    other.reset()
    inner = other.single_agent_env.unwrapped
    limit = environment.spec.action_spaces[0].high[0]
    assert environment.spec.observation_sizes == tuple(
        other.observation_space(agent).shape[0] for agent in other.possible_agents
    )
    generator = np.random.default_rng(0)
    moves = generator.uniform(-limit, limit, (STEPS, EPISODES, len(environment.features.motors)))
    record, seen = [environment.look()], environment.worlds.seen.copy()
    scores = [environment.score(move) for move in moves]  # of rows that fall, too: nothing begins anew here
    environment.reset(3)
    record += [(environment.score(move), environment.look())[1] for move in moves]
    for row in range(EPISODES):
        mujoco.mj_resetData(inner.model, inner.data)
        places = [seen[row, environment.worlds.columns[name]] for name in ("qpos", "qvel")]
        inner.set_state(*places)
        _compare(environment, other, row, *record[0])
        for number, move in enumerate(moves):
            reward, ended = _their_step(other, inner, move[row])
            ours, well = scores[number]
            assert abs(reward - ours[row]) < 1e-10 * max(1.0, abs(reward))
            assert ended == (well is not None and not well[row])
            _compare(environment, other, row, *record[number + 1])


def _their_step(other, inner, motors):
    """MaMuJoCo's reward and flag; the robot goes on where it has fallen."""
    _, reward, ended, _, _ = inner.step(motors)
    return reward, ended


def _compare(environment, other, row, observation, state):
    assert np.array_equal(state[row], other.state())
    for agent, theirs in enumerate(other._get_obs().values()):
        ours = observation[row, agent]
        pushes_two = environment.spec.name.startswith("mamujoco/pusher") and agent == 0
        if pushes_two:  # two of its nodes have one name, and MaMuJoCo's order of them is by chance
            assert np.array_equal(np.sort(ours[: len(theirs)]), np.sort(theirs))
        else:
            assert np.array_equal(ours[: len(theirs)], theirs)
        assert not ours[len(theirs) :].any()

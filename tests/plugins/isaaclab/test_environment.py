"""The adapter on a stand-in for Isaac Lab that has its modules and its ways; `real.py` does it on the real one."""

import pytest
import torch
from isaac_support import problem

from quorate.errors import QuorateError


def _go(env, value=0.0):
    width = max(space.shape[0] for space in env.spec.action_spaces)
    return env.step(torch.full((env.batch, 2, width), value))


def test_what_the_spec_says(make):
    spec = make().spec
    assert (spec.agents, spec.observation_sizes, spec.state_size, spec.horizon) == (("cart", "pendulum"), (4, 3), 7, 5)
    assert spec.simulator == (
        "isaaclab 3.0.0, newton 1.6.1, warp-lang 1.17.0; newton_mjwarp, warp; substitute assets: the hand is another"
    )
    for space in spec.action_spaces:  # open in Isaac Lab
        assert (space.low.item(), space.high.item()) == (-1.0, 1.0)


@pytest.mark.parametrize("task", ["Isaac-Pendulum-MARL-Direct", "Isaac-Shadow-Handover-Direct"])
def test_last_observations_and_states_are_those_of_the_old_episode(make, task):
    env = make(task)
    step, ended = env.reset(seed=1), 0
    for _ in range(12):
        before, step = step, _go(env, 0.7)
        old = before.observation[:, 0, 0] + 0.7
        for row in range(3):
            if not step.ended[row]:
                assert step.observation[row, 0, 0] == pytest.approx(old[row].item())
                if step.final_state is not None:
                    assert step.final_state[row].equal(step.state[row])
                continue
            ended += 1
            assert step.final_observation[row, 0, 0] == pytest.approx(old[row].item())
            assert step.final_state[row, 0] == pytest.approx(old[row].item())
            assert step.final_state[row, 1] == before.observation[row, 0, 1] + 1
            assert (step.observation[row, 0, 1], step.state[row, 1]) == (0, 0)  # of the new one
            assert not step.observation[row, :, 2].any()  # where nothing has been done yet
            assert step.final_observation[row, 0, 2] == pytest.approx(0.7)
            assert step.terminated[row] == (old[row].abs() > 2)
    assert ended >= 6


def test_time_runs_out_a_step_before_the_length_and_is_no_termination(make):
    env = make(overrides=["env.bound=100"])
    env.reset(seed=0)
    for number in range(1, 6):
        step = _go(env)
        assert step.truncated.tolist() == [number == env.spec.horizon] * 3
        assert not step.terminated.any()


def test_nothing_that_is_handed_out_changes_later(make):
    env = make()
    first = env.reset(seed=3)
    kept = first.observation.clone(), first.state.clone()
    second = _go(env, 0.1)
    reward = second.reward.clone()
    for _ in range(6):
        _go(env, 0.9)
    assert first.observation.equal(kept[0])
    assert first.state.equal(kept[1])
    assert second.reward.equal(reward)


def test_a_seed_says_everything_that_follows_whatever_was_before(make):
    env = make("Isaac-Shadow-Handover-Direct")
    told = []
    for seed in (5, 6, 5):
        steps = [env.reset(seed=seed), *(_go(env, 0.5) for _ in range(9))]
        told.append(torch.stack([step.observation for step in steps]))
    assert told[0].equal(told[2])  # from the very first observation, which shows the last action
    assert not told[0].equal(told[1])


def test_actions_are_clipped_and_padding_is_zero(make):
    env = make()
    start = env.reset(seed=0).observation
    assert _go(env, 50.0).observation[:, 0, 0].sub(start[:, 0, 0]).tolist() == pytest.approx([1.0] * 3)
    assert not start[:, 1, 3].any()


def test_rewards(make):
    env = make("Fake-Unequal", reward="sum")
    env.reset(seed=0)
    step = _go(env, 0.2)
    assert step.agent_reward is not None
    assert step.reward.equal(step.agent_reward.sum(1))
    assert step.agent_reward[:, 1].equal(2 * step.agent_reward[:, 0])
    env.close()
    env = make("Fake-Unequal", reward="mean")
    assert env.reset(seed=0).agent_reward.shape == (3, 2)
    env.close()
    told = problem(lambda: make("Fake-Unequal"))
    assert "paid differently" in told.problem
    assert "reward: sum" in told.fix


def test_there_is_one_in_a_process_and_another_after_it(make):
    env = make()
    told = problem(make)
    assert "one environment in a process" in told.problem
    assert "interpreter" in told.fix
    env.close()
    env.close()
    with pytest.raises(QuorateError, match="closed"):
        env.reset()
    assert make().reset(seed=0).observation.shape == (3, 2, 4)


def test_what_can_not_be_is_told(make):
    assert "must be a box" in problem(lambda: make("Fake-Odd-Spaces")).problem
    told = problem(lambda: make("Isaac-Pendulum-MARL"))
    assert told.choices[0] == "Isaac-Pendulum-MARL-Direct"
    assert "one environment" in problem(lambda: make(solver="mujoco")).problem
    assert "Unknown preset" in problem(lambda: make(physics="isaacsim_physx")).problem
    assert "not in struct" in problem(lambda: make(overrides=["env.nothing=1"])).problem
    env = make(batch=1, solver="mujoco")  # and after all that, one can be made
    assert env._worlds.cfg.sim.physics.solver_cfg.use_mujoco_cpu


def test_actions_of_another_shape_are_refused(make):
    env = make()
    with pytest.raises(RuntimeError, match="before reset"):
        env.step(torch.zeros(3, 2, 1))
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"expected shape \(3, 2, 1\)"):
        env.step(torch.zeros(3, 1, 2))


def test_what_is_compiled_is_told_once_and_while_it_is_built(make, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr("quorate_isaaclab.worlds.tell", said.append)
    env = make()
    env.reset(seed=0)
    _go(env)
    compiled = [line for line in said if line.startswith("compiling")]
    place = f"for cpu, once, into {tmp_path / 'warp'}"
    assert compiled == [f"compiling the kernels counting {place}", f"compiling the kernels stepping {place}"]
    env.close()
    said.clear()
    make()
    assert not [line for line in said if line.startswith("compiling")]


def test_standard_output_is_left_alone(make, capfd):
    make()
    out, err = capfd.readouterr()
    assert not out
    assert "prints where it likes" in err


def test_a_blank_picture_where_newton_does_not_simulate(make):
    env = make()
    env.reset(seed=0)
    assert (env.render().shape, env.render(final=True).min()) == ((480, 480, 3), 255)

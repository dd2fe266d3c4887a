"""Worlds that MuJoCo's rollout steps, against those that are stepped one by one."""

import numpy as np
import pytest

mujoco = pytest.importorskip("mujoco", reason="the extra mamujoco is not installed")

BALLS = """
<mujoco>
  <option timestep="0.01"><flag warmstart="{warm}"/></option>
  <worldbody>
    <body name="arm"><joint name="a" axis="0 1 0"/><geom type="capsule" size=".05" fromto="0 0 0 0 0 -.5"/></body>
    <body name="ball" pos="0 0 -.7"><freejoint/><geom size=".1"/></body>
    <geom type="plane" size="2 2 1" pos="0 0 -.9"/>
  </worldbody>
  <actuator><position joint="a" kp="20"/></actuator>
  <sensor><framepos objtype="body" objname="ball"/><framelinvel objtype="body" objname="ball"/></sensor>
</mujoco>
"""
FIELDS = ("qpos", "qvel", "sensordata")


def make(kind, threads=1, batch=5, warm="disable"):
    from quorate.environments.mujoco_rollout import RolloutWorlds
    from quorate.environments.mujoco_worlds import MujocoWorlds

    model = mujoco.MjModel.from_xml_string(BALLS.format(warm=warm))
    if kind == "rollout":
        worlds = RolloutWorlds(model, batch, 3, threads)
    else:
        worlds = MujocoWorlds(model, batch, 3, FIELDS, threads)
    qpos = np.tile(model.qpos0, (batch, 1))
    qpos[:, 0] = np.linspace(-1, 1, batch)
    worlds.place(np.arange(batch), qpos, np.zeros((batch, model.nv)))
    return worlds


def push(worlds, steps, seed=0):
    generator = np.random.default_rng(seed)
    for _ in range(steps):
        worlds.step(generator.uniform(-1, 1, (worlds.batch, 1)))
    return worlds.seen.copy()


@pytest.mark.parametrize("threads", [1, 2])
def test_rows_are_what_single_steps_make_of_them(threads):
    one, other = make("rollout", threads), make("single")
    for seed in range(10):
        assert np.array_equal(push(one, 7, seed), push(other, 7, seed))
        stored = one.save()["physics"], other.save()["physics"]
        full = mujoco.mj_stateSize(one.model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        assert np.array_equal(stored[0][:, :full], stored[1][:, :full])
    assert np.abs(one.seen[:, one.columns["sensordata"]]).max() > 0
    one.close(), other.close()


def test_it_goes_on_bit_for_bit_with_other_threads():
    worlds = make("rollout", threads=2)
    push(worlds, 30)
    stored = worlds.save()
    expected = push(worlds, 30, seed=1)
    other = make("rollout")
    other.load(stored)
    assert np.array_equal(push(other, 30, seed=1), expected)
    worlds.close(), worlds.close()


def test_a_model_that_starts_the_solver_warm_is_refused():
    with pytest.raises(ValueError, match="WARMSTART"):
        make("rollout", warm="enable")


def test_with_a_warm_start_a_row_would_depend_on_what_was_before():
    """Why it is refused: what rollout is told of a state does not tell the solver's last answer."""
    worlds = make("single", warm="enable", batch=1)
    push(worlds, 40)
    stored = worlds.save()
    expected = push(worlds, 5, seed=1)
    at = mujoco.mj_stateSize(worlds.model, int(mujoco.mjtState.mjSTATE_WARMSTART) - 1)
    stored["physics"][:, at : at + worlds.model.nv] = 0.0
    worlds.load(stored)
    assert not np.array_equal(push(worlds, 5, seed=1), expected)

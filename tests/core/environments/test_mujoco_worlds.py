"""Worlds of MuJoCo against MuJoCo itself, row by row."""

import numpy as np
import pytest

mujoco = pytest.importorskip("mujoco", reason="the extra mamujoco is not installed")

ARM = """
<mujoco>
  <option timestep="0.01"/>
  <worldbody>
    <body><joint name="a" axis="0 1 0"/><geom type="capsule" size=".05" fromto="0 0 0 0 0 -.5"/>
      <body name="hand" pos="0 0 -.5"><joint name="b" axis="0 1 0"/>
        <geom type="capsule" size=".05" fromto="0 0 0 0 0 -.5"/></body>
    </body>
    <geom type="plane" size="2 2 1" pos="0 0 -.9"/>
  </worldbody>
  <actuator><motor joint="b" gear="5"/></actuator>
</mujoco>
"""
FIELDS = ("qpos", "qvel", "xpos", "cfrc_ext")


def make(threads=1, batch=5):
    from quorate.environments.mujoco_worlds import MujocoWorlds

    worlds = MujocoWorlds(mujoco.MjModel.from_xml_string(ARM), batch, 3, FIELDS, threads, contact_forces=True)
    starts = np.linspace(-1, 1, batch)[:, None] * [1.0, 2.0]
    worlds.place(np.ones(batch, dtype=bool), starts, starts / 2)
    return worlds


def push(worlds, steps, seed=0):
    generator = np.random.default_rng(seed)
    for _ in range(steps):
        worlds.step(generator.uniform(-1, 1, (worlds.batch, 1)))
    return worlds.seen.copy()


def test_rows_are_what_mujoco_makes_of_them():
    worlds = make(threads=2)
    data = mujoco.MjData(worlds.model)
    data.qpos[:], data.qvel[:] = [0.5, 1.0], [0.25, 0.5]
    generator = np.random.default_rng(0)
    for _ in range(20):
        ctrl = generator.uniform(-1, 1, (5, 1))
        worlds.step(ctrl)
        data.ctrl[:] = ctrl[3]
        mujoco.mj_step(worlds.model, data, 3)
        mujoco.mj_rnePostConstraint(worlds.model, data)
        for name, columns in worlds.columns.items():
            assert np.array_equal(worlds.seen[3, columns], getattr(data, name).flatten())
    assert np.abs(worlds.seen[:, worlds.columns["cfrc_ext"]]).max() > 0


def test_it_goes_on_bit_for_bit_with_other_threads():
    worlds = make(threads=2)
    push(worlds, 30)
    stored = worlds.save()
    expected = push(worlds, 30, seed=1)
    other = make(threads=5)
    other.load(stored)
    assert np.array_equal(other.seen, stored["seen"])
    assert np.array_equal(push(other, 30, seed=1), expected)
    other.close()
    worlds.close()


def test_placing_some_rows_leaves_the_others():
    worlds = make()
    before = push(worlds, 10)
    worlds.place(np.array([1, 4]), np.array([[0.0, 1.0], [2.0, 3.0]]), np.zeros((2, 2)))
    assert np.array_equal(worlds.seen[[0, 2, 3]], before[[0, 2, 3]])
    assert worlds.seen[[1, 4], worlds.columns["qpos"]].tolist() == [[0.0, 1.0], [2.0, 3.0]]
    fresh = make(batch=2)
    fresh.place(np.array([0, 1]), np.array([[0.0, 1.0], [2.0, 3.0]]), np.zeros((2, 2)))
    assert np.array_equal(worlds.seen[[1, 4]], fresh.seen)  # nothing of the old episode is left


def test_too_many_worlds_are_a_lack_of_memory(monkeypatch):
    def full(_):
        raise mujoco.FatalError("Could not allocate memory")

    monkeypatch.setattr(mujoco, "MjData", full)
    with pytest.raises(MemoryError, match="2 copies of a MuJoCo model"):
        make(threads=2)

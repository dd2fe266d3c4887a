"""MuJoCo's models of the robots, from the files of gymnasium and gymnasium-robotics."""

import importlib
from pathlib import Path
from tempfile import TemporaryDirectory

import gymnasium
import mujoco

from quorate.environments.mujoco_worlds import unwarned
from quorate_mamujoco.robots import Robot


def load_model(robot: Robot) -> mujoco.MjModel:
    """Read the robot's file, or let gymnasium-robotics write one with as many segments as it has."""
    with unwarned():  # one file has an attribute that MuJoCo says at each reading is deprecated
        return _load(robot)


def _load(robot: Robot) -> mujoco.MjModel:
    if not robot.segmented:
        assets = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets"
        return mujoco.MjModel.from_xml_path(str(assets / robot.file))
    module = importlib.import_module(f"gymnasium_robotics.envs.multiagent_mujoco.{robot.file}")
    each = 4 if robot.file == "many_segment_ant" else 1
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "robot.xml")
        module.gen_asset(n_segs=len(robot.joints) // each, asset_path=path)
        return mujoco.MjModel.from_xml_path(path)

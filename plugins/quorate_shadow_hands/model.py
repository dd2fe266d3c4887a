"""The scene: two hands from gymnasium-robotics' files, and a ball."""

import warnings
from importlib.util import find_spec
from pathlib import Path

import mujoco

from quorate.environments.mujoco_worlds import unwarned

HANDS = ("right", "left")
FINGERS = ("FF", "LF", "MF", "RF", "TH")
JOINTS = (
    "WRJ1",
    "WRJ0",
    *(f"{finger}J{number}" for finger in FINGERS for number in range(3 + (finger in ("LF", "TH")), -1, -1)),
)
"""In the published order. Shadow's names there count from 1; here they are those of the files, from 0."""
COUPLED = ("FFJ1", "MFJ1", "RFJ1", "LFJ1")
"""Joints that a tendon couples with the finger tip's; their motors come last."""
FREE = tuple(f"{finger}J0" for finger in FINGERS[:4])
"""Finger tips' joints, which have no motor."""
MOTORS = (*(joint for joint in JOINTS if joint not in COUPLED + FREE), *COUPLED)
BALL = (0.0, -0.39, 0.54)
RADIUS, DENSITY = 0.0335, 500.0
PLACES = {"right": ((0.0, 0.0, 0.5), (1.0, 0.0, 0.0, 0.0)), "left": ((0.0, -1.0, 0.5), (0.0, 0.0, 0.0, 1.0))}
FILES = ("shared", "shared_asset", "robot")
FRAME = mujoco.mjtObj.mjOBJ_XBODY
MASS = mujoco.mjtObj.mjOBJ_BODY
SENSORS = (
    (mujoco.mjtSensor.mjSENS_FRAMEPOS, FRAME),
    (mujoco.mjtSensor.mjSENS_FRAMEQUAT, FRAME),
    (mujoco.mjtSensor.mjSENS_FRAMELINVEL, MASS),
    (mujoco.mjtSensor.mjSENS_FRAMEANGVEL, MASS),
)
"""What is measured of finger tips; velocities are those of the centre of mass."""


def load_model(*, hands_touch: bool = False) -> mujoco.MjModel:
    """Compose and compile the scene, 120 Hz."""
    with unwarned(), warnings.catch_warnings():  # the hands' files set sizes that MuJoCo does not need
        warnings.simplefilter("ignore")
        return _scene(hands_touch).compile()


def _scene(hands_touch: bool) -> mujoco.MjSpec:
    world = mujoco.MjSpec()
    world.option.timestep = 1 / 120
    world.option.disableflags |= mujoco.mjtDisableBit.mjDSBL_WARMSTART  # Newton's method is no slower without
    for name, (place, turn) in PLACES.items():
        frame = world.worldbody.add_frame(pos=place, quat=turn)
        world.attach(_hand(name, hands_touch), frame=frame, prefix=f"{name}_")
    ball = world.worldbody.add_body(name="ball", pos=BALL)
    ball.add_freejoint(name="ball")
    sphere = mujoco.mjtGeom.mjGEOM_SPHERE
    ball.add_geom(name="ball", type=sphere, size=[RADIUS, 0, 0], density=DENSITY, contype=0, conaffinity=3)
    for kind, frame_of in SENSORS:
        for hand in HANDS:
            for finger in FINGERS:
                body = f"{hand}_robot0:{finger.lower()}distal"
                world.add_sensor(name=f"{hand} {finger} {kind}", type=kind, objtype=frame_of, objname=body)
    return world


def _hand(name: str, hands_touch: bool) -> mujoco.MjSpec:
    found = find_spec("gymnasium_robotics")  # to import it would take a second
    assert found is not None
    assert found.origin is not None
    assets = Path(found.origin).parent / "envs" / "assets"
    shared, meshes, robot = (f'<include file="{assets / "hand" / part}.xml"/>' for part in FILES)
    folders = f'meshdir="{assets / "stls" / "hand"}" texturedir="{assets / "textures"}"'
    hand = mujoco.MjSpec.from_string(
        f'<mujoco><compiler angle="radian" {folders}/>{shared}<asset>{meshes}</asset>'
        f"<worldbody>{robot}</worldbody></mujoco>"
    )
    for sensor in list(hand.sensors):
        hand.delete(sensor)
    hand.body("robot0:hand mount").pos = (0, 0, 0)
    for part in hand.bodies[1:]:
        part.gravcomp = 1
    for geom in hand.geoms:
        if hands_touch and "robot0:C_" in geom.name:
            geom.contype, geom.conaffinity = (1, 2) if name == "right" else (2, 0)
    return hand

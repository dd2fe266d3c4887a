"""The robots as data: who moves what, what is near, what is seen. Imports neither torch nor mujoco.

A span is ``(field, first, last)``: columns of an array of MuJoCo's data, flattened, or of what `rules` derives of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

Span = tuple[str, int, int]
Group = tuple[str, ...]


@dataclass(frozen=True)
class Robot:
    """One robot of Gymnasium's v5 environments.

    Attributes:
        file: the model's, in Gymnasium's folder of assets; or the module of gymnasium-robotics that writes it.
        frame_skip: substeps of a step.
        joints: those that have motors, in the order in which one agent each takes them.
        links: joints that are next to each other: all those of one group.
        partitions: named ways to give the joints to agents.
        shared: what every agent sees.
        state: the state, which is Gymnasium's observation.
        fields: what is read of MuJoCo's data.
        own: what an agent sees of its own joints, by kind: of the joint, or of its bodies.
        bodies: of a joint, whose forces and inertias its agent sees; ints count upwards from the joint's body.
        seen: for a joint, what is seen instead of its own entry of a kind.
        horizon: steps of an episode.
        outcome: what is told of an episode's end.
        segmented: partitions are written ``AxS``: A agents with S segments each.
    """

    file: str
    frame_skip: int
    joints: Group
    links: tuple[Group, ...]
    partitions: Mapping[str, tuple[Group, ...]]
    shared: tuple[Span, ...]
    state: tuple[Span, ...]
    fields: Group = ("qpos", "qvel")
    own: Group = ("qpos", "qvel")
    bodies: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], tuple[Span, ...]] = field(default_factory=dict)
    horizon: int = 1000
    outcome: str = "distance"
    segmented: bool = False

    @property
    def singles(self) -> str:
        """The name of the partition with one agent for each joint."""
        return f"{len(self.joints)}x1"

    def groups(self, partition: str) -> tuple[Group, ...] | None:
        """The joints of each agent; None where there is no such partition."""
        if partition == self.singles:
            return tuple((joint,) for joint in self.joints)
        return self.partitions.get(partition)


def chain(*joints: str) -> tuple[Group, ...]:
    """Each linked to the next."""
    return tuple(pairwise(joints))


def _ant() -> Robot:
    legs = {number: (f"hip_{number}", f"ankle_{number}") for number in (4, 1, 2, 3)}
    one, two, three, four = (legs[number] for number in (1, 2, 3, 4))
    return Robot(
        file="ant.xml",
        frame_skip=5,
        joints=four + one + two + three,
        links=(*legs.values(), ("hip_4", "hip_1", "hip_2", "hip_3")),
        partitions={
            "2x4": (one + two, three + four),
            "2x4d": (one + four, two + three),
            "4x2": (one, two, three, four),
        },
        shared=(("qpos", 2, 7), ("qvel", 0, 6)),
        state=(("qpos", 2, 15), ("qvel", 0, 14), ("clipped cfrc_ext", 6, 84)),
        fields=("qpos", "qvel", "xpos", "cfrc_ext"),
        own=("qpos", "qvel", "clipped cfrc_ext"),
        bodies={f"hip_{n}": (2, 1) for n in legs} | {f"ankle_{n}": (2, 1, 0) for n in legs},
    )


def _humanoid(file: str, outcome: str) -> Robot:
    abdomen = ("abdomen_x", "abdomen_y", "abdomen_z")
    hips = {side: tuple(f"{side}_hip_{axis}" for axis in "xyz") for side in ("right", "left")}
    arms = {side: tuple(f"{side}_{part}" for part in ("shoulder1", "shoulder2", "elbow")) for side in ("right", "left")}
    bodies: dict[str, tuple[str | int, ...]] = {
        "abdomen_x": ("pelvis", "right_thigh", "left_thigh"),
        "abdomen_y": ("torso", "lwaist", "pelvis"),
        "abdomen_z": ("torso", "lwaist", "pelvis"),
    }
    links: list[Group] = [abdomen]
    for side in ("right", "left"):
        bodies |= dict.fromkeys(hips[side], (f"{side}_thigh", f"{side}_shin"))
        bodies |= dict.fromkeys(arms[side][:2], ("torso", f"{side}_upper_arm", f"{side}_lower_arm"))
        bodies |= {f"{side}_knee": (f"{side}_shin", f"{side}_foot"), f"{side}_elbow": (f"{side}_lower_arm",)}
        links += [hips[side], arms[side], (f"{side}_knee", *hips[side])]
        links += [(*arms[side][:2], *abdomen), (*abdomen, *hips[side])]
    upper = abdomen + arms["right"] + arms["left"]
    lower = (*hips["right"], "right_knee", *hips["left"], "left_knee")
    return Robot(
        file=file,
        frame_skip=5,
        joints=abdomen + lower + arms["right"] + arms["left"],
        links=tuple(links),
        partitions={"9|8": (upper, lower)},
        shared=(("qpos", 2, 7), ("qvel", 0, 6)),
        state=(
            ("qpos", 2, 24),
            ("qvel", 0, 23),
            ("cinert", 10, 140),
            ("cvel", 6, 84),
            ("qfrc_actuator", 6, 23),
            ("cfrc_ext", 6, 84),
        ),
        fields=("qpos", "qvel", "cinert", "cvel", "qfrc_actuator", "cfrc_ext", "xipos"),
        own=("qpos", "qvel", "cinert", "cvel", "qfrc_actuator", "cfrc_ext"),
        bodies=bodies,
        # MaMuJoCo's agents see of each of these the other one.
        seen={
            (joint, kind): ((kind, place, place + 1),)
            for kind, first in (("qpos", 7), ("qvel", 6), ("qfrc_actuator", 6))
            for joint, place in (("abdomen_y", first), ("abdomen_z", first + 1))
        },
        outcome=outcome,
    )


def _planar(file: str, frame_skip: int, joints: Group, links: tuple[Group, ...], **more: object) -> Robot:
    size = 3 + len(joints)
    basis = Robot(
        file=file,
        frame_skip=frame_skip,
        joints=joints,
        links=links,
        partitions={"2x3": (joints[:3], joints[3:])} if len(joints) == 6 else {},
        shared=(("qpos", 1, 3), ("qvel", 0, 3)),
        state=(("qpos", 1, size), ("qvel", 0, size)),
    )
    return replace(basis, **more)  # type: ignore[arg-type]


def _walker() -> Robot:
    right, left = ((f"foot{s}_joint", f"leg{s}_joint", f"thigh{s}_joint") for s in ("", "_left"))
    links = (*chain(*right), *chain(*left), (right[2], left[2]))
    state = (("qpos", 1, 9), ("clipped qvel", 0, 9))
    return _planar("walker2d_v5.xml", 4, right + left, links, state=state)


def _hopper() -> Robot:
    joints = ("thigh_joint", "leg_joint", "foot_joint")
    shared = (("qpos", 1, 3), ("clipped qvel", 0, 3))
    state = (("qpos", 1, 6), ("clipped qvel", 0, 6))
    return _planar("hopper.xml", 4, joints, chain(*joints), own=("qpos", "clipped qvel"), shared=shared, state=state)


_CHEETAH = ("bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot")
_PARTS = "shoulder_pan shoulder_lift upper_arm_roll elbow_flex forearm_roll wrist_flex wrist_roll"
_ARM = tuple(f"r_{part}_joint" for part in _PARTS.split())

ROBOTS = {
    "ant": _ant(),
    "half-cheetah": _planar(
        "half_cheetah.xml",
        5,
        _CHEETAH,
        (("bfoot", "bshin"), ("bshin", "bthigh"), ("bthigh", "fthigh"), ("fthigh", "fshin"), ("fshin", "ffoot")),
    ),
    "hopper": _hopper(),
    "walker2d": _walker(),
    "humanoid": _humanoid("humanoid.xml", "distance"),
    "humanoid-standup": _humanoid("humanoidstandup.xml", "height"),
    "swimmer": Robot(
        file="swimmer.xml",
        frame_skip=4,
        joints=("motor1_rot", "motor2_rot"),
        links=(("motor1_rot", "motor2_rot"),),
        partitions={},
        shared=(("qpos", 2, 3), ("qvel", 2, 3)),
        state=(("qpos", 2, 5), ("qvel", 0, 5)),
        seen={
            ("motor1_rot", "qvel"): (("qvel", 0, 1), ("qvel", 3, 4)),
            ("motor2_rot", "qvel"): (("qvel", 1, 2), ("qvel", 4, 5)),
        },
    ),
    "reacher": Robot(
        file="reacher.xml",
        frame_skip=2,
        joints=("joint0", "joint1"),
        links=(("joint0", "joint1"),),
        partitions={},
        shared=(("qpos", 2, 4),),
        state=(("cos", 0, 2), ("sin", 0, 2), ("qpos", 2, 4), ("qvel", 0, 2), ("gap", 0, 2)),
        fields=("qpos", "qvel", "xpos"),
        own=("qpos", "qvel", "gap"),
        seen={
            ("joint0", "qpos"): (("sin", 0, 1), ("cos", 0, 1)),
            ("joint1", "qpos"): (("sin", 1, 2), ("cos", 1, 2)),
            ("joint0", "gap"): (),
            ("joint1", "gap"): (("gap", 0, 3),),
        },
        horizon=50,
        outcome="gap",
    ),
    "pusher": Robot(
        file="pusher_v5.xml",
        frame_skip=5,
        joints=_ARM,
        links=chain(*_ARM),
        partitions={"3p": (_ARM[:3], _ARM[3:4], _ARM[4:])},
        shared=(("tip", 0, 3), ("object", 0, 3), ("goal", 0, 3)),
        state=(("qpos", 0, 7), ("qvel", 0, 7), ("tip", 0, 3), ("object", 0, 3), ("goal", 0, 3)),
        fields=("qpos", "qvel", "xpos"),
        horizon=100,
        outcome="gap",
    ),
}
"""By name; those that are made of segments are in `segmented`."""

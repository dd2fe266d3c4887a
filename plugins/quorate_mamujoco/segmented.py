"""Robots with as many segments as a partition has; those of gymnasium-robotics."""

import re

from quorate_mamujoco.robots import ROBOTS, Group, Robot, chain

SEGMENTED = ("many-segment-ant", "many-segment-swimmer")
LEGS = ("hip1", "ankle1", "hip2", "ankle2")
MOST = 50
"""Segments."""


def robot_of(name: str, partition: str) -> Robot:
    """The robot, of the size that the partition says.

    Raises:
        ValueError: a segmented robot's partition is none; the message begins with the setting's name.
    """
    if name not in SEGMENTED:
        return ROBOTS[name]
    shape = re.fullmatch(r"([1-9]\d?)x([1-9]\d?)", partition)
    agents, each = map(int, shape.groups()) if shape else (0, 0)
    if not 2 <= agents * each <= MOST:
        problem = f"expected AxS, A agents with S segments each and 2 to {MOST} in all, got {partition!r}"
        raise ValueError(f"partition: {problem}; such as 2x3.")
    return _ant(agents, each) if name == "many-segment-ant" else _swimmer(agents, each)


def _shared_out(segments: list[Group], agents: int, each: int) -> tuple[Group, ...]:
    parts = (segments[agent * each : (agent + 1) * each] for agent in range(agents))
    return tuple(tuple(joint for segment in part for joint in segment) for part in parts)


def _ant(agents: int, each: int) -> Robot:
    count = agents * each
    segments: list[Group] = [
        tuple(f"{part}_{n}" for part in ("hip1", "ankle1", "hip2", "ankle2")) for n in range(count)
    ]
    links: list[Group] = []
    for number, (hip1, ankle1, hip2, ankle2) in enumerate(segments):
        links += [(ankle1, hip1), (ankle2, hip2), (hip1, hip2)]
        if number:
            links.append((segments[number - 1][0], segments[number - 1][2], hip1, hip2))
    joints = tuple(joint for segment in segments for joint in segment)
    return Robot(
        file="many_segment_ant",
        frame_skip=5,
        joints=joints,
        links=tuple(links),
        partitions={f"{agents}x{each}": _shared_out(segments, agents, each)},
        shared=(("qpos", 2, 7), ("qvel", 0, 6)),
        state=(("qpos", 2, 7 + 4 * count), ("qvel", 0, 6 + 4 * count), ("clipped cfrc_ext", 6, 6 + 42 * count)),
        fields=("qpos", "qvel", "xpos", "cfrc_ext"),
        own=("qpos", "qvel", "clipped cfrc_ext"),
        bodies={joint: (2, 1) if joint.startswith("hip") else (2, 1, 0) for joint in joints},
        segmented=True,
    )


def _swimmer(agents: int, each: int) -> Robot:
    count = agents * each
    joints = tuple(f"rot{number}" for number in range(count))
    return Robot(
        file="many_segment_swimmer",
        frame_skip=4,
        joints=joints,
        links=chain(*joints),
        partitions={f"{agents}x{each}": _shared_out([(joint,) for joint in joints], agents, each)},
        shared=(),
        state=(("qpos", 2, 3 + count), ("qvel", 0, 3 + count)),
        segmented=True,
    )

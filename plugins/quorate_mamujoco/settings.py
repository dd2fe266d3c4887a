"""Settings of MaMuJoCo. Imports neither torch nor mujoco."""

from dataclasses import dataclass
from functools import cached_property

from quorate.conventions import Observability
from quorate.nearest import nearest
from quorate.settings import UnfitError, setting
from quorate_mamujoco.robots import ROBOTS, Group, Robot
from quorate_mamujoco.segmented import SEGMENTED, robot_of


@dataclass
class MaMuJoCoSettings:
    """A robot whose joints are moved by several agents.

    Raises:
        ValueError: where settings do not fit each other; the message begins with the setting's name.
    """

    robot: str = setting("ant", "The robot, of Gymnasium's v5.", choices=(*ROBOTS, *SEGMENTED))
    partition: str = setting(
        "4x2", "Who moves what, by MaMuJoCo's names; of many-segment robots AxS, A agents with S segments each."
    )
    joints: list[list[str]] | None = setting(
        None, "A partition of one's own, instead: for each agent the names of its joints; each joint once."
    )
    obsk: int | None = setting(
        1,
        "How far along the links agents see the positions of others' joints; null: each sees the whole state.",
        minimum=0,
        maximum=99,
    )
    horizon: int | None = setting(None, "Steps per episode; null: as Gymnasium has it for the robot.", minimum=1)
    threads: int = setting(
        1, "Threads that step the copies; more of them change no number, and processors can be used.", minimum=1
    )

    def __post_init__(self) -> None:
        model = robot_of(self.robot, self.partition)
        if self.joints is not None:
            _check(self.joints, model)
        elif model.groups(self.partition) is None:
            known = [*model.partitions, model.singles]
            raise ValueError(
                f"partition: {self.robot} has no partition {self.partition!r}; it has {', '.join(known)}, and those of "
                f"one's own (`joints`)."
            )

    @cached_property
    def model(self) -> Robot:
        """The robot's tables."""
        return robot_of(self.robot, self.partition)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The joints of each agent."""
        if self.joints is not None:
            return tuple(tuple(group) for group in self.joints)
        groups = self.model.groups(self.partition)
        assert groups is not None
        return groups

    @property
    def sight(self) -> str:
        """What an agent sees, in a word."""
        return "full" if self.obsk is None else f"obsk{self.obsk}"

    @property
    def observability(self) -> Observability:
        """Of the spec: somebody sees each joint, and all see the robot itself, but for the long swimmers'."""
        if self.obsk is None:
            return Observability.FULL
        return Observability.COLLECTIVE if self.model.shared else Observability.PARTIAL

    @property
    def tags(self) -> dict[str, object]:
        """What the settings change of the manifest row's tags."""
        return {"agents": len(self.groups), "sight": self.sight, "observability": str(self.observability)}


def _check(groups: list[list[str]], model: Robot) -> None:
    named = [joint for group in groups for joint in group]
    for agent, group in enumerate(groups):
        if not group:
            raise ValueError(f"joints: agent {agent} has none; give each agent at least one joint.")
        for joint in group:
            if joint not in model.joints:
                close = nearest(joint, model.joints) or model.joints
                raise ValueError(f"joints: there is no joint {joint!r} with a motor; nearest: {', '.join(close)}.")
    twice = sorted({joint for joint in named if named.count(joint) > 1})
    if twice:
        are = "is" if len(twice) == 1 else "are"
        problem = f"joints: each joint has one agent, and {', '.join(twice)} {are} named more than once."
        raise UnfitError(problem, "Name each joint once in environment.joints.")
    left = [joint for joint in model.joints if joint not in named]
    if left:
        fix = f"Add {', '.join(left)} to the list of an agent in environment.joints."
        raise UnfitError(f"joints: nobody moves {', '.join(left)}.", fix)

"""What agents see and the state, as columns of one matrix; and which number of a joint action moves which motor."""

from collections.abc import Mapping
from typing import Any

import mujoco
import numpy as np

from quorate_mamujoco.robots import Group, Robot, Span

BODY_KINDS = {"cinert": 10, "cvel": 6, "cfrc_ext": 6, "clipped cfrc_ext": 6}
"""Numbers of each body."""


class Layout:
    """Columns of the matrix whose parts `rules.derive` gives, and one of zeros at its end.

    Args:
        robot: its tables.
        model: MuJoCo's.
        groups: the joints of each agent.
        obsk: how far agents see along the links; None: the state.
        columns: where each part of the matrix begins.

    Attributes:
        columns: where each part begins.
        state: int64 [s].
        observations: int64 [n, o], padded with the column of zeros.
        sizes: of each agent's observation.
        observed: int64 [n, o], the state's feature that is the same column, -1 for none.
        motors: int64 [nu], of flattened joint actions [n * a].
        action_size: a.
        owner: of each motor, the agent.
    """

    def __init__(
        self,
        robot: Robot,
        model: mujoco.MjModel,
        groups: tuple[Group, ...],
        obsk: int | None,
        columns: Mapping[str, int],
    ) -> None:
        self._robot, self._model, self.columns = robot, model, columns
        self.state = np.array(self._flat(robot.state))
        seen = [self.state.tolist() if obsk is None else self._seen(group, obsk) for group in groups]
        self.sizes = tuple(len(part) for part in seen)
        nothing = columns["zeros"]
        self.observations = np.array([part + [nothing] * (max(self.sizes) - len(part)) for part in seen])
        where = {column: feature for feature, column in enumerate(self.state.tolist())}
        self.observed = np.array([[where.get(column, -1) for column in row] for row in self.observations.tolist()])
        self.action_size = max(map(len, groups))
        place = {
            joint: (agent, agent * self.action_size + index)
            for agent, group in enumerate(groups)
            for index, joint in enumerate(group)
        }
        moved = [place[model.joint(int(joint)).name] for joint in model.actuator_trnid[:, 0]]
        self.owner = [agent for agent, _ in moved]
        self.motors = np.array([column for _, column in moved])

    def _seen(self, group: Group, obsk: int) -> list[int]:
        told: set[tuple[str, int]] = set()
        spans: list[Span] = []
        for distance, joints in enumerate(_by_distance(self._robot, group, obsk)):
            for joint in joints:
                for kind in self._robot.own if distance == 0 else ("qpos",):
                    spans += self._of_joint(joint, kind, told)
        return self._flat((*spans, *self._robot.shared))

    def _of_joint(self, joint: str, kind: str, told: set[tuple[str, int]]) -> list[Span]:
        """What is seen of a joint of one kind; what is seen of a body is seen once."""
        if (joint, kind) in self._robot.seen:
            return list(self._robot.seen[joint, kind])
        place = self._model.joint(joint)
        if kind not in BODY_KINDS:
            first = int((place.qposadr if kind == "qpos" else place.dofadr)[0])
            return [(kind, first, first + 1)]
        width, spans = BODY_KINDS[kind], []
        for named in self._robot.bodies[joint]:
            body = self._model.body(named).id if isinstance(named, str) else self._above(int(place.bodyid[0]), named)
            if (kind, body) not in told:
                told.add((kind, body))
                spans.append((kind, width * body, width * (body + 1)))
        return spans

    def _above(self, body: int, steps: int) -> int:
        for _ in range(steps):
            body = int(self._model.body_parentid[body])
        return body

    def _flat(self, spans: Any) -> list[int]:
        return [self.columns[name] + place for name, first, last in spans for place in range(first, last)]


def _by_distance(robot: Robot, group: Group, most: int) -> list[list[str]]:
    """An agent's joints, then those that are one link away, two, ...; each by name."""
    known, rings = set(group), [sorted(group)]
    for _ in range(most):
        near = {joint for link in robot.links if set(link) & set(rings[-1]) for joint in link} - known
        known |= near
        rings.append(sorted(near))
    return rings

"""A hand-over by rule: a behaviour to collect data with, a baseline, and what the task looks like when it is done."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Policy, PolicySpec
from quorate_shadow_hands.model import FINGERS, MOTORS
from quorate_shadow_hands.settings import ScriptedSettings

SEEN = 157
BALL = 134
"""Where the ball is along the line from hand to hand, in an observation."""
POSES = (
    (
        ((-0.47, 0.52), (-0.85, -0.9, -0.15), (0.99, 0.18, 0.09, -0.21, -0.33)),  # let it roll
        ((0.97, 0.49), (-1.0, -0.84, -0.04), (0.83, -0.03, 0.08, -0.45, -0.45)),  # push it on
        ((0.97, 0.49), (-1.0, -0.84, -0.04), (0.83, -0.03, 0.08, -0.45, -0.45)),
    ),
    (
        ((-0.56, 0.24), (-0.92, -0.87, 0.32), (0.72, -0.11, -0.08, -0.68, -0.53)),  # be the lower one
        ((0.07, 0.19), (-0.81, -0.74, -0.09), (1.0, 0.2, 0.06, -0.47, -0.39)),  # lift it
        ((0.14, 0.05), (-0.76, -0.57, -0.25), (0.98, 0.13, -0.06, -0.5, -0.43)),  # keep it
    ),
)
"""Of both hands, as `_pose` takes them. Found by the cross-entropy method."""
TURNS = ((-0.478, -9.0), (-0.526, -0.605))
"""Where the ball has to be for each hand to go on to its next pose, metres."""


class ScriptedPolicy(Policy):
    """Lets the ball roll over the fingers into the other hand, which then lifts it.

    A hand holds one of a few poses, chosen by where the ball is; it remembers nothing.

    Raises:
        QuorateError: what it is shown is no observation of the two hands.
    """

    def __init__(self, settings: ScriptedSettings, spec: PolicySpec) -> None:
        super().__init__()
        if spec.discrete or spec.input_size != SEEN or spec.action_sizes != (len(MOTORS),) * 2:
            problem = "shadow-hands/scripted reads observations of the two hands, and is shown something else"
            fix = "use it in a `shadow-hands` environment, with `input: {name: observation, identity: false}`"
            raise QuorateError(problem, where="the policy", fix=fix)
        self._noise = settings.noise
        self._poses: Tensor
        self._turns: Tensor
        self.register_buffer("_poses", torch.tensor([[_pose(*pose) for pose in hand] for hand in POSES]))
        self.register_buffer("_turns", torch.tensor(TURNS))

    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        reached = (inputs[..., BALL, None] < self._turns).sum(dim=-1)  # [..., n]
        held = self._poses[torch.arange(2, device=inputs.device), reached]
        noise = torch.randn((count, *held.shape), generator=generator, device=inputs.device)
        return (held + self._noise * noise).clamp(-1.0, 1.0)


def _pose(wrist: tuple[float, float], fingers: tuple[float, float, float], thumb: tuple[float, ...]) -> list[float]:
    """Of all motors, in [-1, 1].

    Args:
        wrist: how far it is bent up, and aside.
        fingers: how far all are bent at the knuckle and in the middle; how far the outer ones are aside.
        thumb: its joints, from the tip.
    """
    knuckle, middle, aside = fingers
    joints = dict(zip(("WRJ0", "WRJ1"), wrist, strict=True)) | {f"THJ{i}": angle for i, angle in enumerate(thumb)}
    for finger in FINGERS[:4]:
        joints |= {f"{finger}J2": knuckle, f"{finger}J1": middle, f"{finger}J3": 0.0}
    joints |= {"FFJ3": aside, "LFJ3": aside, "LFJ4": -1.0}
    return [joints[motor] for motor in MOTORS]

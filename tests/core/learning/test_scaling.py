from dataclasses import replace

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete

from quorate.interfaces import EnvironmentSpec, Observability
from quorate.learning.scaling import ActionScaling
from quorate.learning.settings import Bounds


def spec(*spaces):
    names = tuple(f"agent_{index}" for index in range(len(spaces)))
    sizes = (1,) * len(spaces)
    return EnvironmentSpec("boxes", names, sizes, 1, spaces, None, Observability.FULL, "sum", "none")


BOXES = spec(Box(0, 10, (2,)), Box(np.array([-1.0, -4.0, 0.0], "f"), np.array([1.0, 4.0, 1.0], "f")))


def test_the_normalised_box_becomes_each_agents_own():
    scaling = ActionScaling.of(BOXES)
    low = scaling.to_environment(-torch.ones(5, 2, 3))
    high = scaling.to_environment(torch.ones(5, 2, 3))
    assert low[0].tolist() == [[0, 0, 0], [-1, -4, 0]]
    assert high[0].tolist() == [[10, 10, 0], [1, 4, 1]]


def test_actions_outside_are_clipped():
    assert ActionScaling.of(BOXES).to_environment(torch.full((2, 3), 7.0)).tolist() == [[10, 10, 0], [1, 4, 1]]


def test_clipping_alone_does_not_scale():
    scaling = ActionScaling.of(BOXES, bounds=Bounds.CLIP)
    assert scaling.to_environment(torch.full((2, 3), -0.5)).tolist() == [[0, 0, 0], [-0.5, -0.5, 0]]


def test_without_bounds_actions_pass_unchanged():
    scaling = ActionScaling.of(spec(Box(-np.inf, np.inf, (1,))))
    assert scaling.to_environment(torch.tensor([[[-40.0]], [[3.0]]])).flatten().tolist() == [-40, 3]


def test_discrete_actions_have_no_scale():
    assert ActionScaling.of(replace(BOXES, action_spaces=(Discrete(3), Discrete(3)))) is None


def test_actions_of_the_environment_become_normalised_ones():
    scaling = ActionScaling.of(spec(Box(0, 10, (2,)), Box(np.array([2.0], "f"), np.array([2.0], "f"))))
    given = torch.tensor([[[-0.5, 0.25], [0.0, 0.0]]])
    torch.testing.assert_close(scaling.from_environment(scaling.to_environment(given)), given)

from typing import Any

import numpy as np
import pytest
import torch
from native import Counter
from pettingzoo.test import render_test
from pettingzoo.utils import parallel_to_aec

from quorate.environments import to_parallel


class Drawn(Counter):
    def draw(self, axes: Any, state: torch.Tensor, estimate: torch.Tensor | None = None) -> None:
        axes.bar([0], [float(state[0])])


def test_what_can_be_drawn_has_pictures() -> None:
    view = to_parallel(Drawn(batch=1), seed=4)
    assert (view.render_mode, view.metadata["render_modes"]) == ("rgb_array", ["rgb_array"])
    view.reset()
    before = view.render()
    assert before is not None
    assert (before.dtype, before.ndim, before.shape[-1]) == (np.uint8, 3, 3)
    view.step({"x": 0, "y": 0})
    assert not np.array_equal(before, view.render())
    render_test(lambda render_mode: parallel_to_aec(to_parallel(Drawn(batch=1))))


def test_what_can_not_be_drawn_says_so() -> None:
    view = to_parallel(Counter(batch=1))
    assert (view.render_mode, view.metadata["render_modes"]) == (None, [])
    with pytest.warns(UserWarning, match="counter can not be drawn"):
        assert view.render() is None

from typing import Any

import numpy as np
import pytest
import torch
from native import Counter
from pettingzoo.test import render_test
from pettingzoo.utils import parallel_to_aec
from worlds import Filmed

from quorate.environments import ParallelBatch, to_parallel
from quorate.environments.picture import Camera, caption
from quorate.errors import QuorateError


class Drawn(Counter):
    def draw(self, axes: Any, state: torch.Tensor, estimate: torch.Tensor | None = None) -> None:
        axes.bar([0], [float(state[0])])


class Busy(Counter):
    def draw(self, axes: Any, state: Any, estimate: Any = None, actions: Any = None) -> None:
        self.drawn = (state, estimate, actions)
        axes.plot([0, float(state[0])])


def test_what_can_be_drawn_has_pictures() -> None:
    view = to_parallel(Drawn(batch=1), seed=4)
    assert (view.render_mode, view.metadata["render_modes"]) == ("rgb_array", ["rgb_array"])
    view.reset()
    before = view.render()
    assert before is not None
    assert (before.dtype, before.shape) == (np.uint8, (480, 480, 3))
    view.step({"x": 0, "y": 0})
    assert not np.array_equal(before, view.render())
    render_test(lambda render_mode: parallel_to_aec(to_parallel(Drawn(batch=1))))


def test_what_can_not_be_drawn_says_so() -> None:
    view = to_parallel(Counter(batch=1))
    assert (view.render_mode, view.metadata["render_modes"]) == (None, [])
    with pytest.warns(UserWarning, match="counter can not be drawn"):
        assert view.render() is None
    assert Camera(Counter(batch=1))(torch.zeros(1)) is None


def test_one_figure_draws_them_all_alike() -> None:
    camera = Camera(Drawn(batch=1))
    first = camera(torch.tensor([1.0]), caption(3, -1.25))
    other = camera(torch.tensor([2.0]), caption(4, 0.5))
    assert not np.array_equal(first, other)
    assert np.array_equal(first, camera(torch.tensor([1.0]), caption(3, -1.25)))
    assert caption(3, -1.25) == ("step 3", "return \N{MINUS SIGN}1.25")


def test_drawings_get_actions_where_they_take_them() -> None:
    busy, (state, estimate, actions) = Busy(batch=1), torch.arange(3.0)[:, None]
    Camera(busy)(state, estimate=estimate, actions=actions)
    assert busy.drawn == (state, estimate, actions)
    Camera(Drawn(batch=1))(state, estimate=estimate, actions=actions)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_simulator_makes_its_own_pictures(workers: int) -> None:
    batch = ParallelBatch(Filmed, 2, workers=workers)
    camera, step = Camera(batch), batch.reset(0)
    for count in range(3):
        frame = camera(step.state[0])
        assert frame is not None
        assert (frame.shape, frame[0, 0].tolist()) == ((6, 8, 3), [count, 0, 0])
        step = batch.step(torch.zeros(2, 2, dtype=torch.int64))
    assert step.ended.all()
    last, first = camera(step.state[0], final=True), camera(step.state[0])
    assert last is not None
    assert first is not None
    assert (last[0, 0, 0], first[0, 0, 0]) == (3, 0)
    batch.close()


def test_a_view_of_it_shows_them_too() -> None:
    view = to_parallel(ParallelBatch(Filmed, 1), 0)
    assert view.render_mode == "rgb_array"
    view.reset()
    for _ in range(3):
        view.step(dict.fromkeys(view.agents, 0))
    last = view.render()
    assert last is not None
    assert last[0, 0, 0] == 3
    view.reset()
    assert view.render()[0, 0, 0] == 0


def test_what_is_no_picture_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = ParallelBatch(Filmed, 1)
    batch.reset(0)
    monkeypatch.setattr(Filmed, "render", lambda self: "text")
    with pytest.raises(QuorateError, match=r"render\(\) returned .*uint8"):
        batch.render()

"""Pictures from a model of Newton's form, of which only arrays are looked at."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from quorate_isaaclab.picture import Picture


class Array:
    def __init__(self, values):
        self._values = np.asarray(values, dtype=float)

    def numpy(self):
        return self._values


@pytest.fixture
def manager(monkeypatch):
    """Two assets in world 0, one in world 1, and a ground that belongs to nobody."""
    newton = ModuleType("newton")
    newton.GeoType = SimpleNamespace(SPHERE=3, CAPSULE=4, ELLIPSOID=5, CYLINDER=6, BOX=7)
    monkeypatch.setitem(sys.modules, "newton", newton)
    still = [0, 0, 0, 0, 0, 0, 1]
    labels = [
        "/World/ground",
        *(f"/World/envs/env_{n}/{name}/x" for n, name in ((0, "Hand"), (0, "ball"), (1, "ball"))),
    ]
    model = SimpleNamespace(
        shape_world=Array([-1, 0, 0, 1]),
        shape_body=Array([-1, 0, 1, 2]),
        shape_type=Array([1, 7, 3, 3]),
        shape_transform=Array([still] * 4),
        shape_scale=Array([[1, 1, 1], [0.5, 0.1, 0.1], [0.2, 0, 0], [9, 0, 0]]),
        shape_source=[None] * 4,
        shape_label=labels,
    )
    poses = np.array([still, [0, 0, 1, 0, 0, 0, 1], [50, 0, 0, 0, 0, 0, 1]], dtype=float)
    state = SimpleNamespace(body_q=Array(poses))
    return SimpleNamespace(get_model=lambda: model, get_state_0=lambda: state, state=state)


def _colours(frame):
    return {tuple(colour) for colour in frame.reshape(-1, 3)[::7]} - {(255, 255, 255)}


def test_the_first_world_is_drawn_each_asset_in_its_colour(manager):
    frame = Picture(manager).frame()
    assert (frame.shape, frame.dtype) == ((480, 480, 3), np.uint8)
    assert {(0x4C, 0x78, 0xA8), (0xF5, 0x85, 0x18)} <= _colours(frame)
    assert (0x54, 0xA2, 0x4B) not in _colours(frame)  # of the second world, which would fill the picture


def test_how_an_episode_ended_is_kept_if_it_was_that_of_the_first_world(manager):
    picture = Picture(manager)
    before = picture.frame()
    picture.before_reset(np.array([1]))
    moved = manager.state.body_q.numpy().copy()
    moved[1, 2] += 0.3
    manager.state.body_q = Array(moved)
    assert (picture.frame(final=True) == picture.frame()).all()  # the second world's episode ended, not this one's
    picture.before_reset(np.array([0, 1]))
    manager.state.body_q = Array(moved + np.eye(3, 7))
    assert (picture.frame(final=True) != picture.frame()).any()
    assert (picture.frame(final=True) != before).any()


def test_without_newton_it_is_blank():
    assert (Picture(object()).frame() == 255).all()

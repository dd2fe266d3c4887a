"""What an environment is given is inside its own action spaces, whatever their types and bounds."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from boxes import BOXES, F32, F64, Boxed, boxes
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from quorate.environments import ParallelBatch
from quorate.environments.bounds import float32_bounds
from quorate.environments.encoder import ActionEncoder
from quorate.environments.spaces import SpaceError, action_codec
from quorate.learning.scaling import ActionScaling
from quorate.learning.settings import Bounds

NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
RAMP = torch.linspace(-1, 1, 41)


def scaled(scaling: ActionScaling, action: float) -> Any:
    return scaling.to_environment(torch.full_like(scaling.low, action))


def spec_of(box: spaces.Box) -> Any:
    spec = ParallelBatch(lambda: Boxed([box]), 1).spec
    return replace(spec, action_spaces=(spaces.Box(box.low.reshape(-1), box.high.reshape(-1), dtype=box.dtype.type),))


@settings(max_examples=150)
@given(box=boxes(), action=st.lists(NUMBERS, min_size=4, max_size=4))
def test_decoded_actions_are_inside(box: spaces.Box, action: list[float]) -> None:
    codec = action_codec(box)
    assert codec.space.dtype == np.float32
    decoded = codec.decode(np.array(action[: codec.size], np.float32))
    assert box.contains(decoded)
    assert np.isfinite(decoded).all()


@settings(max_examples=60)
@given(box=boxes(), bounds=st.sampled_from(Bounds))
def test_scaled_actions_are_finite_monotone_and_inside(box: spaces.Box, bounds: Bounds) -> None:
    scaling = ActionScaling.of(spec_of(box), bounds=bounds)
    assert scaling is not None
    actions = torch.stack([scaled(scaling, action) for action in (-7.0, *RAMP.tolist(), 7.0)])[:, 0]
    assert actions.isfinite().all()
    assert (actions.diff(dim=0) >= 0).all()
    low, high = float32_bounds(box)
    lies_between = (low.astype(np.float64) >= box.low.reshape(-1)) & (high.astype(np.float64) <= box.high.reshape(-1))
    inside = (actions.numpy() >= box.low.reshape(-1)) & (actions.numpy() <= box.high.reshape(-1))
    assert inside[:, lies_between].all()  # elsewhere, no float32 is
    decoded = [action_codec(box).decode(action) for action in actions.numpy()]
    assert all(box.contains(action) for action in decoded)


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_the_float32_bounds_are_the_nearest_inside(box: spaces.Box) -> None:
    low, high = (bound.astype(np.float64) for bound in float32_bounds(box))
    wide = box.low.reshape(-1), box.high.reshape(-1)
    between = (low >= wide[0]) & (high <= wide[1])
    assert (np.isinf(low) == np.isinf(wide[0]))[between].all()
    assert (np.isinf(high) == np.isinf(wide[1]))[between].all()
    if between.any():
        further = between & np.isfinite(low) & (low > -F32)
        below = np.nextafter(low[further].astype(np.float32), np.float32(-np.inf)).astype(np.float64)
        assert (below < wide[0][further]).all()


@pytest.mark.parametrize(
    ("low", "high", "actions", "expected"),
    [
        (-F32, F32, [-1.0, -0.5, 0.0, 0.25, 1.0], [-F32, -F32 / 2, 0.0, F32 / 4, F32]),
        (0.0, F32, [-1.0, 0.0, 0.5, 1.0], [0.0, F32 / 2, F32 * 0.75, F32]),
        (-F64, F64, [-1.0, 0.0, 0.5], [-F32, 0.0, F32 / 2]),
        (0.0, np.inf, [-1.0, 0.25, 1.0], [0.0, 0.25, 1.0]),  # as far as it is inside
        (100.0, np.inf, [-1.0, 0.0, 1.0], [100.0, 200.0, 300.0]),
        (-np.inf, -2.0, [-1.0, 0.0, 1.0], [-6.0, -4.0, -2.0]),
        (-np.inf, np.inf, [-1.0, 9.0], [-1.0, 9.0]),
        (3.0, 3.0, [-1.0, 0.5], [3.0, 3.0]),
        (-1.0, 3.0, [-1.0, -0.5, 2.0], [-1.0, 0.0, 3.0]),
    ],
)
def test_what_normalised_actions_become(low: float, high: float, actions: list[float], expected: list[float]) -> None:
    scaling = ActionScaling.of(spec_of(spaces.Box(low, high, (1,), np.float64)))
    assert scaling is not None
    assert [scaled(scaling, action).item() for action in actions] == pytest.approx(expected, rel=1e-6)


def test_an_infinite_action_needs_a_bound() -> None:
    codec = action_codec(spaces.Box(np.array([0.0, -np.inf]), np.array([1.0, np.inf]), dtype=np.float64))
    assert codec.decode(np.array([np.inf, 2.0], np.float32)).tolist() == [1.0, 2.0]
    with pytest.raises(SpaceError, match="the action is infinite, where its space has no bound"):
        codec.decode(np.array([0.5, np.inf], np.float32))


@pytest.mark.parametrize("workers", [0, 1])
def test_actions_reach_the_environment_inside_its_boxes(workers: int) -> None:
    env = ParallelBatch(Boxed, 2, workers=workers)
    env.reset(0)
    scaling = ActionScaling.of(env.spec)
    assert scaling is not None
    for action in (-F32, -1.0, -0.999, 0.3, 1.0, F32):
        env.step(torch.full(scaling.low.shape, action).expand(2, -1, -1))
        env.step(scaled(scaling, action).expand(2, -1, -1))
    env.close()


@settings(max_examples=60)
@given(box=boxes(), share=st.floats(0, 1))
def test_actions_reach_a_native_environment_inside_its_boxes(box: spaces.Box, share: float) -> None:
    spec = spec_of(box)
    native = spec.action_spaces[0]
    with np.errstate(over="ignore"):
        low, high = (np.clip(bound.astype(np.float64), -F64 / 2, F64 / 2) for bound in (native.low, native.high))
        actions = [native.low, native.high, (low + share * (high - low)).astype(native.dtype)]
    bounds = [bound.astype(np.float64) for bound in float32_bounds(native)]
    there = (bounds[0] >= native.low) & (bounds[1] <= native.high)
    for action in actions:
        encoded = ActionEncoder(spec)({"agent_0": action}, ["agent_0"])[0, 0]
        assert encoded.dtype == np.float32
        assert np.isfinite(encoded).all()
        assert ((encoded >= native.low) & (encoded <= native.high))[there].all()  # elsewhere, no float32 is


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_actions_of_other_types_are_converted(dtype: torch.dtype) -> None:
    env = ParallelBatch(Boxed, 1)
    env.reset(0)
    env.step(torch.full((1, len(BOXES), 2), 0.25, dtype=dtype))

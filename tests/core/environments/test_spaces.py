import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from quorate.environments.spaces import SpaceError, action_codec, features, flatten, leaves, split_mask

SPACES = [
    spaces.Box(-1, 1, (2, 3)),
    spaces.Discrete(4, start=-2),
    spaces.MultiBinary((2, 2)),
    spaces.MultiDiscrete([[2, 3], [4, 5]]),
    spaces.Dict(b=spaces.Discrete(3), a=spaces.Tuple((spaces.Box(0, 1, ()), spaces.MultiBinary(3)))),
]


def test_spaces_that_no_memory_holds():
    for find in (features, action_codec):
        with pytest.raises(SpaceError, match="10,000,000,000"):
            find(spaces.Discrete(10**10))


def test_an_action_without_dimensions_is_in_its_box():
    space = spaces.Box(-1, 1, (), np.float64)
    action = action_codec(space).decode(np.array([2.0], np.float32))
    assert isinstance(action, np.ndarray)
    assert (action.shape, space.contains(action), float(action)) == ((), True, 1.0)


@pytest.mark.parametrize("space", SPACES, ids=str)
@given(seed=st.integers(0, 2**31 - 1))
def test_flattens_as_gymnasium_does(space: spaces.Space, seed: int) -> None:
    space.seed(seed)
    value = space.sample()
    flat = flatten(leaves(space), value)
    assert flat.shape == (features(space),)
    assert np.array_equal(flat, np.asarray(spaces.flatten(space, value), np.float32))


@pytest.mark.parametrize(
    ("space", "value", "words"),
    [
        (SPACES[0], np.zeros((3, 2)), r"shape is \(3, 2\), but \(2, 3\)"),
        (SPACES[1], 2, "not in Discrete"),
        (SPACES[4], {"b": 1}, "entry 'a' of the declared space is missing at a.0"),
        (SPACES[4], {"b": 1, "a": (np.zeros(()), np.array([0, 1, 2]))}, "at a.1"),
    ],
)
def test_values_that_are_not_as_declared(space: spaces.Space, value: object, words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        flatten(leaves(space), value)


def test_spaces_without_a_fixed_size() -> None:
    with pytest.raises(SpaceError, match="no fixed number of features"):
        features(spaces.Sequence(spaces.Discrete(2)))


@pytest.mark.parametrize("space", [spaces.MultiDiscrete([2, 3], start=[1, 5]), spaces.MultiBinary((2, 2)), SPACES[1]])
def test_every_index_is_another_valid_action(space: spaces.Space) -> None:
    codec = action_codec(space)
    decoded = [codec.decode(index) for index in range(codec.size)]
    assert all(space.contains(action) for action in decoded)
    assert len({np.asarray(action).tobytes() for action in decoded}) == codec.size
    for wrong in (-1, codec.size):
        with pytest.raises(SpaceError, match="is not one of"):
            codec.decode(wrong)


def test_continuous_actions_keep_shape_type_and_bounds() -> None:
    space = spaces.Box(-1.0, 2.0, (2, 1), np.float64)
    codec = action_codec(space)
    assert (codec.size, codec.discrete) == (2, False)
    assert codec.decode(np.array([-7.0, 1.5], np.float32)).tolist() == [[-1.0], [1.5]]
    assert space.contains(codec.decode(np.array([9.0, 0.0], np.float32)))
    with pytest.raises(SpaceError, match="not a number"):
        codec.decode(np.array([np.nan, 0.0], np.float32))


@pytest.mark.parametrize("space", [spaces.MultiDiscrete([100] * 3), spaces.Box(0, 9, (2,), np.int32), SPACES[4]])
def test_action_spaces_that_can_not_be_used(space: spaces.Space) -> None:
    with pytest.raises(SpaceError, match="can not be used"):
        action_codec(space)


def test_only_pettingzoos_dict_is_split() -> None:
    masked = spaces.Dict(observation=SPACES[0], action_mask=spaces.MultiBinary(2))
    assert split_mask(masked) == (SPACES[0], True)
    assert split_mask(SPACES[4]) == (SPACES[4], False)


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_boxes_of_no_actions_are_refused(shape):
    with pytest.raises(SpaceError, match="nothing to choose"):
        action_codec(spaces.Box(-1, 1, shape))

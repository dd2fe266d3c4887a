"""The one place where Gymnasium spaces become feature vectors and actions, and back. Numpy only."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from quorate.environments.bounds import float32_bounds
from quorate.environments.values import Array as Array
from quorate.environments.values import SpaceError as SpaceError
from quorate.environments.values import as_array, described, is_numeric, shortened

Leaf = tuple[tuple[str | int, ...], Space[Any]]

MASK = "action_mask"
"""The key of an action mask, in observations and in infos."""

MAX_ENUMERATED = 4096
"""The most joint choices of a MultiDiscrete or MultiBinary action space that are enumerated as one Discrete."""


MOST = 2**24
"""Features, or discrete actions, of an agent: each is a number of its own, in every row."""


def leaves(space: Space[Any], path: tuple[str | int, ...] = ()) -> list[Leaf]:
    """The simple spaces inside nested Dict and Tuple spaces, with their paths, in Gymnasium's order of flattening."""
    if isinstance(space, spaces.Dict):
        return [leaf for key, inner in space.spaces.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(space, spaces.Tuple):
        return [leaf for index, inner in enumerate(space.spaces) for leaf in leaves(inner, (*path, index))]
    return [(path, space)]


def features(space: Space[Any]) -> int:
    """Features of a flattened value: Box entries, one-hot for Discrete and MultiDiscrete, one per MultiBinary bit.

    Raises:
        SpaceError: where the size is not fixed (Sequence, Graph, Text) or too large, or the kind of space is unknown.
    """
    if not isinstance(space, Space):
        raise SpaceError(f"an observation space is {described(space)}, but must be a Space of Gymnasium")
    try:
        return _fitting(int(spaces.flatdim(space)), "features of observations", space)
    except (ValueError, NotImplementedError) as error:
        raise SpaceError(
            f"a {type(space).__name__} space has no fixed number of features",
            choices=["Box", "Discrete", "MultiBinary", "MultiDiscrete", "Dict", "Tuple"],
            fix="declare the observations in a space of fixed size",
        ) from error


def flatten(leaf_spaces: list[Leaf], value: Any) -> Array:
    """A value as one float32 vector, in the order of `leaves`.

    Bounds of a Box are not checked (many simulators declare them loosely); its shape is.

    Raises:
        SpaceError: where the value is not of the declared shape.
    """
    if len(leaf_spaces) == 1:
        return _flatten_leaf(*leaf_spaces[0], value)
    return np.concatenate([_flatten_leaf(path, space, value) for path, space in leaf_spaces])


def _flatten_leaf(path: tuple[str | int, ...], space: Space[Any], value: Any) -> Array:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise SpaceError(f"the entry {key!r} of the declared space is missing{_at(path)}") from error
    if isinstance(space, spaces.Box):
        return _flatten_box(path, space, value)
    if not _contains(space, value):
        raise SpaceError(f"the value {shortened(value)} is not in {space}{_at(path)}")
    return np.asarray(spaces.flatten(space, value), np.float32).reshape(-1)


def _flatten_box(path: tuple[str | int, ...], space: spaces.Box, value: Any) -> Array:
    array = as_array(value)
    if array.shape != space.shape:
        came = f"the shape is {array.shape}" if is_numeric(array) else f"the value is {shortened(value)}"
        raise SpaceError(f"{came}, but {space.shape} is declared{_at(path)}")
    if not is_numeric(array):
        raise SpaceError(f"the type is {array.dtype}, which are no numbers{_at(path)}")
    if array.dtype == np.float32:
        return array.reshape(-1)
    with np.errstate(over="ignore"):  # told as an infinite value
        return array.reshape(-1).astype(np.float32)


def _contains(space: Space[Any], value: Any) -> bool:
    try:
        return bool(space.contains(value))
    except Exception:  # what some spaces do with values of other kinds
        return False


def _at(path: tuple[str | int, ...]) -> str:
    return f" at {'.'.join(map(str, path))}" if path else ""


def split_mask(space: Space[Any]) -> tuple[Space[Any], bool]:
    """PettingZoo's convention for masks: a Dict with the key `MASK`.

    Returns:
        The rest of it, which is the entry "observation" where that is all, and whether there is a mask.
    """
    if not isinstance(space, spaces.Dict) or MASK not in space.spaces:
        return space, False
    rest = {key: inner for key, inner in space.spaces.items() if key != MASK}
    return (rest["observation"] if set(rest) == {"observation"} else spaces.Dict(rest)), True


@dataclass(frozen=True)
class ActionCodec:
    """How one agent's action in a tensor becomes what its environment expects.

    Attributes:
        native: the environment's own space.
        space: the same choices as Quorate sees them: Discrete from 0, or a float32 Box of one dimension, which holds
            the float32 vectors inside `native` (`quorate.environments.bounds`).
    """

    native: Space[Any]
    space: spaces.Discrete | spaces.Box

    @property
    def size(self) -> int:
        """a: number of discrete actions, or of continuous action features."""
        return int(self.space.n) if isinstance(self.space, spaces.Discrete) else int(self.space.shape[0])

    @property
    def discrete(self) -> bool:
        """Whether an action is an index."""
        return isinstance(self.space, spaces.Discrete)

    def decode(self, action: Any) -> Any:
        """An index or a vector of `size` features as an action of the native space; a Box clips to its bounds.

        Raises:
            SpaceError: for an index out of range, a feature that is not a number, or an infinite one without a bound.
        """
        if isinstance(self.native, spaces.Box):
            return self._inside(np.asarray(action, np.float64).reshape(self.native.shape))
        index = int(action)
        if not 0 <= index < self.size:
            raise SpaceError(f"action {index} is not one of the {self.size} actions 0 to {self.size - 1}")
        if isinstance(self.native, spaces.Discrete):
            return index + int(self.native.start)
        return _choices(self.native, index)

    def _inside(self, action: Array) -> Array:
        """Clipped before it is rounded to the space's type, which can not lead out again: rounding is monotone."""
        if not np.isfinite(action).all():
            if np.isnan(action).any():
                raise SpaceError("the action is not a number")
            if np.isinf(np.clip(action, self.native.low, self.native.high)).any():  # type: ignore[attr-defined]
                raise SpaceError("the action is infinite, where its space has no bound")
        low, high = self._limits
        inside = np.minimum(np.maximum(action, low), high)
        return np.asarray(inside, self.native.dtype)  # of the shape () numpy would make a scalar, which is in no Box

    @cached_property
    def _limits(self) -> tuple[Array, Array]:
        assert isinstance(self.native, spaces.Box)
        assert self.native.dtype is not None
        most = np.finfo(self.native.dtype)
        return np.maximum(self.native.low, most.min), np.minimum(self.native.high, most.max)


def _choices(space: Space[Any], index: int) -> Array:
    if isinstance(space, spaces.MultiBinary):
        return np.array(np.unravel_index(index, (2,) * _entries(space)), space.dtype).reshape(space.shape)
    assert isinstance(space, spaces.MultiDiscrete)
    chosen = np.array(np.unravel_index(index, tuple(space.nvec.reshape(-1))), space.dtype)
    return chosen.reshape(space.shape) + space.start


def _entries(space: Space[Any]) -> int:
    return int(np.prod(space.shape or ()))


def action_codec(space: Space[Any]) -> ActionCodec:
    """The codec of an action space: Discrete, floating Box, or small MultiDiscrete and MultiBinary (enumerated).

    Raises:
        SpaceError: for other spaces.
    """
    if space.shape is not None and 0 in space.shape:
        raise SpaceError(f"the action space {space} has nothing to choose", fix="leave out agents that do not act")
    if isinstance(space, spaces.Discrete):
        return ActionCodec(space, spaces.Discrete(_fitting(int(space.n), "actions", space)))
    if isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.floating):
        return ActionCodec(space, spaces.Box(*float32_bounds(space), dtype=np.float32))
    if isinstance(space, spaces.MultiDiscrete | spaces.MultiBinary):
        sizes = space.nvec if isinstance(space, spaces.MultiDiscrete) else np.full(_entries(space), 2)
        count = float(np.prod(sizes, dtype=np.float64))
        if count <= MAX_ENUMERATED:
            return ActionCodec(space, spaces.Discrete(int(count)))
    raise SpaceError(
        f"the action space {space} can not be used",
        choices=["Discrete", "Box of floats", f"MultiDiscrete or MultiBinary of at most {MAX_ENUMERATED} choices"],
        fix="wrap the environment so that its agents act in one of these spaces",
    )


def _fitting(count: int, what: str, space: Space[Any]) -> int:
    if count > MOST:
        fix = "wrap the environment so that there are fewer"
        raise SpaceError(f"{shortened(space)} has {count:,} {what}; {MOST:,} fit", fix=fix)
    return count


def feature_box(size: int, *, binary: bool = False) -> spaces.Box:
    """The space of a vector of `size` float32 features."""
    low, high = (0.0, 1.0) if binary else (-np.inf, np.inf)
    return spaces.Box(low, high, (size,), np.float32)


def masked_observation(size: int, actions: int) -> spaces.Dict:
    """PettingZoo's convention for an observation with a mask of the valid discrete actions."""
    return spaces.Dict({"observation": feature_box(size), "action_mask": spaces.Box(0, 1, (actions,), np.int8)})

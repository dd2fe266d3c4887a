"""Action masks: where an environment's agents give them, and where one would not be found. Numpy only.

A mask is found in an agent's observation, if the observation's space is a Dict with the key ``action_mask``, or in its
info under that key. A mask that is anywhere else, or can not be used, is an error: illegal actions would go through.
"""

import functools
import inspect
import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from quorate.environments.spaces import MASK, features, leaves, split_mask
from quorate.environments.values import Array, SpaceError, as_array, described, is_numeric

_FIX = f"give it as {MASK!r} in a Dict observation space, or in infos[agent], from reset() on"
_ATTRIBUTES = (MASK, f"{MASK}s")
_KINDS = ("legal", "valid", "avail", "available", "invalid", "illegal", "allowed")
_SURE = frozenset(
    f"{kind}{what}{suffix}"
    for kind in (*_KINDS, "")
    for what in ("action", "actions", "move", "moves")
    for suffix in ("", "mask", "masks")
    if kind or suffix
) | {"maskaction", "maskactions"}  # fmt: skip
_PERHAPS = ("mask", "masks", *_KINDS)
"""Names of masks where their size is the number of actions."""


def check_spaces(agent: Hashable, space: Space[Any], discrete: bool) -> None:
    """Hold the spaces of an agent against the masks that can be used.

    Raises:
        SpaceError: a mask is declared deep inside the observation, beside no observation, or for continuous actions.
    """
    for path, _ in leaves(space):
        if MASK in path[1:] and path[0] != MASK:
            place = ".".join(map(str, path[: path.index(MASK, 1) + 1]))
            raise SpaceError(f"the action mask of agent {agent!r} is at {place}, where it is not found", fix=_FIX)
    rest, masked = split_mask(space)
    if masked and not discrete:
        raise _continuous(agent)
    if masked and not features(rest):
        raise SpaceError(f"agent {agent!r} observes nothing but its action mask", fix="observe something, if only a 0")


def check_attributes(env: Any) -> None:
    """Hold the attributes of an environment that gives no masks otherwise against the names of masks.

    Raises:
        SpaceError: it has one, such as a method ``action_masks``.
    """
    for name in _ATTRIBUTES:
        for owner in (env, getattr(env, "unwrapped", env)):
            if inspect.getattr_static(owner, name, None) is not None:
                raise SpaceError(f"the action masks are in the attribute {name!r}, where they are not found", fix=_FIX)


def in_info(info: Any) -> Any:
    """The mask of an agent's info; None where there is none.

    Raises:
        SpaceError: the info is no dict.
    """
    if not isinstance(info, dict) and not isinstance(info, Mapping):  # the first is the fastest
        raise SpaceError(f"the info is {described(info)}, but must be a dict")
    return info.get(MASK)


def check_infos(infos: Mapping[Hashable, Any]) -> None:
    """The infos are by agents.

    Raises:
        SpaceError: there is a mask beside them.
    """
    for name in infos:
        if isinstance(name, str) and is_like_mask(name):
            raise SpaceError(f"the action masks are in infos[{name!r}], where they are not found", fix=_FIX)


def given(observation: Any, info: Any, declared: bool) -> Any:
    """The mask of an agent in a step; None where there is none.

    Args:
        observation: of the agent.
        info: of the agent.
        declared: its observation space has a mask.

    Raises:
        SpaceError: a mask is missing or where it is not declared; or there are two, and they differ.
    """
    other = in_info(info)
    if not declared:
        if _hidden(observation):
            raise SpaceError(f"the observation holds an {MASK} that its space does not declare", fix=_FIX)
        return other
    try:
        mask = observation[MASK]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise SpaceError(f"the observation holds no {MASK}, which its space declares") from error
    if mask is None:
        raise SpaceError(f"the {MASK} of the observation is None", fix="give ones where all actions are valid")
    if other is not None and not np.array_equal(as_array(mask, "action mask"), as_array(other, "action mask")):
        raise SpaceError("the action mask of the observation is not that of the info", fix="give one of the two")
    return mask


def _hidden(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return False
    if isinstance(value, Mapping):
        return MASK in value or any(map(_hidden, value.values()))
    return isinstance(value, tuple) and any(map(_hidden, value))


def check_use(discrete: bool) -> None:
    """A mask came, and no step has room for it.

    Raises:
        SpaceError: always.
    """
    if not discrete:
        raise _continuous(None)
    fix = "give every agent a mask from the first reset() on, of ones where all actions are valid"
    raise SpaceError("an action mask came after a first reset() without one, and can not be used", fix=fix)


def read(value: Any, size: int) -> Array:
    """bool [size]: the valid actions.

    Raises:
        SpaceError: it has another shape, holds anything but 0 and 1, or no valid action.
    """
    found = as_array(value, "action mask")
    if found.shape != (size,):
        raise SpaceError(f"the shape of the action mask is {found.shape}, but there are {size} actions")
    if not is_numeric(found):
        raise SpaceError(f"the action mask is {described(found)}, but must hold 0 and 1, or false and true")
    mask = found.astype(bool)
    if found.dtype.kind != "b" and (wrong := found[found != mask]).size:
        raise SpaceError(f"the action mask holds {wrong[0]}, but must hold 0 and 1, or false and true")
    if not mask.any():
        raise SpaceError("the action mask leaves no valid action", fix="leave at least one, such as doing nothing")
    return mask


def lookalikes(space: Space[Any], info: Any, size: int) -> Iterator[str]:
    """Where an agent without a mask has something that is called like one.

    Args:
        space: of its observations.
        info: of the agent.
        size: number of its actions.
    """
    for path, leaf in leaves(space):
        names = [str(key) for key in path]
        fits = features(leaf) == size
        if any(is_like_mask(name, fits) for name in names) or (fits and _is_nameless_mask(path, leaf)):
            yield f"the observation's {'.'.join(names)}"
    yield from _in_infos(info, size, "infos[agent]")


def attributes(env: Any) -> Iterator[str]:
    """Public attributes of an environment that are called like masks, such as a method ``get_avail_actions``."""
    inner = getattr(env, "unwrapped", env)
    for name in sorted({name for owner in (env, inner) for name in dir(owner) if not name.startswith("_")}):
        if is_like_mask(name):
            yield f"the attribute {name!r}"


def _in_infos(info: Any, size: int, place: str) -> Iterator[str]:
    for key, value in info.items() if isinstance(info, Mapping) else ():
        inside = f"{place}[{key!r}]"
        if is_like_mask(str(key), _count(value) == size) and inside != f"infos[agent][{MASK!r}]":
            yield inside
        else:
            yield from _in_infos(value, size, inside)


def _is_nameless_mask(path: tuple[str | int, ...], leaf: Space[Any]) -> bool:
    """The bits of a Tuple's entry, which has no name to go by."""
    bits = (
        isinstance(leaf, spaces.Box)
        and leaf.dtype != np.float32
        and bool((leaf.low == 0).all() and (leaf.high == 1).all())
    )
    return bool(path) and isinstance(path[-1], int) and (bits or isinstance(leaf, spaces.MultiBinary))


@functools.lru_cache(maxsize=4096)
def is_like_mask(name: str, fits: bool = False) -> bool:
    """Whether something is called like an action mask; `fits`: it has as many numbers as there are actions."""
    letters = re.sub("[^a-z]", "", name.lower()).removeprefix("get")
    return letters in _SURE or (fits and letters in _PERHAPS)


def _count(value: Any) -> int:
    return value.size if isinstance(value, np.ndarray) else len(value) if isinstance(value, list | tuple) else 0


def _continuous(agent: Hashable | None) -> SpaceError:
    whose = "" if agent is None else f" of agent {agent!r}"
    return SpaceError(f"the actions{whose} are continuous, and have an action mask", fix="leave the mask out")

"""What an environment returns, held against what a ParallelEnv returns: what came, and what must come. Numpy only."""

import numbers
from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np

from quorate.environments.values import Array, SpaceError, as_array, described, is_numeric

Parts = tuple[Mapping[Hashable, Any], ...]

_RESET = ("observations", "infos")
_STEP = ("observations", "rewards", "terminations", "truncations", "infos")
_LARGEST = float(np.finfo(np.float32).max)


def of_reset(value: Any) -> Parts:
    """Observations and infos.

    Raises:
        SpaceError: it is something else.
    """
    return _parts(value, "reset", _RESET)


def of_step(value: Any) -> Parts:
    """Observations, rewards, terminations, truncations and infos.

    Raises:
        SpaceError: it is something else.
    """
    return _parts(value, "step", _STEP)


def frame(value: Any) -> Array:
    """A picture, uint8 [h, w, 3].

    Raises:
        SpaceError: it is something else.
    """
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8 or value.ndim != 3 or value.shape[-1] not in (3, 4):
        raise SpaceError(f"render() returned {described(value)}, but must return an array of uint8, [height, width, 3]")
    return value[..., :3].copy()


def _parts(value: Any, method: str, names: tuple[str, ...]) -> Parts:
    wanted = f"{len(names)} dicts: {', '.join(names)}"
    if not isinstance(value, tuple | list) or len(value) != len(names):
        raise SpaceError(f"{method}() returned {described(value)}, but must return {wanted}")
    for name, part in zip(names, value, strict=True):
        if not isinstance(part, Mapping):
            fix = f"return {', '.join(names)}, in this order"
            problem = f"the {name} that {method}() returned are {described(part)}, but must be a dict of the agents'"
            raise SpaceError(problem, fix=fix)
    return tuple(value)


def agents_of(env: Any) -> Collection[Hashable]:
    """The agents that are there, in a step or after a reset.

    Raises:
        SpaceError: ``env.agents`` is no collection.
    """
    agents = getattr(env, "agents", None)
    if isinstance(agents, Collection) and not isinstance(agents, str | bytes | Mapping):
        return agents
    raise SpaceError(f"env.agents is {described(agents)}, but must be a list of the agents that are there")


def number(value: Any, what: str, fix: str | None = None) -> float:
    """One finite number that fits into float32; an array may hold it.

    Raises:
        SpaceError: it is something else.
    """
    if not isinstance(value, float) and not isinstance(value, numbers.Real | np.bool_):  # the first is the fastest
        found = as_array(value, what)
        if found.size != 1 or not is_numeric(found):
            raise SpaceError(f"the {what} is {described(value)}, but must be one number", fix=fix)
        value = found.item()
    try:
        real = float(value)
    except OverflowError:
        real = float("inf")
    if real != real:
        raise SpaceError(f"the {what} is not a number")
    if not abs(real) <= _LARGEST:
        raise SpaceError(f"the {what} is {'infinite' if abs(real) == float('inf') else f'{real}, beyond float32'}")
    return real


def flag(value: Any, what: str) -> bool:
    """True or false; 1, 0 and arrays of one of them pass.

    Raises:
        SpaceError: it is something else.
    """
    if isinstance(value, bool):
        return value
    found = as_array(value, what)
    if found.size == 1 and is_numeric(found) and found.item() in (0, 1):
        return bool(found.item())
    raise SpaceError(f"the {what} is {described(value)}, but must be true or false")

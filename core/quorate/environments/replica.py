"""Copies and pickles of environments that are more than plain data: built anew, and brought to the same state."""

from collections.abc import Callable
from typing import Any

import torch

from quorate.errors import QuorateError
from quorate.interfaces import Environment, Resumable

Replica = tuple[Callable[..., Environment], tuple[Callable[[], Environment], dict[str, Any]]]


def reduced(environment: Environment, make: Callable[[], Environment]) -> Replica:
    """What ``environment.__reduce__`` returns: how to make it, and where it is in its episodes.

    Raises:
        QuorateError: it can not be stored, or is closed; when it is made, it does not show the same again.
    """
    if not isinstance(environment, Resumable):
        fix = "Build it again; or give it the methods of quorate.interfaces.Resumable."
        raise QuorateError("the environment can be neither copied nor pickled", where=environment.spec.name, fix=fix)
    return _build, (make, environment.state_dict())


def _build(make: Callable[[], Environment], state: dict[str, Any]) -> Environment:
    environment = make()
    assert isinstance(environment, Resumable)
    environment.load_state_dict(state)
    if not _same(environment.state_dict(), state):
        environment.close()
        problem = "the environment can not be copied: it does not show the same again under the same seed and actions"
        raise QuorateError(problem, where=environment.spec.name, fix="Build another one.")
    return environment


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other.to(one.device))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)

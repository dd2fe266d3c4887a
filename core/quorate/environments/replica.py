"""Copies and pickles of environments that are more than plain data: built anew, and brought to the same state."""

from collections.abc import Callable
from typing import Any

from quorate.errors import QuorateError
from quorate.interfaces import Environment, Resumable

Replica = tuple[Callable[..., Environment], tuple[Callable[[], Environment], dict[str, Any]]]


def reduced(environment: Environment, make: Callable[[], Environment]) -> Replica:
    """What ``environment.__reduce__`` returns: how to make it, and where it is in its episodes.

    Raises:
        QuorateError: it can not be stored, or is closed.
    """
    if not isinstance(environment, Resumable):
        fix = "Build it again; or give it the methods of quorate.interfaces.Resumable."
        raise QuorateError("the environment can be neither copied nor pickled", where=environment.spec.name, fix=fix)
    return _build, (make, environment.state_dict())


def _build(make: Callable[[], Environment], state: dict[str, Any]) -> Environment:
    environment = make()
    assert isinstance(environment, Resumable)
    environment.load_state_dict(state)
    return environment

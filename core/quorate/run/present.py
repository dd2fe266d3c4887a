"""The registry of the run in progress, for components that read other runs."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from quorate.registry import Registry

_PRESENT: ContextVar[Registry | None] = ContextVar("the registry of the run in progress", default=None)


@contextmanager
def present(registry: Registry) -> Iterator[None]:
    """What is built inside belongs to a run of this registry."""
    token = _PRESENT.set(registry)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def present_origin() -> dict[str, Any]:
    """A copy of the `Registry.origin` of the run in progress, or of a plain registry where there is none."""
    registry = _PRESENT.get()
    return copy.deepcopy((Registry(()) if registry is None else registry).origin)

"""The registry of the run in progress, for components that read other runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from quorate.registry import Registry, load_registry

_PRESENT: ContextVar[Registry | None] = ContextVar("the registry of the run in progress", default=None)


@contextmanager
def present(registry: Registry) -> Iterator[None]:
    """What is built inside belongs to a run of this registry."""
    token = _PRESENT.set(registry)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def present_registry() -> Registry:
    """The registry of the run in progress; where there is none, of all that is installed."""
    return _PRESENT.get() or load_registry()

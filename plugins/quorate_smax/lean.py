"""Imports SMAX without the rest of jaxmarl, whose other environments take five seconds and half a gigabyte."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_PACKAGES = ("jaxmarl", "jaxmarl.environments")
"""Whose `__init__` imports every environment."""


def smax_module() -> Any:
    """The package ``jaxmarl.environments.smax``; a later ``import jaxmarl`` finds everything as it should be."""
    with _bare_packages():
        return importlib.import_module("jaxmarl.environments.smax")


def heuristic_module() -> Any:
    """The module of the heuristic that enemies play by."""
    with _bare_packages():
        return importlib.import_module("jaxmarl.environments.smax.heuristic_enemy")


@contextmanager
def _bare_packages() -> Iterator[None]:
    """For a while, packages that have not been imported yet stand there without their contents."""
    bare = [name for name in _PACKAGES if name not in sys.modules]
    for name in bare:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        module = ModuleType(name)
        module.__path__ = list(spec.submodule_search_locations or ())
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in bare:
            del sys.modules[name]

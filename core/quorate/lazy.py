"""Packages whose names are imported when they are first used, and what those need with them."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from quorate.gone import gone_from


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions ``__getattr__`` and ``__dir__`` of a package.

    Args:
        package: its name.
        homes: by module (``.name`` in the package, or its full name), the names that are there, between spaces.
    """
    absent = gone_from(package)
    table = {name: home for home, names in homes.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in table:
            absent(name)
        value = getattr(importlib.import_module(table[name], package), name)
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted({*vars(sys.modules[package]), *table})

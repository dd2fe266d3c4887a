"""Conformance checks that a component's author runs: from pytest, or with ``quorate check``.

    def test_it_conforms():
        registry = load_registry(["registry.yaml"])
        assert_conforms(registry, "environment", "acme/world-v1")

Importing this package imports nothing else: pytest does so in each of its runs (`quorate.testing.pytest_plugin`).
Names are imported when they are first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quorate.testing.conformance import assert_conforms, check_component, checks_of
    from quorate.testing.framework import (
        Check,
        CheckFailureError,
        CheckSkippedError,
        Finding,
        Status,
        Subject,
        expect,
        run_checks,
    )

__all__ = [
    "Check",
    "CheckFailureError",
    "CheckSkippedError",
    "Finding",
    "Status",
    "Subject",
    "assert_conforms",
    "check_component",
    "checks_of",
    "expect",
    "run_checks",
]

_CONFORMANCE = ("assert_conforms", "check_component", "checks_of")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "conformance" if name in _CONFORMANCE else "framework"
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)

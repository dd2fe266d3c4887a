"""Conformance checks that a component's author runs: from pytest, or with ``quorate check``.

    def test_it_conforms():
        registry = load_registry(["registry.yaml"])
        assert_conforms(registry, "environment", "acme/world-v1")

Importing this package imports nothing else: pytest does so in each of its runs (`quorate.testing.pytest_plugin`).
Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from quorate.lazy import lazily

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

__getattr__, __dir__ = lazily(
    __name__,
    {
        ".conformance": "assert_conforms check_component checks_of",
        ".framework": "Check CheckFailureError CheckSkippedError Finding Status Subject expect run_checks",
    },
)
